"""Code frames: the lines of a file with numbers, and carets under what is meant."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable

from dictlint.model.finding import AccessRef
from dictlint.model.site import SourceFile
from dictlint.report.terminal import Style, plain

MOST_LINES = 3
TAB = "    "
COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class Sources:
    """Lines of the analysed files, each file read once and only when a frame wants it."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._real = {file.path: file.real for file in files}
        self._lines: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str:
        if path not in self._lines:
            self._lines[path] = _read(self._real.get(path, path))
        lines = self._lines[path]
        return lines[number - 1] if 0 < number <= len(lines) else ""


def _read(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError):
        return []
    # bytes split at exactly the line ends that Python counts; str would split at form feeds and others, too.
    lines = data.removeprefix(codecs.BOM_UTF8).splitlines()
    encoding = _encoding(lines[:2])
    return [line.decode(encoding, "replace") for line in lines]


def _encoding(first: list[bytes]) -> str:
    for line in first:
        if match := COOKIE.match(line):
            try:
                return codecs.lookup(match[1].decode()).name
            except LookupError:
                break
    return "utf-8"


def frame(access: AccessRef, sources: Sources, style: Style, indent: str) -> list[str]:
    """The lines of one access; of a long one only the first few."""
    last = min(access.end_line, access.line + MOST_LINES - 1)
    gutter = len(str(last))
    rows = []
    for number in range(access.line, last + 1):
        text = sources.line(access.path, number)
        start = access.column - 1 if number == access.line else len(text) - len(text.lstrip())
        end = access.end_column - 1 if number == access.end_line else len(text)
        rows += [
            f"{indent}{style.paint(f'{number:>{gutter}} |', 'dim')} {_shown(text)}".rstrip(),
            f"{indent}{style.paint(' ' * gutter + ' |', 'dim')} {_carets(text, start, end, style)}".rstrip(),
        ]
    if last < access.end_line:
        rows.append(f"{indent}{style.paint(' ' * gutter + ' |', 'dim')} ...")
    return rows if any(sources.line(access.path, n) for n in range(access.line, last + 1)) else []


def _carets(text: str, start: int, end: int, style: Style) -> str:
    """Carets under the characters from start to end, however wide they are on the screen."""
    return " " * _width(text[:start]) + style.paint("^" * max(1, _width(text[start:end])), "red")


def _shown(text: str) -> str:
    return plain(text.replace("\t", TAB))


def _width(text: str) -> int:
    shown = _shown(text)
    return len(shown) if shown.isascii() else sum(_cells(char) for char in shown)


def _cells(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
