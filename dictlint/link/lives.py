"""What has a life of its own: of two objects that are made for one key one is lost, with all that was done to it; of
two that are only looked at one is as good as the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dictlint.knowledge.activities import MAKING_WORDS
from dictlint.knowledge.operations import WRITES
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, is_birth, leaf_name
from dictlint.link.steps import CONSTRUCTING
from dictlint.link.symbols import Fn, Value
from dictlint.model.body import Access, Bind

# Bases from outside the program whose objects are data.
# fmt: off
_OF_DATA = frozenset((
    "ABC", "BaseModel", "Enum", "Exception", "Flag", "Generic", "IntEnum", "IntFlag", "NamedTuple", "Protocol",
    "StrEnum", "Struct", "TypedDict", "bytes", "float", "frozenset", "int", "object", "str", "tuple",
))
# fmt: on
_PARTS = re.compile(r"[(;)]")  # of a tuple
_INSTANTIATING = frozenset(("__call__", "__new__"))


class Lives:
    """By class, and by what an access stores."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._lives: dict[int, bool] = {}

    def stored(self, fid: int, access: Access) -> bool:
        """Whether what is stored has one, as far as can be told."""
        if any(is_birth(path) for path in access.values):
            return access.op != "rebind"
        return self._have(fid, access.values)

    def _have(self, fid: int, paths: Iterable[str]) -> bool:
        parts = [part for path in paths for part in (_PARTS.split(path) if path[:1] == "(" else (path,)) if part]
        if any(self._has(value) for part in parts for value in self.ev.values(fid, part)):
            return True
        made = [call_of(part) for part in parts if call_of(part) >= 0]
        calls = [leaf_name(self.ev.symbols.fns[fid].facts.calls[number].callee).lower() for number in made]
        return any(name in _INSTANTIATING or any(word in name for word in MAKING_WORDS) for name in calls)

    def _has(self, value: Value) -> bool:
        if value[0] == "I":
            return self._of(value[1])
        return value[0] == "K" or (value[0] == "XI" and leaf_name(value[1])[:1].isupper())

    def _of(self, cid: int) -> bool:
        """Whether objects of a class change once they are made, or hold what does."""
        if cid not in self._lives:
            self._lives[cid] = False  # of what holds its like the rest decides
            self._lives[cid] = self._find(cid)
        return self._lives[cid]

    def _find(self, cid: int) -> bool:
        classes = self.ev.symbols.classes
        if not _OF_DATA.issuperset(map(leaf_name, classes[cid].outside)):
            return True
        family = self.ev.symbols.family(cid)
        if any(self._is_changed(c) for c in family):
            return True
        return any(self._begins(*bound) for c in family for binds in classes[c].attrs.values() for bound in binds)

    def _begins(self, fid: int, bind: Bind) -> bool:
        """Whether an attribute is given something to be changed: a container, a count of nothing, what has a life."""
        counts = bool(bind.constant) and self.ev.symbols.fns[fid].cls >= 0
        return counts or any(map(is_birth, bind.values)) or self._have(fid, bind.values)

    def _is_changed(self, cid: int) -> bool:
        """Whether a method changes its object after the constructor, or anybody sets one of its attributes."""
        cls = self.ev.symbols.classes[cid]
        if any(_changes(fn) for fn in self._methods(cid)):
            return True
        setters = ((fid, bind) for attr in cls.attrs for fid, bind in self.ev.symbols.attr_binds.get(attr, ()))
        bases = ((fid, bind.target.rpartition(".")[0]) for fid, bind in setters)
        return any(("I", cid) in self.ev.values(fid, base) for fid, base in bases)

    def _methods(self, cid: int) -> Iterator[Fn]:
        symbols = self.ev.symbols
        for name, method in symbols.classes[cid].methods.items():
            if name not in CONSTRUCTING:
                yield symbols.fns[method]


def _changes(fn: Fn) -> bool:
    """Whether a method binds an attribute of its object, or changes a container that one holds."""
    own = fn.own + "."
    if not fn.own:
        return False
    if any(bind.target.startswith(own) for bind in fn.facts.binds):
        return True
    return any(access.op in WRITES and access.path.startswith(own) for access in fn.facts.accesses)
