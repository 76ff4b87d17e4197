"""The same loop runs the coroutine that adds a page while the one that shows them all waits."""

import asyncio

from quart import Quart

app = Quart(__name__)
pages = {}


@app.route("/add/<name>")
async def add(name):
    pages[name] = Page(name)  # site: add
    return name


@app.route("/all")
async def show_all():
    found = []
    for page in pages.values():  # expect: DCT107 with add
        found.append(await page.render())
    return "".join(found)


class Page:
    def __init__(self, name):
        self.name = name

    async def render(self):
        await asyncio.sleep(0.1)
        return self.name
