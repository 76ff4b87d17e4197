"""What becomes of a borrowed object on the paths through one function: normal, by exception, through `finally`."""

from __future__ import annotations

from functools import lru_cache

from dictlint.view.lending.nodes import names, read
from dictlint.view.lending.values import NOWHERE, Happening, Place, Question, TooMany
from dictlint.view.lending.walk import Walk

__all__ = ["NOWHERE", "Happening", "Place", "Question", "story"]


@lru_cache(maxsize=512)
def story(question: Question) -> tuple[Happening, ...]:
    """Everything that goes wrong with the objects that a function borrows; nothing where it is too long to tell."""
    parsed = read(question.text)
    if parsed is None:
        return ()
    function, places = parsed
    found: dict[Happening, None] = {}
    for name in names(function, places, question):
        try:
            found.update(dict.fromkeys(Walk(question, places, name).run(function)))
        except (TooMany, RecursionError):
            continue
    return tuple(sorted(found))
