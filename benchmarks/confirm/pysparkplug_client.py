"""The network's thread subscribes anew after a reconnection while the user subscribes to more."""

import pysparkplug
from pair import side_by_side

client = pysparkplug.Client()


def subscribe(number):
    topic = pysparkplug.Topic(
        group_id=f"group {number}",
        message_type=pysparkplug.MessageType.NDATA,
        edge_node_id="node",
    )
    client.subscribe(topic, pysparkplug.QoS.AT_MOST_ONCE, lambda *args: None)


for number in range(1000, 1003):
    subscribe(number)
side_by_side(lambda number: client._on_connect(0), subscribe)
