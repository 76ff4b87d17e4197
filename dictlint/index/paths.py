"""Reading and writing value paths."""

from __future__ import annotations

import re

from dictlint.index.frame import Frame, Values, union

BIRTH = re.compile(r"#(\d+)")
_QUOTES = ("'", '"')


def as_tuple(parts: list[Values]) -> Values:
    """The path of a tuple display, or nothing when none of its parts is known."""
    for part in parts:
        if part and part[0][0] != "=":
            break
    else:
        return ()
    text = ";".join([part[0] if part and part[0][0] != "=" else "?" for part in parts])
    return (f"({text})",) if len(text) < 400 else ()


def split_tuple(path: str) -> list[Values]:
    """The parts of a tuple path `(p;q;?)`."""
    parts: list[Values] = []
    depth = 0
    start = 1
    for at, char in enumerate(path):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        if (char == ";" and depth == 1) or (char == ")" and depth == 0):
            part = path[start:at]
            if part:
                parts.append(() if part == "?" else (part,))
            start = at + 1
    return parts


def unpacked(values: Values, count: int) -> list[Values]:
    """What each of `count` targets gets when `values` are unpacked."""
    parts: list[Values] = [()] * count
    for path in values:
        if not is_tuple(path):
            return [()] * count
        found = split_tuple(path)
        if len(found) != count:
            return [()] * count
        parts = [union(old, new) for old, new in zip(parts, found)]
    return parts


def own_birth(path: str) -> bool:
    """Whether the path is a container born here, without further steps."""
    return path[0] == "#" and path[1:].isdigit()


def is_tuple(path: str) -> bool:
    """Whether the path is that of a tuple display, without further steps."""
    return path[0] == "(" and path[-1] == ")"


def items_of(f: Frame, path: str) -> Values:
    """What iterating over `path` gives."""
    if path[0] == "(" and path[-1] == ")":
        found: dict[str, None] = {}
        for part in split_tuple(path):
            found.update(dict.fromkeys(part))
        return tuple(found)[:6]
    base, _, view = path.partition("|")
    if view == "values":
        return entries_of(f, base)
    if view == "items":
        entry = entries_of(f, base)
        return tuple([f"({base}<>;{e})" for e in entry]) or (f"({base}<>;?)",)
    known = f.contents.get(base)
    if known is not None and f.births[int(base[1:])].kind in ("list", "set", "deque"):
        return known
    return (base + "<>",)


def entries_of(f: Frame, base: str) -> Values:
    """What reading an entry of `base` gives."""
    known = f.contents.get(base)
    return known if known is not None else (base + "[]",)


def keep_part(f: Frame, path: str, key: str, values: Values) -> None:
    """Something is stored in a container whose entries are known by their keys."""
    parts = f.parts.pop(path, {})
    if key[:1] in _QUOTES and key:
        f.parts[path] = {**parts, key: union(parts.get(key, ()), values)}


def part_values(f: Frame, values: Values, key: str) -> Values:
    """What `v['key']` gives for any of `values`: of a dict that is made here what stands under that key."""
    known = f.parts.get(values[0], {}).get(key) if len(values) == 1 else None
    if known is not None:
        return known
    found = [f.parts.get(path, {}).get(key) or entries_of(f, path) for path in values]
    several = dict.fromkeys(each for part in found for each in part)
    return tuple(several) if len(several) <= 4 else ()


def entry_values(f: Frame, values: Values, key: str = "") -> Values:
    """What `v[...]` gives for any of `values`."""
    if key and f.parts and key[0] in _QUOTES and not f.parts.keys().isdisjoint(values):
        return part_values(f, values, key)
    if len(values) == 1:
        path = values[0]
        known = f.contents.get(path)
        if known is not None:
            return known
        return (path + "[]",) if len(path) < 160 else ()
    found: dict[str, None] = {}
    for path in values:
        found.update(dict.fromkeys(entries_of(f, path)))
    return tuple(found) if len(found) <= 4 else ()
