"""Sensors that report now and then, and a display that shows the latest readings."""

import threading


class Readings:
    def __init__(self):
        self._lock = threading.Lock()
        self._latest = {"kitchen": 21, "cellar": 12}
        self.lines = []

    def report(self, room, degrees):
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._latest[room] = degrees  # site: store
        finally:
            self._lock.release()

    def show(self):
        with self._lock:
            for room, degrees in self._latest.items():  # site: walk
                self.lines.append(f"{room}: {degrees}")  # site: line


def main():
    readings = Readings()
    display = threading.Thread(target=readings.show)
    sensor = threading.Thread(target=readings.report, args=("attic", 30))
    display.start()
    sensor.start()
    for thread in (display, sensor):
        thread.join()
    return readings.lines


if __name__ == "__main__":
    print("; ".join(main()))
