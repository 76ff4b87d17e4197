"""What ends a run with one clear line and exit status 2."""

from __future__ import annotations


class Trouble(Exception):
    """dictlint could not do its work; the text is shown as it is, lower case and without a final stop."""


def nearest(word: str, known: list[str]) -> str:
    """`; did you mean X?` where one of the known words is near, else nothing."""
    import difflib

    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean `{close[0]}`?" if close else ""
