"""All requests take the same lock."""

import threading

from flask import Flask

app = Flask(__name__)
lock = threading.Lock()
hits = {}


@app.route("/<page>")
def show(page):
    with lock:
        hits[page] = hits.get(page, 0) + 1
    return page


@app.route("/report")
def report():
    with lock:
        return "\n".join(f"{page} {str(count)}" for page, count in hits.items())
