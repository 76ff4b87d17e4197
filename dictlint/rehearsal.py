"""Small programs whose comments say which of their functions a framework runs, and how: tried against its model.

@app.route("/")
def index():  # activity: thread, many
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from dictlint.index import Unreadable, extract
from dictlint.knowledge.models import Model
from dictlint.link import Start, starts
from dictlint.model.activity import Activity
from dictlint.model.facts import ModuleFacts
from dictlint.model.site import SourceFile

COMMENT = re.compile(r"#\s*activity:\s*([a-z,; ]+)")
Expected = dict[tuple[str, int], list[str]]


def complaints(model: Model) -> list[str]:
    """Where a model's own examples and what is recognised in them differ; empty when they agree."""
    said: list[str] = []
    for number, example in enumerate(model.example, start=1):
        where = f"example {number}"
        try:
            said += differences({where: example.code}, (model,))
        except Unreadable as error:
            said.append(f"{where}, line {error.line}: {error.reason}")
    return said


def differences(texts: dict[str, str], models: tuple[Model, ...]) -> list[str]:
    """Texts by module: each activity that a comment asks for and is not there, each that is there without a comment."""
    modules = [_module(name, text) for name, text in texts.items()]
    found: Expected = {}
    for start in starts(modules, models):
        found.setdefault((start.path, start.line), []).append(described(start))
    wanted = {(name, line): words for name, text in texts.items() for line, words in _wanted(text)}
    said = []
    for place in sorted(found.keys() | wanted.keys()):
        here, asked = sorted(found.get(place, ())), sorted(wanted.get(place, ()))
        if here != asked:
            said.append(f"{place[0]}, line {place[1]}: {_listed(here)}, but the comment says {_listed(asked)}")
    return said


def described(start: Start) -> str:
    """An activity as a comment writes it."""
    return "caller" if start.activity is None else description(start.activity)


def description(activity: Activity) -> str:
    """Its domain; `many` of it at once; on a `fresh` object; `sure` where the program itself shows it."""
    words = (
        (True, activity.domain),
        (activity.many, "many"),
        (activity.root == "private", "fresh"),
        (not activity.claimed, "sure"),
    )
    return ", ".join(word for holds, word in words if holds)


def _listed(words: list[str]) -> str:
    return "; ".join(words) or "nothing"


def _module(name: str, text: str) -> tuple[SourceFile, ModuleFacts]:
    return SourceFile(name, name, name), extract(text.encode(), name, False)


def _wanted(text: str) -> Iterator[tuple[int, list[str]]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (comment := COMMENT.match(token.string)):
            yield token.start[0], [one.strip() for one in comment[1].split(";")]
