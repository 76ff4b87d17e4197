"""What a terminal may be sent: colours where they are wanted, and never a control character that came from a file."""

from __future__ import annotations

import os
from typing import IO

import msgspec

CODES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "1;33", "cyan": "36", "green": "32", "blue": "1;34"}


class Style(msgspec.Struct, frozen=True):
    """How much the reader's screen can do."""

    colour: bool = False
    width: int = 100

    def paint(self, text: str, colour: str) -> str:
        return f"\x1b[{CODES[colour]}m{text}\x1b[0m" if self.colour and text else text


def style_of(stream: IO[str]) -> Style:
    """Colour only on a terminal, unless the environment says otherwise (no-color.org, force-color.org)."""
    on_terminal = stream.isatty()
    return Style(wants_colour(on_terminal), _width() if on_terminal else 100)


def wants_colour(on_terminal: bool) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return on_terminal and os.environ.get("TERM") != "dumb"


def _width() -> int:
    import shutil

    return max(40, shutil.get_terminal_size((100, 24)).columns)


def plain(text: str) -> str:
    r"""`text` with what is not printable made visible: escape sequences, line breaks, marks that turn text around."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def counted(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
