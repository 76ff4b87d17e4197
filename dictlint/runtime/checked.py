"""The checked maps: subclasses of dict, defaultdict, OrderedDict and Counter that tell a shadow of every operation.

What is one step on the plain map is one step here: each method makes one call of the built-in class, and tells of it
before or after.

The short way through a method is taken as long as nothing has happened since the same thread last went the long way:
no lock was taken or released by it, nobody else has written. Then there is nothing to tell.
"""

from __future__ import annotations

import collections
import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import BuiltinFunctionType, FrameType, FunctionType
from typing import Any, TypeVar

from dictlint.runtime import sync
from dictlint.runtime.activity import local
from dictlint.runtime.audit import AuditShadow
from dictlint.runtime.compound import CompoundShadow
from dictlint.runtime.failing import settle
from dictlint.runtime.frames import PACKAGE, capture, outside
from dictlint.runtime.keys import PLAIN, cell_key
from dictlint.runtime.roles import GET_OR_CREATE, Role
from dictlint.runtime.settings import settings
from dictlint.runtime.shadow import Found, Shadow
from dictlint.runtime.strict import StrictShadow
from dictlint.runtime.views import (
    MISSING,
    CheckedItems,
    CheckedKeys,
    CheckedValues,
    Merge,
    backwards,
    entries,
    iterate,
    note_whole,
)

KT = TypeVar("KT")
count_elements: Any = collections.__dict__["_count_elements"]  # in C where there is one
VT = TypeVar("VT")
C = TypeVar("C", bound=type)


class Plain(dict):  # type: ignore[type-arg]
    """The cells of a map that has none."""


NO_CELLS: Any = Plain()


def make_shadow(kind: str, frame: FrameType | None, name: str = "") -> Shadow:
    birth = capture(outside(frame), settings.depth)
    fails = settings.mode == "fail"
    if settings.mode == "audit":
        return AuditShadow(kind, name, birth, fails)
    if settings.mode != "off":
        sync.start()
    if settings.contract == "strict":
        return StrictShadow(kind, name, birth, fails)
    return CompoundShadow(kind, name, birth, fails)


class OffShadow(AuditShadow):
    """For subclasses of checked maps in mode `off`: nothing is ever told."""

    __slots__ = ()

    def enter(self) -> bool:
        return False


def checked(base: Any) -> Callable[[C], C]:
    """Gives a class the methods that tell. What they need of the built-in class they keep, so no lookup is left."""

    def decorate(cls: C) -> C:
        for part in (_entries, _changes, _whole, _copies):
            for name, method in part(base, cls).items():
                if name in SKIPPED.get(base, ()):
                    continue
                method.__name__ = name
                method.__qualname__ = f"{cls.__name__}.{name}"
                if method.__doc__ is None:
                    method.__doc__ = getattr(getattr(base, name, None), "__doc__", None)
                setattr(cls, name, method)
        EXACT[cls] = base
        STRICT[cls] = type(cls.__name__, (cls,), {"__slots__": (), "__module__": cls.__module__, **_strict(base, cls)})
        EXACT[STRICT[cls]] = base
        return cls

    return decorate


EXACT: dict[type, Any] = {}
"""The classes of this module, and what each one stands for."""
STRICT: dict[type, Any] = {}
"""The same for maps under the strict contract, whose short way is another one."""
# Counter has these in Python, in terms of the others.
SKIPPED: dict[Any, tuple[str, ...]] = {
    Counter: ("__eq__", "__ne__", "__or__", "__ror__", "__ior__", "__missing__", "__init__"),
}


def _strict(base: Any, cls: Any) -> dict[str, Any]:
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


_SLOW: dict[Any, dict[str, Any]] = {}


def _entries(base: Any, cls: Any) -> dict[str, Any]:
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
            note_whole(self, shadow, "len", _caller())
        return length(self)  # type: ignore[no-any-return]

    return {
        "__getitem__": __getitem__,
        "__setitem__": __setitem__,
        "__contains__": __contains__,
        "get": get_,
        "__len__": __len__,
    }


def _caller() -> FrameType:
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
        return _write_odd(self, shadow, cell, key, op, frame, change, after)
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


def _write_odd(
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


def _changes(base: Any, cls: Any) -> dict[str, Any]:
    """Operations that add and remove entries."""
    delitem, pop, popitem, setdefault, clear, update = (
        base.__delitem__, base.pop, base.popitem, base.setdefault, base.clear, base.update,
    )  # fmt: skip
    setitem = base.__setitem__

    def __delitem__(self: Any, key: Any) -> None:
        if dict.__contains__(self, key):
            write(self, key, "delitem", _caller(), lambda: delitem(self, key), False)
        else:
            _absent(self, key, "delitem", _caller())
            delitem(self, key)

    def pop_(self: Any, key: Any, /, *default: Any, **named: Any) -> Any:
        if len(default) > 1 or (named and (base is not OrderedDict or set(named) != {"default"})):
            return pop(self, key, *default, **named)
        if dict.__contains__(self, key):
            return write(self, key, "pop", _caller(), lambda: pop(self, key, *default, **named), False)
        # Without a default the caller relies on the entry.
        _absent(self, key, "pop-default" if default or named else "pop", _caller())
        return pop(self, key, *default, **named)

    def popitem_(self: Any, *args: Any, **named: Any) -> Any:
        shadow, frame = self._dictlint_shadow, _caller()
        item = popitem(self, *args, **named)
        cell = cell_key(shadow, item[0])
        _told(self, item[0], lambda token: shadow.write(token, cell, "popitem", True, False, frame))
        return item

    def setdefault_(self: Any, key: Any, default: Any = None, *rest: Any) -> Any:
        if rest:
            return setdefault(self, key, default, *rest)
        shadow, frame = self._dictlint_shadow, _caller()
        cell = cell_key(shadow, key)
        if cell is not key:
            return _write_odd(
                self, shadow, cell, key, "setdefault", frame, lambda: setdefault(self, key, default), True
            )
        token = shadow.begin()
        if token is None:
            return setdefault(self, key, default)
        try:
            if dict.__contains__(self, key):
                found = shadow.read(token, cell, "setdefault", True, frame)
            else:
                found = shadow.write(token, cell, "setdefault", False, True, frame)
            value = setdefault(self, key, default)
        finally:
            shadow.leave()
        if found:
            settle(shadow, self, found, key)
        return value

    def clear_(self: Any) -> None:
        tell_all(self, "clear", _caller())
        clear(self)

    def update_(self: Any, /, *args: Any, **named: Any) -> None:
        if len(args) > 1:
            update(self, *args, **named)
        frame = _caller()
        pairs, error = gathered(args[0]) if args else ([], None)
        pairs += named.items()
        tell_pairs(self, pairs, "update", frame)
        if base is OrderedDict and type(self) in EXACT:
            for pair in pairs:
                key, value = pair
                setitem(self, key, value)
        else:
            update(self, pairs)
        if error is not None:
            raise error

    def __ior__(self: Any, other: Any) -> Any:
        if base is OrderedDict and not hasattr(other, "keys") and not hasattr(other, "__iter__"):
            return NotImplemented
        update_(self, other)
        return self

    def count(self: Any, iterable: Any = None, /, **named: Any) -> None:
        """What is counted is counted apart and added in one step: so does the built-in class, which counts in C."""
        if iterable is not None and not isinstance(iterable, Mapping) and type(self) in EXACT:
            amounts: dict[Any, int] = {}
            error = None
            try:
                count_elements(amounts, iterable)
            except BaseException as raised:
                error = raised
            if all(key.__class__ in PLAIN for key in amounts):
                add(self, amounts, _caller())
            else:
                Counter.update(self, amounts)
            if error is not None:
                raise error
            iterable = None
        if iterable is not None or named:
            Counter.update(self, iterable, **named)

    def add(self: Any, amounts: dict[Any, int], frame: FrameType) -> None:
        shadow = self._dictlint_shadow
        token = shadow.begin()
        found: list[Found] = []
        try:
            for key, amount in amounts.items():
                before = dict.get(self, key)
                if token is not None:
                    found += shadow.write(token, key, "update", before is not None, True, frame) or ()
                dict.__setitem__(self, key, amount if before is None else before + amount)
        finally:
            if token is not None:
                shadow.leave()
        if found:
            settle(shadow, self, found)

    methods = {
        "__delitem__": __delitem__,
        "pop": pop_,
        "popitem": popitem_,
        "setdefault": setdefault_,
        "clear": clear_,
        "update": update_,
        "__ior__": __ior__,
    }
    if base is Counter:
        del methods["update"], methods["__ior__"]
        methods["update"] = count
    if base is OrderedDict:
        move_to_end = OrderedDict.move_to_end

        def move_to_end_(self: Any, key: Any, last: bool = True) -> None:
            tell_order(self, "move_to_end", _caller())
            move_to_end(self, key, last)

        methods["move_to_end"] = move_to_end_
    if base is defaultdict:
        methods["__missing__"] = _missing
    return methods


def _absent(self: Any, key: Any, op: str, frame: FrameType) -> None:
    """A removal of an entry that is not there. It changes nothing, but Go's rule counts it as a write."""
    shadow = self._dictlint_shadow
    cell = cell_key(shadow, key)
    if shadow.contract == "python":
        _told(self, key, lambda token: shadow.read(token, cell, op, False, frame))
    else:
        _told(self, key, lambda token: shadow.write(token, cell, op, False, False, frame))


def _missing(self: Any, key: Any) -> Any:
    """A missing key of a defaultdict: whoever comes first wins, as the built-in class has it for factories in C.

    A factory in Python can be interrupted, so with it this is a get-or-create like any other.
    """
    factory = self.default_factory
    if factory is None:
        raise KeyError(key)
    if _runs_in_c(factory):
        return self.setdefault(key, factory())
    shadow, frame = self._dictlint_shadow, _caller()
    cell = cell_key(shadow, key)
    _told(self, key, lambda token: shadow.read(token, cell, "getitem", False, frame, MISSED))
    value = factory()
    there = dict.__contains__(self, key)
    _told(self, key, lambda token: shadow.write(token, cell, "setdefault", there, True, frame, MADE))
    return dict.setdefault(self, key, value)


MISSED = Role(opens=frozenset({GET_OR_CREATE}), on_gil=True)
MADE = Role(closes=frozenset({GET_OR_CREATE}), on_gil=True)


def _runs_in_c(factory: Any) -> bool:
    if not isinstance(factory, type):
        return isinstance(factory, BuiltinFunctionType)
    return not any(isinstance(getattr(factory, name), FunctionType) for name in ("__new__", "__init__"))


def _told(self: Any, key: Any, tell: Callable[[Any], list[Found] | None]) -> None:
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
    _told(self, None, lambda token: self._dictlint_shadow.write_all(token, op, frame))


def tell_order(self: Any, op: str, frame: FrameType) -> None:
    _told(self, None, lambda token: self._dictlint_shadow.reorder(token, op, frame))


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


def gathered(other: Any) -> tuple[list[Any], BaseException | None]:
    """The pairs of what `update` was given, and the error that ended it: what came before counts."""
    pairs: list[Any] = []
    try:
        if type(other) is dict:
            return list(other.items()), None
        if type(other) in EXACT:
            note_whole(other, other._dictlint_shadow, "copy", _caller())
            return entries(other._dictlint_items()), None
        if isinstance(other, dict):
            return list(dict(other).items()), None
        if hasattr(other, "keys"):
            for key in other.keys():  # noqa: SIM118  (a mapping need not iterate over its keys)
                pairs.append((key, other[key]))
        else:
            for pair in other:
                pairs.append(pair)
    except BaseException as error:
        return pairs, error
    return pairs, None


def _whole(base: Any, cls: Any) -> dict[str, Any]:
    """Operations on the map as a whole, and views of it."""
    real_keys, real_values, real_items = base.keys, base.values, base.items
    equal, unequal, text = base.__eq__, base.__ne__, base.__repr__

    def __iter__(self: Any) -> Any:
        return iterate(self, self._dictlint_shadow, real_keys(self), "iterate", sys._getframe(1))

    def __reversed__(self: Any) -> Any:
        return backwards(self, self._dictlint_shadow, real_keys(self), "iterate", sys._getframe(1))

    def keys(self: Any) -> Any:
        return CheckedKeys(self, self._dictlint_shadow, real_keys(self), sys._getframe(1))

    def values(self: Any) -> Any:
        return CheckedValues(self, self._dictlint_shadow, real_values(self))

    def items(self: Any) -> Any:
        return CheckedItems(self, self._dictlint_shadow, real_items(self))

    def _dictlint_items(self: Any) -> Any:
        return real_items(self)

    def __eq__(self: Any, other: object) -> Any:
        if isinstance(other, dict):
            compared(self, other)
        return equal(self, other)

    def __ne__(self: Any, other: object) -> Any:
        if isinstance(other, dict):
            compared(self, other)
        return unequal(self, other)

    def compared(self: Any, other: Any) -> None:
        frame = sys._getframe(2)
        note_whole(self, self._dictlint_shadow, "equal", frame)
        shadow = getattr(other, "_dictlint_shadow", None)
        if shadow is not None:
            note_whole(other, shadow, "equal", frame)

    def __repr__(self: Any) -> str:
        note_whole(self, self._dictlint_shadow, "repr", sys._getframe(1))
        told: str = text(self)
        kind = type(self)
        # Programs print their maps: what they print shall not change.
        return told.replace(kind.__name__, base.__name__, 1) if kind in EXACT and base is not dict else told

    return {
        "__iter__": __iter__,
        "__reversed__": __reversed__,
        "keys": keys,
        "values": values,
        "items": items,
        "_dictlint_items": _dictlint_items,
        "__eq__": __eq__,
        "__ne__": __ne__,
        "__repr__": __repr__,
    }


def _copies(base: Any, cls: Any) -> dict[str, Any]:
    """Birth, copies and pickles."""
    init, real_items = base.__init__, base.items

    def __new__(kind: Any, /, *args: Any, **named: Any) -> Any:
        off = settings.mode == "off"
        if off and kind is cls:
            return base(*args, **named)
        if kind is cls and settings.contract == "strict" and settings.mode != "audit":
            kind = STRICT[cls]
        self = base.__new__(kind)
        frame = sys._getframe(1)
        shadow = OffShadow(base.__name__, "", (), False) if off else make_shadow(base.__name__, frame)
        self._dictlint_shadow = shadow
        self._dictlint_cells = NO_CELLS
        if isinstance(shadow, CompoundShadow):
            self._dictlint_cells = shadow.cells
        return self

    def __init__(self: Any, /, *args: Any, **named: Any) -> None:
        place = 1 if base is defaultdict else 0
        if len(args) > place and type(args[place]) in EXACT:
            # Its reading is told of; its own writing is a birth, which nobody else can see.
            plain = dict(entries(args[place]._dictlint_items()))
            note_whole(args[place], args[place]._dictlint_shadow, "copy", _caller())
            args = (*args[:place], plain, *args[place + 1 :])
        shadow = self._dictlint_shadow
        before, shadow.building = shadow.building, True
        try:
            init(self, *args, **named)
        finally:
            shadow.building = before

    def copy(self: Any) -> Any:
        note_whole(self, self._dictlint_shadow, "copy", _caller())
        return twin(self, entries(real_items(self)))

    def __copy__(self: Any) -> Any:
        made = copy(self)
        if state := attributes(self):
            made.__dict__.update(state)
        return made

    def attributes(self: Any) -> dict[str, Any]:
        return getattr(self, "__dict__", None) or {}

    def twin(self: Any, items: list[Any]) -> Any:
        kind = next((known for known, strict in STRICT.items() if strict is type(self)), type(self))
        if base is defaultdict:
            return kind(self.default_factory, items)
        return kind(dict(items)) if base is Counter else kind(items)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        note_whole(self, self._dictlint_shadow, "copy", _caller(), torn=True)
        kind = next((known for known, strict in STRICT.items() if strict is type(self)), type(self))
        made = kind(deepcopy(self.default_factory, memo)) if base is defaultdict else kind()
        memo[id(self)] = made
        dict_like = made.__setitem__
        for key, value in entries(real_items(self)):
            dict_like(deepcopy(key, memo), deepcopy(value, memo))
        if state := attributes(self):
            made.__dict__.update(deepcopy(state, memo))
        return made

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        """Pickles name the built-in class, unless the class is the user's: who reads them need not have dictlint."""
        note_whole(self, self._dictlint_shadow, "pickle", _caller(), torn=True)
        kind = EXACT.get(type(self), type(self))
        args = (self.default_factory,) if base is defaultdict and self.default_factory is not None else ()
        items = entries(real_items(self))
        if base is Counter:
            return kind, (dict(items),)
        return kind, args, attributes(self) or None, None, iter(items)

    def __reduce__(self: Any) -> Any:
        return __reduce_ex__(self, 2)

    def __or__(self: Any, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        made = dict(entries(real_items(self))) if base is dict else copy(self)
        note_whole(self, self._dictlint_shadow, "copy", _caller())
        made.update(other)
        return made

    def __ror__(self: Any, other: Any) -> Any:
        if not isinstance(other, dict):
            return NotImplemented
        if base is dict:
            made: Any = dict(other)
        elif base is defaultdict:
            made = type(self)(self.default_factory, other)
        else:
            made = type(self)(other)
        note_whole(self, self._dictlint_shadow, "copy", _caller())
        made.update(entries(real_items(self)))
        return made

    return {
        "__new__": __new__,
        "__init__": __init__,
        "copy": copy,
        "__copy__": __copy__,
        "__deepcopy__": __deepcopy__,
        "__reduce_ex__": __reduce_ex__,
        "__reduce__": __reduce__,
        "__or__": __or__,
        "__ror__": __ror__,
    }


@checked(dict)
class CheckedDict(dict[KT, VT]):
    """A dict that finds out whether its uses by several threads or tasks can break.

        from dictlint.runtime import CheckedDict

        sessions = CheckedDict()            # instead of {}

    It is a dict to everything that takes one. When two threads use it in a way that can go wrong, a violation is
    recorded (`violations()`), written to a file and to standard error, and in mode `fail` raised as
    `ConcurrentMapError`. In mode `off` the constructor returns a plain dict. See `configure` for modes and contracts.
    """

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(defaultdict)
class CheckedDefaultDict(defaultdict[KT, VT]):
    """`collections.defaultdict`, checked like `CheckedDict`."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(OrderedDict)
class CheckedOrderedDict(OrderedDict[KT, VT]):
    """`collections.OrderedDict`, checked like `CheckedDict`; changes of the order count as changes of the size."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(Counter)
class CheckedCounter(Counter[KT]):
    """`collections.Counter`, checked like `CheckedDict`."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


KEYS_CONTAINS = CheckedKeys.__contains__.__code__
