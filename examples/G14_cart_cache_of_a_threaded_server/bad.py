"""A shop: every POST to /customer/article puts an article into the customer's cart."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Shop(BaseHTTPRequestHandler):
    carts = {}

    def do_POST(self):
        _, customer, article = self.path.split("/")
        self.cart(customer).append(article)
        self.send_response(204)
        self.end_headers()

    def cart(self, customer):
        if customer not in self.carts:  # site: missing
            self.carts[customer] = []  # site: create  # expect: DCT103 with missing
        return self.carts[customer]  # site: take

    def log_message(self, format, *args):
        """Quiet."""


def order(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path)
    connection.getresponse().read()
    connection.close()


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
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
    return sorted(Shop.carts["ada"])


if __name__ == "__main__":
    print("in the cart:", main())
