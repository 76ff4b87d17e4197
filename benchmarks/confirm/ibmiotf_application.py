"""The network's thread restores the subscriptions while the user makes more of them."""

import logging
import sys
import types

sys.modules["symbol"] = types.SimpleNamespace(parameters=0)  # gone since Python 3.10, imported and never used

import ibmiotf.application  # noqa: E402
from pair import side_by_side  # noqa: E402

logging.disable(logging.CRITICAL)
options = {"org": "abcdef", "id": "driver", "auth-method": "apikey", "auth-key": "a-abcdef-k", "auth-token": "t"}
client = ibmiotf.application.Client(options)


class Network:
    def subscribe(self, topic, qos=0):
        return 0, 1


client.client = Network()
client.connectEvent.set()
for number in range(3):
    client.subscribeToDeviceEvents(deviceId=f"first{number}")
side_by_side(
    lambda number: client.on_connect(None, None, None, 0),
    lambda number: client.subscribeToDeviceEvents(deviceId=f"device{number}"),
)
