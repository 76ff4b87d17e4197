"""What the object was given, and registers its method with, is a class of this program with a method of that name."""

from flask import Flask


class Rules:
    def __init__(self):
        self.rules = []

    def add_url_rule(self, rule, endpoint, view_func):
        self.rules.append((rule, endpoint, view_func))


class Pages:
    def __init__(self, app, folder):
        self.app = app
        self.folder = folder
        self.texts = {}

    def register(self):
        self.app.add_url_rule("/<name>", "page", self.page)

    def page(self, name):
        self.texts[name] = read(self.folder, name)
        return self.texts[name]

    def names(self):
        return [name.title() for name in self.texts]


def read(folder, name):
    with open(f"{folder}/{name}") as file:
        return file.read()


def export():
    rules = Rules()
    pages = Pages(rules, "pages")
    pages.register()
    for name in ("one", "two"):
        print(pages.page(name))
    print(pages.names())


def main():
    export()
    Flask(__name__).run(threaded=True)


main()
