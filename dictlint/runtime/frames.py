"""Places in running code: cheap to take (code object and offset), dear to render, so rendered for reports only."""

from __future__ import annotations

import os
from types import CodeType, FrameType
from typing import Any, NamedTuple

Stack = tuple[Any, ...]  # code, offset, code, offset, ... innermost first: flat, because it is made for every access
PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
HIDDEN = [PACKAGE]
"""Folders whose code is not shown: what is put in between is no part of the program."""


class Site(NamedTuple):
    """One line of a stack."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}, in {self.function}"

    @property
    def text(self) -> str:
        import linecache

        return linecache.getline(self.path, self.line).strip()


def capture(frame: FrameType | None, limit: int) -> Stack:
    parts: list[Any] = []
    while frame is not None and limit:
        parts.append(frame.f_code)
        parts.append(frame.f_lasti)
        frame = frame.f_back
        limit -= 1
    return tuple(parts)


def site(code: CodeType, offset: int) -> Site:
    return Site(code.co_filename, line_of(code, offset), getattr(code, "co_qualname", code.co_name))


def line_of(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= offset < end and number is not None:
            return number
    return line


def sites(stack: Stack) -> list[Site]:
    """The stack as lines, innermost first, without what was put in between."""
    hidden = tuple(HIDDEN)
    pairs = zip(stack[::2], stack[1::2])
    return [site(code, offset) for code, offset in pairs if not code.co_filename.startswith(hidden)]


def top(stack: Stack) -> tuple[int, int]:
    """Something short that is the same for the same place."""
    return (id(stack[0]), stack[1]) if stack else (0, 0)


def outside(frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is not of this package or of `threading`: where a user asked for something."""
    while frame is not None and _is_inside(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_inside(path: str) -> bool:
    return path.startswith(PACKAGE) or path == THREADING


THREADING = os.path.join(os.path.dirname(os.__file__), "threading.py")
