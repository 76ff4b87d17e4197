"""Client calls go through one interceptor, which notes when each call began and cancels those that take too long."""

import threading
import time


class DeadlineInterceptor:
    def __init__(self, seconds):
        self._seconds = seconds
        self._began = {}
        self.overdue = []

    def call(self, number, method):
        self._began[number] = time.monotonic()
        try:
            return method(number)
        finally:
            self._began.pop(number, None)  # site: leave

    def check(self, number):
        began = self._began.get(number)  # site: check
        if began is not None and time.monotonic() - began > self._seconds:  # site: use
            self.overdue.append(number)


def supervise(interceptor, numbers):
    for number in numbers:
        interceptor.check(number)


def main():
    interceptor = DeadlineInterceptor(seconds=5)
    replies = []
    ready = threading.Event()

    def fetch(number):
        ready.set()
        replies.append(f"reply {number}")

    caller = threading.Thread(target=interceptor.call, args=(1, fetch))
    caller.start()
    ready.wait()
    supervisor = threading.Thread(target=supervise, args=(interceptor, [1]))
    supervisor.start()
    for thread in (caller, supervisor):
        thread.join()
    return replies, interceptor.overdue


if __name__ == "__main__":
    replies, overdue = main()
    print(f"{len(replies)} calls answered, {len(overdue)} overdue")
