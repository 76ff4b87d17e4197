"""Pages are rendered with contexts that are kept in a pool, because they are dear to make."""

import queue
from concurrent.futures import ThreadPoolExecutor


class Context:
    def __init__(self):
        self.values = {}


class Renderer:
    def __init__(self, size):
        self._idle = queue.SimpleQueue()
        for _ in range(size):
            self._idle.put(Context())

    def page(self, request):
        context = self._idle.get()
        try:
            context.values.update(request)
            return "{greeting} {user}".format_map({"user": "stranger", **context.values})
        finally:
            self._idle.put(context)  # expect: DCT401


def main():
    renderer = Renderer(size=1)
    requests = [{"greeting": "Hello", "user": "ada"}, {"greeting": "Welcome"}]
    with ThreadPoolExecutor(max_workers=1) as workers:
        return list(workers.map(renderer.page, requests))


if __name__ == "__main__":
    print("; ".join(main()))
