"""Operations that add and remove entries."""

from __future__ import annotations

import collections
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping
from types import BuiltinFunctionType, FrameType, FunctionType
from typing import Any

from dictlint.runtime.births import EXACT
from dictlint.runtime.failing import settle
from dictlint.runtime.keys import PLAIN, cell_key
from dictlint.runtime.methods.telling import absent, caller, tell_all, tell_order, tell_pairs, told, write, write_odd
from dictlint.runtime.roles import GET_OR_CREATE, Role
from dictlint.runtime.shadow import Found
from dictlint.runtime.views import entries, note_whole

count_elements: Any = collections.__dict__["_count_elements"]  # in C where there is one
MISSED = Role(opens=frozenset({GET_OR_CREATE}), on_gil=True)
MADE = Role(closes=frozenset({GET_OR_CREATE}), on_gil=True)


def changes(base: Any, cls: Any) -> dict[str, Any]:
    delitem, pop, popitem, setdefault, clear, update = (
        base.__delitem__, base.pop, base.popitem, base.setdefault, base.clear, base.update,
    )  # fmt: skip
    setitem = base.__setitem__

    def __delitem__(self: Any, key: Any) -> None:
        if dict.__contains__(self, key):
            write(self, key, "delitem", caller(), lambda: delitem(self, key), False)
        else:
            absent(self, key, "delitem", caller())
            delitem(self, key)

    def pop_(self: Any, key: Any, /, *default: Any, **named: Any) -> Any:
        if len(default) > 1 or (named and (base is not OrderedDict or set(named) != {"default"})):
            return pop(self, key, *default, **named)
        if dict.__contains__(self, key):
            return write(self, key, "pop", caller(), lambda: pop(self, key, *default, **named), False)
        # Without a default the caller relies on the entry.
        absent(self, key, "pop-default" if default or named else "pop", caller())
        return pop(self, key, *default, **named)

    def popitem_(self: Any, *args: Any, **named: Any) -> Any:
        shadow, frame = self._dictlint_shadow, caller()
        item = popitem(self, *args, **named)
        cell = cell_key(shadow, item[0])
        told(self, item[0], lambda token: shadow.write(token, cell, "popitem", True, False, frame))
        return item

    def setdefault_(self: Any, key: Any, default: Any = None, *rest: Any) -> Any:
        if rest:
            return setdefault(self, key, default, *rest)
        shadow, frame = self._dictlint_shadow, caller()
        cell = cell_key(shadow, key)
        if cell is not key:
            return write_odd(self, shadow, cell, key, "setdefault", frame, lambda: setdefault(self, key, default), True)
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
        tell_all(self, "clear", caller())
        clear(self)

    def update_(self: Any, /, *args: Any, **named: Any) -> None:
        if len(args) > 1:
            update(self, *args, **named)
        frame = caller()
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
                add(self, amounts, caller())
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
            tell_order(self, "move_to_end", caller())
            move_to_end(self, key, last)

        methods["move_to_end"] = move_to_end_
    if base is defaultdict:
        methods["__missing__"] = _missing
    return methods


def _missing(self: Any, key: Any) -> Any:
    """A missing key of a defaultdict: whoever comes first wins, as the built-in class has it for factories in C.

    A factory in Python can be interrupted, so with it this is a get-or-create like any other.
    """
    factory = self.default_factory
    if factory is None:
        raise KeyError(key)
    if _runs_in_c(factory):
        return self.setdefault(key, factory())
    shadow, frame = self._dictlint_shadow, caller()
    cell = cell_key(shadow, key)
    told(self, key, lambda token: shadow.read(token, cell, "getitem", False, frame, MISSED))
    value = factory()
    there = dict.__contains__(self, key)
    told(self, key, lambda token: shadow.write(token, cell, "setdefault", there, True, frame, MADE))
    return dict.setdefault(self, key, value)


def _runs_in_c(factory: Any) -> bool:
    if not isinstance(factory, type):
        return isinstance(factory, BuiltinFunctionType)
    return not any(isinstance(getattr(factory, name), FunctionType) for name in ("__new__", "__init__"))


def gathered(other: Any) -> tuple[list[Any], BaseException | None]:
    """The pairs of what `update` was given, and the error that ended it: what came before counts."""
    pairs: list[Any] = []
    try:
        if type(other) is dict:
            return list(other.items()), None
        if type(other) in EXACT:
            note_whole(other, other._dictlint_shadow, "copy", caller())
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
