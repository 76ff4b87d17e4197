"""A send to a node while its connection, which has just been lost, is thrown away to be made anew."""

import logging
import os

from kafka.client_async import KafkaClient
from pair import side_by_side

logging.disable(logging.CRITICAL)
client = KafkaClient(bootstrap_servers="127.0.0.1:1", api_version=(0, 10))


class Selector:
    def __getattr__(self, name):
        return lambda *args, **named: None


class Connection:
    _sock = None
    node_id = "bootstrap"

    alive = True

    def connected(self):
        return self.alive

    def disconnected(self):
        return not self.alive

    def blacked_out(self):
        return False

    def connect(self):
        pass

    def connecting(self):
        return False

    def can_send_more(self):
        return True

    def send(self, *args, **named):
        return self

    def close(self, *args):
        pass


client._selector = Selector()


def send(number):
    client._conns["bootstrap"] = Connection()
    client.send("bootstrap", object())


def lose(number):
    connection = client._conns.get("bootstrap")
    if connection is not None:
        connection.alive = False
    client._maybe_connect("bootstrap")


side_by_side(send, lose)
os._exit(0)
