"""A server that knows which requests it is working on, and a watchdog that looks for those that take too long."""

import threading
import time


class Requests:
    def __init__(self):
        self._lock = threading.Lock()
        self._started = {}
        self.late = []

    def run(self, number, work):
        try:
            with self._lock:
                self._started[number] = time.monotonic()
            return work(number)
        finally:
            del self._started[number]  # site: leave  # expect: DCT105 with walk

    def watch(self, patience):
        with self._lock:
            for number, started in self._started.items():  # site: walk
                if time.monotonic() - started > patience:
                    self.late.append(number)  # site: late


def main():
    requests = Requests()
    done = []

    def work(number):
        time.sleep(0.02)
        done.append(number)

    servers = [threading.Thread(target=requests.run, args=(number, work)) for number in range(3)]
    watchdog = threading.Thread(target=requests.watch, args=(-1,))
    for server in servers:
        server.start()
    watchdog.start()
    for thread in (*servers, watchdog):
        thread.join()
    return sorted(done)


if __name__ == "__main__":
    print(f"{len(main())} requests served")
