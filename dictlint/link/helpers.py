"""Pairs of a test with the act of a helper that relies on it, in the contexts of one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from dictlint.link.accesses import Accesses
from dictlint.link.context import Context
from dictlint.link.entrusted import acts
from dictlint.link.evaluate import Evaluator
from dictlint.link.question import Loc
from dictlint.link.uses import Uses
from dictlint.model.body import Compound, Entrusted
from dictlint.model.program import Pairing, Use


class Helpers:
    """Remembers the tests that contexts make for helpers, until all uses are known."""

    def __init__(self, ev: Evaluator, uses: Uses, accesses: Accesses) -> None:
        self.ev = ev
        self.uses = uses
        self.accesses = accesses
        self._tested: list[tuple[Context, Entrusted, Loc, Use]] = []

    def note(self, context: Context, made: Mapping[tuple[int, Loc], Use]) -> None:
        """Remember the tests that a context makes for its helpers."""
        for one in self.ev.symbols.fns[context.function].facts.entrusted:
            self._tested += [(context, one, loc, use) for (number, loc), use in made.items() if number == one.test]

    def pairings(self, uses: Mapping[Loc, Sequence[Use]]) -> Iterator[tuple[Loc, Pairing]]:
        """Every such test with the act that relies on it, when all uses are known."""
        for context, one, loc, test in self._tested:
            for callee in self.ev.functions(context.function, one.call):
                mine = (use for use in uses.get(loc, ()) if use.function == callee and use.activity == test.activity)
                for act in self._acts(context, one, callee, mine):
                    yield loc, Pairing(Compound(one.kind, test.index, act.index, True), test, act)

    def _acts(self, context: Context, one: Entrusted, callee: int, uses: Iterable[Use]) -> Iterator[Use]:
        """The uses by which a helper relies on the test, as this call makes it do."""
        wanted = set(acts(self.ev, context.function, one, callee))
        for use in uses:
            if use.index in wanted:
                wanted.remove(use.index)
                yield self._called(context, one, use)

    def _called(self, context: Context, one: Entrusted, act: Use) -> Use:
        """An act of the helper with the locks that its caller holds, by the caller's own entering."""
        caller = self.ev.symbols.fns[context.function]
        call = caller.facts.calls[one.call]
        held = self.uses.locks_at(context.function, call, context.held)
        locks = {holding.lock for holding in held}
        return replace(
            act,
            held=(*held, *(own for own in act.held if own.lock not in locks)),
            caught=act.caught | self.accesses.caught(caller, call),
            lives=one.kind == "get-create" and self.accesses.lives.stored(act.function, act.access),
        )
