"""Who keeps an object: collections, namespaces and objects; the local variables of running code do not count."""

from __future__ import annotations

import gc
import types
from typing import Any

OUTSIDE = (types.FrameType, types.CellType, types.GeneratorType, types.CoroutineType, tuple)
"""What refers to an object without keeping it as its own."""


def owns(owner: Any, part: Any) -> bool:
    """Whether `part` is the object itself, or one of its attributes."""
    return owner is part or any(value is part for value in attributes(owner).values())


def attributes(owner: Any) -> dict[str, Any]:
    """What an object keeps under names, without running code of its own."""
    names = [name for kind in type(owner).__mro__ for name in kind.__dict__.get("__slots__", ())]
    slots = {name: getattr(owner, name, None) for name in names if isinstance(name, str) and not name.startswith("__")}
    return {**slots, **getattr(owner, "__dict__", {})}


def holders(part: Any) -> list[Any]:
    """An object and its `__dict__` are one holder."""
    found = [one for one in gc.get_referrers(part) if not isinstance(one, OUTSIDE) and times(one, part)]
    spaces = {id(one) for one in found if isinstance(one, dict)}
    return [one for one in found if isinstance(one, dict) or id(getattr(one, "__dict__", None)) not in spaces]


def owners(part: Any) -> list[Any]:
    """The objects of which it is an attribute."""
    found = []
    for one in holders(part):
        if isinstance(one, dict):
            found += objects_of(one)
        elif not isinstance(one, (list, set, frozenset)):
            found.append(one)
    return found


def objects_of(space: Any) -> list[Any]:
    """Whose `__dict__` it is. An object may keep the values without it: then it is found by one of them."""
    for part in (space, *list(space.values())[-1:]):
        found = [each for each in gc.get_referrers(part) if getattr(each, "__dict__", None) is space]
        if found:
            return found
    return []


def times(holder: Any, part: Any) -> int:
    if isinstance(holder, dict):
        return sum(value is part for value in dict.values(holder))
    if isinstance(holder, (list, set, frozenset)):
        return sum(value is part for value in holder)
    return int(owns(holder, part))


def reaches(start: Any, wanted: Any, steps: int = 4, most: int = 200) -> bool:
    """Whether one object refers to another one, over a few others."""
    front, seen = [start], {id(start)}
    for _ in range(steps):
        further = []
        for one in gc.get_referents(*front):
            if one is wanted:
                return True
            if id(one) not in seen and len(seen) < most and not isinstance(one, (type, types.ModuleType)):
                seen.add(id(one))
                further.append(one)
        front = further
    return False
