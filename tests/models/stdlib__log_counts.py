"""Whichever thread logs changes the counts, under a lock that the report does not take."""

import logging
import threading


class Counts(logging.Handler):
    def __init__(self):
        super().__init__()
        self.by_level = {}

    def emit(self, record):
        self.by_level[record.levelname] = self.by_level.get(record.levelname, 0) + 1  # site: count

    def report(self):
        return [shown(level) for level in self.by_level]  # expect: DCT101 with count at medium


def shown(level):
    return level.title()


def work():
    logging.warning("working")


threading.Thread(target=work).start()
