"""loop_forever() runs the callbacks where it is called: here in a thread."""

import threading

import paho.mqtt.client as mqtt


class Bridge:
    def __init__(self, host):
        self.last = {}
        self.client = mqtt.Client()
        self.client.on_message = self._on_message
        self.client.connect(host)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        self.client.loop_forever()

    def _on_message(self, client, userdata, message):
        self.last[message.topic] = message.payload  # site: came

    def report(self):
        for topic, payload in self.last.items():  # expect: DCT101 with came at high
            print(topic, payload)
