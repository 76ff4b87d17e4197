"""confluent-kafka: delivery callbacks run in the thread that polls."""
# model: confluent-kafka
# needs: confluent_kafka

import threading

import proof
from confluent_kafka import Producer

delivered = proof.Witness()


class Outbox:
    def __init__(self):
        self.producer = Producer({"test.mock.num.brokers": 1})
        self.poller = 0

    def start(self):
        threading.Thread(target=self._deliver, daemon=True).start()

    def send(self, value):
        self.producer.produce("outbox", value, on_delivery=self._sent)

    def _deliver(self):  # activity: thread, sure
        self.poller = threading.get_ident()
        while True:
            self.producer.poll(1.0)

    def _sent(self, error, message):  # activity: caller
        with delivered.inside():
            assert error is None


if __name__ == "__main__":
    outbox = Outbox()
    outbox.start()
    for value in (b"a", b"b"):
        outbox.send(value)
    delivered.wait(2)
    delivered.ran_one_by_one()
    assert set(delivered.threads) == {outbox.poller}
    proof.done()
