"""Deliveries are booked into the stock by a pool of clerks."""

import threading
from concurrent.futures import ThreadPoolExecutor

SLIPS = ["lamp 4", "desk two", "lamp 3"]


class Stock:
    def __init__(self):
        self._lock = threading.Lock()
        self._pieces = {"lamp": 0, "desk": 0}

    def book(self, slip):
        article, pieces = slip.split()
        with self._lock:
            self._pieces[article] += int(pieces)

    def total(self):
        with self._lock:
            return sum(self._pieces.values())


def main():
    stock = Stock()
    refused = []
    with ThreadPoolExecutor(max_workers=2) as clerks:
        for slip in SLIPS:
            clerks.submit(stock.book, slip)  # expect: DCT303
    return stock.total(), refused


if __name__ == "__main__":
    total, refused = main()
    print(f"{total} pieces in stock, {len(refused)} slips refused")
