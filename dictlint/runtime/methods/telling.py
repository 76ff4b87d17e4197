"""How methods tell the shadow of what they do, and who has called them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from dictlint.runtime.failing import settle
from dictlint.runtime.frames import PACKAGE
from dictlint.runtime.keys import PLAIN, cell_key
from dictlint.runtime.shadow import Found, Shadow
from dictlint.runtime.views import MISSING


def caller() -> FrameType:
    """The innermost frame that is not of this package."""
    frame: Any = sys._getframe(2)
    while frame.f_code.co_filename.startswith(PACKAGE):
        frame = frame.f_back
    return frame  # type: ignore[no-any-return]


def write(self: Any, key: Any, op: str, frame: FrameType, change: Callable[[], Any], after: bool) -> Any:
    """Tells of a change of one entry and makes it. Under the lock where no code of the user can run in it."""
    shadow = self._dictlint_shadow
    cell = cell_key(shadow, key)
    if cell is not key:
        return write_odd(self, shadow, cell, key, op, frame, change, after)
    token = shadow.begin()
    if token is None:
        return change()
    old = MISSING  # kept until the lock is free again: its finalizer is code of the user
    found = None
    held_back = False
    try:
        old = dict.get(self, key, MISSING)
        found = shadow.write(token, cell, op, old is not MISSING, after, frame)
        held_back = found is not None and shadow.fails
        result = None if held_back else change()
    finally:
        shadow.leave()
        if found:
            settle(shadow, self, found, key)
    return change() if held_back else result


def write_odd(
    self: Any, shadow: Shadow, cell: Any, key: Any, op: str, frame: FrameType, change: Callable[[], Any], after: bool
) -> Any:
    """A key whose hash or comparison is code of the user: whether it was there is seen from the size."""
    size = dict.__len__(self)
    result = change()
    grown = dict.__len__(self) - size
    token = shadow.begin()
    if token is None:
        return result
    try:
        found = shadow.write(token, cell, op, grown <= 0, after, frame)
    finally:
        shadow.leave()
    if found:
        settle(shadow, self, found, key)
    return result


def absent(self: Any, key: Any, op: str, frame: FrameType) -> None:
    """A removal of an entry that is not there. It changes nothing, but Go's rule counts it as a write."""
    shadow = self._dictlint_shadow
    cell = cell_key(shadow, key)
    if shadow.contract == "python":
        told(self, key, lambda token: shadow.read(token, cell, op, False, frame))
    else:
        told(self, key, lambda token: shadow.write(token, cell, op, False, False, frame))


def told(self: Any, key: Any, tell: Callable[[Any], list[Found] | None]) -> None:
    shadow = self._dictlint_shadow
    token = shadow.begin()
    if token is None:
        return
    try:
        found = tell(token)
    finally:
        shadow.leave()
    if found:
        settle(shadow, self, found, key)


def tell_all(self: Any, op: str, frame: FrameType) -> None:
    told(self, None, lambda token: self._dictlint_shadow.write_all(token, op, frame))


def tell_order(self: Any, op: str, frame: FrameType) -> None:
    told(self, None, lambda token: self._dictlint_shadow.reorder(token, op, frame))


def tell_pairs(self: Any, pairs: list[Any], op: str, frame: FrameType) -> None:
    """Each entry that is about to be set, those with keys that only hash in C."""
    if not pairs:
        return
    shadow = self._dictlint_shadow
    keys = [pair[0] for pair in pairs if type(pair) in (tuple, list) and len(pair) == 2 and pair[0].__class__ in PLAIN]
    token = shadow.begin()
    if token is None:
        return
    found: list[Found] = []
    try:
        if len(keys) < len(pairs):
            found += shadow.resize(token, op, frame) or ()
        found += shadow.write_many(token, [(key, dict.__contains__(self, key)) for key in keys], op, frame) or ()
    finally:
        shadow.leave()
    if found:
        settle(shadow, self, found)
