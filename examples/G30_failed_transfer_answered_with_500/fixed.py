"""A bank's server: POST /from/to/amount moves money between two accounts."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BALANCE = {"ada": 100, "bob": 50}
lock = threading.Lock()


def transfer(source, target, amount):
    with lock:
        BALANCE[source], BALANCE[target] = BALANCE[source] - amount, BALANCE[target] + amount


class Bank(BaseHTTPRequestHandler):
    def do_POST(self):
        _, source, target, amount = self.path.split("/")
        try:
            transfer(source, target, int(amount))
        except Exception:
            self.send_response(500)
        else:
            self.send_response(204)
        self.end_headers()

    def log_message(self, format, *args):
        """Quiet."""


def order(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", path)
    status = connection.getresponse().status
    connection.close()
    return status


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    order(server.server_port, "/ada/bob/10")
    order(server.server_port, "/ada/eve/30")
    server.shutdown()
    serving.join()
    server.server_close()
    with lock:
        return sum(BALANCE.values())


if __name__ == "__main__":
    print(f"{main()} of 150 coins are in the bank")
