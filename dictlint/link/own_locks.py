"""Classes that are mappings themselves and say that threads may share them: in words, or by a lock of their own."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.knowledge.containers import MAPPINGS
from dictlint.link.concern import HOPS
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.question import Loc
from dictlint.link.safe_maps import SafeMaps
from dictlint.model.activity import Lock
from dictlint.model.program import Use


class OwnLocks:
    """Which locations hold such a mapping."""

    def __init__(self, ev: Evaluator, locks: Locks, safe: SafeMaps) -> None:
        self.ev = ev
        self.locks = locks
        own = (cls.gid for cls in ev.symbols.classes if ev.mapping_kind(cls.gid) in MAPPINGS)
        self._shared = frozenset(
            cid for cid in own if not safe.is_safe(cid) and (self._is_said(cid) or self._locks(cid))
        )
        names = {ev.symbols.classes[cid].facts.name for cid in self._shared}
        self.names = ev.flow.closure(names, HOPS) if names else frozenset[str]()  # by which their objects may go

    def of(self, loc: Loc) -> int:
        """The class of the mapping that a location holds, if it holds nothing else; else -1."""
        if not self._shared or loc[0] not in "gicv":
            return -1
        held = self.ev.contents(loc)
        classes = [v[1] for v in held if v[0] == "I" and v[1] in self._shared]
        return classes[0] if classes and len(classes) == len(held) else -1

    def said(self, loc: Loc, uses: Iterable[Use]) -> str:
        """The claim of that class, unless others take its lock, too: what its methods lock is not seen there."""
        cid = self.of(loc)
        if cid < 0 or any(self._is_own(lock, cid) for use in uses for lock in use.locks):
            return ""
        return f"said:{self.ev.symbols.classes[cid].facts.name}"

    def _is_own(self, lock: Lock, cid: int) -> bool:
        return any(f"('i', {one}," in lock.owner for one in self.ev.symbols.family(cid))

    def _is_said(self, cid: int) -> bool:
        classes = self.ev.symbols.classes
        return any(classes[one].facts.claims for one in classes[cid].mro)

    def _locks(self, cid: int) -> bool:
        """Whether its `__setitem__` stores under a lock of the object."""
        method = self.ev.symbols.method(cid, "__setitem__")
        if method is None:
            return False
        fn = self.ev.symbols.fns[method]
        stores = [a for a in fn.facts.accesses if a.op == "setitem" and a.path in (fn.own, f"{fn.own}.data", "<super>")]
        wrapped = self.locks.by_decorator(method)
        held = [wrapped | {h.lock for h in self.locks.at(method, a.locks, a.seq) if h.sure} for a in stores]
        return bool(held) and all(any(not one.loop and self._is_own(one, cid) for one in locks) for locks in held)
