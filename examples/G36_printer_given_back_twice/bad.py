"""Workers share a pool of printers."""

import queue


class Printer:
    def __init__(self, name):
        self.name = name
        self.settings = {}

    def print(self, page):
        if not page:
            raise ValueError("an empty page")
        return f"{self.name}: {page}"


class Office:
    def __init__(self, names):
        self._free = queue.Queue()
        for name in names:
            self._free.put(Printer(name))

    def print(self, page):
        printer = self._free.get()
        try:
            sheet = printer.print(page)
            self._free.put(printer)
            return sheet
        finally:
            self._free.put(printer)  # expect: DCT403

    def borrow(self):
        return self._free.get(timeout=1)


def main():
    office = Office(["laser"])
    office.print("invoice")
    first = office.borrow()
    try:
        second = office.borrow()
    except queue.Empty:
        return [first.name]
    return [first.name, second.name]


if __name__ == "__main__":
    print("two clerks print on", " and ".join(main()))
