"""Whether two who come to places speak of the same container, and of the same key."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

from dictlint.runtime.keys import PLAIN

VALUES = ("uuid", "datetime", "decimal", "fractions", "ipaddress", "pathlib")
"""Modules of values that are made anew and are equal, however often."""
UNKNOWN: Any = object()
"""A key that is not known, and may be any."""


LENT = 1 << 62
"""From here on numbers are lent: something else may get one when its owner is gone."""
_numbers: dict[int, tuple[weakref.ref[Any], int]] = {}
_next = itertools.count(1)


def ident_of(owner: Any) -> int:
    """The number of a container or of who has it, which nothing else is given later; those of checked maps are
    negative. What cannot be referred to weakly has a lent number, by its address.
    """
    if type(owner) is super:
        owner = owner.__self__  # type: ignore[attr-defined]
    shadow = getattr(owner, "_dictlint_shadow", None) if type(owner).__module__.startswith("dictlint.") else None
    return _number(owner) if shadow is None else -int(shadow.number)


def _number(owner: Any) -> int:
    address = id(owner)
    known = _numbers.get(address)
    if known is not None and known[0]() is owner:
        return known[1]

    def forget(gone: weakref.ref[Any]) -> None:
        if _numbers.get(address, (None,))[0] is gone:
            _numbers.pop(address, None)

    try:
        made = weakref.ref(owner, forget), next(_next)
    except TypeError:
        return LENT + address
    if known is not None:
        _numbers.pop(address, None)  # of one that is gone
    return _numbers.setdefault(address, made)[1]


def tie(owner: Any) -> Any:
    """A reference that does not keep it alive; the variables of a module stay."""
    if owner is None or type(owner) is dict:
        return lambda: owner
    try:
        return weakref.ref(owner)
    except TypeError:
        return lambda: UNKNOWN


def alike(one: Any, other: Any) -> bool:
    if one is UNKNOWN or other is UNKNOWN or one is other:
        return True
    return one.__class__ is other.__class__ and _is_plain(one) and _is_plain(other) and bool(one == other)


def _is_plain(key: Any) -> bool:
    """Whether comparing it runs no code of the user."""
    kind = key.__class__
    if kind in PLAIN or kind.__module__.partition(".")[0] in VALUES:
        return True
    compared = isinstance(key, (tuple, frozenset)) and kind.__eq__ in (tuple.__eq__, frozenset.__eq__)
    return compared and all(map(_is_plain, key))
