"""When does what a function makes become known to others: stored where they find it, or handed to an activity?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from dictlint.knowledge.activities import ACTIVE_BASES, INTERRUPTING
from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, given, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Bind, Call
from dictlint.model.facts import FunctionFacts

_PARTS = re.compile(r"[(;)*]")
LATER = 1 << 30  # after everything that a function does


class Publications:
    """By function, and by what it makes."""

    def __init__(
        self,
        ev: Evaluator,
        spawns: list[Spawn],
        starting: Mapping[int, Set[int]],
        begun: Mapping[tuple[int, int], Spawn],
    ) -> None:
        """`starting`: functions that start activities, themselves or by what they call, and which (their numbers);
        `begun`: the calls that start threads of the program's own classes.
        """
        self.ev = ev
        self._begun = begun
        self._lending: dict[int, bool] = {}
        self.spawns = spawns
        at_once = {s.activity.number for s in spawns if not s.activity.follows}
        self._starting = {fid: started for fid, numbers in starting.items() if (started := numbers & at_once)}
        self.threads = frozenset(s.cls for s in spawns if s.cls >= 0 and s.activity.domain == "thread")
        self._public: dict[tuple[int, int], int] = {}
        self._captured: dict[tuple[int, str], set[int]] | None = None
        self._giving: dict[int, bool] = {}
        self._spawning = frozenset(
            cid for s in spawns if s.activity.domain not in INTERRUPTING for cid in (*self._roots(s), self._starter(s))
        )

    def of_result(self, fid: int, number: int) -> int:
        """From which step on others can find the result of a call; LATER: not while the function runs."""
        key = (fid, number)
        if key not in self._public:
            self._public[key] = min((since for since, _ in self.of_result_by(fid, number)), default=LATER)
        return self._public[key]

    def of_result_by(self, fid: int, number: int) -> list[tuple[int, Bind | Access | Call]]:
        """The steps by which others may find the result of a call, each with that from which on they can."""
        facts = self.ev.symbols.fns[fid].facts
        loops = facts.calls[number].loops
        started = {call.seq for call in self._started(fid, f"!{number}")}  # others have it while these run
        return [
            (_before_loop(facts, step, loops) if step.loops > loops else step.seq - (step.seq in started), step)
            for step in self.steps(fid, f"!{number}")
        ]

    def of_birth(self, fid: int, path: str) -> int:
        """The same for a container that is born in the function: what is built first and published then is private."""
        key = (fid, -1 - int(path[1:]))
        if key not in self._public:
            facts = self.ev.symbols.fns[fid].facts
            loops = facts.births[int(path[1:])].loops
            found = self.steps(fid, path)
            steps = [_before_loop(facts, step, loops) if step.loops > loops else step.seq for step in found]
            self._public[key] = min(steps, default=LATER)
        return self._public[key]

    def steps(self, fid: int, path: str) -> Iterator[Bind | Access | Call]:
        """Where something made here is stored so that others can find it, or handed to an activity."""
        facts = self.ev.symbols.fns[fid].facts
        for bind in facts.binds:
            gets_out = path in bind.values and (bind.target[:1] != ":" or self._gets_out(fid, bind.target[1:]))
            if gets_out and not self.is_local(fid, bind.target):
                yield bind
        for access in facts.accesses:
            if path in access.values and access.path[:1] != "#" and not self.is_local(fid, access.path):
                yield access
        yield from self.handed_on(fid, path)
        yield from self._started(fid, path)
        for spawn in self.spawns:
            here = spawn.function == fid and spawn.call >= 0 and not spawn.activity.follows
            if here and self._is_handed_over(facts, spawn, path):
                yield facts.calls[spawn.call]

    def _is_handed_over(self, facts: FunctionFacts, spawn: Spawn, path: str) -> bool:
        """Whether an activity gets what was made here, or something of it: as an argument of the call that starts it,
        or of the coroutine that this call is given, or as the object on which the coroutine runs.
        """
        call = facts.calls[spawn.call]
        if _holds(call.groups, path):
            return True
        if not 0 <= spawn.made < len(facts.calls) or spawn.activity.blocks or call.awaited:
            return False  # who waits for it does nothing meanwhile
        made = facts.calls[spawn.made]
        return _holds((*made.groups, (made.callee,)), path)

    def is_given_to_activity(self, fid: int, path: str) -> bool:
        """Whether a function makes an object anew on which an activity runs that it starts: `Thread(target=x.run)`."""
        if call_of(path) < 0:
            return False
        calls = self.ev.symbols.fns[fid].facts.calls
        starts = (calls[s.call] for s in self.spawns if s.function == fid and s.call >= 0)
        given = (value for call in starts for group in call.groups for value in group)
        made = self.ev.targets(fid, call_of(path)) if any(split(value)[0] == path for value in given) else ()
        return bool(made) and all(target[0] == "C" for target in made)

    def is_captured(self, fid: int, name: str) -> bool:
        """Whether a nested function uses the variable, or hands it on."""
        if (fid, name) in self._captures():
            return True
        outer = self.ev.symbols.fns[fid]
        path = f"^{fid - outer.mod.first_function}:{name}"
        inner = self.ev.symbols.fns[fid + 1 : outer.mod.first_function + len(outer.mod.facts.functions)]
        return any(path in group for fn in inner for call in fn.facts.calls for group in call.groups)

    def is_local(self, fid: int, path: str) -> bool:
        """Whether what is stored there only this thread finds."""
        base = path.rpartition(".")[0]
        while base:
            if self.ev.is_thread_local(fid, base):
                return True
            base = base.rpartition(".")[0] if base[0] == "@" else ""
        return False

    def handed_on(self, fid: int, path: str) -> Iterator[Call]:
        """Where it is an argument that the callee keeps: in a closure, on an object that others see, in an activity."""
        facts = self.ev.symbols.fns[fid].facts
        for other, call in enumerate(facts.calls):
            if path == f"!{other}" or not any(path in group for group in call.groups):
                continue
            if any(
                v[0] == "C" and (self.is_run_by_others(v[1]) or self.is_active(v[1]))
                for v in self.ev.targets(fid, other)
            ):
                yield call
            for callee, param in self._given_as(fid, other, path):
                if self._keeps(callee, param):
                    yield call

    def _given_as(self, fid: int, number: int, path: str) -> Iterator[tuple[int, str]]:
        """The functions that a call runs, and by which parameters they are given something."""
        call = self.ev.symbols.fns[fid].facts.calls[number]
        for callee in self.ev.functions(fid, number):
            fn = self.ev.symbols.fns[callee]
            for position, param in enumerate(fn.facts.params[1 if fn.self_name else 0 :]):
                if path in given(call, position, param.name):
                    yield callee, param.name

    def _started(self, fid: int, path: str) -> Iterator[Call]:
        """Calls on it, or with it, that start something."""
        for number, call in enumerate(self.ev.symbols.fns[fid].facts.calls):
            own = split(call.callee)[0] == path
            if own or any(path in group for group in call.groups):
                callees = self.ev.functions(fid, number)
                if any(f in self._starting or (not own and self._starts_what_it_is_given(f)) for f in callees):
                    yield call
            elif self._starts_lent(fid, number, path):
                yield call

    def _starts_lent(self, fid: int, number: int, path: str) -> bool:
        """Whether a call starts the thread of an object to which that one has lent a container of its own, by the
        attribute that keeps it, or makes such an object, whose constructor does so.
        """
        if path == f"!{number}":
            started = any(self._starting.get(f) for f in self.ev.functions(fid, number)) if self._begun else False
            classes = [v[1] for v in self.ev.targets(fid, number) if v[0] == "C"] if started else []
        else:
            thread = (fid, number) in self._begun and self.ev.symbols.fns[fid].facts.calls[number].callee
            own = path[:1] == "!" and thread and thread.startswith(path + ".")
            classes = [v[1] for v in self.ev.values(fid, path) if v[0] == "I"] if own else []
        return any(map(self._lends, classes))

    def _lends(self, cid: int) -> bool:
        """Whether a class hands a container that its objects keep to the thread of a class of the program."""
        if cid not in self._lending:
            mro = self.ev.symbols.classes[cid].mro
            methods = (method for one in mro for method in self.ev.symbols.classes[one].methods.values())
            self._lending[cid] = any(map(self._lends_own, methods))
        return self._lending[cid]

    def _lends_own(self, method: int) -> bool:
        fn = self.ev.symbols.fns[method]
        for number, call in enumerate(fn.facts.calls if fn.own else ()):
            own = [value for group in call.groups for value in group if split(value)[0] == fn.own != value]
            made = self.ev.targets(method, number) if own else ()
            threads = any(v[0] == "C" and v[1] in self.threads for v in made)
            lent = (loc for value in own for loc in self.ev.locs(method, value)) if threads else ()
            if any(map(self.ev.container_kind, lent)):
                return True
        return False

    def started_by(self, fid: int, step: Bind | Access | Call, path: str) -> frozenset[int]:
        """The activities that a step starts which is but a call on the object itself, or one that is given it and does
        not keep it; empty if it is none.
        """
        if not isinstance(step, Call):
            return frozenset()
        number = self.ev.symbols.fns[fid].facts.calls.index(step)
        callees = self.ev.functions(fid, number)
        started = frozenset(n for f in callees for n in self._starting.get(f, ()))
        if begun := self._begun.get((fid, number)):
            started |= {begun.activity.number}
        if split(step.callee)[0] == path:
            return started
        kept = any(step is call for call in self.handed_on(fid, path)) or any(
            True for callee, param in self._given_as(fid, number, path) for _ in self.handed_on(callee, f"%{param}")
        )
        return frozenset() if kept else started

    def _starts_what_it_is_given(self, fid: int) -> bool:
        """Whether a function calls, on a parameter, a method of the name of one that starts something."""
        facts = self.ev.symbols.fns[fid].facts
        given = {f"%{param.name}" for param in facts.params}
        called = {attr for base, attr in (split(call.callee) for call in facts.calls) if base in given}
        return any(f in self._starting for attr in called for f in self.ev.symbols.methods_named.get(attr, ()))

    def is_known_when_made(self, cid: int) -> bool:
        """Whether others know an object of the class as soon as it is made: its constructor starts what runs on it. An
        object that starts something later is nobody else's until then; how a framework comes by one is not seen.
        """
        if not self.is_run_by_others(cid):
            return False
        symbols = self.ev.symbols
        family = set(symbols.family(cid))
        makers = [m for name in ("__init__", "__new__") if (m := symbols.method(cid, name)) is not None]
        started = {number for maker in makers for number in self._starting.get(maker, ())}
        if self.is_active(cid) or self._gives_itself(cid):
            return True
        return any(
            s.activity.number in started
            or (not by_itself and (s.call < 0 or (s.activity.claimed and not s.activity.follows)))
            for s, by_itself in self._running(family)
        )

    def _running(self, family: set[int]) -> Iterator[tuple[Spawn, bool]]:
        """The activities that run methods of a class, or that these start; whether its own methods start them."""
        fns = self.ev.symbols.fns
        for s in self.spawns:
            by_itself = s.function >= 0 and fns[s.function].cls in family
            runs = by_itself or not family.isdisjoint(self._roots(s))
            if runs and s.activity.domain not in INTERRUPTING:
                yield s, by_itself

    def _roots(self, spawn: Spawn) -> Iterator[int]:
        """The classes of the objects on which an activity runs; those of its methods where no more is known."""
        receivers = dict(spawn.receivers)
        for fid in spawn.entries:
            fn = self.ev.symbols.fns[fid]
            if not _is_of_class(fn):
                yield spawn.cls if spawn.cls >= 0 else receivers.get(fid, fn.cls)

    def _starter(self, spawn: Spawn) -> int:
        """The class of the object that starts an activity."""
        fn = self.ev.symbols.fns[spawn.function]
        return -1 if spawn.function < 0 or _is_of_class(fn) else fn.cls

    def is_active(self, cid: int) -> bool:
        """Whether objects of the class are threads, timers or processes."""
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

    def _gets_out(self, fid: int, name: str) -> bool:
        """Whether a nested function that uses the variable is more than called on the spot."""
        facts = self.ev.symbols.fns[fid].facts
        first = self.ev.symbols.fns[fid].mod.first_function
        users = self._captures().get((fid, name), ())
        if any(self.ev.symbols.fns[gid].facts.parent != fid - first for gid in users):
            return True  # further in: not looked for
        inner = {f"&{gid - first}" for gid in users}
        groups = (*facts.stored, *(group for call in facts.calls for group in call.groups))
        return any(not inner.isdisjoint(_PARTS.split(value)) for group in groups for value in group if "&" in value)

    def _captures(self) -> dict[tuple[int, str], set[int]]:
        """What nested functions use from outside, and which do: (function, name) -> functions."""
        if self._captured is None:
            self._captured = {}
            for fn in self.ev.symbols.fns:
                if fn.facts.parent > 0:
                    paths = [a.path for a in fn.facts.accesses] + [c.callee for c in fn.facts.calls]
                    paths += [b.target for b in fn.facts.binds]
                    for path in paths:
                        if path[:1] == "^":
                            owner, _, name = path[1:].partition(":")
                            name = name.partition(".")[0].partition("[")[0].partition("|")[0]
                            self._captured.setdefault((fn.mod.first_function + int(owner), name), set()).add(fn.gid)
        return self._captured

    def spawns_itself(self, cid: int) -> bool:
        """Whether objects of the class start an activity that runs on themselves."""
        return not self._spawning.isdisjoint(self.ev.symbols.classes[cid].mro)

    def is_run_by_others(self, cid: int) -> bool:
        """Whether objects of the class are known to a thread from the beginning: one that they start on themselves, or
        one whose object they give themselves, or a method of theirs, to.
        """
        return self.spawns_itself(cid) or self._gives_itself(cid)

    def _gives_itself(self, cid: int) -> bool:
        if cid not in self._giving:
            self._giving[cid] = False  # while it is being found out
            self._giving[cid] = bool(self.spawns) and any(
                self._gives_to_thread(method)
                for ancestor in self.ev.symbols.classes[cid].mro
                for method in self.ev.symbols.classes[ancestor].methods.values()
            )
        return self._giving[cid]

    def _gives_to_thread(self, method: int) -> bool:
        fn = self.ev.symbols.fns[method]
        methods = self.ev.symbols.classes[fn.cls].methods
        for number, call in enumerate(fn.facts.calls if fn.own else ()):
            given = (value for group in call.groups for value in group)
            own = any(value == fn.own or (split(value)[0] == fn.own and split(value)[1] in methods) for value in given)
            targets = self.ev.targets(method, number) if own else ()
            if any(v[0] == "C" and (v[1] in self.threads or self.spawns_itself(v[1])) for v in targets):
                return True
        return False


def _holds(groups: Iterable[tuple[str, ...]], path: str) -> bool:
    """Whether something made here, or something of it, is among values, also in a tuple."""
    parts = (part for group in groups for value in group for part in _PARTS.split(value))
    return any(part == path or part.startswith(path + ".") for part in parts)


def _before_loop(facts: FunctionFacts, step: Bind | Access | Call, loops: int) -> int:
    """The last moment before the loop, inside of so many others, in which a step stands: an earlier turn may have run
    it, and what stands beside it. -1 where it is not known.
    """
    around = sorted(first for first, end in facts.cycles if first <= step.seq < end)
    return around[loops] - 1 if loops < len(around) else -1


def _is_of_class(fn: Fn) -> bool:
    """Whether a method is run on the class itself: what it starts, or runs as an activity, has no object from that."""
    return bool(fn.own_value) and fn.own_value[0][0] == "C"
