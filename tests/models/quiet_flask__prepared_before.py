"""The main thread fills the table, then serves: requests come later, and only read."""

from flask import Flask

app = Flask(__name__)
pages = {}


def load(path):
    for line in open(path):
        if line not in pages:
            pages[line] = line.upper()
    for page in pages:
        print(page)


@app.route("/<page>")
def show(page):
    return pages.get(page, "")


@app.before_request
def check():
    for page in pages:
        print(page)


def main():
    load("pages.txt")
    app.run()


if __name__ == "__main__":
    main()
