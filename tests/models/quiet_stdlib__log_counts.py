"""The report takes the handler's own lock, in either way."""

import logging
import threading


class Counts(logging.Handler):
    def __init__(self):
        super().__init__()
        self.by_level = {}

    def emit(self, record):
        self.by_level[record.levelname] = self.by_level.get(record.levelname, 0) + 1

    def report(self):
        with self.lock:
            return [shown(level) for level in self.by_level]

    def reset(self):
        self.acquire()
        try:
            for level in self.by_level:
                self.by_level[shown(level)] = 0
            self.by_level.clear()
        finally:
            self.release()


def shown(level):
    return level.title()


def work():
    logging.warning("working")


threading.Thread(target=work).start()
