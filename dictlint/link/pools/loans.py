"""Pools, by how they are used: which functions take objects out of them and give them back, and who calls these.

A pool is a container from which objects are taken and into which the same objects go back, where a name speaks of it:
a queue of work is used by the same methods. Where a class of the program, or one of a library, is a pool, its calls
come in pairs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dictlint.knowledge.concurrency import MAPPINGS, SEQUENCES, SETS
from dictlint.knowledge.pools import (
    CONTAINER_GIVES,
    CONTAINER_TAKES,
    EMPTYING,
    GIVEN_BACK,
    GIVES_FOR,
    LENDING,
    LENT,
    LOCKING,
    RETURNING,
)
from dictlint.link.activities import CALLERS
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import shown
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.facts import Access, Call, FunctionFacts
from dictlint.model.program import Container, Loan, Use

_KINDS = MAPPINGS | SETS | SEQUENCES | {"deque"}
_FILLS = frozenset(("setitem", "setdefault", "update", "append", "add", "extend", "appendleft", "insert"))
_WAITING = frozenset(("get", "wait", "acquire", "wait_for"))
_MOST_STATE = 8
Site = tuple[int, int]  # a function, and one of its calls


class Giver(NamedTuple):
    """A function that puts what it is handed as `param` back into a pool. `call`: by which of its calls."""

    function: int
    call: int
    param: str
    base: str


class Stock(NamedTuple):
    """A pool of the program: the functions that put objects into its container, and those that take them out.

    `outlets`: by which calls these do.
    """

    givers: dict[int, str]
    takers: frozenset[int]
    leases: frozenset[int]
    outlets: tuple[Site, ...]
    bounded: bool
    cleaned: bool


def loans(ev: Evaluator) -> tuple[Loan, ...]:
    """What every function of the program borrows and gives back."""
    return tuple(Lending(ev).found())


class Lending:
    """The search for pools, in one pass over all calls and a closer look at the few that may matter."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.fns = ev.symbols.fns
        self.takes: defaultdict[str, list[Site]] = defaultdict(list)  # by the container's last name
        self.givers: list[Giver] = []
        self.mixed: list[Site] = []  # calls that may give back what the same function has taken
        self.any_lent = False
        self.stocks: list[Stock] = []
        self.by_giver: dict[int, Stock] = {}
        self.by_taker: dict[int, Stock] = {}

    def found(self) -> Iterator[Loan]:
        """Every loan, function by function."""
        self._survey()
        self._gather_stocks()
        named = {self.fns[fid].facts.name for fid in self.by_giver}
        named |= {self.fns[fid].facts.name for stock in self.stocks for fid in stock.leases}
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for fid, number in (*self.mixed, *self._calls_of(named | (GIVEN_BACK if self.any_lent else set()))):
            wanted[fid].add(number)
        for fid in sorted({*wanted, *self.by_giver}):
            yield from self._of(fid, sorted(wanted[fid]))

    # -- what there is ----------------------------------------------------------------------------------------------

    def _survey(self) -> None:
        for fn in self.fns:
            for number, call in enumerate(fn.facts.calls):
                callee = call.callee
                name = callee[callee.rfind(".") + 1 :]
                if name in CONTAINER_GIVES:
                    if call.args and len(call.args) == 1:
                        self._note_give(fn, number, call)
                elif name in CONTAINER_TAKES:
                    self.takes[leaf_name(split(callee)[0])].append((fn.gid, number))
                elif name in LENT:
                    self.any_lent = True

    def _note_give(self, fn: Fn, number: int, call: Call) -> None:
        base = split(call.callee)[0]
        for path in call.args[0]:
            if path[:1] == "%" and path[1:].isidentifier():
                if RETURNING.search(fn.facts.name) or LENDING.search(self._words(fn, base)):
                    self.givers.append(Giver(fn.gid, number, path[1:], base))
                return
            if path == f"{base}[]" or (path[:1] == "!" and path[1:].isdigit()):
                self.mixed.append((fn.gid, number))
                return

    def _words(self, fn: Fn, base: str) -> str:
        """The names under which a container goes: its own, and its class's."""
        cls = self.ev.symbols.classes[fn.cls].facts.name if fn.cls >= 0 and base.startswith("%") else ""
        return f"{leaf_name(base)} {cls}"

    def _gather_stocks(self) -> None:
        for giver in self.givers:
            takers = [site for site in self.takes.get(leaf_name(giver.base), ()) if self._same(giver, site)]
            if not takers or giver.function in self.by_giver:
                continue
            givers = {g.function: g.param for g in self.givers if g.base == giver.base and self._near(g, giver)}
            out = [self._hands_out(*site) for site in takers]
            handing = frozenset(site[0] for site, how in zip(takers, out) if how == "return")
            leases = frozenset(site[0] for site, how in zip(takers, out) if how == "lease")
            if not handing and not leases:
                continue
            taking = handing | leases
            cleaned = any(self._cleans(self.fns[f], f"%{p}") for f, p in givers.items())
            cleaned = cleaned or any(self._cleans_taken(site) for site in takers)
            stock = Stock(givers, handing, leases, tuple(takers), any(map(self._is_bounded, taking)), cleaned)
            self.stocks.append(stock)
            self.by_giver.update(dict.fromkeys(givers, stock))
            self.by_taker.update(dict.fromkeys(handing | leases, stock))

        for fid, number in self.mixed:
            facts = self.fns[fid].facts
            taken = [t for p in facts.calls[number].args[0] for t in _origins(facts, p) if self._hands_out(fid, t)]
            if _is_manager(facts) and fid not in self.by_taker and self._pairs(fid, taken, number):
                cleaned = any(self._cleans_taken((fid, t)) for t in taken)
                stock = Stock({}, frozenset(), frozenset((fid,)), tuple((fid, t) for t in taken), True, cleaned)
                self.stocks.append(stock)
                self.by_taker[fid] = stock

    def _pairs(self, fid: int, taken: list[int], number: int) -> bool:
        return any(self._is_take(fid, take, number, None) for take in taken)

    def _near(self, one: Giver, other: Giver) -> bool:
        return self.fns[one.function].mod is self.fns[other.function].mod and (
            self.fns[one.function].cls == self.fns[other.function].cls
        )

    def _same(self, giver: Giver, site: Site) -> bool:
        """Whether the call takes out of the container into which the function gives."""
        fn, other = self.fns[giver.function], self.fns[site[0]]
        base = split(other.facts.calls[site[1]].callee)[0]
        if not _takes(other.facts.calls[site[1]]):
            return False
        if base == giver.base and fn.mod is other.mod and (fn.cls == other.cls or base[:1] not in "%^!#"):
            return True
        if base[:1] == "!" or giver.base[:1] == "!":
            return False
        with self.ev.near():
            mine, theirs = self.ev.locs(fn.gid, giver.base), self.ev.locs(other.gid, base)
        return bool(set(mine) & set(theirs))

    def _hands_out(self, fid: int, number: int) -> str:
        """What a function does with what it takes out: `return` it, `lease` it for a `with` block, or neither."""
        facts = self.fns[fid].facts
        taken = _results(facts, number)
        if taken & set(facts.returns):
            return "return"
        return "lease" if _is_manager(facts) and taken & set(facts.yields) else ""

    def _is_bounded(self, fid: int) -> bool:
        """Whether the function waits or fails when there is nothing left, or counts what is out."""
        facts = self.fns[fid].facts
        makes = False
        for call in facts.calls:
            name = leaf_name(call.callee)
            if name in _WAITING and not _constant_key(call) and not _says_no(call):
                return True
            makes = makes or (call.bound == "=" and name[:1].isupper()) or "creat" in name or "make" in name
            makes = makes or "factory" in name or "new" in name
        counted = any(b.target.startswith("%self.") and b.loops == 0 for b in facts.binds)
        return counted or not makes

    # -- order in the objects ---------------------------------------------------------------------------------------

    def _cleans(self, fn: Fn, path: str) -> bool:
        """Whether a function empties the object, or hands it to something that may."""
        start = f"{path}."
        for call in fn.facts.calls:
            if call.callee.startswith(start):
                name = leaf_name(call.callee)
                if name in EMPTYING or any(word in name for word in ("reset", "clear", "clean")):
                    return True
                if name not in CONTAINER_GIVES and not _is_access(fn.facts, call):
                    return True
            elif any(path in values for values in call.args) and leaf_name(call.callee) not in CONTAINER_GIVES:
                name = leaf_name(call.callee)
                if name not in ("isinstance", "len", "id", "remove", "discard", "add", "append"):
                    return True
        emptied = any(a.path.startswith(start) and a.op in ("clear", "rebind") for a in fn.facts.accesses)
        emptied = emptied or any(a.path == path and a.op == "clear" for a in fn.facts.accesses)
        return emptied or any(b.target.startswith(start) for b in fn.facts.binds)

    def _cleans_taken(self, site: Site) -> bool:
        fn = self.fns[site[0]]
        return any(self._cleans(fn, path) for path in _results(fn.facts, site[1]))

    # -- who borrows ------------------------------------------------------------------------------------------------

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
            elif self._is_lease(fid, number):
                leases[split(self.fns[fid].facts.calls[number].callee)[0]].append(number)
        for base in dict.fromkeys((*gives, *leases)):
            takes = sorted({n for _, _, taken, _ in gives[base] for n in taken})
            leases[base] += [n for n in takes if n not in leases[base] and self._is_lease(fid, n)]
            takes = [n for n in takes if n not in leases[base]]
            back = [(number, position) for number, position, _, _ in gives[base]]
            sure = min((sure for *_, sure in gives[base]), default="high", key=("medium", "high").index)
            yield self._loan(fid, base, takes, leases[base], back, sure, "")
        if fid in self.by_giver and not gives and _speaks_of_returning(self.fns[fid].facts.name):
            yield from self._handed_in(fid)

    def _handed_in(self, fid: int) -> Iterator[Loan]:
        for giver in self.givers:
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
        for position, values in enumerate(call.args[:2]):
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
        if not self.by_giver:
            return None
        return next((self.by_giver[f] for f in self.ev.functions(fid, number) if f in self.by_giver), None)

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
            words = self._words(self.fns[fid], base)
            return name in CONTAINER_TAKES and _takes(taking) and bool(LENDING.search(words)) and self._lends(fid, base)
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
        leases = frozenset(f for stock in self.stocks for f in stock.leases)
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
        facts = self.fns[fid].facts
        stock = self._stock(fid, takes, leases, gives)
        path = f"%{param}" if param else self._taken_path(fid, takes, leases)
        classes, kinds = self._classes(fid, path, stock)
        state = tuple(kinds)[:_MOST_STATE]
        fills, resets, renewed = self._methods(classes, {attr for attr, _ in state})
        first = (takes or leases or [gives[0][0]])[0]
        fn = self.fns[fid]
        pool = Container(
            f"pool:{fn.mod.facts.module}:{fn.facts.qualname}:{base}",
            _named(base, facts),
            "pool",
            "",
            fn.mod.file.path,
            facts.calls[first].at.line,
            (),
            (),
            "",
            None,
        )
        return Loan(
            pool,
            tuple(self._step(fid, n, "take") for n in takes),
            tuple(self._step(fid, n, "take") for n in leases),
            tuple((self._step(fid, n, "put"), position) for n, position in gives),
            sure,
            param,
            stock.bounded if stock else self._waits(fid, takes),
            stock.cleaned if stock else False,
            state,
            fills,
            resets,
            renewed,
            _is_manager(facts),
        )

    def _stock(self, fid: int, takes: list[int], leases: list[int], gives: list[tuple[int, int]]) -> Stock | None:
        if fid in self.by_giver:
            return self.by_giver[fid]
        for number in (*takes, *leases, *(number for number, _ in gives)):
            for f in self.ev.functions(fid, number):
                if f in self.by_taker or f in self.by_giver:
                    return self.by_taker.get(f) or self.by_giver[f]
        return None

    def _waits(self, fid: int, takes: list[int]) -> bool:
        """Whether a pool of which only the calls are known runs dry: one of a library does, a list of spares does not
        where the function makes a new object when it is empty.
        """
        facts = self.fns[fid].facts
        for number in takes:
            call = facts.calls[number]
            if leaf_name(call.callee) in ("pop", "popleft", "get_nowait") or _says_no(call):
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

    def _classes(self, fid: int, path: str, stock: Stock | None) -> tuple[list[int], list[tuple[str, str]]]:
        """The classes that a borrowed object may have, and the containers that it holds."""
        values = list(self.ev.values(fid, path)) if path else []
        if stock is not None and not any(v[0] in "IK" for v in values):
            for giver, param in stock.givers.items():
                fn = self.fns[giver]
                values += self.ev.values(giver, f"%{param}") if fn.own != f"%{param}" else [("I", fn.cls)]
        for outlet, number in (*(stock.outlets if stock else ()), *([(fid, int(path[1:]))] if path[:1] == "!" else ())):
            values += [] if any(v[0] in "IK" for v in values) else self._put_in(outlet, number)
        classes = list(dict.fromkeys(v[1] for v in values if v[0] == "I"))
        kinds = [("", v[1]) for v in values if v[0] == "K" and v[1] in _KINDS]
        for cid in classes:
            own = self.ev.mapping_kind(cid)
            kinds += [("", own)] if own else []
            for attr in self._attrs(cid):
                kind = self.ev.container_kind(("i", cid, attr))
                kinds += [(attr, kind)] if kind in _KINDS else []
        return classes, list(dict.fromkeys(kinds))

    def _put_in(self, fid: int, number: int) -> list[tuple[object, ...]]:
        """What is put into the container out of which a call takes something, by functions of the same module."""
        facts = self.fns[fid].facts
        base = split(facts.calls[number].callee)[0]
        held = [v for v in self.ev.values(fid, f"{base}[]") if v[0] in "IK"]
        if held:
            return held
        mine = set(self.ev.locs(fid, base))
        found: list[tuple[object, ...]] = []
        mod = self.fns[fid].mod
        for gid, fn in enumerate(mod.facts.functions, mod.first_function):
            for call in fn.calls:
                other, name = split(call.callee)
                there = name in CONTAINER_GIVES and leaf_name(other) == leaf_name(base) and call.args
                if there and (not mine or mine & set(self.ev.locs(gid, other))):
                    found += [v for p in call.args[0] for v in self.ev.values(gid, p)]
        return found

    def _attrs(self, cid: int) -> Iterator[str]:
        for ancestor in self.ev.symbols.classes[cid].mro or (cid,):
            yield from self.ev.symbols.classes[ancestor].attrs

    def _methods(self, classes: list[int], state: set[str]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The methods that fill and that empty the state, and the attributes that are bound anew."""
        fills: set[str] = set()
        resets: set[str] = set()
        renewed: set[str] = set()
        for cid in classes:
            for ancestor in self.ev.symbols.classes[cid].mro or (cid,):
                for name, fid in self.ev.symbols.classes[ancestor].methods.items():
                    facts, own = self.fns[fid].facts, self.fns[fid].own
                    if not own or name in ("__init__", "__new__"):
                        continue
                    touched = {(a.path.removeprefix(f"{own}."), a.op) for a in facts.accesses}
                    touched |= {("", a.op) for a in facts.accesses if a.path == own}
                    bound = {b.target.removeprefix(f"{own}.") for b in facts.binds}
                    renewed |= bound & state
                    if any((attr, op) in touched for attr in state for op in _FILLS):
                        fills.add(name)
                    called = {leaf_name(c.callee) for c in facts.calls if c.callee.startswith(own)}
                    empties = bool(bound & state) or any((attr, "clear") in touched for attr in state)
                    if empties or called & (resets | EMPTYING):
                        resets.add(name)
        return frozenset(fills), frozenset(resets), frozenset(renewed)

    def _step(self, fid: int, number: int, op: str) -> Use:
        fn = self.fns[fid]
        call = fn.facts.calls[number]
        access = Access(call.callee, op, "call", call.at, call.seq, locks=call.locks)
        return step(fn, access)


def step(fn: Fn, access: Access) -> Use:
    """A statement that is reported though it is no access of a shared container."""
    return Use(
        access,
        -1,
        fn.gid,
        fn.facts.qualname.replace("<locals>.", ""),
        fn.mod.file.path,
        fn.mod.facts.module,
        CALLERS,
        (),
        "unknown",
        frozenset(),
        False,
        shown(access.path),
        within=fn.facts.at,
        is_async=fn.facts.is_async,
    )


def _takes(call: Call) -> bool:
    """Whether it takes something out whatever it is: `d.get(key)` and `d.pop(key)` ask for one thing."""
    return not _constant_key(call) and all(p[:1] == "=" for values in call.args for p in values)


def _constant_key(call: Call) -> bool:
    return any(p[:1] == "=" and p[1:2] in "'\"" for values in call.args[:1] for p in values)


def _speaks_of_returning(name: str) -> bool:
    return bool(RETURNING.search(name)) or name in CONTAINER_GIVES


def _is_manager(facts: FunctionFacts) -> bool:
    return any("contextmanager" in leaf_name(path) for group in facts.decorators for path in group)


def _says_no(call: Call) -> bool:
    """Whether the call comes back at once."""
    return call.args[:1] == (("=False",),) or ("block", ("=False",)) in call.kwargs


def _results(facts: FunctionFacts, number: int) -> set[str]:
    """The paths of what a call takes out."""
    return {f"!{number}", f"{split(facts.calls[number].callee)[0]}[]"}


def _origins(facts: FunctionFacts, path: str) -> list[int]:
    """The calls of which a value is the result."""
    if path[:1] == "!" and path[1:].isdigit():
        return [int(path[1:])]
    if path.endswith("[]"):
        base = path[:-2]
        return [
            number
            for number, call in enumerate(facts.calls)
            if split(call.callee) in ((base, "pop"), (base, "popleft"), (base, "get"))
        ]
    return []


def _same_base(one: Call, other: Call) -> bool:
    base = split(one.callee)[0]
    return base == split(other.callee)[0] and base[:1] not in ("", "#", "=")


def _is_access(facts: FunctionFacts, call: Call) -> bool:
    return any(a.at == call.at for a in facts.accesses)


def _named(base: str, facts: FunctionFacts) -> str:
    """The pool as it is written; what a call gives by that call."""
    if base[:1] == "!" and base[1:].isdigit():
        return f"{leaf_name(facts.calls[int(base[1:])].callee)}()"
    return shown(base)
