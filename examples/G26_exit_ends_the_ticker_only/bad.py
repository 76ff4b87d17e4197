"""A ticker reads share prices from a feed in a thread; a shop of its own asks for them."""

import sys
import threading


class Ticker:
    def __init__(self, feed):
        self._feed = feed
        self._lock = threading.Lock()
        self._prices = {}
        self.failed = threading.Event()

    def run(self):
        for line in self._feed:
            share, _, price = line.partition(" ")
            if not price.isdigit():
                sys.exit(f"broken feed: {line}")  # expect: DCT307
            with self._lock:
                self._prices[share] = int(price)

    def price(self, share):
        with self._lock:
            return self._prices.get(share)


def main():
    ticker = Ticker(["ACME 7", "BOLT ?", "ACME 9"])
    reader = threading.Thread(target=ticker.run)
    reader.start()
    reader.join()
    return "feed broken" if ticker.failed.is_set() else ticker.price("ACME")


if __name__ == "__main__":
    print("ACME:", main())
