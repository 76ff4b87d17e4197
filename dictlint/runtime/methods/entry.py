"""Operations on one entry, and the short way through them.

The short way is taken as long as nothing has happened since the same thread last went the long way: no lock was taken
or released by it, nobody else has written. Then there is nothing to tell. The long way looks for its caller two frames
up, so it is called by the methods themselves.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from dictlint.runtime.activity import local
from dictlint.runtime.failing import settle
from dictlint.runtime.keys import PLAIN, cell_key
from dictlint.runtime.methods.telling import caller, write
from dictlint.runtime.views import MISSING, CheckedKeys, Merge, note_whole

KEYS_CONTAINS = CheckedKeys.__contains__.__code__
_SLOW: dict[Any, dict[str, Any]] = {}
"""The long ways of each built-in class, which the strict contract shares."""


def one_entry(base: Any, cls: Any) -> dict[str, Any]:
    """Operations on one entry."""
    getitem, setitem, get, contains, length = (
        base.__getitem__,
        base.__setitem__,
        base.get,
        base.__contains__,
        base.__len__,
    )
    find = dict.get
    here, plain = local, PLAIN  # found faster than names of the module

    def slow_getitem(self: Any, key: Any) -> Any:
        frame = sys._getframe(2)
        token = local.token
        if token.__class__ is Merge:
            value = token.take(self._dictlint_shadow, key, frame)
            if value is not MISSING:
                return value
        value = read(self, key, "getitem", frame)
        return getitem(self, key) if value is MISSING else value

    def read(self: Any, key: Any, op: str, frame: FrameType) -> Any:
        """The value that was told of, or MISSING."""
        shadow = self._dictlint_shadow
        cell = cell_key(shadow, key)
        token = shadow.begin()
        if token is None:
            return find(self, key, MISSING)
        if cell is key:
            try:
                value = find(self, key, MISSING)
                found = shadow.read(token, cell, op, value is not MISSING, frame)
            finally:
                shadow.leave()
        else:  # looking up runs code of the key's class: not under our lock
            shadow.leave()
            value = find(self, key, MISSING)
            token = shadow.begin()
            if token is None:
                return value
            try:
                found = shadow.read(token, cell, op, value is not MISSING, frame)
            finally:
                shadow.leave()
        if found:
            settle(shadow, self, found, key)
        return value

    def slow_get(self: Any, key: Any, default: Any) -> Any:
        value = read(self, key, "get", sys._getframe(2))
        return default if value is MISSING else value

    def slow_contains(self: Any, key: Any) -> bool:
        frame = sys._getframe(2)
        if frame.f_code is KEYS_CONTAINS:
            frame = frame.f_back  # type: ignore[assignment]
        return read(self, key, "contains", frame) is not MISSING

    def slow_setitem(self: Any, key: Any, value: Any) -> None:
        write(self, key, "setitem", sys._getframe(2), lambda: setitem(self, key, value), True)

    _SLOW[base] = {"getitem": slow_getitem, "get": slow_get, "contains": slow_contains, "setitem": slow_setitem}

    def __getitem__(self: Any, key: Any) -> Any:
        try:
            cell = self._dictlint_cells[key]
        except KeyError:
            return slow_getitem(self, key)
        if cell.fast is here.token:
            return getitem(self, key)
        return slow_getitem(self, key)

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        if key.__class__ is str or key.__class__ in plain:
            try:
                cell = self._dictlint_cells[key]
            except KeyError:
                return slow_setitem(self, key, value)
            if cell.fastw is here.token:
                return setitem(self, key, value)  # type: ignore[no-any-return]
        return slow_setitem(self, key, value)

    def __contains__(self: Any, key: Any) -> bool:
        try:
            cell = self._dictlint_cells[key]
        except KeyError:
            return slow_contains(self, key)
        if cell.fast is here.token:
            return contains(self, key)  # type: ignore[no-any-return]
        return slow_contains(self, key)

    def get_(self: Any, key: Any, default: Any = None, /) -> Any:
        try:
            cell = self._dictlint_cells[key]
        except KeyError:
            return slow_get(self, key, default)
        if cell.fast is here.token:
            return get(self, key, default)
        return slow_get(self, key, default)

    def __len__(self: Any) -> int:
        shadow = self._dictlint_shadow
        if shadow.contract == "strict" and shadow.fast is not here.token:
            note_whole(self, shadow, "len", caller())
        return length(self)  # type: ignore[no-any-return]

    return {
        "__getitem__": __getitem__,
        "__setitem__": __setitem__,
        "__contains__": __contains__,
        "get": get_,
        "__len__": __len__,
    }


def one_entry_strictly(base: Any, cls: Any) -> dict[str, Any]:
    """Under the strict contract the map as a whole is what is raced for: its shadow tells which way is taken."""
    getitem, setitem, get, contains, length = (
        base.__getitem__,
        base.__setitem__,
        base.get,
        base.__contains__,
        base.__len__,
    )
    slow_getitem, slow_get, slow_contains, slow_setitem = (
        _SLOW[base][n] for n in ("getitem", "get", "contains", "setitem")
    )
    slow_len, here = cls.__len__, local

    def __getitem__(self: Any, key: Any) -> Any:
        if self._dictlint_shadow.fast is here.token:
            return getitem(self, key)
        return slow_getitem(self, key)

    def __setitem__(self: Any, key: Any, value: Any) -> None:
        if self._dictlint_shadow.fastw is here.token:
            return setitem(self, key, value)  # type: ignore[no-any-return]
        return slow_setitem(self, key, value)  # type: ignore[no-any-return]

    def __contains__(self: Any, key: Any) -> Any:
        if self._dictlint_shadow.fast is here.token:
            return contains(self, key)
        return slow_contains(self, key)

    def get_(self: Any, key: Any, default: Any = None, /) -> Any:
        if self._dictlint_shadow.fast is here.token:
            return get(self, key, default)
        return slow_get(self, key, default)

    def __len__(self: Any) -> Any:
        if self._dictlint_shadow.fast is here.token:
            return length(self)
        return slow_len(self)

    return {
        "__getitem__": __getitem__,
        "__setitem__": __setitem__,
        "__contains__": __contains__,
        "get": get_,
        "__len__": __len__,
    }
