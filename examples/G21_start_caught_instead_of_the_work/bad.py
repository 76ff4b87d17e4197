"""A month's sales are loaded in the background; months that cannot be read are to be listed."""

import threading

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
        loaders = []
        for month in FILES:
            loader = threading.Thread(target=self.load, args=(month,))
            try:
                loader.start()
            except ValueError:  # expect: DCT302
                self.unreadable.append(month)
            loaders.append(loader)
        for loader in loaders:
            loader.join()


def main():
    sales = Sales()
    sales.load_all()
    return sales.unreadable


if __name__ == "__main__":
    print("months that cannot be read:", main())
