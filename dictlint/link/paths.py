"""Access paths as text: roots, steps and last names."""

from __future__ import annotations

import re
from functools import cache

from dictlint.model.body import Call

_PART = re.compile(r"!(\d+)\.(\d+)")


@cache
def split(path: str) -> tuple[str, str]:
    """`%self._d.x` -> (`%self._d`, `x`); a root alone gives an empty attribute. `@a.b` is a root whatever its dots."""
    if path.endswith(("[]", "<>", ")")) or "." not in path:
        return path, ""
    base, _, attr = path.rpartition(".")
    if path[0] == "@" and "[" not in path and "<" not in path:
        return path, ""
    return (base, attr) if base else (path, "")


def is_birth(path: str) -> bool:
    """Whether a path is a container born here, and nothing inside it."""
    return path[:1] == "#" and path[1:].isdigit()


@cache
def call_of(path: str) -> int:
    """The call whose result a path is, -1 for anything else."""
    return int(path[1:]) if path[:1] == "!" and path[1:].isdigit() else -1


@cache
def part_of(path: str) -> tuple[int, int]:
    """The call and the position, where a path is one part of the tuple that a call gives: `!3.0`."""
    found = _PART.fullmatch(path)
    return (int(found[1]), int(found[2])) if found else (-1, -1)


def is_in_part(path: str) -> bool:
    """Whether a path begins with a part of the tuple that a call gives."""
    return path[:1] == "!" and _PART.match(path) is not None


def whole(path: str) -> str:
    """The path with the tuple itself in place of its part: `!3.0[]` -> `!3[]`."""
    return _PART.sub(r"!\1", path, count=1) if is_in_part(path) else path


@cache
def leaf_name(path: str) -> str:
    """The last name of a path, without roots and steps: `%self._d[]` -> `_d`."""
    path = path.split("|", 1)[0]
    while path.endswith(("[]", "<>")):
        path = path[:-2]
    last = path.rpartition(".")[2]
    return last.rpartition(":")[2].lstrip("%@!#~") if last[:1] in "%@^" else last


@cache
def root_param(path: str) -> str:
    """The parameter that a path begins with, or an empty string."""
    return re.split(r"[.\[<|]", path[1:], maxsplit=1)[0] if path[:1] == "%" else ""


def bare_param(path: str) -> str:
    """The parameter or variable that a path is, or is an entry of, or an empty string."""
    root = path.partition("|")[0].replace("[]", "").replace("<>", "")
    return root[1:] if root[:1] == "%" and "." not in root else ""


def source_name(attr: str) -> str:
    """An attribute as it is written: `_C__x` -> `__x`."""
    head, double, tail = attr.partition("__")
    return f"__{tail}" if head.startswith("_") and head != "_" and double and not tail.endswith("__") else attr


def given(call: Call, position: int, name: str) -> tuple[str, ...]:
    """The values that a call gives for one parameter."""
    for keyword, values in call.kwargs:
        if keyword == name:
            return tuple(v for v in values if v[:1] != "=")
    if 0 <= position < len(call.args):
        return tuple(v for v in call.args[position] if v[:1] not in "=*")
    return ()


def tuple_parts(path: str) -> list[str]:
    """The values in a tuple display: `(#0;(?;%x))` -> `#0`, `(?;%x)`; `?` for what is unknown."""
    parts, depth, current = [], 0, ""
    for letter in path[1:-1]:
        depth += (letter == "(") - (letter == ")")
        if letter == ";" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current] if len(path) > 2 else []
