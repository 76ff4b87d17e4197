"""The object keeps the app that it was given, and registers its method there: each request runs it in a thread."""

from flask import Flask


class Pages:
    def __init__(self, app, folder):
        self.app = app
        self.folder = folder
        self.texts = {}

    def register(self):
        self.app.add_url_rule("/<name>", "page", self.page)

    def page(self, name):
        self.texts[name] = read(self.folder, name)  # site: read
        return self.texts[name]

    def names(self):
        return [name.title() for name in self.texts]  # expect: DCT101 with read


def read(folder, name):
    with open(f"{folder}/{name}") as file:
        return file.read()


def main():
    app = Flask(__name__)
    pages = Pages(app, "pages")
    pages.register()
    app.add_url_rule("/", "names", pages.names)
    app.run(threaded=True)


main()
