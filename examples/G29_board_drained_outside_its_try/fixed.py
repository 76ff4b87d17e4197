"""The departure board of a station, and trains that are announced while it is printed."""

import threading


class Departures:
    def __init__(self):
        self._trains = {"IC 1": "08:10", "RE 7": "08:24"}

    def announce(self, train, time):
        self._trains[train] = time  # site: announce

    def print_to(self, board):
        lines = [f"{time} {train}" for train, time in list(self._trains.items())]  # site: made
        for line in lines:  # site: walk
            board.append(line)  # site: line


def main():
    departures = Departures()
    board = []
    printer = threading.Thread(target=departures.print_to, args=(board,))
    office = threading.Thread(target=departures.announce, args=("S 3", "08:31"))
    printer.start()
    office.start()
    for thread in (printer, office):
        thread.join()
    return board


if __name__ == "__main__":
    print("; ".join(main()))
