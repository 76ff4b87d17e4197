"""Who borrows from pools: the calls of one function that take something out and those that give the same back.

Where a class of the program, or one of a library, is a pool, its calls come in pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dictlint.knowledge.pools import (
    CONTAINER_GIVES,
    CONTAINER_TAKES,
    GIVEN_BACK,
    GIVES_FOR,
    LENDING,
    LOCKING,
    RETURNING,
)
from dictlint.link.copies.tracks import Tracks
from dictlint.link.decorating import is_manager
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import shown
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.pools.objects import Objects
from dictlint.link.pools.stocks import Site, Stock, Stocks, comes_back, takes_any
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Loan

_AT_ONCE = frozenset(("pop", "popleft", "get_nowait"))


def loans(ev: Evaluator, threaded: bool) -> tuple[Loan, ...]:
    """What every function of the program borrows and gives back. `threaded`: the program starts threads or tasks."""
    return tuple(_Lending(ev, threaded).found())


class _Lending:
    """Looks at those calls only which have the names of functions that give and take."""

    def __init__(self, ev: Evaluator, threaded: bool) -> None:
        self.ev = ev
        self.fns = ev.symbols.fns
        self.threaded = threaded
        self.stocks = Stocks(ev)
        self.entered = frozenset(self.stocks.entered)
        self.objects = Objects(ev)
        self.tracks = Tracks(ev)

    def found(self) -> Iterator[Loan]:
        """Every loan, function by function."""
        stocks = self.stocks
        for fid, number in stocks.mixed:
            self._add_manager(fid, number)
        named = {self.fns[fid].facts.name for fid in (*stocks.by_giver, *stocks.leases)}
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for fid, number in (
            *stocks.mixed,
            *stocks.entered,
            *self._calls_of(named | (GIVEN_BACK if stocks.any_lent else set())),
        ):
            wanted[fid].add(number)
        for fid in sorted({*wanted, *stocks.by_giver}):
            yield from self._of(fid, sorted(wanted[fid]))

    def _add_manager(self, fid: int, number: int) -> None:
        facts = self.fns[fid].facts
        if is_manager(facts):
            taken = [t for path in facts.calls[number].args[0] for t in _origins(facts, path)]
            self.stocks.add_manager(fid, [t for t in taken if self._is_take(fid, t, number, None)])

    def _calls_of(self, names: Iterable[str]) -> Iterator[Site]:
        wanted = frozenset(names)
        for fn in self.fns if wanted else ():
            for number, call in enumerate(fn.facts.calls):
                callee = call.callee
                if callee[callee.rfind(".") + 1 :] in wanted:
                    yield fn.gid, number

    def _of(self, fid: int, numbers: list[int]) -> Iterator[Loan]:
        """The loans of one function: by pool, as the function names it."""
        gives: defaultdict[str, list[tuple[int, int, list[int], str]]] = defaultdict(list)
        leases: defaultdict[str, list[int]] = defaultdict(list)
        for number in numbers:
            told = self._given(fid, number)
            if told is not None:
                gives[told[0]].append((number, *told[1:]))
            elif self._is_lease(fid, number) or (fid, number) in self.entered:
                leases[split(self.fns[fid].facts.calls[number].callee)[0]].append(number)
        for base in dict.fromkeys((*gives, *leases)):
            takes = sorted({n for _, _, taken, _ in gives[base] for n in taken})
            leases[base] += [n for n in takes if n not in leases[base] and self._is_lease(fid, n)]
            takes = [n for n in takes if n not in leases[base]]
            back = [(number, position) for number, position, _, _ in gives[base]]
            guessed = any((fid, n) in self.entered and not self._is_lease(fid, n) for n in leases[base])
            levels = [*(sure for *_, sure in gives[base]), "medium" if guessed else "high"]
            sure = min(levels, key=("medium", "high").index)
            yield self._loan(fid, base, takes, leases[base], back, sure, "")
        if fid in self.stocks.by_giver and not gives and _speaks_of_returning(self.fns[fid].facts.name):
            yield from self._handed_in(fid)

    def _handed_in(self, fid: int) -> Iterator[Loan]:
        for giver in self.stocks.givers:
            if giver.function == fid:
                yield self._loan(fid, giver.base, [], [], [(giver.call, 0)], "high", giver.param)
                return

    def _given(self, fid: int, number: int) -> tuple[str, int, list[int], str] | None:
        """Of a call that gives back what the function has taken: the pool, the object's position, the takes, how
        surely.
        """
        facts = self.fns[fid].facts
        call = facts.calls[number]
        base, name = split(call.callee)
        if not name and call.callee[:1] != "@":
            base, name = "", leaf_name(call.callee)
        own = self._by_program(fid, number)
        for position, values in _handed_over(call):
            takes = [t for path in values for t in _origins(facts, path)]
            takes = [t for t in takes if t != number and self._is_take(fid, t, number, own)]
            if takes:
                pool = base or leaf_name(facts.calls[takes[0]].callee)
                return pool, position, takes, "high" if own or name in CONTAINER_GIVES else "medium"
        if own is not None and any(self.fns[f].own == f"%{p}" for f, p in own.givers.items()):
            takes = [t for t in _origins(facts, base) if self._is_take(fid, t, number, own)]
            if takes:
                return split(facts.calls[takes[0]].callee)[0], -1, takes, "high"
        return None

    def _by_program(self, fid: int, number: int) -> Stock | None:
        if not self.stocks.by_giver:
            return None
        return next(
            (self.stocks.by_giver[f] for f in self.ev.functions(fid, number) if f in self.stocks.by_giver), None
        )

    def _is_take(self, fid: int, take: int, give: int, own: Stock | None) -> bool:
        """Whether what one call gives out belongs to the pool into which another one gives."""
        facts = self.fns[fid].facts
        taking, giving = facts.calls[take], facts.calls[give]
        if taking.seq > giving.seq and not giving.loops:
            return False
        if own is not None:
            taken = self.ev.functions(fid, take)
            return any(f in own.takers | own.leases for f in taken) or (not taken and _same_base(taking, giving))
        name, back = leaf_name(taking.callee), leaf_name(giving.callee)
        base = split(giving.callee)[0]
        if not _same_base(taking, giving) or LOCKING.search(leaf_name(base)):
            return False
        if back in CONTAINER_GIVES:
            words = self.stocks.words(self.fns[fid], base)
            return (
                name in CONTAINER_TAKES and takes_any(taking) and bool(LENDING.search(words)) and self._lends(fid, base)
            )
        if back not in GIVES_FOR.get(name, ()) or (name in CONTAINER_TAKES and not LENDING.search(leaf_name(base))):
            return False
        return not self._is_lock(fid, base)

    def _lends(self, fid: int, base: str) -> bool:
        """Whether nobody ticks off what is taken out, as is done with work."""
        calls = self.fns[fid].facts.calls
        return not any(call.callee == f"{base}.task_done" for call in calls)

    def _is_lock(self, fid: int, base: str) -> bool:
        values = self.ev.values(fid, base)
        return any(v[0] == "XI" and LOCKING.search(v[1]) for v in values)

    def _is_lease(self, fid: int, number: int) -> bool:
        leases = self.stocks.leases
        return bool(leases) and any(f in leases for f in self.ev.functions(fid, number))

    # -- the loan ---------------------------------------------------------------------------------------------------

    def _loan(
        self,
        fid: int,
        base: str,
        takes: list[int],
        leases: list[int],
        gives: list[tuple[int, int]],
        sure: str,
        param: str,
    ) -> Loan:
        fn = self.fns[fid]
        numbers = [*takes, *leases, *(number for number, _ in gives)]
        stock = self._stock(fid, numbers)
        contents = self.objects.contents(fid, f"%{param}" if param else self._taken_path(fid, takes, leases), stock)
        shared = stock.shared if stock else any(self._is_shared(fid, number) for number in numbers)
        key, name = f"pool:{fn.mod.facts.module}:{fn.facts.qualname}:{base}", _named(base, fn.facts)
        line = fn.facts.calls[numbers[0]].at.line
        return Loan(
            Container(key, name, "pool", "", fn.mod.file.path, line, (), (), "", None),
            tuple(self.tracks.call(fid, n, "take") for n in takes),
            tuple(self.tracks.call(fid, n, "take") for n in leases),
            tuple((self.tracks.call(fid, n, "put"), position) for n, position in gives),
            sure,
            param,
            "high" if shared else "medium" if self.threaded else "low",
            stock.bounded if stock else shared and self._runs_dry(fid, takes),
            stock.cleaned if stock else False,
            *contents,
            is_manager(fn.facts),
        )

    def _stock(self, fid: int, numbers: list[int]) -> Stock | None:
        """The pool of the program that the calls belong to."""
        by_giver, by_taker = self.stocks.by_giver, self.stocks.by_taker
        if fid in by_giver:
            return by_giver[fid]
        called = (f for number in numbers for f in self.ev.functions(fid, number))
        return next((by_taker.get(f) or by_giver[f] for f in called if f in by_taker or f in by_giver), None)

    def _is_shared(self, fid: int, number: int) -> bool:
        """Whether other threads or tasks are meant to use the pool: all but bare lists and deques."""
        name = leaf_name(self.fns[fid].facts.calls[number].callee)
        bare = name in CONTAINER_GIVES or name in ("pop", "popleft")
        return self.stocks.is_shared((fid, number)) or not bare

    def _runs_dry(self, fid: int, takes: list[int]) -> bool:
        """Whether what is lost is missed: not where the function makes a new object when there is none."""
        facts = self.fns[fid].facts
        for number in takes:
            call = facts.calls[number]
            if leaf_name(call.callee) in _AT_ONCE or comes_back(call):
                made = any(c.bound == "=" and leaf_name(c.callee)[:1].isupper() for c in facts.calls)
                if made or any(a.op in ("truth", "len") for a in facts.accesses if a.path == split(call.callee)[0]):
                    return False
        return True

    def _taken_path(self, fid: int, takes: list[int], leases: list[int]) -> str:
        for number in (*takes, *leases):
            call = self.fns[fid].facts.calls[number]
            if leaf_name(call.callee) in ("pop", "popleft"):
                return f"{split(call.callee)[0]}[]"
            return f"!{number}"
        return ""


def _speaks_of_returning(name: str) -> bool:
    return bool(RETURNING.search(name)) or name in CONTAINER_GIVES


def _origins(facts: FunctionFacts, path: str) -> list[int]:
    """The calls of which a value is the result."""
    if call_of(path) >= 0:
        return [int(path[1:])]
    if path.endswith("[]"):
        base = path[:-2]
        return [
            number
            for number, call in enumerate(facts.calls)
            if split(call.callee) in ((base, "pop"), (base, "popleft"), (base, "get"))
        ]
    return []


def _handed_over(call: Call) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The first arguments and those given by name, which stand behind them: where each stands, and its values."""
    yield from enumerate(call.args[:2])
    for position, (_, values) in enumerate(call.kwargs[:2], len(call.args)):
        yield position, values


def _same_base(one: Call, other: Call) -> bool:
    base = split(one.callee)[0]
    return base == split(other.callee)[0] and base[:1] not in ("", "#", "=")


def _named(base: str, facts: FunctionFacts) -> str:
    """The pool as it is written; what a call gives by that call."""
    if call_of(base) >= 0:
        return f"{leaf_name(facts.calls[call_of(base)].callee)}()"
    return shown(base)
