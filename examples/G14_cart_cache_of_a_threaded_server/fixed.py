"""A shop: every POST to /customer/article puts an article into the customer's cart."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Carts:
    """One cart for each customer, whoever asks first."""

    def __init__(self):
        self._carts = {}

    def cart(self, customer):
        return self._carts.setdefault(customer, [])  # site: create


class Shop(BaseHTTPRequestHandler):
    def do_POST(self):
        _, customer, article = self.path.split("/")
        self.server.carts.cart(customer).append(article)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format, *args):
        """Quiet."""


def order(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path)
    connection.getresponse().read()
    connection.close()


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.carts = Carts()
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    paths = ["/ada/lamp", "/ada/desk"]
    customers = [threading.Thread(target=order, args=(server.server_port, path)) for path in paths]
    for customer in customers:
        customer.start()
    for customer in customers:
        customer.join()
    server.shutdown()
    serving.join()
    server.server_close()
    return sorted(server.carts.cart("ada"))


if __name__ == "__main__":
    print("in the cart:", main())
