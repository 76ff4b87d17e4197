"""The consumer's thread notes orders while callers walk them."""

import threading

import pika


class Orders:
    def __init__(self):
        self.open = {}
        threading.Thread(target=self._consume, daemon=True).start()

    def _consume(self):
        channel = pika.BlockingConnection().channel()
        channel.basic_consume("orders", on_message_callback=self._on_order)
        channel.start_consuming()

    def _on_order(self, channel, method, properties, body):
        self.open[method.delivery_tag] = body  # site: order

    def report(self):
        for tag, body in self.open.items():  # expect: DCT101 with order at high
            print(tag, body)
