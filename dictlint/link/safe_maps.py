"""Classes whose objects do what a dict does, each operation under a lock of their own."""

from __future__ import annotations

from dictlint.knowledge.containers import LOCKED_MAP, MAP_METHODS, PROXY
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.question import Loc
from dictlint.model.activity import Lock
from dictlint.model.facts import FunctionFacts


class SafeMaps:
    """Which locations hold a map whose single operations are safe."""

    def __init__(self, ev: Evaluator, locks: Locks) -> None:
        self.ev = ev
        self.locks = locks
        self._known: dict[int, bool] = {}

    def kind(self, loc: Loc) -> str:
        """What a container is: a map with a lock inside goes by a kind of its own."""
        if loc[0] in "gicv" and any(v[0] == "I" and self.is_safe(v[1]) for v in self.ev.contents(loc)):
            return LOCKED_MAP
        if loc[0] == "e" and self.ev.container_kind(loc[1]) == PROXY:
            return ""  # what is read from it is a copy
        return self.ev.container_kind(loc)

    def is_walked(self, loc: Loc) -> bool:
        """Whether `in` goes through the entries one by one and under no lock: the class only has an `__iter__`,
        which hands out the iterator of what the object holds.
        """
        held = [v[1] for v in self.ev.contents(loc) if v[0] == "I" and self.is_safe(v[1])]
        return bool(held) and all(map(self._is_walked, held))

    def _is_walked(self, cid: int) -> bool:
        symbols = self.ev.symbols
        method = symbols.method(cid, "__iter__")
        if method is None or symbols.method(cid, "__contains__") is not None or symbols.classes[cid].outside:
            return False
        own = f"{symbols.fns[method].own}."
        return any(path.startswith(own) and path.endswith("|iter") for path in symbols.fns[method].facts.returns)

    def is_safe(self, cid: int) -> bool:
        """Whether one lock is held around whatever the methods of a dict do in this class."""
        if cid not in self._known:
            self._known[cid] = False  # its own methods may hold such a map, too
            self._known[cid] = self._one_lock(cid)
        return self._known[cid]

    def _one_lock(self, cid: int) -> bool:
        methods = {name: self.ev.symbols.method(cid, name) for name in MAP_METHODS}
        if methods["__setitem__"] is None or (methods["__getitem__"] is None and methods["get"] is None):
            return False
        if any(self.ev.symbols.method(cid, name) is not None for name in ("append", "insert")):
            return False  # a sequence
        held = [locks for fid in methods.values() if fid is not None for locks in self._around(fid)]
        return bool(held) and bool(frozenset.intersection(*held))

    def _around(self, fid: int) -> list[frozenset[Lock]]:
        """The locks around each access that a method makes to what its object holds."""
        fn = self.ev.symbols.fns[fid]
        wrapped = self.locks.by_decorator(fid)
        return [
            wrapped | {h.lock for h in self.locks.at(fid, access.locks, access.seq) if h.sure and not h.lock.loop}
            for access in fn.facts.accesses
            if access.path.startswith((f"%{fn.self_name}.", "<super>")) and not _is_own_method(fn.facts, access.call)
        ]


def _is_own_method(facts: FunctionFacts, number: int) -> bool:
    """`self.get(k)` is what another method does."""
    return number >= 0 and facts.calls[number].callee.count(".") == 1 and facts.calls[number].callee[0] == "%"
