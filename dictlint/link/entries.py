"""Activities that frameworks make: what their models say, at the places where the program registers something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import ClassVar, NamedTuple

from dictlint.knowledge.activities import Spawner
from dictlint.knowledge.models import DOMAINS, Entry, Model, sign
from dictlint.link.active_classes import is_made, made_often
from dictlint.link.activities import Spawn, starts_once
from dictlint.link.concern import run_by
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of
from dictlint.link.registrations import Registration, Registrations, given, receiver
from dictlint.link.spawning import once_each, single_worker
from dictlint.link.targets import Delivery, handed_over, is_bound, target_functions, title
from dictlint.model.activity import Activity
from dictlint.model.body import Call

Key = tuple[object, ...]
LANES = ("shared-thread", "caller")  # one thread runs all of them, one after the other


class Run(NamedTuple):
    """Functions that a registration makes run on one kind of thread, for objects of `cls` if that is known. `new`: each
    registration has an object of its own.
    """

    functions: tuple[int, ...]
    runs_on: str
    bound: bool
    cls: int = -1
    new: bool = False


class Entries:
    """Turns registrations into spawns. `spawns` are those of the standard library, to which it adds its own."""

    ROOTS: ClassVar = {"fresh": "private", "own": "fresh", "shared": "spawner"}

    def __init__(self, ev: Evaluator, registrations: Registrations, spawns: list[Spawn]) -> None:
        self.ev = ev
        self.registrations = registrations
        self.spawns = spawns
        self._merged: dict[Key, Activity] = {}
        self._decided: set[tuple[int, int, str]] = set()
        self._sent: dict[int, str] = {}  # functions that are registered by themselves, and where these run
        self.green_when = tuple(text for model in registrations.models for text in model.green_when)
        self._threaded: frozenset[int] | None = None

    def add(self) -> None:
        """All spawns of all registrations."""
        for one in self.registrations.found_further():
            entry = one.entry
            if entry.when and not self.registrations.seen(entry.when):
                continue
            if entry.runs_on == "caller" and not self.registrations.given_away(entry.pumped_by):
                continue
            for run in self._runs(one):
                if one.cls < 0:
                    self._sent.update(dict.fromkeys(run.functions, run.runs_on))
                if run.functions:
                    self._add(one, run)

    # -- what runs --------------------------------------------------------------------------------------------------

    def _runs(self, one: Registration) -> Iterable[Run]:
        if one.cls >= 0:
            if is_made(self.ev, one.cls):
                found = methods(self.ev, one.cls, one.entry.methods, self._of_others(one.cls))
                yield from self._split(one.entry, found, True, one.cls)
            return
        for path in one.targets:
            if one.entry.methods:
                new = self._is_new(one, path)
                for cid in _classes(self.ev, one.function, path):
                    if self.registrations.is_told_by_base(cid, one):
                        continue
                    found = methods(self.ev, cid, one.entry.methods)
                    yield from (run._replace(new=new) for run in self._split(one.entry, found, True, cid))
            elif self._is_wanted(one, path):
                named = (f for f, _, _ in targets(self.ev, one, path))
                bound, new = bool(receiver(path)) and path[:1] != "@", self._is_new(one, receiver(path))
                yield from (run._replace(new=new) for run in self._split(one.entry, named, bound, -1))

    def _of_others(self, cid: int) -> frozenset[int]:
        """The ancestors that are no framework's, and that other classes have, too, which are no framework's: what a
        framework calls under any name is not among what all of these can do.
        """
        known, below = self.registrations.of_frameworks, self.ev.symbols.subclasses
        mro = self.ev.symbols.classes[cid].mro
        return frozenset(one for one in mro if one not in known and not known.issuperset(below.get(one, ())))

    def _split(self, entry: Entry, functions: Iterable[int], bound: bool, cls: int) -> Iterable[Run]:
        """Coroutine functions run elsewhere than plain ones."""
        by_place: defaultdict[str, list[int]] = defaultdict(list)
        for fid in functions:
            is_async = self.ev.symbols.fns[fid].facts.is_async
            place: str = entry.async_on if is_async else entry.runs_on
            if entry.kind != "base" or self._sent.get(fid, place) == place:
                by_place[place].append(fid)
        for where, found in by_place.items():
            yield Run(tuple(dict.fromkeys(found)), where, bound, cls)

    def _is_new(self, one: Registration, path: str) -> bool:
        """Whether the object is made where it is registered, and as often."""
        made = call_of(path)
        if made < 0 or one.call < 0:
            return False
        calls = self.ev.symbols.fns[one.function].facts.calls
        return calls[made].loops >= calls[one.call].loops and all(
            value[0] == "C" for value in self.ev.targets(one.function, made)
        )

    def _is_wanted(self, one: Registration, path: str) -> bool:
        """Whether the entry speaks of this target: what depends on the target's object goes before what does not."""
        key = (one.function, one.call, path)
        if not one.entry.target_when:
            return key not in self._decided
        wanted = set(_classes(self.ev, one.function, receiver(path)))
        calls = [call for text in one.entry.target_when for call in self.registrations.calls.get(sign(text).leaf, ())]
        for fid, number in calls:
            on = receiver(self.ev.symbols.fns[fid].facts.calls[number].callee)
            if not wanted.isdisjoint(_classes(self.ev, fid, on)):
                self._decided.add(key)
                return True
        return False

    # -- spawns -----------------------------------------------------------------------------------------------------

    def _add(self, one: Registration, run: Run) -> None:
        """What runs many at once is one activity for all of a model: a program may have hundreds of these."""
        entry = one.entry
        function, call = self._start(one)
        if entry.at_once != "many" or (one.call >= 0 and run.runs_on == "loop"):
            activity = self._activity(one, run, _label(self.ev, entry, run))
        else:
            key = (one.model.name, entry.what, run.runs_on, entry.beside, self._instance(one), run.bound)
            if key not in self._merged:
                self._merged[key] = self._activity(one, run, f"{one.model.name} {entry.what}")
            activity = self._merged[key]
        starts = entry.sure or bool(entry.when)
        ended_by = entry.ended_by if call == one.call else ()
        waited = entry.ends and call == one.call >= 0 and self._call(one).awaited
        self.spawns.append(
            Spawn(activity, run.functions, function, call, starts, run.cls, waited=waited, ended_by=ended_by)
        )

    def _start(self, one: Registration) -> tuple[int, int]:
        """The call from which on it runs, where one place alone comes into question."""
        starts = self.registrations.seen((*one.entry.when, *one.entry.pool_of))
        here = [call for call in starts if call[0] == one.function]
        if starts:
            return here[0] if here else (starts[0] if len(starts) == 1 else (-1, -1))
        return (one.function, one.call) if one.call >= 0 and one.entry.at_once != "many" else (-1, -1)

    def _activity(self, one: Registration, run: Run, label: str) -> Activity:
        entry, model = one.entry, one.model
        at = self.ev.symbols.fns[run.functions[0]]
        many, likely = self._at_once(one)
        instance = self._instance(one)
        same = run.bound and instance == "shared" and (many or likely) and (entry.at_once == "many" or not run.new)
        return Activity(
            1 + max((s.activity.number for s in self.spawns), default=0),
            label,
            self._domain(model, run.runs_on),
            many,
            likely,
            self.ROOTS[instance] if run.bound else "none",
            same and not (one.call >= 0 and once_each(self.ev, one.function, self._call(one))),
            at.mod.file.path,
            at.facts.at.line,
            claimed=not self._is_sure(entry),
            lane=model.name if run.runs_on in LANES else "",
            follows=entry.follows,
            serving=entry.beside == "entries" and not self._served_aside(model),
        )

    def _call(self, one: Registration) -> Call:
        return self.ev.symbols.fns[one.function].facts.calls[one.call]

    def _domain(self, model: Model, runs_on: str) -> str:
        """Where greenlets take the place of threads, they switch like tasks of a loop."""
        domain = "thread" if runs_on == "caller" else DOMAINS.get(runs_on, runs_on)
        green = domain == "thread" and not model.green_when
        return "loop" if green and self.registrations.seen(self.green_when) else domain

    def _at_once(self, one: Registration) -> tuple[bool, bool]:
        """(several at once, or likely so since what registers one may run again)."""
        entry = one.entry
        if entry.runs_on in LANES:
            return False, False
        if entry.at_once == "many":
            return not self._one_worker(entry), False
        if one.cls >= 0:
            return entry.instance == "own" and made_often(self.ev, one.cls), False
        if one.call < 0:
            return False, False
        facts = self.ev.symbols.fns[one.function].facts
        again = not starts_once(facts.name, facts.qualname)
        loops = facts.calls[one.call].loops > 0
        return (loops or again, False) if entry.at_once == "per-call" else (loops, again and not loops)

    def _instance(self, one: Registration) -> str:
        entry = one.entry
        if entry.shared_if and one.cls >= 0:
            classes = (self.ev.symbols.classes[cid] for cid in self.ev.symbols.classes[one.cls].mro)
            if any(entry.shared_if in cls.names for cls in classes):
                return "shared"
        return entry.instance

    def _is_sure(self, entry: Entry) -> bool:
        """Whether the program itself shows that the entries run as the model says."""
        return entry.sure or bool(self.registrations.seen((*entry.sure_when, *entry.pool_of)))

    def _one_worker(self, entry: Entry) -> bool:
        """Whether every pool that the program hands over has one worker."""
        pools = [
            (fid, path)
            for fid, number in self.registrations.seen(entry.pool_of)
            for path in given(self.ev.symbols.fns[fid].facts.calls[number], (0, "thread_pool", "executor"))
        ]
        with self.ev.near():
            return bool(pools) and all(single_worker(self.ev, *pool) is not None for pool in pools)

    def _served_aside(self, model: Model) -> bool:
        """Whether the server gets a thread of its own, so that the rest of the program runs beside it."""
        if self.registrations.given_away(model.serves):
            return True
        return any(fid in self._in_threads() for fid, _ in self.registrations.seen(model.serves))

    def _in_threads(self) -> frozenset[int]:
        """What runs in threads that the program itself starts."""
        if self._threaded is None:
            own = (s for s in self.spawns if s.activity.domain == "thread" and not s.activity.claimed)
            with self.ev.near():
                self._threaded = run_by(self.ev, (entry for s in own for entry in s.entries))
        return self._threaded


def given_on(registrations: Registrations) -> list[Delivery]:
    """What registering calls hand over to their targets."""
    ev = registrations.ev
    with ev.near():
        return [
            Delivery(target, one.function, args, shift + (1 if is_bound(ev, target) else 0))
            for one in registrations.found()
            if one.call >= 0 and one.entry.passes >= 0
            for path in one.targets
            for target, args, shift in targets(ev, one, path)
        ]


def pumps(registrations: Registrations) -> dict[tuple[int, int], tuple[int, ...]]:
    """The functions that calls such as `client.loop_forever()` run, by these calls."""
    found: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    with registrations.ev.near():
        for one in registrations.found() if registrations.models else ():
            if one.entry.runs_on == "caller":
                functions = _registered(registrations.ev, one)
                for call in registrations.seen(one.entry.pumped_by):
                    found[call] += functions
    return {call: tuple(dict.fromkeys(functions)) for call, functions in found.items()}


def _registered(ev: Evaluator, one: Registration) -> list[int]:
    """The functions that a registration names."""
    if not one.entry.methods:
        return [f for path in one.targets for f, _, _ in targets(ev, one, path)]
    classes = [cid for path in one.targets for cid in _classes(ev, one.function, path)]
    return [f for cid in (classes if one.cls < 0 else [one.cls]) for f in methods(ev, cid, one.entry.methods)]


def targets(ev: Evaluator, one: Registration, path: str) -> list[tuple[int, tuple[tuple[str, ...], ...], int]]:
    """(function, arguments that the registration gives it, how many parameters those shift)."""
    entry = one.entry
    domain = DOMAINS.get(entry.runs_on, entry.runs_on)
    spawner = Spawner(domain, 0, "", entry.passes, entry.passes_as)
    with ev.near():
        found = target_functions(ev, one.function, path, spawner)
    found = found or target_functions(ev, one.function, path, spawner)
    if one.call < 0:
        return found
    call = ev.symbols.fns[one.function].facts.calls[one.call]
    return [(f, args or handed_over(call, spawner), shift) for f, args, shift in found]


def methods(
    ev: Evaluator, cid: int, patterns: tuple[str, ...], of_others: frozenset[int] = frozenset()
) -> tuple[int, ...]:
    """The methods of a class whose names match; `*` means all that need an object and are not private, and that the
    class has not `of_others`.
    """
    found: dict[str, int] = {}
    for ancestor in ev.symbols.classes[cid].mro or (cid,):
        if patterns == ("*",) and ancestor in of_others:
            continue
        for name, gid in ev.symbols.classes[ancestor].methods.items():
            if name not in found and any(_matches(ev, name, gid, pattern) for pattern in patterns):
                found[name] = gid
    return tuple(found.values())


def _matches(ev: Evaluator, name: str, gid: int, pattern: str) -> bool:
    if name == pattern:
        return True
    fn = ev.symbols.fns[gid]
    if "*" not in pattern or name.startswith("_") or not fn.self_name or ("classmethod",) in fn.facts.decorators:
        return False
    return fnmatchcase(name, pattern) and not ev.is_property(gid)


def _classes(ev: Evaluator, fid: int, path: str) -> list[int]:
    """The classes of the objects that a path may denote, or that it names."""
    if not path:
        return []
    with ev.near():
        values = ev.values(fid, path)
    return [value[1] for value in values or ev.values(fid, path) if value[0] in ("I", "C")]


def _label(ev: Evaluator, entry: Entry, run: Run) -> str:
    first = run.functions[0]
    name = title(ev, first)
    if run.cls >= 0:
        name = f"{ev.symbols.classes[run.cls].facts.qualname}.{ev.symbols.fns[first].facts.name}"
    return f"{entry.what} `{name}`"
