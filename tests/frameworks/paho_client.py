"""paho-mqtt: after loop_start() all callbacks come from one other thread; loop_forever() calls them where it is called."""
# model: paho-mqtt
# needs: paho

import socket

import paho.mqtt.client as mqtt
import proof

started, forever = proof.Witness(), proof.Witness()


class Bridge:
    def __init__(self, port):
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.message_callback_add("lamp", self._on_lamp)
        self.client.connect("127.0.0.1", port)

    def start(self):
        self.client.loop_start()

    def _on_connect(self, client, userdata, flags, reason, properties):  # activity: caller; thread, sure
        with started.inside():
            pass

    def _on_message(self, client, userdata, message):  # activity: caller; thread, sure
        with started.inside():
            pass

    def _on_lamp(self, client, userdata, message):  # activity: caller; thread, sure
        with started.inside():
            pass


def heard(client, userdata, message):  # activity: caller; thread, sure
    with forever.inside():
        if len(forever.threads) >= 2:
            client.disconnect()


def broker(listener):
    """Enough of one: takes the connection, then publishes to `lamp` and `door`."""
    while True:
        peer, _ = listener.accept()
        peer.recv(1000)
        peer.sendall(b"\x20\x02\x00\x00")
        for topic in (b"lamp", b"door") * 2:
            peer.sendall(b"\x30" + bytes([2 + len(topic) + 2, 0, len(topic)]) + topic + b"on")


def here(port):
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = heard
    client.connect("127.0.0.1", port)
    client.loop_forever()


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    proof.aside(broker, listener)
    Bridge(port).start()
    started.wait(5)
    started.ran_one_by_one()
    started.ran_in_one_thread()
    started.ran_elsewhere()
    here(port)
    forever.ran_here()
    proof.done()
