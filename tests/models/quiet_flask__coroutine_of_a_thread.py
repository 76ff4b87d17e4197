"""A coroutine function that a request's thread runs, on a loop of its own: nobody who adds pages runs on that loop."""

from flask import Flask

app = Flask(__name__)
pages = {}


def add(name, page):
    pages[name] = page


@app.route("/all")
async def show_all():
    found = []
    for page in pages.values():
        found.append(await page.render())
    return "".join(found)
