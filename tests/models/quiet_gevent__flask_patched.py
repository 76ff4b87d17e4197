"""Threads are greenlets here: requests do not interrupt each other but where they wait."""

from gevent import monkey

monkey.patch_all()

from flask import Flask

app = Flask(__name__)
hits = {}


@app.route("/<page>")
def show(page):
    hits[page] = hits.get(page, 0) + 1
    return page
