"""A metrics exporter thread, and requests that register what they measure."""

import threading
import time


class Metrics:
    def __init__(self, write):
        self._write = write
        self._values = {"up": 1}
        self._closing = threading.Event()
        self._exporter = threading.Thread(target=self._export, name="exporter")

    def start(self):
        self._exporter.start()

    def close(self):
        self._closing.set()
        self._exporter.join()

    def set(self, name, value):
        self._values[name] = value  # site: register

    def _export(self):
        while not self._closing.wait(0.02):
            for name, value in self._values.copy().items():  # site: walk
                self._write(f"{name} {value}\n")  # site: emit
            self._write("# end\n")


def main():
    page = []
    metrics = Metrics(page.append)
    metrics.start()
    for number in range(20):
        metrics.set(f'requests{{route="/item/{number}"}}', number)
        time.sleep(0.005)
    time.sleep(0.05)
    metrics.close()
    return page


if __name__ == "__main__":
    written = main()
    print(f"{written.count('# end' + chr(10))} complete pages, the last line is {written[-1]!r}")
