"""Seat plans of a theatre: a performance starts with a copy of the hall's plan."""

import copy
import threading


class SeatPlan:
    def __init__(self):
        self._lock = threading.Lock()
        self._price = {}

    def set_price(self, seat, price):
        with self._lock:
            self._price[seat] = price  # site: set

    def print_to(self, lines):
        with self._lock:
            for seat, price in self._price.items():  # site: walk
                lines.append(f"{seat} {price}")  # site: line

    def __copy__(self):
        plan = SeatPlan()
        plan._price = self._price  # expect: DCT205
        return plan


def main():
    hall = SeatPlan()
    hall.set_price("A1", 40)
    hall.set_price("A2", 38)
    matinee = copy.copy(hall)
    lines = []
    printer = threading.Thread(target=matinee.print_to, args=(lines,))
    booking = threading.Thread(target=hall.set_price, args=("B1", 30))
    printer.start()
    booking.start()
    for thread in (printer, booking):
        thread.join()
    return lines


if __name__ == "__main__":
    print("; ".join(main()))
