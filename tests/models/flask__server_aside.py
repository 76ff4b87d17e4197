"""The server has a thread of its own, so the main loop runs beside the requests."""

import threading
import time

from flask import Flask

app = Flask(__name__)
devices = {}


@app.route("/add/<name>")
def add(name):
    devices[name] = time.time()  # site: add
    return name


def main():
    threading.Thread(target=app.run, daemon=True).start()
    while True:
        for name, seen in devices.items():  # expect: DCT101 with add at medium
            print(name, time.time() - seen)
        time.sleep(1)


if __name__ == "__main__":
    main()
