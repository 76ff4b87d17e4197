"""pika: a blocking connection calls back in the thread that consumes, and nowhere else."""
# model: pika
# needs: pika

import socket
import threading

import pika
import pika.frame
import proof
from pika import spec

consumed, asked = proof.Witness(), proof.Witness()


class Orders:
    def __init__(self, port):
        self.connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))

    def start(self):
        threading.Thread(target=self._consume, daemon=True).start()

    def ask(self):
        self.connection.add_callback_threadsafe(self._asked)

    def _consume(self):  # activity: thread, sure
        channel = self.connection.channel()
        channel.basic_consume("orders", on_message_callback=self._on_order, consumer_tag="orders")
        channel.start_consuming()

    def _on_order(self, channel, method, properties, body):  # activity: caller
        with consumed.inside():
            pass

    def _asked(self):  # activity: caller
        with asked.inside():
            pass


ANSWERS = {
    spec.Connection.StartOk: lambda: spec.Connection.Tune(1, 131072, 0),
    spec.Connection.Open: spec.Connection.OpenOk,
    spec.Channel.Open: spec.Channel.OpenOk,
    spec.Basic.Consume: lambda: spec.Basic.ConsumeOk("orders"),
}


def broker(listener):
    """Enough of one: shakes hands, then delivers two messages."""
    peer, _ = listener.accept()
    peer.recv(8)
    data = b""
    peer.sendall(pika.frame.Method(0, spec.Connection.Start(0, 9, {}, b"PLAIN", b"en_US")).marshal())
    while piece := peer.recv(4096):
        data += piece
        while (found := pika.frame.decode_frame(data))[1] is not None:
            size, frame = found
            data = data[size:]
            answer = ANSWERS.get(type(getattr(frame, "method", None)))
            if answer is None:
                continue
            peer.sendall(pika.frame.Method(frame.channel_number, answer()).marshal())
            if isinstance(frame.method, spec.Basic.Consume):
                for tag in (1, 2):
                    deliver(peer, frame.channel_number, tag)


def deliver(peer, channel, tag):
    peer.sendall(
        pika.frame.Method(channel, spec.Basic.Deliver("orders", tag, False, "", "orders")).marshal()
        + pika.frame.Header(channel, 2, spec.BasicProperties()).marshal()
        + pika.frame.Body(channel, b"on").marshal()
    )


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    proof.aside(broker, listener)
    orders = Orders(listener.getsockname()[1])
    orders.start()
    consumed.wait(2)
    orders.ask()
    asked.wait()
    for witness in (consumed, asked):
        witness.ran_in_one_thread()
    consumed.ran_one_by_one()
    assert set(consumed.threads) == set(asked.threads)
    proof.done()
