"""Calls that a program runs once, by whoever comes first: `if not cls.current: cls.init()`, `hub = hub or make()`.

What such a call does, it does before anybody uses what it makes; who comes later does not run it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of
from dictlint.link.symbols import Fn
from dictlint.model.facts import FunctionFacts

_MAKING = frozenset(("get-create", "except-create"))


class FirstUses:
    """By function."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._known: dict[int, frozenset[int]] = {}

    def of(self, fid: int) -> frozenset[int]:
        """The steps (`seq`) of its calls that are run where something of the class, or of the module, is missing."""
        if fid not in self._known:
            fn = self.ev.symbols.fns[fid]
            self._known[fid] = frozenset((*_where_missing(fn), *self._stored(fid, fn.facts)))
        return self._known[fid]

    def _stored(self, fid: int, facts: FunctionFacts) -> Iterator[int]:
        """The calls whose results are put where there was none."""
        for compound in facts.compounds:
            store = facts.accesses[compound.second]
            if compound.kind in _MAKING and store.op == "rebind":
                locs = self.ev.located(fid, store.path)
                numbers = [call_of(path) for path in store.values]
                if locs and all(loc[0] in "gc" for loc in locs):
                    yield from (facts.calls[number].seq for number in numbers if number >= 0)


def _where_missing(fn: Fn) -> Iterator[int]:
    if not fn.own_value or fn.own_value[0][0] != "C":
        return
    for given in fn.facts.givens:
        missing = (given.value == "=None" and given.holds) or (given.value == "true" and not given.holds)
        if missing and given.path.startswith(f"{fn.own}."):
            yield from (call.seq for call in fn.facts.calls if given.start <= call.seq < given.stop)
