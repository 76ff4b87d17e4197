"""Operations on the map as a whole, and views of it."""

from __future__ import annotations

import sys
from typing import Any

from dictlint.runtime.births import EXACT
from dictlint.runtime.views import CheckedItems, CheckedKeys, CheckedValues, backwards, iterate, note_whole


def whole(base: Any, cls: Any) -> dict[str, Any]:
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
