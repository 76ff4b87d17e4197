"""Locks that were made before tracking began are put behind observing ones, wherever a reference can be replaced.

Without that, two accesses under such a lock would look unordered. References in running frames, tuples and sets stay
as they are.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import BuiltinMethodType, CellType, ModuleType
from typing import Any

from dictlint.runtime.sync.locks import Lock, LockType, RLock, RLockType

RAW = (LockType, RLockType)
# Made of locks of their own, which order nothing: their edges are drawn by what they mean.
SEMANTIC = (threading.Event, threading.Semaphore, threading.Barrier, threading.Thread)
INTERNAL = ("threading", "_thread", "importlib", "concurrent.futures.thread", "_weakrefset", "dictlint.runtime")


def adopt_locks() -> int:
    """How many were found.

    Objects are asked for nothing by which their own code could run: proxies would wake up what they stand for.
    """
    stand_ins: dict[int, Any] = {}
    objects = gc.get_objects()
    skipped = _insides(objects)
    for cls in objects:
        if issubclass(type(cls), type) and not _is_internal(_dict_of_class(cls).get("__module__")):
            _adopt_in_class(cls, stand_ins)
    holds: dict[type, bool] = {}
    for holder in objects:
        kind = type(holder)
        if kind not in holds:
            holds[kind] = _can_hold(kind)
        if holds[kind] and id(holder) not in skipped:
            for value in gc.get_referents(holder):
                if type(value) in RAW:
                    _adopt(holder, value, stand_ins)
    for holder in objects:
        if type(holder) is threading.Condition and id(holder) not in skipped:
            _refresh(holder)
    return len(stand_ins)


def _can_hold(kind: type) -> bool:
    """Whether references in instances of this class can be replaced.

    The dict of a module or class is an object of its own. And asking a module in C for its referents can break it:
    `_asyncio` of Python 3.12 revives what it keeps for later use.
    """
    if issubclass(kind, (ModuleType, type, BuiltinMethodType)):
        return False
    if kind in (dict, list, CellType) or kind.__dictoffset__:
        return True
    return any("__slots__" in vars(base) for base in kind.__mro__)


def _insides(objects: list[Any]) -> set[int]:
    """Objects whose locks are left alone."""
    skipped = set()
    for name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType) and _is_internal(name):
            skipped |= {id(module), id(vars(module))}
    internal: dict[type, bool] = {threading.Condition: False}
    for thing in objects:
        kind = type(thing)
        if kind not in internal:
            internal[kind] = issubclass(kind, SEMANTIC) or _is_internal(getattr(kind, "__module__", ""))
        if internal[kind]:
            skipped.add(id(thing))
            inner = _attributes(thing)
            if inner is not None:
                skipped.add(id(inner))
                cond = inner.get("_cond")
                if cond is not None:
                    skipped |= {id(cond), id(_attributes(cond))}
    return skipped


def _dict_of_class(cls: type) -> Mapping[str, Any]:
    return type.__dict__["__dict__"].__get__(cls)  # type: ignore[no-any-return]


def _attributes(thing: object) -> dict[str, Any] | None:
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return None
    return found if type(found) is dict else None


def _is_internal(module: object) -> bool:
    return isinstance(module, str) and any(module == name or module.startswith(f"{name}.") for name in INTERNAL)


def _stand_in(raw: Any, stand_ins: dict[int, Any]) -> Any:
    found = stand_ins.get(id(raw))
    if found is None:
        found = stand_ins[id(raw)] = (Lock if type(raw) is LockType else RLock)(raw, ())
    return found


def _adopt(holder: Any, raw: Any, stand_ins: dict[int, Any]) -> None:
    kind = type(holder)
    if kind is dict:
        for key, value in list(holder.items()):
            if value is raw:
                holder[key] = _stand_in(raw, stand_ins)
    elif kind is list:
        for place, value in enumerate(holder):
            if value is raw:
                holder[place] = _stand_in(raw, stand_ins)
    elif kind is CellType:
        holder.cell_contents = _stand_in(raw, stand_ins)
    else:
        _adopt_in_object(holder, raw, stand_ins)


def _adopt_in_class(cls: type, stand_ins: dict[int, Any]) -> None:
    """By its own door: the interpreter remembers what it looked up in a class, and must forget it."""
    for name, value in list(_dict_of_class(cls).items()):
        if type(value) in RAW:
            with suppress(TypeError):
                type.__setattr__(cls, name, _stand_in(value, stand_ins))


def _adopt_in_object(holder: Any, raw: Any, stand_ins: dict[int, Any]) -> None:
    names = list(_attributes(holder) or ())
    for cls in type(holder).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        names += [slots] if isinstance(slots, str) else list(slots)
    for name in names:
        try:
            if object.__getattribute__(holder, name) is raw:
                object.__setattr__(holder, name, _stand_in(raw, stand_ins))
        except (AttributeError, TypeError):
            continue


def _refresh(condition: Any) -> None:
    """A condition keeps bound methods of its lock."""
    lock = condition._lock
    if type(lock) not in (Lock, RLock):
        return
    for name in ("acquire", "release", "_release_save", "_acquire_restore", "_is_owned"):
        if name in vars(condition) and hasattr(lock, name):
            setattr(condition, name, getattr(lock, name))
