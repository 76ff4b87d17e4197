"""Names that are left out are put in anew as a whole; nobody changes the set that a filter goes through."""

import logging
import threading


class Names(logging.Filter):
    def __init__(self):
        super().__init__()
        self.names = frozenset()

    def leave_out(self, name):
        self.names = self.names | {name}

    def filter(self, record):
        return not any(record.name.startswith(name) for name in self.names)


def work():
    logging.warning("working")


threading.Thread(target=work).start()
