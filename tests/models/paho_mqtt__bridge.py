"""Messages come in the client's thread, while callers walk what came."""

import paho.mqtt.client as mqtt


class Bridge:
    def __init__(self, host):
        self.last = {}
        self.client = mqtt.Client()
        self.client.on_message = self._on_message
        self.client.connect(host)

    def start(self):
        self.client.loop_start()

    def _on_message(self, client, userdata, message):
        self.last[message.topic] = message.payload  # site: came

    def report(self):
        for topic, payload in self.last.items():  # expect: DCT101 with came at high
            print(topic, payload)
