"""All callbacks of a client come from its one thread."""

import paho.mqtt.client as mqtt


class Bridge:
    def __init__(self):
        self.client = mqtt.Client()
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self._last = {}

    def start(self):
        self.client.loop_start()

    def _on_connect(self, client, userdata, flags, reason, properties):
        for topic in self._last:
            client.subscribe(topic)

    def _on_message(self, client, userdata, message):
        self._last[message.topic] = self._last.get(message.topic, 0) + 1
