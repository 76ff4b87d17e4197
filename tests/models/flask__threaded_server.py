"""The program itself says that the server is threaded: nothing is claimed any more."""

from flask import Flask

app = Flask(__name__)
hits = {}


@app.route("/<page>")
def show(page):
    hits[page] = hits.get(page, 0) + 1  # expect: DCT104 at high
    return page


if __name__ == "__main__":
    app.run(threaded=True)
