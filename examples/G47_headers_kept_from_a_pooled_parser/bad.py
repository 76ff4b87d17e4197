"""A crawler borrows parsers from a pool and keeps the headers of the last page."""

import queue
import threading


class Parser:
    def __init__(self):
        self.headers = {}

    def feed(self, page):
        self.headers.clear()
        self.headers["title"] = page


class Parsers:
    def __init__(self, size):
        self._free = queue.Queue()
        for _ in range(size):
            self._free.put(Parser())

    def acquire(self):
        return self._free.get()

    def release(self, parser):
        parser.headers.clear()
        self._free.put(parser)


class Crawler:
    def __init__(self, parsers):
        self._parsers = parsers
        self.last = {}

    def visit(self, page):
        parser = self._parsers.acquire()
        try:
            parser.feed(page)
            self.last = parser.headers  # expect: DCT405
        finally:
            self._parsers.release(parser)


def main():
    parsers = Parsers(size=1)
    crawlers = [Crawler(parsers), Crawler(parsers)]
    for crawler, page in zip(crawlers, ["Home", "Imprint"]):
        visit = threading.Thread(target=crawler.visit, args=(page,))
        visit.start()
        visit.join()
    return [crawler.last.get("title") for crawler in crawlers]


if __name__ == "__main__":
    print("last pages:", main())
