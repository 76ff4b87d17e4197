"""Seats of a cinema in a table whose every operation is locked."""

import threading


class LockedDict:
    def __init__(self):
        self._lock = threading.Lock()
        self._data = {}

    def __getitem__(self, key):
        with self._lock:
            return self._data[key]

    def add(self, key, value):
        """Whether there was nothing under the key before."""
        with self._lock:
            if key in self._data:  # site: check
                return False
            self._data[key] = value  # site: book
            return True


class Cinema:
    def __init__(self):
        self._seats = LockedDict()
        self.tickets = []

    def book(self, seat, guest):
        if self._seats.add(seat, guest):
            self.tickets.append(f"{seat} {guest}")


def main():
    cinema = Cinema()
    desks = [threading.Thread(target=cinema.book, args=("F7", guest)) for guest in ("ada", "bob")]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()
    return cinema.tickets


if __name__ == "__main__":
    print("tickets:", ", ".join(main()))
