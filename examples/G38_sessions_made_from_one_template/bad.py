"""A pool of database sessions, each with options of its own."""

import queue


class Session:
    def __init__(self, options):
        self.options = options

    def use(self, zone):
        self.options["zone"] = zone


class SessionPool:
    def __init__(self, make, size):
        self._free = queue.Queue()
        for _ in range(size):
            self._free.put(make())

    def borrow(self):
        return self._free.get()

    def give_back(self, session):
        session.options.pop("zone", None)
        self._free.put(session)


def pool_of(size):
    options = {"encoding": "utf-8"}
    return SessionPool(lambda: Session(options), size)  # expect: DCT408


def main():
    sessions = pool_of(2)
    berlin, tokyo = sessions.borrow(), sessions.borrow()
    berlin.use("Europe/Berlin")
    tokyo.use("Asia/Tokyo")
    zones = [berlin.options["zone"], tokyo.options["zone"]]
    for session in (berlin, tokyo):
        sessions.give_back(session)
    return zones


if __name__ == "__main__":
    print("zones:", ", ".join(main()))
