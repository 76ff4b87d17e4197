"""kafka-python: what is added to the future of a sent record runs in the producer's own thread."""
# model: kafka
# needs: kafka, confluent_kafka

import confluent_kafka
import proof
from kafka import KafkaProducer

delivered = proof.Witness()


class Outbox:
    def __init__(self, servers):
        self.producer = KafkaProducer(bootstrap_servers=servers, api_version=(0, 11))

    def send(self, value):
        self.producer.send("outbox", value).add_callback(self._sent)

    def _sent(self, metadata):  # activity: thread, sure
        with delivered.inside():
            pass


def brokers():
    """A broker that the other client library brings along for tests."""
    own = confluent_kafka.Producer({"test.mock.num.brokers": 1})
    return own, [f"{one.host}:{one.port}" for one in own.list_topics().brokers.values()]


if __name__ == "__main__":
    broker, servers = brokers()
    outbox = Outbox(servers)
    for value in (b"a", b"b"):
        outbox.send(value)
    delivered.wait(2)
    delivered.ran_one_by_one()
    delivered.ran_in_one_thread()
    proof.done()
