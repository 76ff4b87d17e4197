"""Two requests count one page at the same time, and the report walks the counts meanwhile."""

from flask import Flask

app = Flask(__name__)
hits = {}


@app.route("/<page>")
def show(page):
    hits[page] = hits.get(page, 0) + 1  # expect: DCT104 at medium  # site: new
    return page


@app.route("/report")
def report():
    return "\n".join(f"{page} {format(count)}" for page, count in hits.items())  # expect: DCT101 with new at medium


def format(count):
    return str(count)
