"""One thread does everything: it connects, hears, and reports."""

import paho.mqtt.client as mqtt

last = {}


def on_connect(client, userdata, flags, reason, properties):
    for topic in last:
        client.subscribe(topic)


def on_message(client, userdata, message):
    last[message.topic] = last.get(message.topic, 0) + 1
    for topic, count in last.items():
        print(topic, count)


def main():
    client = mqtt.Client()
    client.on_connect = on_connect
    client.on_message = on_message
    client.connect("localhost")
    client.loop_forever()


if __name__ == "__main__":
    main()
