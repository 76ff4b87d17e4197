"""Queries borrow one of two connections."""

import queue
from concurrent.futures import ThreadPoolExecutor


class Connection:
    def __init__(self):
        self.open_cursors = {}

    def run(self, query):
        if not query.startswith("select"):
            raise ValueError(f"not a query: {query}")
        return f"rows of {query}"


class Database:
    def __init__(self, size):
        self._free = queue.Queue()
        for _ in range(size):
            self._free.put(Connection())

    def query(self, text):
        connection = self._free.get(timeout=0.2)
        try:
            return connection.run(text)
        finally:
            self._free.put(connection)


def main():
    database = Database(size=2)
    queries = ["slect name", "select name", "drop", "select age"]
    with ThreadPoolExecutor(max_workers=1) as clients:
        answers = [clients.submit(database.query, query) for query in queries]
    return [type(answer.exception()).__name__ for answer in answers]


if __name__ == "__main__":
    print(", ".join(main()))
