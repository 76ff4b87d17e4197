"""Two threads receive a reference to the same remote object."""

import os

from pair import side_by_side
from rpyc.core import consts
from rpyc.core.channel import Channel
from rpyc.core.protocol import Connection
from rpyc.core.service import VoidService
from rpyc.core.stream import PipeStream

here, there = PipeStream.create_pair()
connection = Connection(VoidService(), Channel(here))


def receive(number):
    return connection._unbox((consts.LABEL_REMOTE_REF, ("builtins.list", number + 1, number + 1)))


side_by_side(receive, receive)
os._exit(0)  # the other end of the pipe will never answer the farewell
