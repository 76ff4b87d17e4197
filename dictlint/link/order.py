"""Happens-before by start and join: which activities cannot run at a given position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from dictlint.knowledge.activities import JOINS, TASK_JOINS
from dictlint.link.activities import Spawn, starts_once
from dictlint.link.context import Context
from dictlint.link.ends import Ends
from dictlint.link.evaluate import Evaluator
from dictlint.link.ownership import OWNED
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Call, Given

ENDS = frozenset(("join", "stop", "shutdown", "close", "cancel", "terminate", "disconnect", "wait"))


class Order:
    """Starts and joins of every function, its callees' included."""

    def __init__(self, ev: Evaluator, spawns: list[Spawn]) -> None:
        self.ev = ev
        self.spawns = spawns
        self.by_call = {(s.function, s.call): s for s in spawns if s.call >= 0 and not s.passed}
        started = dict(self._class_starts())
        self.by_start = {site: s for site, s in started.items() if not s.activity.many}
        # for each function: from where to where an activity that it has started does nothing yet
        self.held_back: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
        self._starting: defaultdict[tuple[int, int], list[Spawn]] = defaultdict(list)
        for s in spawns:
            self._starting[s.function, s.call].append(s)
        self._kept = _kept(ev, spawns)
        self._starters: dict[int, int] = {}
        self._own: defaultdict[int, set[int]] = defaultdict(set)
        self._find_starters()
        self._waited: dict[int, frozenset[int]] = {}
        self._started: dict[int, list[tuple[int, int, int, int]]] = {}
        self._repeated: dict[tuple[int, int, int], tuple[list[Given], bool]] = {}
        self._kept_out: dict[tuple[int, int, bool, bool], frozenset[int]] = {}
        self._looking: set[int] = set()
        self._children: dict[int, int] | None = None
        self.spawned_in: defaultdict[int, set[int]] = defaultdict(set)
        self._spread_spawns(started)
        self._ends = Ends(ev, spawns, self.spawned_in)

    def _class_starts(self) -> Iterator[tuple[tuple[int, int], Spawn]]:
        """Calls of `start` on objects of the program's own thread classes."""
        classes = {s.cls: s for s in self.spawns if s.cls >= 0 and s.activity.domain in ("thread", "process")}
        classes = {cid: s for cid, s in classes.items() if any(self._is_run(fid) for fid in s.entries)}
        for fid, number in self.ev.calls_named("start") if classes else ():
            base, attr = split(self.ev.symbols.fns[fid].facts.calls[number].callee)
            made = [v[1] for v in self.ev.values(fid, base) if v[0] == "I"] if attr else []
            if len(made) == 1 and made[0] in classes:
                yield (fid, number), classes[made[0]]

    def _find_starters(self) -> None:
        """Methods that make a thread of a class of the program, keep it in an attribute of their object, and start it
        there, as no other method of that object does: from which step on it may run.
        """
        fns = self.ev.symbols.fns
        for s in self.spawns:
            if s.cls < 0 or s.activity.domain != "thread" or s.activity.number in self._kept:
                continue
            made: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
            for fid, number in self.ev.calls_named(self.ev.symbols.classes[s.cls].facts.name):
                if fns[fid].own and ("C", s.cls) in self.ev.targets(fid, number):
                    made[fns[fid].cls].append((fid, number))
            for cid, sites in made.items():
                fid, number = sites[0]
                calls, bound = fns[fid].facts.calls, fns[fid].facts.calls[number].bound
                starts = [call.seq for call in calls if call.callee in (f"{bound}.start", f"!{number}.start")]
                if len(sites) == 1 and starts and bound.startswith(fns[fid].own + ".") and not calls[number].loops:
                    self._starters[fid] = min(starts)
                    self._own[cid].add(s.activity.number)

    def own_threads(self, fid: int) -> frozenset[int]:
        """The threads of that kind which an object starts whose method this is."""
        family = self.ev.symbols.family(self.ev.symbols.fns[fid].cls) if self._own else ()
        return frozenset(one for cid in family for one in self._own.get(cid, ()))

    def _is_run(self, fid: int) -> bool:
        return self.ev.symbols.fns[fid].facts.name == "run"

    def _spread_spawns(self, started: dict[tuple[int, int], Spawn]) -> None:
        """Which activities a function starts, itself or through what it calls."""
        for s in self.spawns:
            if s.function >= 0 and s.activity.domain in ("thread", "process", "loop"):
                self.spawned_in[s.function].add(s.activity.number)
        for (fid, _), s in started.items():
            self.spawned_in[fid].add(s.activity.number)
        self._directly = {fid: frozenset(numbers) for fid, numbers in self.spawned_in.items()}
        todo = list(self.spawned_in)
        rounds = 0
        while todo and rounds < 4000:
            rounds += 1
            fid = todo.pop()
            for caller, _ in self.ev.callers(fid):
                before = len(self.spawned_in[caller])
                self.spawned_in[caller] |= self.spawned_in[fid]
                if len(self.spawned_in[caller]) > before:
                    todo.append(caller)

    @cached_property
    def housed(self) -> dict[int, frozenset[int]]:
        """For each activity that is a process, the threads that it starts in itself, or that these start."""
        processes: defaultdict[int, set[int]] = defaultdict(set)
        for s in self.spawns:
            if s.activity.domain == "process":
                processes[s.activity.number].update(s.entries)
        return {number: self._started_from(entries) for number, entries in processes.items()}

    def _started_from(self, entries: set[int]) -> frozenset[int]:
        """The threads that functions start, by calls of which it is known what they run."""
        threads: defaultdict[int, set[int]] = defaultdict(set)
        for s in self.spawns:
            if s.activity.domain == "thread":
                threads[s.activity.number].update(s.entries)
        found: set[int] = set()
        todo, seen = sorted(entries), set(entries)
        while todo:
            fid = todo.pop()
            calls = range(len(self.ev.symbols.fns[fid].facts.calls))
            run = {callee for n in calls for callee in self.ev.functions(fid, n) if (fid, n) not in self.ev.guessed}
            begun = self._directly.get(fid, frozenset()) & threads.keys()
            found |= begun
            new = run.union(*(threads[number] for number in begun)) - seen
            seen |= new
            todo += sorted(new)
        return frozenset(found)

    def starts(self, fid: int) -> list[tuple[int, int, int, int]]:
        """(start position, join position or -1, loops, activity) of every activity that the function starts."""
        if fid not in self._started:
            self._started[fid] = self._find_starts(fid) if fid in self.spawned_in else []
        return self._started[fid]

    def _is_late(self, fid: int, seq: int, start: int, activity: int) -> bool:
        """Whether an earlier call on the same object may have started it: the function does so only where a state of
        the object says that nobody has, whereas the step at `seq` is taken every time.
        """
        key = (fid, start, activity)
        if key not in self._repeated:
            self._repeated[key] = self._find_repeated(*key)
        states, below = self._repeated[key]
        return below or any(not given.start <= seq < given.stop for given in states)

    def _find_repeated(self, fid: int, start: int, activity: int) -> tuple[list[Given], bool]:
        """The states of the object by which a start is taken in some calls only, and whether what is called there to
        start it asks for such a state.
        """
        fn = self.ev.symbols.fns[fid]
        if not fn.own or starts_once(fn.facts.name, fn.facts.qualname):
            return [], False
        if any(call.seq < start and split(call.callee)[1] in ENDS for call in fn.facts.calls):
            return [], False
        return self._states(fn, start), any(
            any(
                self._states(self.ev.symbols.fns[callee], begun)
                for begun, _, _, one in self.starts(callee)
                if one == activity
            )
            for number, call in enumerate(fn.facts.calls)
            if call.seq == start and split(call.callee)[0] == fn.own
            for callee in self.ev.functions(fid, number)
            if activity in self.spawned_in.get(callee, ())
        )

    def _states(self, fn: Fn, seq: int) -> list[Given]:
        """What has been tested of `self` where the step is taken."""
        own = fn.own + "."
        return [g for g in fn.facts.givens if g.start <= seq < g.stop and fn.own and g.path.startswith(own)]

    def _find_starts(self, fid: int) -> list[tuple[int, int, int, int]]:
        facts = self.ev.symbols.fns[fid].facts
        joins = [c.seq for c in facts.calls if split(c.callee)[1] in JOINS and len(c.args) <= 1]
        found = []
        for number, call in enumerate(facts.calls):
            spawned = self._starting.get((fid, number)) or self._started_at(fid, number)
            if spawned:
                found += [self._start(fid, number, call, spawn, joins) for spawn in spawned]
                continue
            for callee in self.ev.functions(fid, number):
                for activity in self.spawned_in.get(callee, ()):
                    end = call.seq if self._ends_within(callee, activity) else self._joined_later(fid, call.seq)
                    found.append((call.seq, end, call.loops, activity))
        return found

    def _started_at(self, fid: int, number: int) -> list[Spawn]:
        found = self.by_start.get((fid, number))
        return [] if found is None else [found]

    def _start(self, fid: int, number: int, call: Call, spawn: Spawn, joins: list[int]) -> tuple[int, int, int, int]:
        start = call.seq if spawn.starts or spawn.call < 0 else self._start_call(fid, number, call.seq)
        if spawn.activity.blocks or (spawn.made >= 0 and call.awaited) or (spawn.waited and not spawn.activity.many):
            return start, start, call.loops, spawn.activity.number
        if spawn.made >= 0:
            joins = self._awaited(fid)
        if spawn.ended_by:
            ends = {f"{handle}.{name}" for handle in (f"!{number}", call.bound) for name in spawn.ended_by}
            joins = [*joins, *(c.seq for c in self.ev.symbols.fns[fid].facts.calls if c.callee in ends)]
        return start, self._join_after(fid, start, joins, call.locks), call.loops, spawn.activity.number

    def _awaited(self, fid: int) -> list[int]:
        """Where the function waits for tasks: `await task`, `await asyncio.gather(...)`, `await asyncio.wait(...)`."""
        facts = self.ev.symbols.fns[fid].facts
        return [
            p.seq - 1
            for p in facts.pauses
            if p.kind == "await" and (p.call < 0 or leaf_name(facts.calls[p.call].callee) in TASK_JOINS)
        ]

    def _start_call(self, fid: int, number: int, seq: int) -> int:
        """Where `.start()` is called on the handle; the creation itself when it is not seen."""
        facts = self.ev.symbols.fns[fid].facts
        later = [c.seq for c in facts.calls if c.seq > seq and split(c.callee)[1] == "start"]
        own = [c.seq for c in facts.calls if c.seq > seq and c.callee == f"!{number}.start"]
        return min(own or later or [seq])

    def _join_after(self, fid: int, start: int, joins: list[int], lockset: int) -> int:
        later = [seq for seq in joins if seq >= start]
        ends = self._pool_ends(fid, lockset)
        return min(later + ends) if later or ends else -1

    def _pool_ends(self, fid: int, lockset: int) -> list[int]:
        """`with ThreadPoolExecutor() as pool:` joins at its end: the last step of the block."""
        facts = self.ev.symbols.fns[fid].facts
        ends = []
        for one in facts.locksets[lockset]:
            if any(
                v[0] == "XI" and any(word in v[1] for word in ("xecutor", "Pool", "TaskGroup", "task_group", "nursery"))
                for v in self.ev.values(fid, one.path)
            ):
                steps = [(a.seq, a.locks) for a in facts.accesses] + [(c.seq, c.locks) for c in facts.calls]
                inside = [seq for seq, held in steps if any(h.region == one.region for h in facts.locksets[held])]
                ends.append(max(inside))
        return ends

    def _ends_within(self, fid: int, activity: int) -> bool:
        """Whether a function joins what it starts before it returns."""
        if fid in self._started or fid not in self._looking:
            self._looking.add(fid)
            ends = [join for _, join, _, number in self.starts(fid) if number == activity]
            self._looking.discard(fid)
            return bool(ends) and all(join >= 0 for join in ends)
        return False

    def _joined_later(self, fid: int, start: int) -> int:
        """A call after the start by whose name things are ended."""
        for call in self.ev.symbols.fns[fid].facts.calls:
            if call.seq > start and split(call.callee)[1] in ("join", "stop", "shutdown", "close"):
                return call.seq
        return -1

    def waited_for(self, fid: int) -> frozenset[int]:
        """Activities for which a function waits where it starts them (`await to_thread(f)`, `pool.submit(f).result()`):
        what one of its runs has for itself is never used by two at once.
        """
        if fid not in self._waited:
            calls = self.ev.symbols.fns[fid].facts.calls if fid in self.spawned_in else ()
            found = [
                s.activity.number
                for number, call in enumerate(calls)
                for s in self._starting.get((fid, number), ())
                if s.starts and (call.awaited or _is_waited_for(calls, number))
            ]
            self._waited[fid] = frozenset(found)
        return self._waited[fid]

    def ordered(self, context: Context, seq: int, loops: int) -> frozenset[int]:
        """Activities that cannot run at this position: not started yet, or joined."""
        key = (context.function, seq, bool(loops), context.status == OWNED)
        if key not in self._kept_out:
            self._kept_out[key] = self._find_kept_out(*key)
        found = self._kept_out[key]
        return context.ordered if found <= context.ordered else context.ordered | found

    def _started_by(self) -> dict[int, int]:
        """What one activity alone starts: as long as that has not begun, these have not."""
        if self._children is None:
            entries = {fid: s.activity.number for s in self.spawns for fid in s.entries}
            starters: defaultdict[int, set[int]] = defaultdict(set)
            for fid, numbers in self.spawned_in.items():
                outer = entries.get(fid, -1)
                if fid in entries or not self.ev.callers(fid):
                    for number in numbers - {outer}:
                        starters[number].add(outer)
            self._children = {one: min(outer) for one, outer in starters.items() if len(outer) == 1 and min(outer) >= 0}
        return self._children

    def is_before_start(self, fid: int, seq: int) -> bool:
        """Whether a method is on its way to start the one thread that its object keeps: nobody starts it twice."""
        fn = self.ev.symbols.fns[fid]
        if fid in self._starters and seq < self._starters[fid]:
            return not self._states(fn, self._starters[fid])
        if not fn.own or not self._kept or fid not in self.spawned_in:
            return False
        return any(
            seq < start and not loops and activity in self._kept and not self._is_late(fid, seq, start, activity)
            for start, _, loops, activity in self.starts(fid)
            if self._kept.get(activity) in self.ev.symbols.family(fn.cls)
        )

    def _find_kept_out(self, fid: int, seq: int, in_loop: bool, owned: bool) -> frozenset[int]:
        """What the function itself keeps from running at this position."""
        by_activity: defaultdict[int, list[bool]] = defaultdict(list)
        begun: set[int] = set()
        for start, join, start_loops, activity in self.starts(fid):
            before = seq < start and (join == start or not (in_loop and start_loops))
            if before and join < 0 and not owned and self._is_late(fid, seq, start, activity):
                before = False
            after = join >= 0 and seq > join
            by_activity[activity].append(before or after)
            begun |= {activity} - {activity if before else -1}
        found = {activity for activity, flags in by_activity.items() if all(flags)}
        if found - begun and (later := self._started_by()):
            found |= {one for one, starter in later.items() if starter in found - begun and one not in by_activity}
        found |= {activity for first, last, activity in self.held_back.get(fid, ()) if first < seq < last}
        found |= {activity for end, activity in self._ends.of(fid) if seq > end}
        return frozenset(found)


def _is_waited_for(calls: tuple[Call, ...], number: int) -> bool:
    """Whether the result is asked for in the same turn of a loop."""
    ends = (f"!{number}.result", f"!{number}.join")
    return any(call.callee in ends and call.loops == calls[number].loops for call in calls)


def _kept(ev: Evaluator, spawns: list[Spawn]) -> dict[int, int]:
    """Threads that an object keeps in an attribute of its own: the class whose method makes them."""
    found = {}
    for s in spawns:
        fn = ev.symbols.fns[s.function] if s.function >= 0 and s.call >= 0 else None
        if fn is None or not fn.own or s.activity.domain != "thread" or s.activity.many:
            continue
        if fn.facts.calls[s.call].bound.startswith(fn.own + "."):
            found[s.activity.number] = fn.cls
    return found
