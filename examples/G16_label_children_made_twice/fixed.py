"""A counter with labels, and workers that keep the child of their queue at hand."""

import threading


class Child:
    def __init__(self):
        self._lock = threading.Lock()
        self.value = 0

    def increment(self):
        with self._lock:
            self.value = self.value + 1


class LabelledCounter:
    def __init__(self):
        self._lock = threading.Lock()
        self._children = {}

    def labels(self, queue):
        with self._lock:
            child = self._children.get(queue)  # site: lookup
            if child is None:
                child = Child()
                self._children[queue] = child  # site: publish
            return child

    def value(self, queue):
        with self._lock:
            return self._children[queue].value


def deliver(counter, mails):
    delivered = counter.labels("mail")
    for _ in range(mails):
        delivered.increment()


def main():
    counter = LabelledCounter()
    workers = [threading.Thread(target=deliver, args=(counter, 50)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return counter.value("mail")


if __name__ == "__main__":
    print(f"{main()} of 100 mails counted")
