"""A thread keeps the table of temperatures fresh from a queue of telegrams."""

import queue
import threading


class Weather:
    def __init__(self):
        self._lock = threading.Lock()
        self._celsius = {}
        self.unreadable = 0

    def run(self, telegrams):
        while True:
            telegram = telegrams.get()
            if telegram is None:
                return
            try:
                self.store(telegram)
            except ValueError:
                with self._lock:
                    self.unreadable += 1

    def store(self, telegram):
        station, celsius = telegram.split("=")
        with self._lock:
            self._celsius[station] = float(celsius)

    def celsius(self, station):
        with self._lock:
            return self._celsius.get(station)


def main():
    weather = Weather()
    telegrams = queue.Queue()
    listener = threading.Thread(target=weather.run, args=(telegrams,))
    listener.start()
    for telegram in ["harbour=17.5", "harbour=18,5", "harbour=19,0", None]:
        telegrams.put(telegram)
    listener.join()
    return weather.celsius("harbour"), weather.unreadable


if __name__ == "__main__":
    celsius, unreadable = main()
    print(f"harbour {celsius}, {unreadable} telegrams unreadable")
