"""A weather station: the sensor's thread puts its readings into a queue, the archive writes them down."""

import queue
import threading


def measure(degrees, readings):
    for celsius in degrees:
        reading = {"station": "harbour", "celsius": celsius}  # site: fill
        readings.put(reading)  # site: put
    readings.put(None)


def archive(readings, lines):
    while True:
        reading = readings.get()  # site: take
        if reading is None:
            return
        lines.append(f"{reading['station']} {reading['celsius']}")


def main():
    readings = queue.Queue()
    lines = []
    sensor = threading.Thread(target=measure, args=([17, 18, 21], readings))
    archivist = threading.Thread(target=archive, args=(readings, lines))
    archivist.start()
    sensor.start()
    for thread in (sensor, archivist):
        thread.join()
    return lines


if __name__ == "__main__":
    print("; ".join(main()))
