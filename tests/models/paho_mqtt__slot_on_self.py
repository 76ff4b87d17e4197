"""The object is a client itself, and gives itself its callback."""

from paho.mqtt.client import Client


class Listener(Client):
    def __init__(self, name):
        self.topics = {}
        super().__init__(name)
        self.on_connect = self._subscribe_all

    def start(self):
        self.loop_start()

    def drop(self, topic):
        self.topics.pop(topic, None)  # site: drop

    def _subscribe_all(self, *_):
        for topic, quality in self.topics.items():  # expect: DCT101 with drop at high
            self.subscribe(topic, quality)
