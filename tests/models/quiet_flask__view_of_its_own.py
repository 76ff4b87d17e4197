"""A class-based view is made anew for each request: what it keeps in itself nobody else has."""

from flask import Flask
from flask.views import MethodView

app = Flask(__name__)


class Search(MethodView):
    def __init__(self):
        self.words = {}

    def get(self, text):
        for word in text.split():
            self.words[word] = self.words.get(word, 0) + 1
        self.trim()
        return str(sum(count for count in self.words.values()))

    def trim(self):
        for word in self.words:
            if len(word) < 3:
                self.words[word] = 0


app.add_url_rule("/search/<text>", view_func=Search.as_view("search"))
