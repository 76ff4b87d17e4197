"""Where a coroutine lets other tasks run: an `await` whose callee never waits for anything is none."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of
from dictlint.model.body import Access, Call, Compound, Pause
from dictlint.model.facts import FunctionFacts

# Generators that an event loop drives: there a `yield` waits.
_DRIVEN = frozenset(("coroutine", "inlineCallbacks", "engine"))
_SETTING = frozenset(("getitem", "setitem", "setdefault", "add"))
_PUTTING = frozenset(("setitem", "setdefault"))
TAKES_OUT = frozenset(("delitem", "pop", "remove"))
TAKES_AGAIN = TAKES_OUT | {"getitem"}


class Pauses:
    """The pauses of functions that may suspend them."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._of: dict[int, tuple[Pause, ...]] = {}
        self._suspends: dict[int, bool] = {}

    def of(self, fid: int) -> tuple[Pause, ...]:
        """Those of one function that may let other tasks of the loop run."""
        if fid not in self._of:
            facts = self.ev.symbols.fns[fid].facts
            driven = bool(facts.pauses) and (facts.is_async or self._is_driven(facts))
            self._of[fid] = tuple(p for p in facts.pauses if self._waits(fid, p)) if driven else ()
        return self._of[fid]

    def _is_driven(self, facts: FunctionFacts) -> bool:
        return any(path.rpartition(".")[2].lstrip("@") in _DRIVEN for group in facts.decorators for path in group)

    def _waits(self, fid: int, pause: Pause) -> bool:
        if pause.kind == "async with end":
            return pause.call >= 0  # to give a lock back takes no waiting
        number = pause.call if pause.call >= 0 else call_of(pause.path)  # `made = fetch()`, `await made`
        if pause.kind != "await" or number < 0:
            return True
        targets = self.ev.targets(fid, number)
        return not targets or any(t[0] not in ("F", "B") or self._may_suspend(t[1]) for t in targets)

    def _may_suspend(self, fid: int) -> bool:
        """Whether awaiting the function may take time; a stub says nothing of what stands for it."""
        if fid not in self._suspends:
            self._suspends[fid] = False  # one that waits for itself alone
            facts = self.ev.symbols.fns[fid].facts
            stub = not (facts.calls or facts.accesses or facts.binds or facts.returns or facts.pauses)
            plain = facts.is_async and not facts.is_generator and not facts.decorators
            self._suspends[fid] = stub or not plain or any(self._waits(fid, p) for p in facts.pauses)
        return self._suspends[fid]

    def inside(self, fid: int, access: int) -> Pause | None:
        """A pause in the middle of a live iteration, with another turn to come."""
        return next((p for p in self.of(fid) if access in p.over), None)

    def between(self, fid: int, compound: Compound) -> Pause | None:
        """A pause between the steps of a compound, unless what it relies on was claimed before."""
        facts = self.ev.symbols.fns[fid].facts
        second = facts.accesses[compound.second]
        if compound.kind == "keys-index":
            found = next((p for p in self.of(fid) if compound.first in p.through), None)
            if found is not None:
                return found
        if not compound.awaits:
            return None
        first = facts.calls[compound.first] if compound.kind == "helper-test" else facts.accesses[compound.first]
        here = self.of(fid)
        pause = next((p for p in _on_the_way(facts, first, second) if p in here), None)
        return None if pause is None or self._claimed(facts, second, pause) else pause

    def _claimed(self, facts: FunctionFacts, second: Access, pause: Pause) -> bool:
        """Whether other tasks are told before the pause: the same key is entered somewhere (`self._pending.add(key)`),
        or an attribute is set that the function has tested (`if self._busy: return`; `self._busy = True`)."""
        before = [a for a in facts.accesses if a.seq < pause.seq]
        if second.key and any(
            a.key == second.key and a.op in ("setitem", "setdefault", "add", "append") for a in before
        ):
            return True
        tested = {a.path for a in before if a.op == "truth"}
        return any(b.target in tested for b in facts.binds if b.seq < pause.seq)

    def kept(self, fid: int, numbers: list[int]) -> Iterator[tuple[int, int, Pause]]:
        """Entries that are taken out after a pause, or read again by who put them in, with no look at them since one
        that stands before it: (access before, access after, pause). `numbers`: the accesses of one container."""
        facts = self.ev.symbols.fns[fid].facts
        pauses = self.of(fid)
        for number in numbers if pauses else ():
            second = facts.accesses[number]
            if second.op not in TAKES_AGAIN or not second.key:
                continue
            earlier = [n for n in numbers if n != number and facts.accesses[n].key == second.key]
            first = max((n for n in earlier if facts.accesses[n].seq < second.seq), default=-1)
            wanted = _PUTTING if second.op == "getitem" else _SETTING
            if first < 0 or facts.accesses[first].op not in wanted or facts.accesses[first].awaits == second.awaits:
                continue
            pause = next((p for p in pauses if facts.accesses[first].seq < p.seq <= second.seq), None)
            if pause is not None:
                yield first, number, pause


def _on_the_way(facts: FunctionFacts, first: Access | Call, second: Access) -> list[Pause]:
    """The pauses between two steps; where there are more than the way from one to the other has, the first of them
    stand where the function is left: `if hit: return await hit`."""
    between = [p for p in facts.pauses if first.seq < p.seq <= second.seq]
    return between[-(second.awaits - first.awaits) :] if second.awaits > first.awaits else between
