"""A month's sales are loaded in the background; months that cannot be read are to be listed."""

import threading
from concurrent.futures import ThreadPoolExecutor

FILES = {"january": "410", "february": "n/a", "march": "390"}


class Sales:
    def __init__(self):
        self._lock = threading.Lock()
        self.by_month = {}
        self.unreadable = []

    def load(self, month):
        pieces = int(FILES[month])
        with self._lock:
            self.by_month[month] = pieces

    def load_all(self):
        with ThreadPoolExecutor() as pool:
            loading = {month: pool.submit(self.load, month) for month in FILES}
        for month, done in loading.items():
            try:
                done.result()
            except ValueError:
                self.unreadable.append(month)


def main():
    sales = Sales()
    sales.load_all()
    return sales.unreadable


if __name__ == "__main__":
    print("months that cannot be read:", main())
