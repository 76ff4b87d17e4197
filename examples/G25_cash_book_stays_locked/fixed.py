"""A cash book to which tills post, and the sum that the owner asks for."""

import threading


def cents(amount):
    euros, _, rest = amount.partition(",")
    return 100 * int(euros) + int(rest)


class CashBook:
    def __init__(self):
        self._lock = threading.Lock()
        self._cents = {}

    def post(self, till, amount):
        with self._lock:
            self._cents[till] = self._cents.get(till, 0) + cents(amount)

    def total(self):
        if not self._lock.acquire(timeout=0.3):
            return None
        try:
            return sum(self._cents.values())
        finally:
            self._lock.release()


def till(book, amount, refused):
    try:
        book.post("till 1", amount)
    except ValueError:
        refused.append(amount)


def main():
    book, refused = CashBook(), []
    for amount in ["12,50", "12.50"]:
        posting = threading.Thread(target=till, args=(book, amount, refused))
        posting.start()
        posting.join()
    return book.total()


if __name__ == "__main__":
    print("total:", main())
