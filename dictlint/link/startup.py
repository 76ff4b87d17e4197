"""Threads that a module starts while it is being imported, and what the rest of its body still fills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from dictlint.knowledge.operations import GROWING
from dictlint.link.activities import IMPORTING, Spawn
from dictlint.link.concern import run_by
from dictlint.link.containers import Assembler
from dictlint.link.evaluate import Evaluator
from dictlint.link.order import Order
from dictlint.link.paths import is_birth, leaf_name, split
from dictlint.link.question import Loc
from dictlint.model.body import Access, Bind, Call
from dictlint.model.program import Container, Unfinished, Use

_WAITS = frozenset(("wait", "wait_for", "acquire", "get", "join", "result"))
_SIGNALS = frozenset(("set", "notify", "notify_all", "release", "put", "put_nowait", "set_result"))
_NEVER = 1 << 30
ENOUGH = 1.0  # seconds that an import takes at most


class Startup(NamedTuple):
    """One start: `call` is the call of the module's body that makes it or leads there, `ends` where the import is over.

    `held_back`: the thread waits for what the import does later, sleeps first, or is a timer.
    """

    body: int
    spawn: Spawn
    call: int
    ends: int
    held_back: bool
    later: frozenset[int]  # functions that the body calls after the start
    decorators: frozenset[int]  # functions that decorate what is defined after the start


def startups(ev: Evaluator, order: Order) -> list[Startup]:
    """Every thread that the import of a module starts before the module's last statements."""
    found = []
    by_number = {spawn.activity.number: spawn for spawn in order.spawns}
    for mod in ev.symbols.mods:
        if mod.first_function in order.spawned_in:
            calls = {call.seq: number for number, call in enumerate(mod.facts.functions[0].calls)}
            for seq, joined, _, number in order.starts(mod.first_function):
                one = _startup(ev, mod.first_function, by_number[number], calls.get(seq, -1), joined)
                if one is not None:
                    found.append(one)
                    if one.held_back:
                        order.held_back[one.body].append((seq, one.ends, number))
    return found


def _startup(ev: Evaluator, body: int, spawn: Spawn, call: int, joined: int) -> Startup | None:
    facts = ev.symbols.fns[body].facts
    ends = min(end if end >= 0 else _NEVER for end in (facts.ends_in_main, joined))
    if call < 0 or spawn.activity.domain != "thread" or facts.calls[call].seq >= ends:
        return None
    start = facts.calls[call].seq
    calls = [number for number, other in enumerate(facts.calls) if start < other.seq < ends]
    later = run_by(ev, [f for number in calls for f in ev.functions(body, number)])
    held_back = all(_is_held_back(ev, entry, [facts.calls[n] for n in calls]) for entry in spawn.entries)
    held_back = held_back or _is_slow_timer(ev, spawn)
    return Startup(body, spawn, call, ends, held_back, later, _decorating(ev, body, facts.calls[call].at.line))


def _is_slow_timer(ev: Evaluator, spawn: Spawn) -> bool:
    call = ev.symbols.fns[spawn.function].facts.calls[spawn.call] if spawn.call >= 0 else None
    return call is not None and leaf_name(call.callee) == "Timer" and _is_long(call)


def _is_long(call: Call) -> bool:
    """Whether a number of seconds, the first argument, is enough for an import; what is not known may be."""
    seconds = call.args[0][0][1:] if call.args and call.args[0] else ""
    return not seconds.replace(".", "", 1).isdigit() or float(seconds) >= ENOUGH


def _is_held_back(ev: Evaluator, entry: int, later: list[Call]) -> bool:
    """Whether a thread's function begins with a sleep, or with waiting for what one of the later calls signals."""
    signals = {leaf_name(split(call.callee)[0]) for call in later if leaf_name(call.callee) in _SIGNALS}
    for number, call in enumerate(ev.symbols.fns[entry].facts.calls):
        name = leaf_name(call.callee)
        if name in _WAITS and leaf_name(split(call.callee)[0]) in signals:
            return True
        if name == "sleep" and _is_long(call):
            return True
        if ev.functions(entry, number):
            return False
    return False


def _decorating(ev: Evaluator, body: int, line: int) -> frozenset[int]:
    """The functions that decorate what the module defines below a line: `@register` fills a registry."""
    mod = ev.symbols.fns[body].mod
    below = [f for f in mod.facts.functions if f.parent == 0 and f.decorators and f.at.line > line]
    values = [v for f in below for group in f.decorators for path in group for v in ev.values(body, path)]
    return frozenset(v[1] for v in values if v[0] in ("F", "B"))


def early_reads(ev: Evaluator, found: Iterable[Startup]) -> dict[int, set[int]]:
    """What the started threads read of what is filled later: function -> accesses. They matter whatever they do."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for one in found:
        names = ev.flow.closure(_filled(ev, one))
        for fid in run_by(ev, one.spawn.entries) if names else ():
            for number, access in enumerate(ev.symbols.fns[fid].facts.accesses):
                if leaf_name(access.path) in names:
                    wanted[fid].add(number)
    return wanted


def _filled(ev: Evaluator, one: Startup) -> set[str]:
    facts = ev.symbols.fns[one.body].facts
    names = {leaf_name(bind.target) for bind in _late_binds(facts.binds, ev, one)}
    names |= {leaf_name(a.path) for a in facts.accesses if a.op in GROWING and _is_late(ev, one, a.seq)}
    for fid in one.later | one.decorators:
        names |= {leaf_name(a.path) for a in ev.symbols.fns[fid].facts.accesses if a.op in GROWING}
    return names


def _is_late(ev: Evaluator, one: Startup, seq: int) -> bool:
    return ev.symbols.fns[one.body].facts.calls[one.call].seq < seq < one.ends


def _late_binds(binds: Iterable[Bind], ev: Evaluator, one: Startup) -> list[Bind]:
    return [bind for bind in binds if any(map(is_birth, bind.values)) and _is_late(ev, one, bind.seq)]


class Startups:
    """What each start's thread sees of the import, container by container."""

    def __init__(self, ev: Evaluator, assembler: Assembler, found: list[Startup]) -> None:
        self.ev = ev
        self.assembler = assembler
        self.found = found

    def unfinished(self, containers: dict[Loc, Container]) -> list[tuple[Container, Unfinished]]:
        """Every container that a thread looks at while the import that started it still fills it."""
        said = []
        for one in self.found:
            for loc, container in containers.items():
                if loc[0] in "gc":
                    told = self._of(one, loc, container)
                    if told is not None:
                        said.append((container, told))
        return said

    def _of(self, one: Startup, loc: Loc, container: Container) -> Unfinished | None:
        number = one.spawn.activity.number
        seen = tuple(u for u in container.uses if u.activity.number == number)
        if not seen:
            return None
        late = [bind for bind in self._binds(one, loc) if _late_binds([bind], self.ev, one)]
        unborn = bool(late) and len(late) == len(self.ev.binds(loc))
        fills = [self._bound(one, bind) for bind in late]
        by_itself = {u.function for u in seen if u.access.op in GROWING}  # as it goes along, like anybody else
        fills += [u for u in container.uses if u.function not in by_itself and self._is_fill(u, one)]
        if not fills or one.held_back:
            return None
        return Unfinished(self._start(one), seen, tuple(fills), unborn, self._is_imported(one))

    def _binds(self, one: Startup, loc: Loc) -> list[Bind]:
        return [bind for fid, bind in self.ev.binds(loc) if fid == one.body]

    def _is_fill(self, use: Use, one: Startup) -> bool:
        if use.access.op not in GROWING or use.overwrites or one.spawn.activity.number in use.ordered:
            return False
        if use.function == one.body:
            return _is_late(self.ev, one, use.access.seq)
        if use.function in one.decorators:
            return use.activity.domain == "caller"
        return use.function in one.later and use.activity.domain == "main"

    def _start(self, one: Startup) -> Use:
        call = self.ev.symbols.fns[one.body].facts.calls[one.call]
        return self._step(one, Access(call.callee, "start", "call", call.at, call.seq, locks=call.locks))

    def _bound(self, one: Startup, bind: Bind) -> Use:
        return self._step(one, Access(bind.target, "rebind", "=", bind.at, bind.seq, values=bind.values))

    def _step(self, one: Startup, access: Access) -> Use:
        held = self.assembler.locks.held(one.body, access.locks)
        return self.assembler.step(one.body, access, IMPORTING, held)

    def _is_imported(self, one: Startup) -> bool:
        mod = self.ev.symbols.fns[one.body].mod
        if mod.facts.functions[0].ends_in_main >= 0:
            return True
        others = (t for m in self.ev.symbols.mods if m is not mod for targets in m.imports.values() for t in targets)
        return any(f"{target}.".startswith(mod.facts.module + ".") for target in others)
