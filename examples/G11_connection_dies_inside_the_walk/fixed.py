"""A table of open connections, for the status page and for closing those that have been idle too long."""

import weakref


class Table:
    def __init__(self):
        self._by_peer = {}

    def add(self, peer, connection):
        self._by_peer[peer] = weakref.ref(connection)

    def forget(self, peer):
        self._by_peer.pop(peer, None)  # site: forget

    def close_idle(self, pool):
        for ref in list(self._by_peer.values()):  # site: walk
            connection = ref()
            if connection is not None and connection.idle:
                pool.remove(connection)

    def __len__(self):
        return len(self._by_peer)


TABLE = Table()


class Connection:
    def __init__(self, peer, idle):
        self.peer = peer
        self.idle = idle
        TABLE.add(peer, self)

    def __del__(self):
        TABLE.forget(self.peer)


def main():
    pool = [Connection(f"10.0.0.{number}", idle=number % 2 == 0) for number in range(6)]
    TABLE.close_idle(pool)
    return len(pool)


if __name__ == "__main__":
    print(f"{main()} of 6 connections are left, 3 were idle")
