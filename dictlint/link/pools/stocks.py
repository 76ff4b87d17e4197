"""Pools, by how they are used: which functions take objects out of them, and which give them back.

A pool is a container from which objects are taken and into which the same objects go back, where a name speaks of it:
a queue of work is used by the same methods.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from dictlint.knowledge.pools import (
    CONTAINER_GIVES,
    CONTAINER_TAKES,
    EMPTYING,
    GIVES_FOR,
    HELD,
    LENDING,
    LIMITED,
    LOCKING,
    RETURNING,
)
from dictlint.link.decorating import is_manager
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts

_WAITING = frozenset(("get", "wait", "acquire", "wait_for"))
_QUEUED = frozenset(("get", "get_nowait"))
_ASKING = frozenset(("isinstance", "len", "id", "remove", "discard", "add", "append"))
Site = tuple[int, int]  # a function, and one of its calls


class Giver(NamedTuple):
    """A function that puts what it is handed as `param` back into a pool. `call`: by which of its calls."""

    function: int
    call: int
    param: str
    base: str


class Stock(NamedTuple):
    """A pool of the program: the functions that put objects into its container, and those that take them out.

    `outlets`: by which calls these do. `shared`: it is a queue, or somebody holds a lock there. `bounded`: what is lost
    is missing for good. `cleaned`: it puts objects in order itself.
    """

    givers: dict[int, str]
    takers: frozenset[int]
    leases: frozenset[int]
    outlets: tuple[Site, ...]
    shared: bool
    bounded: bool
    cleaned: bool


class Stocks:
    """The search for pools, in one pass over all calls and a closer look at the few that may matter."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.fns = ev.symbols.fns
        self.givers: list[Giver] = []
        self.mixed: list[Site] = []  # calls that may give back what the same function has taken
        self.any_lent = False  # whether anything is called that gives something out by its name
        self.entered: list[Site] = []  # calls of that kind whose result a `with` block has
        self.by_giver: dict[int, Stock] = {}
        self.by_taker: dict[int, Stock] = {}
        self.leases: set[int] = set()
        self._takes: defaultdict[str, list[Site]] = defaultdict(list)  # by the container's last name
        self._survey()
        for giver in self.givers:
            if giver.function not in self.by_giver:
                self._gather(giver)

    def _survey(self) -> None:
        for fn in self.fns:
            for number, call in enumerate(fn.facts.calls):
                callee = call.callee
                name = callee[callee.rfind(".") + 1 :]
                if name in CONTAINER_GIVES:
                    if call.args and len(call.args) == 1:
                        self._note_give(fn, number, call)
                elif name in CONTAINER_TAKES:
                    self._takes[leaf_name(split(callee)[0])].append((fn.gid, number))
                elif name in HELD:
                    self.any_lent = True
                    if len(fn.facts.locksets) > 1 and _is_entered(fn.facts, number):
                        self.entered.append((fn.gid, number))

    def _note_give(self, fn: Fn, number: int, call: Call) -> None:
        base = split(call.callee)[0]
        for path in call.args[0]:
            if path[:1] == "%" and path[1:].isidentifier():
                if RETURNING.search(fn.facts.name) or LENDING.search(self.words(fn, base)):
                    self.givers.append(Giver(fn.gid, number, path[1:], base))
                return
            if path == f"{base}[]" or call_of(path) >= 0:
                self.mixed.append((fn.gid, number))
                return

    def words(self, fn: Fn, base: str) -> str:
        """The names under which a container goes: its own, and its class's."""
        cls = self.ev.symbols.classes[fn.cls].facts.name if fn.cls >= 0 and base.startswith("%") else ""
        return f"{leaf_name(base)} {cls}"

    def _gather(self, giver: Giver) -> None:
        takers = [site for site in self._takes.get(leaf_name(giver.base), ()) if self._same(giver, site)]
        out = {site: self._hands_out(*site) for site in takers}
        if not any(out.values()):
            return
        back = [g for g in self.givers if g.base == giver.base and self._near(g, giver)]
        sites = (*takers, *((g.function, g.call) for g in back))
        attrs = self._attrs(giver.function)
        shared = any(map(self.is_shared, sites)) or any(map(LOCKING.search, attrs))
        limited = any(map(LIMITED.search, attrs))
        stock = Stock(
            {g.function: g.param for g in back},
            frozenset(site[0] for site in takers if out[site] == "return"),
            frozenset(site[0] for site in takers if out[site] == "lease"),
            tuple(takers),
            shared,
            (shared or self._is_named_so(back, takers))
            and (limited or any(self._is_bounded(site[0]) for site in takers if out[site])),
            any(self._cleans(self.fns[g.function], f"%{g.param}") for g in back)
            or any(map(self._cleans_taken, takers)),
        )
        self._add(stock)

    def _is_named_so(self, givers: list[Giver], takers: list[Site]) -> bool:
        """Whether functions go by such names as `acquire` and `release`: callers are told to give back what they get,
        and need no other thread to miss what they lose.
        """
        names = {self.fns[giver.function].facts.name for giver in givers}
        return any(not names.isdisjoint(GIVES_FOR.get(self.fns[fid].facts.name, ())) for fid, _ in takers)

    def _attrs(self, fid: int) -> list[str]:
        """The attributes of the class that a method belongs to."""
        cid = self.fns[fid].cls
        classes = self.ev.symbols.classes
        return [attr for c in (classes[cid].mro if cid >= 0 else ()) for attr in classes[c].attrs]

    def _add(self, stock: Stock) -> None:
        self.leases |= stock.leases
        self.by_giver.update(dict.fromkeys(stock.givers, stock))
        self.by_taker.update(dict.fromkeys(stock.takers | stock.leases, stock))

    def add_manager(self, fid: int, taken: list[int]) -> None:
        """A context manager that takes out, lends and puts back, all by itself."""
        sites = tuple((fid, number) for number in taken if self._hands_out(fid, number) == "lease")
        if sites and fid not in self.by_taker:
            cleaned = any(map(self._cleans_taken, sites))
            shared = any(map(self.is_shared, sites))
            self._add(Stock({}, frozenset(), frozenset((fid,)), sites, shared, shared, cleaned))

    def is_shared(self, site: Site) -> bool:
        """Whether a call is that of a queue, or made with something held."""
        call = self.fns[site[0]].facts.calls[site[1]]
        return leaf_name(call.callee) in _QUEUED or call.locks > 0

    def _near(self, one: Giver, other: Giver) -> bool:
        return self.fns[one.function].mod is self.fns[other.function].mod and (
            self.fns[one.function].cls == self.fns[other.function].cls
        )

    def _same(self, giver: Giver, site: Site) -> bool:
        """Whether the call takes out of the container into which the function gives."""
        fn, other = self.fns[giver.function], self.fns[site[0]]
        base = split(other.facts.calls[site[1]].callee)[0]
        if not takes_any(other.facts.calls[site[1]]):
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
        taken = results(facts, number)
        if taken & set(facts.returns):
            return "return"
        return "lease" if is_manager(facts) and taken & set(facts.yields) else ""

    def _is_bounded(self, fid: int) -> bool:
        """Whether the function waits or fails when there is nothing left, or counts what is out."""
        facts = self.fns[fid].facts
        makes = False
        for call in facts.calls:
            name = leaf_name(call.callee)
            if name in _WAITING and not _names_one(call) and not comes_back(call):
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
                if name not in _ASKING:
                    return True
        emptied = any(a.path.startswith(start) and a.op in ("clear", "rebind") for a in fn.facts.accesses)
        emptied = emptied or any(a.path == path and a.op == "clear" for a in fn.facts.accesses)
        return emptied or any(b.target.startswith(start) for b in fn.facts.binds)

    def _cleans_taken(self, site: Site) -> bool:
        fn = self.fns[site[0]]
        return any(self._cleans(fn, path) for path in results(fn.facts, site[1]))


def takes_any(call: Call) -> bool:
    """Whether it takes something out whatever it is: `d.get(key)` and `d.pop(key)` ask for one thing."""
    return not _names_one(call) and all(p[:1] == "=" for values in call.args for p in values)


def _names_one(call: Call) -> bool:
    return any(p[:1] == "=" and p[1:2] in ("'", '"') for values in call.args[:1] for p in values)


def comes_back(call: Call) -> bool:
    """Whether the call comes back at once."""
    return call.args[:1] == (("=False",),) or ("block", ("=False",)) in call.kwargs


def _is_entered(facts: FunctionFacts, number: int) -> bool:
    """Whether a `with` block has what a call of a pool gives."""
    if "pool" not in leaf_name(split(facts.calls[number].callee)[0]).lower():
        return False
    held = (one for lockset in facts.locksets for one in lockset)
    return any(one.path == f"!{number}" and "with" in one.how for one in held)


def results(facts: FunctionFacts, number: int) -> set[str]:
    """The paths of what a call takes out."""
    return {f"!{number}", f"{split(facts.calls[number].callee)[0]}[]"}


def _is_access(facts: FunctionFacts, call: Call) -> bool:
    return any(access.at == call.at for access in facts.accesses)
