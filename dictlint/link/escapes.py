"""How the state that a lock guards gets out of it: returned, yielded, stored elsewhere, passed on, as a generator.

Asked backwards, from uses that do not hold the guard and do not name the container themselves: by which statement did
they come by it? Few containers are guarded, and few of their uses are of that kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dictlint.knowledge.operations import RESIZING
from dictlint.link.activities import CALLERS
from dictlint.link.containers import Assembler
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import given, leaf_name, split
from dictlint.link.question import FAN, Loc, base_of
from dictlint.model.activity import Lock
from dictlint.model.body import Access
from dictlint.model.program import Container, Escape, Use
from dictlint.model.site import Span

DEEPEST = 4  # hands through which it went


def handed_out(ev: Evaluator, thorough: bool) -> dict[int, set[int]]:
    """Changes under a lock of what some function hands out: they matter, whatever is done with it. Without `thorough`
    only where it goes out as a view from under a lock: all that can be done with that is to look at it afterwards.
    """
    outs = (out for fn in ev.symbols.fns for out in fn.facts.outs)
    names = {leaf_name(out.path) for out in outs if thorough or (out.locks and _view(out.path))}
    found: defaultdict[int, set[int]] = defaultdict(set)
    for fn in ev.symbols.fns:
        for number, access in enumerate(fn.facts.accesses):
            if access.locks and access.op in RESIZING and leaf_name(access.path) in names:
                found[fn.gid].add(number)
    return found


class Way(NamedTuple):
    """A statement that hands the container out; `how`: return, yield, store, pass."""

    function: int
    how: str
    path: str
    at: Span
    locks: int


class Escapes:
    """The ways out of every guarded container."""

    def __init__(self, ev: Evaluator, assembler: Assembler) -> None:
        self.ev = ev
        self.assembler = assembler
        self.locks = assembler.locks
        self._outs: defaultdict[str, list[int]] | None = None

    def escapes(self, containers: dict[Loc, Container]) -> Iterator[tuple[Container, Escape]]:
        """Every way out of a guarded container, with the uses on its far side that do without the guard."""
        for loc, container in containers.items():
            guard = container.guard
            if guard is None or container.kind == "attribute" or not _is_guarded(container, guard):
                continue
            found: dict[Way, list[Use]] = {way: [] for way in self._possible(loc, guard)}
            for use in container.uses:
                if guard not in use.locks:
                    for way in self._ways_of(use, loc, guard):
                        found.setdefault(way, []).append(use)
            yield from ((container, self._escape(way, guard, uses)) for way, uses in found.items())

    def _escape(self, way: Way, guard: Lock, uses: list[Use]) -> Escape:
        held = self.locks.at(way.function, way.locks, 0)
        contexts = self.assembler.contexts.found.get(way.function, [])
        activity = next((c.activity for c in contexts if not c.assumed), CALLERS)
        access = Access(way.path, way.how, way.how, way.at, 0, locks=way.locks)
        return Escape(self.assembler.step(way.function, access, activity, held), tuple(uses), guard, _view(way.path))

    # -- backwards from a use ---------------------------------------------------------------------------------------

    def _ways_of(self, use: Use, loc: Loc, guard: Lock) -> set[Way]:
        ways = self._ways(use.function, use.access.path, loc, 0, guard) or self._as_generator(use, guard)
        return {way for way in ways if way.how != "pass" or self._holds(way, guard)}

    def _ways(self, fid: int, path: str, loc: Loc, depth: int, guard: Lock) -> set[Way]:
        """The statements by which `fid` came by what it calls `path`; none where it names it directly."""
        base = path.partition("|")[0]
        while base.endswith(("[]", "<>")):
            if loc[0] != "e":
                return set()
            base, loc = base[:-2], loc[1]
        if depth > DEEPEST or not base:
            return set()
        if base[0] == "!":
            return self._by_result(fid, base, loc, depth, guard)
        owner, attr = split(base)
        if attr and (asked := self._properties(fid, owner, attr)):
            return {way for each in asked for way in self._given_by(each, loc, depth, guard)}
        if base[0] == "%" and not attr:
            return self._by_argument(fid, base[1:], loc, depth, guard)
        named = self.ev.located(fid, base)
        return set() if loc in named else {way for each in named for way in self._by_store(each, loc, depth, guard)}

    def _by_result(self, fid: int, base: str, loc: Loc, depth: int, guard: Lock) -> set[Way]:
        if not base[1:].isdigit():
            return set()
        callees = self.ev.functions(fid, int(base[1:]))
        return {
            way
            for callee in callees
            for way in self._given_by(callee, loc, depth, guard, self.ev.passing_results(callee, callees))
        }

    def _given_by(self, fid: int, loc: Loc, depth: int, guard: Lock, passed: frozenset[str] = frozenset()) -> set[Way]:
        """The statements by which a function hands it out, or those by which it came by it itself."""
        facts = self.ev.symbols.fns[fid].facts
        found: set[Way] = set()
        for out in facts.outs:
            if out.path in passed:
                continue
            if loc in self.ev.locs(fid, out.path):
                further = self._ways(fid, out.path, loc, depth + 1, guard)
                found |= further or {Way(fid, out.how, out.path, out.at, out.locks)}
        for path in facts.returns[:FAN]:
            if path[:1] == "!" and path not in passed and loc in self.ev.locs(fid, path):
                found |= self._ways(fid, path, loc, depth + 1, guard)
        return found

    def _properties(self, fid: int, owner: str, attr: str) -> list[int]:
        classes = [v[1] for v in self.ev.values(fid, owner) if v[0] == "I"]
        methods = (self.ev.symbols.method(cid, attr) for cid in classes)
        return [method for method in methods if method is not None and self.ev.is_property(method)]

    def _by_argument(self, fid: int, name: str, loc: Loc, depth: int, guard: Lock) -> set[Way]:
        fn = self.ev.symbols.fns[fid]
        index = self.ev.param(("v", fid, name))
        found: set[Way] = set()
        for caller, number in self.ev.callers(fid)[: FAN * 3] if index is not None else ():
            if number < 0 or index is None:
                continue
            call = self.ev.symbols.fns[caller].facts.calls[number]
            for path in given(call, index - self.ev.shift(fn, caller, number), name):
                if loc in self.ev.locs(caller, path):
                    # what the callee itself does is over when the call is; what it keeps is not
                    passed = {Way(caller, "pass", path, call.at, call.locks)} if depth else set()
                    found |= self._ways(caller, path, loc, depth + 1, guard) or passed
        return found

    def _by_store(self, place: Loc, loc: Loc, depth: int, guard: Lock) -> set[Way]:
        found: set[Way] = set()
        if place[0] in "ic" and any(f"('{kind}', {place[1]}," in guard.owner for kind in "ic"):
            return found  # there the lock is, too
        for binder, bind in self.ev.binds(place):
            for path in bind.values:
                if path[:1] not in "#&~(=" and loc in self.ev.locs(binder, path):
                    further = self._ways(binder, path, loc, depth + 1, guard)
                    found |= further or {Way(binder, "store", path, bind.at, bind.locks)}
        return found

    def _as_generator(self, use: Use, guard: Lock) -> set[Way]:
        """A generator that was called under the lock and returned: its body runs when the lock is free again."""
        found: set[Way] = set()
        fn = self.ev.symbols.fns[use.function]
        for caller, number in self.ev.callers(use.function) if fn.facts.is_generator else ():
            for out in self.ev.symbols.fns[caller].facts.outs if number >= 0 else ():
                way = Way(caller, out.how, out.path, out.at, out.locks)
                if out.path == f"!{number}" and self._holds(way, guard):
                    found.add(way)
        return found

    def _holds(self, way: Way, guard: Lock) -> bool:
        return any(held.lock == guard for held in self.locks.held(way.function, way.locks))

    # -- forwards: what may be used outside of the program ----------------------------------------------------------

    def _possible(self, loc: Loc, guard: Lock) -> Iterable[Way]:
        """Returned or yielded by what callers outside may call."""
        thorough = self.assembler.interest.thorough
        for fid in self._giving(str(base_of(loc)[-1])):
            contexts = [c for c in self.assembler.contexts.found.get(fid, ()) if c.status != "owned"]
            if contexts and all(guard in context.held for context in contexts):
                continue  # whoever calls it holds the lock
            for out in self.ev.symbols.fns[fid].facts.outs:
                if not (thorough or (out.locks and _view(out.path))):
                    continue
                if loc in self.ev.locs(fid, out.path) and not self._ways(fid, out.path, loc, 0, guard):
                    yield Way(fid, out.how, out.path, out.at, out.locks)

    def _giving(self, name: str) -> list[int]:
        """Functions that hand out something of that name."""
        if self._outs is None:
            self._outs = defaultdict(list)
            for fn in self.ev.symbols.fns:
                for leaf in dict.fromkeys(leaf_name(out.path) for out in fn.facts.outs):
                    self._outs[leaf].append(fn.gid)
        return self._outs.get(name, [])


def _view(path: str) -> str:
    """How a live view, or an iterator, shows the container; empty for the container itself."""
    return path.partition("|")[2]


def _is_guarded(container: Container, guard: Lock) -> bool:
    """A lock that lives where the container does is held for most of what changes it."""
    if not container.claims.startswith("guard:"):
        return False
    held: dict[tuple[int, int], bool] = {}
    for use in container.uses:
        if use.access.op in RESIZING and not use.sheltered:
            held[use.function, use.index] = held.get((use.function, use.index), True) and guard in use.locks
    return bool(held) and 2 * sum(held.values()) > len(held)
