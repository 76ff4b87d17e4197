"""In which contexts a function runs: activity, locks held by the caller, ownership of `self`, what has started or ended.

Only functions that touch a container of interest, or lead to one, take part; contexts are found top-down from the
entries of each activity. This is RacerD's idea of ownership and locks, on the call graph's relevant part.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from dictlint.knowledge.concurrency import ACTIVE_BASES, JOINS
from dictlint.link.activities import CALLERS, IMPORT, MAIN, Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.paths import given, split
from dictlint.link.question import Loc
from dictlint.model.facts import Access, Call
from dictlint.model.program import Activity, Lock

MOST_CONTEXTS = 12  # per function and activity; beyond it the context's locks are met with the last one kept


class Context(NamedTuple):
    """One way in which a function runs."""

    function: int
    activity: Activity
    status: str  # of self: owned (built here, seen by nobody else), own (the activity's root object), shared
    held: frozenset[Lock]
    ordered: frozenset[int]
    owned: frozenset[str]  # parameters whose objects are owned
    assumed: bool
    cls: int = -1  # the class of self, where the activity tells


class Contexts:
    """The contexts of every relevant function."""

    def __init__(self, ev: Evaluator, locks: Locks, spawns: list[Spawn], is_test: frozenset[int]) -> None:
        self.ev = ev
        self.locks = locks
        self.spawns = spawns
        self.is_test = is_test
        self.relevant: set[int] = set()
        self.edges: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self.found: defaultdict[int, list[Context]] = defaultdict(list)
        self.reached: defaultdict[int, set[int]] = defaultdict(set)
        self._seen: set[Context] = set()
        self._count: defaultdict[tuple[int, int], int] = defaultdict(int)
        self.entries = {entry for s in spawns for entry in s.entries}
        self._started: dict[int, list[tuple[int, int, int, int]]] = {}
        self._self_spawning: dict[int, bool] = {}
        self.by_call = {(s.function, s.call): s for s in spawns if s.call >= 0}
        self._looking: set[int] = set()
        self._captured: set[tuple[int, str]] | None = None
        self._spawned_in: defaultdict[int, set[int]] = defaultdict(set)

    # -- the relevant part of the call graph ------------------------------------------------------------------------

    def close(self, seeds: set[int]) -> None:
        """Take in the callers of the seeds, and their callers; remember the edges."""
        todo = sorted(seeds)
        self.relevant |= seeds
        while todo:
            fid = todo.pop()
            test = self.ev.symbols.fns[fid].mod.mid in self.is_test
            for caller, number in self.ev.callers(fid):
                if self.ev.symbols.fns[caller].mod.mid in self.is_test and not test:
                    continue
                self.edges[caller].append((number, fid))
                if caller not in self.relevant:
                    self.relevant.add(caller)
                    todo.append(caller)
        for edges in self.edges.values():
            edges.sort()

    # -- top-down ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Find every context, activity by activity, the callers' last."""
        self._spread_spawns()
        for spawn in self.spawns:
            for entry in spawn.entries:
                if entry in self.relevant:
                    status = "own" if self.ev.symbols.fns[entry].self_name else "shared"
                    self._walk(self._entry(entry, spawn.activity, status, assumed=False)._replace(cls=spawn.cls))
        guessed = self.ev.guessed
        called = {
            f for caller, edges in self.edges.items() for n, f in edges if (caller, n) not in guessed and f != caller
        }
        for fid in sorted(self.relevant):
            if fid in self.entries and fid not in called:
                continue
            kind = self._entry_kind(fid, fid in called)
            if kind:
                status = "owned" if self._constructs(fid) else "shared"
                activity = MAIN if self.ev.symbols.fns[fid].facts.parent < 0 else CALLERS
                self._walk(self._entry(fid, activity, status, assumed=kind == "assumed"))

    def _entry(self, fid: int, activity: Activity, status: str, assumed: bool) -> Context:
        return Context(fid, activity, status, self.locks.by_decorator(fid), frozenset(), frozenset(), assumed)

    def _constructs(self, fid: int) -> bool:
        return self.ev.symbols.fns[fid].facts.name in (
            "__init__",
            "__new__",
            "__post_init__",
            "__del__",
            "__setstate__",
        )

    def _entry_kind(self, fid: int, called: bool) -> str:
        """`real`: callers may run it; `assumed`: only possible; empty: they cannot."""
        fn = self.ev.symbols.fns[fid]
        name = fn.facts.name
        if fn.facts.parent < 0:
            return "real"
        public = not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
        nested = fn.facts.parent > 0 and fn.facts.owner < 0
        if fid in self.entries:
            return "assumed" if public and not nested and name != "run" else ""
        if called:
            return "assumed" if public and not nested else ""
        return "real" if public and not nested and not self.ev.is_property(fid) else "assumed"

    def _walk(self, first: Context) -> None:
        todo = [first]
        while todo:
            context = todo.pop()
            if context in self._seen:
                continue
            slot = (context.function, context.activity.number)
            if self._count[slot] >= MOST_CONTEXTS:
                continue
            self._seen.add(context)
            self._count[slot] += 1
            self.found[context.function].append(context)
            self.reached[context.activity.number].add(context.function)
            todo += self._callees(context)

    def _callees(self, context: Context) -> list[Context]:
        fid = context.function
        facts = self.ev.symbols.fns[fid].facts
        found = []
        for number, callee in self.edges.get(fid, ()):
            if (fid, number) in self.by_call:
                continue
            if number < 0:
                found.append(self._operated(context, facts.accesses[-1 - number], callee))
                continue
            call = facts.calls[number]
            target = self.ev.symbols.fns[callee]
            base = split(call.callee)[0]
            if target.facts.is_async and not call.awaited and self._is_spawned(fid, number):
                continue
            if context.cls >= 0 and not self._dispatches(context, call.callee, callee):
                continue
            owned = self._owned_params(context, call.args, call.kwargs, callee)
            found.append(self._entered(context, callee, base, call, owned))
        return found

    def _operated(self, context: Context, access: Access, callee: int) -> Context:
        """`d[k]` on an object of the program runs its `__getitem__`."""
        return self._entered(context, callee, access.path, access, frozenset())

    def _entered(self, context: Context, callee: int, base: str, step: Access | Call, owned: frozenset[str]) -> Context:
        """The context that a call or operator makes for what it runs; `base` is the receiver."""
        fid = context.function
        fn = self.ev.symbols.fns[fid]
        held = context.held | {h.lock for h in self.locks.held(fid, step.locks)} | self.locks.by_decorator(callee)
        if self._constructs(callee):
            status = "owned"
        elif self.ev.symbols.fns[callee].self_name:
            status = self.status(context, base)
        else:
            status = "shared"
        same = context.cls if base in ("<super>", "%" + fn.self_name) and fn.self_name else -1
        return Context(
            callee,
            self.activity_at(context, step.seq),
            status,
            frozenset(held),
            self.ordered(context, step.seq, step.loops, step.locks),
            owned,
            context.assumed,
            same,
        )

    def _dispatches(self, context: Context, path: str, callee: int) -> bool:
        """Where the class of `self` is known, `self.m()` runs that class's `m` and no other."""
        fn = self.ev.symbols.fns[context.function]
        base, attr = split(path)
        if base != "%" + fn.self_name or not attr or self.ev.symbols.fns[callee].cls < 0:
            return True
        found = self.ev.symbols.method(context.cls, attr)
        return found is None or found == callee or self.ev.is_property(found)

    def activity_at(self, context: Context, seq: int) -> Activity:
        """A module's body is the import, but for what runs as a script or after it has started something."""
        facts = self.ev.symbols.fns[context.function].facts
        if facts.parent >= 0 or context.function in self._spawned_in:
            return context.activity
        return MAIN if 0 <= facts.ends_in_main <= seq else IMPORT

    def _is_spawned(self, fid: int, number: int) -> bool:
        """A coroutine object that is handed to a spawner runs there, not here."""
        path = f"!{number}"
        return any(
            s.function == fid and any(path in group for group in self.ev.symbols.fns[fid].facts.calls[s.call].args)
            for s in self.spawns
            if s.call >= 0
        )

    def _owned_params(
        self,
        context: Context,
        args: tuple[tuple[str, ...], ...],
        kwargs: tuple[tuple[str, tuple[str, ...]], ...],
        callee: int,
    ) -> frozenset[str]:
        fn = self.ev.symbols.fns[callee]
        names = [p.name for p in fn.facts.params][1 if fn.self_name else 0 :]
        owned = set()
        for name, values in [*zip(names, args, strict=False), *kwargs]:
            paths = [v for v in values if v[:1] not in "=*"]
            if paths and all(self.status(context, v) == "owned" for v in paths):
                owned.add(name)
        return frozenset(owned)

    # -- ownership --------------------------------------------------------------------------------------------------

    def status(self, context: Context, path: str) -> str:
        """Of the object that a path denotes: owned, own, or shared."""
        fid = context.function
        fn = self.ev.symbols.fns[fid]
        path = path.split("|", 1)[0]
        while path.endswith(("[]", "<>")):
            path = path[:-2]
        if path == "<super>" or path == "%" + fn.self_name:
            return context.status
        first = path[:1]
        base, attr = split(path)
        if attr:
            if first == "@":
                return "shared"
            outer = self.status(context, base)
            if outer in ("own", "part") and not self._is_part(fid, base, attr):
                return "shared"
            return outer
        if first == "%":
            return "owned" if path[1:] in context.owned else "shared"
        if first == "#":
            return "owned"
        if first == "!":
            return self._result_status(context, int(path[1:]))
        if first == "^":
            owner, _, name = path[1:].partition(":")
            outer_fn = self.ev.symbols.fns[fn.mod.first_function + int(owner)]
            if name == outer_fn.self_name:
                return self._closed_over(context, outer_fn.gid)
        return "shared"

    def _closed_over(self, context: Context, outer: int) -> str:
        statuses = {c.status for c in self.found.get(outer, ()) if c.activity == context.activity}
        return "own" if statuses == {"own"} else "shared"

    def _is_part(self, fid: int, base: str, attr: str) -> bool:
        """Whether the attribute's object was made by the object itself, so that it is as private as its owner."""
        locs = self.ev.located(fid, f"{base}.{attr}")
        for loc in locs:
            binds = self.ev.binds(loc)
            if loc[0] != "i" or not binds:
                return False
            for _, bind in binds:
                if any(p[:1] not in "#!" for p in bind.values):
                    return False
        return bool(locs)

    def _result_status(self, context: Context, number: int) -> str:
        fid = context.function
        targets = self.ev.targets(fid, number)
        if not targets:
            return "shared"
        for target in targets:
            if target[0] == "C":
                if self.ev.metaclass_call(target[1]) or self._published(fid, number) or self.spawns_itself(target[1]):
                    return "shared"
            elif target[0] in ("F", "B"):
                if not self._fresh_result(target[1]) or self._published(fid, number):
                    return "shared"
            else:
                return "shared"
        return "owned"

    def _fresh_result(self, fid: int) -> bool:
        facts = self.ev.symbols.fns[fid].facts
        if not facts.returns:
            return False
        for path in facts.returns:
            if path[:1] != "!" or not path[1:].isdigit():
                return False
            if not all(t[0] == "C" for t in self.ev.targets(fid, int(path[1:]))) or self._published(fid, int(path[1:])):
                return False
            if not self.ev.targets(fid, int(path[1:])):
                return False
        return True

    def _published(self, fid: int, number: int) -> bool:
        """Whether the result is stored where others can find it, or handed to an activity."""
        facts = self.ev.symbols.fns[fid].facts
        path = f"!{number}"
        for bind in facts.binds:
            if path in bind.values:
                return True
        for access in facts.accesses:
            if path in access.values and access.path[:1] != "#":
                return True
        if self._handed_on(fid, number):
            return True
        for spawn in self.spawns:
            if spawn.function == fid and spawn.call >= 0:
                call = facts.calls[spawn.call]
                groups = [*call.args, *(v for _, v in call.kwargs)]
                if any(
                    value.startswith(path + ".") or value == path or path in value
                    for group in groups
                    for value in group
                ):
                    return True
        return False

    def _handed_on(self, fid: int, number: int) -> bool:
        """Whether the result is an argument that the callee keeps: in a closure, on an object that others see, in an activity."""
        facts = self.ev.symbols.fns[fid].facts
        path = f"!{number}"
        for other, call in enumerate(facts.calls):
            if other == number or not any(path in group for group in (*call.args, *(v for _, v in call.kwargs))):
                continue
            if any(
                v[0] == "C" and (self.spawns_itself(v[1]) or self._is_active(v[1])) for v in self.ev.targets(fid, other)
            ):
                return True
            for callee in self.ev.functions(fid, other):
                fn = self.ev.symbols.fns[callee]
                shift = 1 if fn.self_name else 0
                for position, param in enumerate(fn.facts.params[shift:]):
                    if path in given(call, position, param.name) and self._keeps(callee, param.name):
                        return True
        return False

    def _is_active(self, cid: int) -> bool:
        return any(base in ACTIVE_BASES for base in self.ev.symbols.classes[cid].outside)

    def _keeps(self, fid: int, param: str) -> bool:
        """Whether a parameter outlives the call; a constructor keeps it in an object as private as its maker."""
        if (fid, param) in self._captures():
            return True
        fn = self.ev.symbols.fns[fid]
        if fn.facts.name == "__init__":
            return False
        stored = any("%" + param in bind.values for bind in fn.facts.binds if bind.target[:1] != ":")
        return stored or any("%" + param in access.values for access in fn.facts.accesses if access.path[:1] != "#")

    def _captures(self) -> set[tuple[int, str]]:
        """(function, name) of everything that a nested function uses from outside."""
        if self._captured is None:
            self._captured = set()
            for fn in self.ev.symbols.fns:
                if fn.facts.parent > 0:
                    paths = [a.path for a in fn.facts.accesses] + [c.callee for c in fn.facts.calls]
                    paths += [b.target for b in fn.facts.binds]
                    for path in paths:
                        if path[:1] == "^":
                            owner, _, name = path[1:].partition(":")
                            name = name.partition(".")[0].partition("[")[0].partition("|")[0]
                            self._captured.add((fn.mod.first_function + int(owner), name))
        return self._captured

    def spawns_itself(self, cid: int) -> bool:
        """Whether objects of the class start an activity that runs on themselves."""
        if cid not in self._self_spawning:
            family = set(self.ev.symbols.classes[cid].mro)
            self._self_spawning[cid] = any(
                any(self.ev.symbols.fns[entry].cls in family for entry in s.entries)
                or (s.function >= 0 and self.ev.symbols.fns[s.function].cls in family)
                for s in self.spawns
            )
        return self._self_spawning[cid]

    # -- start and join ---------------------------------------------------------------------------------------------

    def _spread_spawns(self) -> None:
        """Which activities a function starts, itself or through what it calls."""
        for s in self.spawns:
            if s.function >= 0 and s.activity.domain in ("thread", "process"):
                self._spawned_in[s.function].add(s.activity.number)
        todo = list(self._spawned_in)
        rounds = 0
        while todo and rounds < 4000:
            rounds += 1
            fid = todo.pop()
            for caller, _ in self.ev.callers(fid):
                before = len(self._spawned_in[caller])
                self._spawned_in[caller] |= self._spawned_in[fid]
                if len(self._spawned_in[caller]) > before:
                    todo.append(caller)

    def _starts(self, fid: int) -> list[tuple[int, int, int, int]]:
        """(start position, join position or -1, loops, activity) of every activity that the function starts."""
        if fid not in self._started:
            self._started[fid] = self._find_starts(fid) if fid in self._spawned_in else []
        return self._started[fid]

    def _find_starts(self, fid: int) -> list[tuple[int, int, int, int]]:
        facts = self.ev.symbols.fns[fid].facts
        joins = [c.seq for c in facts.calls if split(c.callee)[1] in JOINS and len(c.args) <= 1]
        found = []
        for number, call in enumerate(facts.calls):
            spawn = self.by_call.get((fid, number))
            if spawn is not None:
                start = call.seq if spawn.starts else self._start_call(fid, number, call.seq)
                loops = call.loops
                found.append((start, self._join_after(fid, start, joins, call.locks), loops, spawn.activity.number))
                continue
            for callee in self.ev.functions(fid, number):
                for activity in self._spawned_in.get(callee, ()):
                    end = call.seq if self._ends_within(callee, activity) else self._joined_later(fid, call.seq)
                    found.append((call.seq, end, call.loops, activity))
        return found

    def _start_call(self, fid: int, number: int, seq: int) -> int:
        """Where `.start()` is called on the handle; the creation itself when it is not seen."""
        facts = self.ev.symbols.fns[fid].facts
        later = [c.seq for c in facts.calls if c.seq > seq and split(c.callee)[1] == "start"]
        own = [c.seq for c in facts.calls if c.seq > seq and c.callee == f"!{number}.start"]
        return min(own or later or [seq])

    def _join_after(self, fid: int, start: int, joins: list[int], lockset: int) -> int:
        later = [seq for seq in joins if seq > start]
        ends = self._pool_ends(fid, lockset)
        return min(later + ends) if later or ends else -1

    def _pool_ends(self, fid: int, lockset: int) -> list[int]:
        """`with ThreadPoolExecutor() as pool:` joins at its end: the first step after the block."""
        facts = self.ev.symbols.fns[fid].facts
        ends = []
        for one in facts.locksets[lockset]:
            if any(
                v[0] == "XI" and "xecutor" in v[1] or v[0] == "XI" and "Pool" in v[1]
                for v in self.ev.values(fid, one.path)
            ):
                steps = [(a.seq, a.locks) for a in facts.accesses] + [(c.seq, c.locks) for c in facts.calls]
                inside = [seq for seq, held in steps if any(h.region == one.region for h in facts.locksets[held])]
                ends.append(max(inside) + 1)
        return ends

    def _ends_within(self, fid: int, activity: int) -> bool:
        """Whether a function joins what it starts before it returns."""
        if fid in self._started or fid not in self._looking:
            self._looking.add(fid)
            ends = [join for _, join, _, number in self._starts(fid) if number == activity]
            self._looking.discard(fid)
            return bool(ends) and all(join >= 0 for join in ends)
        return False

    def _joined_later(self, fid: int, start: int) -> int:
        """A call after the start by whose name things are ended."""
        for call in self.ev.symbols.fns[fid].facts.calls:
            if call.seq > start and split(call.callee)[1] in ("join", "stop", "shutdown", "close"):
                return call.seq
        return -1

    def ordered(self, context: Context, seq: int, loops: int, lockset: int) -> frozenset[int]:
        """Activities that cannot run at this position: not started yet, or joined."""
        found = set(context.ordered)
        by_activity: defaultdict[int, list[bool]] = defaultdict(list)
        for start, join, start_loops, activity in self._starts(context.function):
            before = seq < start and not (loops and start_loops)
            after = join >= 0 and seq > join
            by_activity[activity].append(before or after)
        found |= {activity for activity, flags in by_activity.items() if all(flags)}
        return frozenset(found) if len(found) != len(context.ordered) else context.ordered

    def base_status(self, context: Context, path: str, loc: Loc) -> str:
        """Status of the object that holds the container at `path`."""
        while loc[0] == "e":
            loc = loc[1]
        if loc[0] in ("b", "v"):
            return "own" if loc[1] in self.reached[context.activity.number] else "shared"
        if loc[0] == "s":
            return self.status(context, path)
        if loc[0] == "c" and self._makes_class(context, path):
            return context.status
        if loc[0] != "i":
            return "shared"
        path = path.split("|", 1)[0]
        while path.endswith(("[]", "<>")):
            path = path[:-2]
        base, attr = split(path)
        if attr:
            return self.status(context, base)
        first = path[:1]
        if first == "%" and path[1:] in context.owned:
            return "owned"
        if first in "#!^%":
            return self._holder_status(context, path)
        return "shared"

    def _makes_class(self, context: Context, path: str) -> bool:
        """Inside a metaclass's `__init__` the class is still being made."""
        fn = self.ev.symbols.fns[context.function]
        own = bool(fn.self_name) and path.startswith(f"%{fn.self_name}.")
        return own and context.status == "owned" and "type" in self.ev.symbols.classes[fn.cls].outside

    def _holder_status(self, context: Context, path: str) -> str:
        """An alias: a local container that is stored on self, a parameter, a property's result."""
        fn = self.ev.symbols.fns[context.function]
        if path[:1] == "#":
            for bind in fn.facts.binds:
                if path in bind.values and split(bind.target)[0] == "%" + fn.self_name:
                    return context.status
        if path[:1] == "!":
            call = fn.facts.calls[int(path[1:])]
            base, attr = split(call.callee)
            if attr:
                return self.status(context, base)
        return "shared"
