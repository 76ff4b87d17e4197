"""A comment that speaks to dictlint."""

from __future__ import annotations

import msgspec

IGNORES = ("ignore", "ignore-file", "noqa", "noqa-file")
ANNOTATIONS = ("guarded-by", "confined", "thread-safe")


class Note(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One such comment, or what stands for it in an annotation.

    `kind`: one of `IGNORES` or `ANNOTATIONS`, or `wrong`. It stands at `line`, from `column` to `end_column`
    (characters from 1), and covers the lines from `first` to `last`. `words`: the rules that it names, empty for all.
    `text`: the reason; the lock; what is wrong. `name`: what an annotation speaks of, dotted from the module on.
    """

    kind: str
    line: int
    column: int
    end_column: int
    first: int
    last: int
    words: tuple[str, ...] = ()
    text: str = ""
    name: str = ""


Notes = tuple[tuple[str, tuple[Note, ...]], ...]  # by the path of the file
