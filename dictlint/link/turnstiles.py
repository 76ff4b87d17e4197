"""What one run at a time gets through: a flag of the object is found down and put up under one lock."""

from __future__ import annotations

from typing import NamedTuple

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import split
from dictlint.link.symbols import Fn
from dictlint.model.body import Bind
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import CLAIMED

END = 1 << 30  # after every step
States = frozenset[tuple[str, str, bool]]
_NONE: States = frozenset()


class Claim(NamedTuple):
    """A flag that a run has for itself between two steps. `refuses`: whoever finds it up leaves by an exception."""

    attr: str
    start: int
    stop: int
    refuses: bool = False


class Turnstiles:
    """By function: where a run has such a flag for itself."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._raised: dict[int, tuple[Claim, ...]] = {}
        self._named: frozenset[str] | None = None
        self._claims: dict[int, tuple[Claim, ...]] = {}

    def states(self, fid: int, seq: int, before: States) -> States:
        """The states with which a step runs that comes with some: what has been claimed here, less what is given up."""
        if not self._names():
            return before
        binds = self.ev.symbols.fns[fid].facts.binds
        own = self.ev.symbols.fns[fid].own
        kept = [one for one in before if one[1] != CLAIMED or not _is_bound(binds, f"{own}.{one[0]}", -1, seq)]
        claims = self._of(fid)
        if not claims and len(kept) == len(before):
            return before
        here = [one for one in claims if one.start < seq < one.stop]
        found = [one.attr for one in here if not _is_bound(binds, f"{own}.{one.attr}", one.start, seq)]
        return frozenset((*kept, *((attr, CLAIMED, True) for attr in found)))

    def _of(self, fid: int) -> tuple[Claim, ...]:
        """The flags that a function claims, itself or by a method that it calls, and where."""
        if fid not in self._claims:
            self._claims[fid] = (*self._raised.get(fid, ()), *self._by_methods(self.ev.symbols.fns[fid]))
        return self._claims[fid]

    def _by_methods(self, fn: Fn) -> list[Claim]:
        found: list[Claim] = []
        for number, call in enumerate(fn.facts.calls if fn.own else ()):
            base, attr = split(call.callee)
            if base == fn.own and attr in self._names() and not call.loops:
                run = self.ev.functions(fn.gid, number)
                kept = [{one.attr for one in self._raised.get(f, ()) if self._stays(f, one)} for f in run]
                found += [Claim(name, call.seq, END) for name in sorted(set.intersection(*kept))] if kept else []
        return found

    def _stays(self, fid: int, one: Claim) -> bool:
        """Whether the flag is up, and the run's own, whenever the method returns."""
        fn = self.ev.symbols.fns[fid]
        return one.refuses and not _is_bound(fn.facts.binds, f"{fn.own}.{one.attr}", one.start, END)

    def _names(self) -> frozenset[str]:
        """How the methods are called that put up a flag."""
        if self._named is None:
            fns = self.ev.symbols.fns
            self._raised = {fn.gid: found for fn in fns if fn.own and (found := tuple(_raised(fn.facts, fn.own)))}
            self._named = frozenset(fns[fid].facts.name for fid in self._raised)
        return self._named


def _raised(facts: FunctionFacts, own: str) -> list[Claim]:
    """The flags that a method finds down and puts up, all under one lock."""
    return [
        Claim(given.path[len(own) + 1 :], bind.seq, given.stop, _refuses(facts, bind))
        for given in facts.givens
        if given.locks and not given.holds and given.value == "true" and given.path.startswith(own + ".")
        for bind in facts.binds
        if bind.target == given.path and bind.constant == "=True" and given.start <= bind.seq < given.stop
        if facts.in_one_section(given.locks, bind.locks)
    ]


def _refuses(facts: FunctionFacts, bind: Bind) -> bool:
    """Whether an error is raised under the lock before the flag is put up, and a run without error puts it up."""
    entered = min(held.at.line for held in facts.locksets[bind.locks])
    return not bind.loops and any(entered < line < bind.at.line for _, line in facts.raises)


def _is_bound(binds: tuple[Bind, ...], target: str, after: int, before: int) -> bool:
    """Whether an attribute is bound anew between two steps."""
    return any(bind.target == target and after < bind.seq < before for bind in binds)
