"""stomp.py: what arrives is handled in the connection's receiver thread, what is sent in the sender's."""
# model: stomp
# needs: stomp

import socket

import proof
import stomp

arrived, sent, connected, lost = proof.Witness(), proof.Witness(), proof.Witness(), proof.Witness()
CONNECTED = b"CONNECTED\nversion:1.1\n\n\x00\n"
MESSAGE = b"MESSAGE\ndestination:/orders\nmessage-id:%d\nsubscription:1\n\nan order\x00\n"


class Orders(stomp.ConnectionListener):
    def on_connecting(self, host_and_port):
        pass

    def on_connected(self, frame):  # activity: thread, sure
        with connected.inside():
            pass

    def on_message(self, frame):  # activity: thread, sure
        assert frame.body == "an order"
        with arrived.inside():
            pass

    def on_disconnected(self):  # activity: thread, sure
        with lost.inside():
            pass

    def on_send(self, frame):
        with sent.inside():
            pass


def broker(listening):
    """As much of one as it takes."""
    peer, _ = listening.accept()
    received = b""
    while b"SEND" not in received:
        received += peer.recv(4096)
        if b"CONNECT" in received or b"STOMP" in received:
            peer.sendall(CONNECTED)
            received = b""
    for number in range(2):
        peer.sendall(MESSAGE % number)
    arrived.wait(2)
    peer.close()


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    proof.aside(broker, listening)
    connection = stomp.Connection([listening.getsockname()], reconnect_attempts_max=1)
    connection.set_listener("orders", Orders())
    connection.connect(wait=True)
    connection.send("/orders", "an order")
    lost.wait()
    arrived.ran_in_one_thread()
    arrived.ran_one_by_one()
    assert set(arrived.threads) == set(connected.threads) == set(lost.threads)
    sent.ran_here()
    proof.done()
