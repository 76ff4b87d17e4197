"""Birth, copies and pickles: a copy is told of as a reading of the whole map, and is born unseen by others."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from copy import deepcopy
from typing import Any

from dictlint.runtime.births import EXACT, NO_CELLS, STRICT, OffShadow, make_shadow
from dictlint.runtime.compound import CompoundShadow
from dictlint.runtime.methods.telling import caller
from dictlint.runtime.settings import settings
from dictlint.runtime.views import entries, note_whole


def copies(base: Any, cls: Any) -> dict[str, Any]:
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
            note_whole(args[place], args[place]._dictlint_shadow, "copy", caller())
            args = (*args[:place], plain, *args[place + 1 :])
        shadow = self._dictlint_shadow
        before, shadow.building = shadow.building, True
        try:
            init(self, *args, **named)
        finally:
            shadow.building = before

    def copy(self: Any) -> Any:
        note_whole(self, self._dictlint_shadow, "copy", caller())
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
        note_whole(self, self._dictlint_shadow, "copy", caller(), torn=True)
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
        note_whole(self, self._dictlint_shadow, "pickle", caller(), torn=True)
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
        note_whole(self, self._dictlint_shadow, "copy", caller())
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
        note_whole(self, self._dictlint_shadow, "copy", caller())
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
