"""Downloads, at most two at a time from each host."""

import threading


def fetch(path):
    if path.endswith("?"):
        raise ConnectionError(path)
    return f"page {path}"


class Downloads:
    def __init__(self, most):
        self._most = most
        self._lock = threading.Lock()
        self._in_flight = {}
        self.pages = []

    def run(self, host, path):
        with self._lock:
            if self._in_flight.get(host, 0) >= self._most:
                self.pages.append("too many downloads")
                return
            self._in_flight[host] = self._in_flight.get(host, 0) + 1
        try:
            page = fetch(path)
            with self._lock:
                self._in_flight[host] -= 1
        except Exception:  # expect: DCT304
            page = "no answer"
        self.pages.append(page)


def main():
    downloads = Downloads(most=2)
    for path in ["/a?", "/b?", "/c"]:
        client = threading.Thread(target=downloads.run, args=("docs.example", path))
        client.start()
        client.join()
    return downloads.pages


if __name__ == "__main__":
    print(", ".join(main()))
