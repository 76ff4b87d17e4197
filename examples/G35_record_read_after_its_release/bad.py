"""Requests borrow a record from a pool, and the access log is written when they are through."""

import queue
import threading


class Record:
    def __init__(self):
        self.fields = {}


class Records:
    def __init__(self, size):
        self._free = queue.Queue()
        for _ in range(size):
            self._free.put(Record())

    def borrow(self):
        record = self._free.get()
        record.fields.clear()
        return record

    def release(self, record):
        self._free.put(record)


def serve(records, user, log):
    record = records.borrow()
    record.fields["user"] = user  # site: fill
    records.release(record)  # site: release
    log.append(record.fields["user"])  # site: log  # expect: DCT402


def main():
    records = Records(size=1)
    log = []
    servers = [threading.Thread(target=serve, args=(records, user, log)) for user in ("ada", "bob")]
    for server in servers:
        server.start()
    for server in servers:
        server.join()
    return sorted(log)


if __name__ == "__main__":
    print("served:", ", ".join(main()))
