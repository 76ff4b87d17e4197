"""Objects that the program never uses but through another one, which holds a lock of its own meanwhile."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from dictlint.link.contexts import Contexts
from dictlint.link.question import Loc, base_of
from dictlint.model.activity import Lock
from dictlint.model.program import Use

_OWNER = re.compile(r"\('[ic]', (\d+)")  # in the text of a lock's owner


class Gates:
    """A wrapper guards what it wraps: callers are thought to come through it as all activities of the program do."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.symbols = contexts.ev.symbols
        self._passed: dict[tuple[int, Lock], bool] = {}
        self._calls: defaultdict[int, list[tuple[int, int]]] | None = None

    def guard(self, loc: Loc, uses: Iterable[Use]) -> Lock | None:
        """The lock of another class that all uses by activities hold, where no call in the program goes past it."""
        owner = base_of(loc)
        sure = [use.locks for use in uses if use.activity.domain != "caller" and not use.assumed]
        if owner[0] not in "ics" or not sure:
            return None
        family = self._family(owner[1])
        for lock in sorted(frozenset.intersection(*sure), key=lambda lock: lock.key):
            holders = {int(cid) for cid in _OWNER.findall(lock.owner)}
            if holders and family.isdisjoint(holders) and not lock.loop:
                gate = set().union(*map(self._family, holders))
                key = (owner[1], lock)
                if key not in self._passed:
                    self._passed[key] = self._is_passed(owner[1], lock, gate, set())
                if not self._passed[key]:
                    return lock
        return None

    def _family(self, cid: int) -> set[int]:
        return set(self.symbols.family(cid))

    def _is_passed(self, cid: int, lock: Lock, gate: set[int], seen: set[int]) -> bool:
        """Whether methods of the class are called, from outside of it and by callers, without the lock."""
        family = self._family(cid)
        seen |= family
        entered = False
        for caller, number in self._calls_into(family):
            entered = True
            if self._goes_without(caller, number, lock):
                outer = self.contexts.ev.symbols.fns[caller].cls
                if outer < 0 or outer in gate:
                    return True
                if outer not in seen and self._is_passed(outer, lock, gate, seen):
                    return True
        return not entered

    def _goes_without(self, caller: int, number: int, lock: Lock) -> bool:
        """Whether callers come to a call without the lock."""
        held = [c.held for c in self.contexts.found.get(caller, ()) if c.activity.domain == "caller" and not c.assumed]
        if all(lock in locks for locks in held):
            return False
        return not any(step.number == number and lock in step.held for step in self.contexts.steps.of(caller))

    def _calls_into(self, family: set[int]) -> list[tuple[int, int]]:
        """Calls of the family's methods by other code: (function, call number)."""
        if self._calls is None:
            self._calls = defaultdict(list)
            for caller, edges in self.contexts.edges.items():
                for number, callee in edges:
                    self._calls[callee].append((caller, number))
        fns = self.contexts.ev.symbols.fns
        methods = [
            m for cid in family for m in self.symbols.classes[cid].methods.values() if fns[m].facts.name != "__init__"
        ]
        return [site for m in methods for site in self._calls.get(m, ()) if fns[site[0]].cls not in family]
