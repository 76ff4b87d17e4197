"""Containers that a function gives to another activity, and what it does to them afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dictlint.knowledge.activities import JOINS, Spawner
from dictlint.knowledge.containers import LOCKED_MAP, MAPPINGS, PROXY, SETS
from dictlint.knowledge.operations import RESIZING, WRITES
from dictlint.link.activities import CALLERS, Spawn
from dictlint.link.concern import run_by
from dictlint.link.containers import Assembler
from dictlint.link.evaluate import Evaluator
from dictlint.link.jobs import GETS, PUTS, queues
from dictlint.link.paths import is_birth, leaf_name, split, tuple_parts
from dictlint.link.question import Loc
from dictlint.link.spawning import spawner_of
from dictlint.link.symbols import Value
from dictlint.model.activity import Activity
from dictlint.model.body import Access, Call
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Handoff, Use
from dictlint.model.site import Span

_RUNS = frozenset(("submit", "to_thread", "run_in_executor", "apply_async", "Thread", "start_new_thread"))
_WAITS = (JOINS | {"recv", "acquire", "gather", "wait_for"}) - {"exception"}
_KINDS = (MAPPINGS - {PROXY, LOCKED_MAP}) | SETS | {"list", "deque"}
_CHANGES = WRITES - {"rebind", "unbind", "sort", "reverse", "move_to_end"}


class Giving(NamedTuple):
    """One call that gives a container away. `spawner`: how it starts an activity; None: it puts it into a queue."""

    function: int
    call: int
    path: str
    loc: Loc
    spawner: Spawner | None


def givings(ev: Evaluator) -> list[Giving]:
    """Every call that gives away a container on which the same function lays hands again."""
    found: list[Giving] = []
    for fn in ev.symbols.fns:
        facts = fn.facts
        for number, call in enumerate(facts.calls):
            name = leaf_name(call.callee)
            if (name in PUTS or (name in _RUNS and facts.births)) and not call.awaited:
                paths = [path for path in _handed(call) if _is_used(facts, path, number)]
                if paths:
                    found += _givings(ev, fn.gid, number, name, paths)
    return found


def _handed(call: Call) -> Iterator[str]:
    groups = [*call.args, *(values for name, values in call.kwargs if name not in ("target", "name", "daemon"))]
    for path in (path for values in groups for path in values):
        yield from tuple_parts(path) if path[:1] == "(" else (path,)


def _is_used(facts: FunctionFacts, path: str, number: int) -> bool:
    if path[:1] in "=*&~!?" or not path or "|" in path or path.endswith(("[]", "<>")):
        return False
    call = facts.calls[number]
    return any(a.path == path and (a.seq > call.seq or (a.loops and call.loops)) for a in facts.accesses)


def _givings(ev: Evaluator, fid: int, number: int, name: str, paths: list[str]) -> Iterator[Giving]:
    call = ev.symbols.fns[fid].facts.calls[number]
    spawner = None
    if name in PUTS:
        if not queues(ev, fid, split(call.callee)[0]):
            return
    else:
        with ev.near():
            spawner = spawner_of(ev, fid, number, call, name)
        if spawner is None or spawner.domain != "thread":
            return
        paths = [path for path in paths if is_birth(path)]  # what hangs on an object is shared anyway
    for path in paths:
        for loc in ev.locs(fid, path)[:1]:
            if _kind(ev, loc) in _KINDS:
                yield Giving(fid, number, path, loc, spawner)


def _kind(ev: Evaluator, loc: Loc) -> str:
    if loc[0] == "b" and loc[2] >= 0:
        return ev.symbols.fns[loc[1]].facts.births[loc[2]].kind
    return ev.container_kind(loc)


def later_uses(ev: Evaluator, found: Iterable[Giving]) -> dict[int, set[int]]:
    """What givers do to containers that they have handed to a thread, and what its function does: function ->
    accesses.
    """
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    given = {(one.function, one.path) for one in found if one.spawner is not None}
    for fid, path in given:
        wanted[fid] |= _uses_of(ev, fid, path)
    for target, deliveries in ev.deliveries.items() if given else ():
        params = ev.symbols.fns[target].facts.params
        for giver, args, shift in deliveries:
            for param, values in zip(params[shift:], args, strict=False):
                if any((giver, value) in given for value in values):
                    wanted[target] |= _uses_of(ev, target, f"%{param.name}")
    return wanted


def _uses_of(ev: Evaluator, fid: int, path: str) -> set[int]:
    return {i for i, access in enumerate(ev.symbols.fns[fid].facts.accesses) if access.path == path}


class Handoffs:
    """What becomes of containers that were given away."""

    def __init__(self, ev: Evaluator, assembler: Assembler, spawns: list[Spawn], found: list[Giving]) -> None:
        self.ev = ev
        self.assembler = assembler
        self.spawns = {(s.function, s.call): s for s in spawns}
        self.found = found
        self._takers: dict[Value, list[tuple[int, int]]] | None = None
        self._ran: dict[int, frozenset[int]] = {}

    def handoffs(self, containers: dict[Loc, Container]) -> list[tuple[Container, Handoff]]:
        """Every container that is changed or iterated after it was given away, with those who may still be at it."""
        said = []
        for one in self.found:
            told = self._queued(one) if one.spawner is None else self._started(one, containers)
            if told is not None:
                said.append((containers.get(one.loc) or self.assembler.outline(one.loc, _kind(self.ev, one.loc)), told))
        return said

    def _queued(self, one: Giving) -> Handoff | None:
        later = self._later(one, _CHANGES)
        takers = self._taken(one) if later else []
        if not takers or not later:
            return None
        activity = self._activity(one.function)
        taken = [self._call_step(fid, number, self._activity(fid), "get") for fid, number in takers]
        return Handoff(self._given(one, activity), self._steps(one, later, activity), tuple(taken), self._born(one))

    def _later(self, one: Giving, ops: frozenset[str]) -> list[Access]:
        """What the giver does to it afterwards, in this turn of a loop or the next, with no wait for the taker."""
        facts = self.ev.symbols.fns[one.function].facts
        call = facts.calls[one.call]
        waits = [c for c in facts.calls if leaf_name(c.callee) in _WAITS]
        rebound = [b.seq for b in facts.binds if b.target == one.path]
        found = []
        for access in facts.accesses:
            if access.path != one.path or access.op not in ops:
                continue
            if access.seq > call.seq:
                between = [c.seq for c in waits if call.seq < c.seq < access.seq]
                anew = [seq for seq in rebound if call.seq < seq < access.seq]
            else:
                between = [c.seq for c in waits if c.loops and not access.seq < c.seq < call.seq]
                anew = rebound
            if not between and not anew and (access.seq > call.seq or (access.loops and call.loops)):
                found.append(access)
        return sorted(found, key=lambda access: (access.seq < call.seq, access.seq))

    def _taken(self, one: Giving) -> list[tuple[int, int]]:
        """The calls that take something out of the same queue in another activity."""
        facts = self.ev.symbols.fns[one.function].facts
        given_to = queues(self.ev, one.function, split(facts.calls[one.call].callee)[0])
        mine = self._running(one.function)
        return [
            site
            for queue in given_to
            for site in self._all_takers().get(queue, ())
            if site[0] != one.function and self._running(site[0]) - mine
        ]

    def _all_takers(self) -> dict[Value, list[tuple[int, int]]]:
        if self._takers is None:
            self._takers = defaultdict(list)
            for fn in self.ev.symbols.fns:
                for number, call in enumerate(fn.facts.calls):
                    base, attr = split(call.callee)
                    for queue in queues(self.ev, fn.gid, base) if attr in GETS else ():
                        self._takers[queue].append((fn.gid, number))
        return self._takers

    def _running(self, fid: int) -> frozenset[int]:
        """The activities that the program starts and that may run the function."""
        if not self._ran:
            for spawn in self.spawns.values():
                if spawn.activity.domain in ("thread", "loop", "process"):
                    self._ran[spawn.activity.number] = run_by(self.ev, spawn.entries)
        return frozenset(number for number, ran in self._ran.items() if fid in ran)

    def _activity(self, fid: int) -> Activity:
        running = self._running(fid)
        return next((s.activity for s in self.spawns.values() if s.activity.number in running), CALLERS)

    # -- started activities -----------------------------------------------------------------------------------------

    def _started(self, one: Giving, containers: dict[Loc, Container]) -> Handoff | None:
        assert one.spawner is not None
        spawn = self.spawns.get((one.function, one.call))
        container = containers.get(one.loc)
        if spawn is None:
            return self._to_foreign(one)
        if container is None:
            return None
        mine = [u for u in container.uses if u.function == one.function and u.activity != spawn.activity]
        theirs = [u for u in container.uses if u.activity == spawn.activity]
        short = one.spawner.many and one.spawner.starts
        later = []
        for access in self._later(one, _CHANGES | {"iterate"}):
            again = access.seq < self.ev.symbols.fns[one.function].facts.calls[one.call].seq
            for use in mine:
                if use.access == access and spawn.activity.number not in use.ordered:
                    met = [u for u in theirs if _conflict(use, u, short or again, again) and not u.locks & use.locks]
                    if met:
                        later.append((use, met[0]))
        if not later:
            return None
        given = self._given(one, later[0][0].activity)
        uses = tuple(dict.fromkeys(use for use, _ in later))
        return Handoff(given, uses, tuple(dict.fromkeys(taken for _, taken in later)), self._born(one))

    def _to_foreign(self, one: Giving) -> Handoff | None:
        """A pool runs a function of another package with it."""
        assert one.spawner is not None
        later = self._later(one, _CHANGES) if one.spawner.many and one.spawner.starts else []
        if not later or not self._is_foreign(one):
            return None
        activity = self._activity(one.function)
        return Handoff(self._given(one, activity), self._steps(one, later, activity), (), self._born(one))

    def _is_foreign(self, one: Giving) -> bool:
        call = self.ev.symbols.fns[one.function].facts.calls[one.call]
        position = one.spawner.position if one.spawner else 0
        targets = call.args[position] if position < len(call.args) else ()
        values = [v for path in targets for v in self.ev.values(one.function, path)]
        return bool(values) and all(v[0] in ("X", "XI") for v in values)

    # -- places -----------------------------------------------------------------------------------------------------

    def _given(self, one: Giving, activity: Activity) -> Use:
        return self._call_step(one.function, one.call, activity, "handoff")

    def _call_step(self, fid: int, number: int, activity: Activity, op: str) -> Use:
        call = self.ev.symbols.fns[fid].facts.calls[number]
        held = self.assembler.locks.at(fid, call.locks, call.seq)
        access = Access(call.callee, op, "call", call.at, call.seq, locks=call.locks)
        return self.assembler.step(fid, access, activity, held)

    def _steps(self, one: Giving, later: list[Access], activity: Activity) -> tuple[Use, ...]:
        held = self.assembler.locks.at
        return tuple(self.assembler.step(one.function, a, activity, held(one.function, a.locks, a.seq)) for a in later)

    def _born(self, one: Giving) -> Span | None:
        if one.loc[0] != "b" or one.loc[1] != one.function:
            return None
        facts, number = self.ev.symbols.fns[one.function].facts, one.loc[2]
        return facts.births[number].at if number >= 0 else facts.calls[-1 - number].at


def _conflict(later: Use, taken: Use, whole: bool, again: bool) -> bool:
    """Whether the giver's step spoils what the taker does. `whole`: a job that should see it as it was given; then its
    copy is spoilt as well. `again`: the very same container is given away over and over.
    """
    mine, theirs = later.access, taken.access
    if mine.op == "iterate":
        return theirs.op in RESIZING and not taken.overwrites
    if theirs.op == "iterate":
        return mine.op in RESIZING and (whole or not later.overwrites)
    if theirs.op == "snapshot":
        return whole
    same = bool(mine.key) and later.constant == taken.constant != ""
    return again and same and theirs.op in ("getitem", "get", "pop", "pop-default")
