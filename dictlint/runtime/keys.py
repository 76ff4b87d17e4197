"""Keys as they are remembered: themselves where looking them up runs no code of the user, else by hash and identity."""

from __future__ import annotations

import weakref
from typing import Any

from dictlint.runtime.activity import everyone

PLAIN = frozenset({str, int, float, bytes, bool, complex, type(None)})
MOST = 10_000


def cell_key(shadow: Any, key: Any) -> Any:
    """`key` itself, or what stands for it. Called without any lock, because it may ask for the key's hash."""
    kind = key.__class__
    if kind in PLAIN:
        return key
    if kind is tuple and all(part.__class__ in PLAIN for part in key):
        return key
    if shadow.contract != "python" or not everyone.many:
        # The strict contract remembers the map as a whole. And what happened before there was a second thread is
        # ordered before it.
        return Odd(type(key), 0)
    return _odd(shadow, key)


class Odd(tuple):  # type: ignore[type-arg]
    """Stands for a key: its type, its hash, and a number that tells apart what only has the same hash."""

    __slots__ = ()

    def __new__(cls, kind: type, value: int, number: int = 0) -> Odd:
        return tuple.__new__(cls, (kind, value, number))

    def __repr__(self) -> str:
        return f"<{self[0].__name__} with hash {self[1]}>"


def _odd(shadow: Any, key: Any) -> Any:
    """A key is the same as an earlier one if it is that object or equal to it. Where nobody can know, it is new."""
    value = hash(key)
    known = shadow.odd
    if len(known) > MOST:
        known.clear()
    for number in range(4):
        place = Odd(type(key), value, number)
        earlier = known.get(place)
        alive = earlier() if earlier is not None else None
        if alive is not None and (alive is key or alive == key):
            return place
        if alive is None:
            known[place] = _reference(key)
            if earlier is not None:
                shadow.forget(place)
            return place
    return Odd(type(key), value, id(key))


def _reference(key: Any) -> Any:
    try:
        return weakref.ref(key)
    except TypeError:
        return lambda: key
