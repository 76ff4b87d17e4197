"""Locks that were made before tracking began are put behind observing ones, wherever a reference can be replaced.

Without that, two accesses under such a lock would look unordered. References in running frames, tuples and sets stay
as they are.
"""

from __future__ import annotations

import gc
import sys
import threading
from types import BuiltinMethodType, CellType, ModuleType
from typing import Any

from dictlint.runtime.sync.locks import Lock, LockType, RLock, RLockType

RAW = (LockType, RLockType)
# Made of locks of their own, which order nothing: their edges are drawn by what they mean.
SEMANTIC = (threading.Event, threading.Semaphore, threading.Barrier, threading.Thread)
INTERNAL = ("threading", "_thread", "importlib", "concurrent.futures.thread", "_weakrefset", "dictlint.runtime")


def adopt_locks() -> int:
    """How many were found."""
    stand_ins: dict[int, Any] = {}
    skipped = _insides()
    for holder in gc.get_objects():
        if id(holder) in skipped:
            continue
        for value in gc.get_referents(holder):
            if type(value) in RAW:
                _adopt(holder, value, stand_ins)
    for holder in gc.get_objects():
        if type(holder) is threading.Condition and id(holder) not in skipped:
            _refresh(holder)
    return len(stand_ins)


def _insides() -> set[int]:
    """Objects whose locks are left alone."""
    skipped = set()
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and _is_internal(name):
            skipped |= {id(module), id(vars(module))}
    for thing in gc.get_objects():
        kind = type(thing)
        if isinstance(thing, SEMANTIC) or _is_internal(getattr(kind, "__module__", "") or ""):
            if kind is threading.Condition:
                continue
            skipped.add(id(thing))
            inner = getattr(thing, "__dict__", None)
            if isinstance(inner, dict):
                skipped.add(id(inner))
                cond = inner.get("_cond")
                if cond is not None:
                    skipped |= {id(cond), id(getattr(cond, "__dict__", None))}
    return skipped


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
    elif not isinstance(holder, BuiltinMethodType):
        _adopt_in_object(holder, raw, stand_ins)


def _adopt_in_object(holder: Any, raw: Any, stand_ins: dict[int, Any]) -> None:
    names = list(getattr(holder, "__dict__", ()) or ())
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
