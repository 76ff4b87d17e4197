"""Whether two who come to places speak of the same container, and of the same key."""

from __future__ import annotations

import weakref
from typing import Any

from dictlint.runtime.keys import PLAIN

VALUES = ("uuid", "datetime", "decimal", "fractions", "ipaddress", "pathlib")
"""Modules of values that are made anew and are equal, however often."""
UNKNOWN: Any = object()
"""A key that is not known, and may be any."""


def ident_of(owner: Any) -> int:
    """The number of a container; those of checked maps are negative, and never given again."""
    if type(owner) is super:
        owner = owner.__self__  # type: ignore[attr-defined]
    shadow = getattr(owner, "_dictlint_shadow", None) if type(owner).__module__.startswith("dictlint.") else None
    return id(owner) if shadow is None else -int(shadow.number)


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
