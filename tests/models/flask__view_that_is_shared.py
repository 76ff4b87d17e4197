"""The same view, shared by all requests because it asks for it."""

from flask import Flask
from flask.views import MethodView

app = Flask(__name__)


class Search(MethodView):
    init_every_request = False

    def __init__(self):
        self.words = {}

    def get(self, text):
        for word in text.split():
            self.words[word] = self.words.get(word, 0) + 1  # expect: DCT104 at medium  # site: count
        return ", ".join(show(word) for word in self.words)  # expect: DCT101 with count at medium


def show(word):
    return word.title()


app.add_url_rule("/search/<text>", view_func=Search.as_view("search"))
