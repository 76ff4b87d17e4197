"""In which contexts a function runs: activity, locks held by the caller, ownership of `self`, what has started or
ended.

Only functions that touch a container of interest, or lead to one, take part; contexts are found top-down from the
entries of each activity. This is RacerD's idea of ownership and locks, on the call graph's relevant part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from dictlint.link.activities import CALLERS, IMPORT, IMPORTING, MAIN, Spawn
from dictlint.link.awaited import locks_held
from dictlint.link.concern import run_by
from dictlint.link.context import MOST_CONTEXTS, Context
from dictlint.link.evaluate import Evaluator
from dictlint.link.exposure import Exposure
from dictlint.link.first_uses import FirstUses
from dictlint.link.givens import Givens, States
from dictlint.link.locks import Locks
from dictlint.link.order import Order
from dictlint.link.own_keys import own_keys
from dictlint.link.own_loops import NO_LOOP, OwnLoops, is_for_loops
from dictlint.link.ownership import OWN, OWNED, SHARED, UNKNOWN, Ownership
from dictlint.link.parts import IN_HAND, Parts
from dictlint.link.paths import call_of, given, leaf_name
from dictlint.link.publications import Publications
from dictlint.link.question import Loc
from dictlint.link.scripts import Scripts
from dictlint.link.spawning import fans_out
from dictlint.link.steps import Step, Steps, constructs
from dictlint.link.symbols import Fn
from dictlint.link.targets import title
from dictlint.link.turnstiles import handed_over
from dictlint.model.activity import Activity
from dictlint.model.body import Access, Call

MOST_GUESSES = 2  # more make nothing less sure
HANDED = 2  # how many functions up an argument is followed that is handed to an activity
MOST_BY_TASKS = 24  # per function, by all tasks of event loops together: there are many, and much alike


class Contexts:
    """The contexts of every relevant function."""

    def __init__(self, ev: Evaluator, locks: Locks, order: Order) -> None:
        self.ev = ev
        self.locks = locks
        self.spawns = spawns = order.spawns
        self.relevant: set[int] = set()
        self.edges: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self.found: defaultdict[int, list[Context]] = defaultdict(list)
        self.reached: defaultdict[int, set[int]] = defaultdict(set)
        self._seen: set[Context] = set()
        # How many calls, at the least, might as well run something else, on the way to a function in an activity.
        self.doubts: dict[tuple[int, int], int] = {}
        self._count: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._by_tasks: defaultdict[int, int] = defaultdict(int)
        self._afar = {s.function for s in spawns if s.afar}
        self._bodies = _bodies(spawns)
        self._begun: defaultdict[int, set[int]] = defaultdict(set)
        for spawn in spawns:
            self._begun[spawn.activity.number].update(spawn.entries)
        self._ran: dict[int, frozenset[int]] = {}
        methods = ("finalizer", "logging")  # of classes: callers may call them like any other
        self.entries = {e for s in spawns for e in s.entries if s.function >= 0 or s.activity.domain not in methods}
        self.order = order
        self._scripts = Scripts(ev.symbols, spawns)
        self.givens = Givens(ev, self.edges)
        publications = Publications(ev, spawns, order.spawned_in, order.by_start)
        self.ownership = Ownership(ev, locks, self.found, self.reached, publications)
        self.steps = Steps(ev, locks, order, self.edges)
        self.exposure = Exposure(ev, self.ownership.publications, self.entries)
        self.parts = Parts(ev, publications, self._begun)
        self._own_loops = OwnLoops(ev, spawns)
        self._first_uses = FirstUses(ev)

    # -- the relevant part of the call graph ------------------------------------------------------------------------

    def close(self, touched: Mapping[int, Sequence[tuple[int, Loc]]]) -> None:
        """Take in the callers of what touches containers, and their callers; remember the edges."""
        self.steps.touched = touched
        seeds = set(touched)
        todo = sorted(seeds)
        self.relevant |= seeds
        while todo:
            fid = todo.pop()
            around = set(self.ev.wrappers(fid))
            for caller, number in self.ev.callers(fid):
                if caller in around and number in self.ev.passed_on(caller):
                    continue  # whoever calls the wrapper for this function is said to call the function itself
                self.edges[caller].append((number, fid))
                if caller not in self.relevant:
                    self.relevant.add(caller)
                    todo.append(caller)
        for edges in self.edges.values():
            edges.sort()

    # -- top-down ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Find every context, activity by activity, the callers' last."""
        for spawn in self.spawns:
            for entry in spawn.entries:
                if entry in self.relevant:
                    status = OWN if self.ev.symbols.fns[entry].self_name else SHARED
                    status = OWNED if constructs(self.ev.symbols.fns[entry]) else status  # `__del__`
                    activity = self._by_name_of(spawn, entry)
                    self._doubt(entry, activity, len(spawn.entries) > 1)
                    cls, exact = self._class_of_root(spawn, entry)
                    first = self._entry(entry, activity, status, assumed=False)
                    if activity.awaited:
                        around = locks_held(self.ev, self.locks, spawn.function, spawn.call)
                        first = first._replace(held=first.held | around)
                    states = self.givens.flags.of_thread(spawn, entry) | own_keys(self.ev, spawn, entry)
                    self._walk(first._replace(cls=cls, exact=exact, states=states))
        guessed = self.ev.guessed - self.ev.kin
        sites = [(caller, n, f) for caller, edges in self.edges.items() for n, f in edges if f != caller]
        called = {f for caller, n, f in sites if (caller, n) not in guessed}
        perhaps = {f for _, _, f in sites} - called
        for fid in sorted(self.relevant):
            if fid in self.entries and fid not in called:
                continue
            kind = self.exposure.kind(fid, fid in called)
            if kind:
                status = OWNED if constructs(self.ev.symbols.fns[fid]) else SHARED
                activity = MAIN if self.ev.symbols.fns[fid].facts.parent < 0 else CALLERS
                self._doubt(fid, activity, 0)
                first = self._entry(fid, activity, status, assumed=kind == "assumed")
                hedged = fid in perhaps and self.exposure.kind(fid, called=True) != "real"
                parts = IN_HAND if self.ev.symbols.fns[fid].self_name else ()
                self._walk(first._replace(outermost=True, hedged=hedged, parts=parts))

    def _by_name_of(self, spawn: Spawn, entry: int) -> Activity:
        """The activity that a spawn starts, by the name of the one among several functions that it may run."""
        first, this = (title(self.ev, fid) for fid in (spawn.entries[0], entry))
        activity = spawn.activity
        return activity if this == first else replace(activity, label=activity.label.replace(f"`{first}`", f"`{this}`"))

    def _doubt(self, fid: int, activity: Activity, doubt: int) -> None:
        key = (fid, activity.number)
        self.doubts[key] = min(doubt, self.doubts.get(key, doubt))

    def _class_of_root(self, spawn: Spawn, entry: int) -> tuple[int, bool]:
        """The class of the object on which an activity runs, as far as it narrows what its methods mean."""
        cls = dict(spawn.receivers).get(entry, -1)
        if cls < 0:
            return spawn.cls, True
        target = self.ev.symbols.fns[entry]
        below = target.cls in self.ev.symbols.subclasses.get(cls, ())
        return self.steps.narrowing(target.cls if below else cls, False, target)

    def _entry(self, fid: int, activity: Activity, status: str, assumed: bool) -> Context:
        params = frozenset() if activity is CALLERS else self._given_at_start(fid)
        held = self.locks.by_decorator(fid)
        absent = self._absent(fid, activity)
        return Context(fid, activity, status, held, absent, params, assumed, afar=fid in self._afar)

    def _absent(self, fid: int, activity: Activity) -> frozenset[int]:
        """Activities of other scripts than the one in which an activity is started, or which a function stands in."""
        home = self._scripts.home(activity.path)
        return self._scripts.elsewhere(self.ev.symbols.fns[fid].mod) if home is None else self._scripts.absent(home)

    def _given_at_start(self, fid: int) -> frozenset[tuple[str, str]]:
        """Objects that the spawner hands over are its own too, but for those made anew in each turn of its loop."""
        params = self.ev.symbols.fns[fid].facts.params
        known = set()
        for giver, args, shift in self.ev.deliveries.get(fid, ()):
            calls = self.ev.symbols.fns[giver].facts.calls
            for param, values in zip(params[shift:], args, strict=False):
                for path in values:
                    made = call_of(path)
                    if (
                        path[:1] not in "=*("
                        and not path.endswith(("[]", "<>"))
                        and (made < 0 or not self._is_for_one(calls[made], giver, fid))
                        and not self._is_handed_through(giver, path)
                    ):
                        known.add((param.name, SHARED))
        return frozenset(known)

    def _is_for_one(self, made: Call, giver: int, fid: int) -> bool:
        """Whether each turn of a loop makes an object anew, for the one activity that it starts."""
        calls = self.ev.symbols.fns[giver].facts.calls
        starts = [calls[s.call] for s in self.spawns if s.function == giver and s.call >= 0 and fid in s.entries]
        return made.loops > 0 and all(start.loops <= made.loops and not fans_out(start) for start in starts)

    def _is_handed_through(self, fid: int, path: str, depth: int = HANDED) -> bool:
        """Whether every call of a function gives another object for the parameter that it hands to one activity."""
        fn = self.ev.symbols.fns[fid]
        if path[:1] != "%" or "." in path or path == fn.own or not depth:
            return False
        index = self.ev.param(("v", fid, path[1:]))
        if index is None or any(call.loops for call in fn.facts.calls if any(path in group for group in call.args)):
            return False
        sites = [site for site in self.ev.callers(fid) if site[1] >= 0]
        return bool(sites or depth < HANDED) and all(self._gives_anew(*site, fn, index, depth) for site in sites)

    def _gives_anew(self, caller: int, number: int, fn: Fn, index: int, depth: int) -> bool:
        """Whether each run of a call gives an object that no other run of it gives."""
        calls = self.ev.symbols.fns[caller].facts.calls
        paths = given(calls[number], index - self.ev.shift(fn, caller, number), fn.facts.params[index].name)
        return all(
            path.endswith(("[]", "<>"))
            or path[:1] == "#"
            or (call_of(path) >= 0 and calls[call_of(path)].loops == calls[number].loops)
            or self._is_handed_through(caller, path, depth - 1)
            for path in paths
        )

    def _walk(self, first: Context) -> None:
        todo = [first]
        while todo:
            context = todo.pop()
            if context in self._seen or self._is_full(context.function, context.activity):
                continue
            self._seen.add(context)
            self._count[context.function, context.activity.number] += 1
            self._by_tasks[context.function] += context.activity.domain == "loop"
            self.found[context.function].append(context)
            self.reached[context.activity.number].add(context.function)
            todo += self._callees(context)

    def _is_full(self, fid: int, activity: Activity) -> bool:
        """Whether a further context of the function would be left out."""
        if self._count[fid, activity.number] >= MOST_CONTEXTS:
            return True
        return activity.domain == "loop" and self._by_tasks[fid] >= MOST_BY_TASKS

    def _callees(self, context: Context) -> list[Context]:
        """The contexts that a context's calls and operators make for what they run, where there is room for them."""
        found = []
        doubt = self.doubts[context.function, context.activity.number]
        for step in self.steps.of(context.function):
            activity = self._run_by(context, step)
            if not self._is_full(step.callee, activity) and self._is_taken(context, step):
                self._doubt(step.callee, activity, doubt + step.several)
                found.append(self._entered(context, step, activity))
        return found

    def _is_taken(self, context: Context, step: Step) -> bool:
        if step.number < 0:
            return True
        if self.givens.excluded(context, step.facts):
            return False
        return context.cls < 0 or not step.own or self._dispatches(context, step)

    def _entered(self, context: Context, step: Step, activity: Activity) -> Context:
        """The context that a call or operator makes for what it runs."""
        at, target = step.facts, self.ev.symbols.fns[step.callee]
        made = step.status == OWNED
        return Context(
            step.callee,
            activity,
            step.status or self.ownership.status(context, step.base, at.seq),
            context.held | step.held if step.held else context.held,
            self.order.ordered(context, at.seq, at.loops),
            self._params(context, step),
            context.assumed or self._does_instead(context.activity, step.callee),
            *(self._own_receiver(context, step) if step.own else step.receiver),
            on_loop=context.on_loop or is_for_loops(self.ev.symbols.fns[context.function].facts),
            afar=context.afar or step.callee in self._afar,
            guesses=min(context.guesses + step.guesses, MOST_GUESSES),
            constants=self.givens.handed(context, step.number, step.callee) if step.number >= 0 else frozenset(),
            states=self.givens.states(context, at) if step.own else self._handed_over(context, at),
            via=step.via,
            parts=self.parts.of(context, step.base)
            if target.self_name and not made and _is_by_name(step, target)
            else (),
            early=step.own and (context.early or self.order.is_before_start(context.function, at.seq)),
            hedged=context.hedged,
            first=context.first or at.seq in self._first_uses.of(context.function),
        )

    def _handed_over(self, context: Context, at: Access | Call) -> States:
        """What of the states of an object concerns the arguments of a call on another one."""
        return handed_over(self.givens.states(context, at)) if context.states else frozenset()

    def _does_instead(self, activity: Activity, callee: int) -> bool:
        """Whether a thread calls what another thread runs, and starts no such thread: it runs in place of that one."""
        others = self._bodies.get(callee)
        if others is None or activity.domain != "thread" or any(s.activity == activity for s in others):
            return False
        if activity.number not in self._ran:
            entries = [e for s in self.spawns if s.activity == activity for e in s.entries]
            self._ran[activity.number] = run_by(self.ev, entries)
        return all(s.function not in self._ran[activity.number] for s in others)

    def _own_receiver(self, context: Context, step: Step) -> tuple[int, bool]:
        """The class of `self`, as far as it narrows what `self.m()` means in a method that was called on it."""
        symbols = self.ev.symbols
        target = symbols.fns[step.callee]
        if target.cls < 0 or not target.self_name:
            return -1, True
        cls, exact = (context.cls, context.exact) if context.cls >= 0 else (symbols.fns[context.function].cls, False)
        if target.cls in symbols.subclasses.get(cls, ()):
            cls, exact = target.cls, False  # one that overrides the method
        return self.steps.narrowing(cls, exact, target)

    def _dispatches(self, context: Context, step: Step) -> bool:
        """Where the class of `self` is known, `self.m()` runs that class's `m`, or that of one derived from it."""
        if not step.attr:
            return True
        symbols = self.ev.symbols
        found = symbols.method(context.cls, step.attr)
        below = not context.exact and symbols.fns[step.callee].cls in symbols.subclasses[context.cls]
        return found is None or found == step.callee or below or self.ev.is_property(found)

    def _run_by(self, context: Context, step: Step) -> Activity:
        """What a thread's function gives back to whoever has it run is run by an event loop, not by the thread."""
        activity = self.activity_at(context, step.facts.seq)
        if step.given_back and activity.domain == "thread" and context.function in self._begun[activity.number]:
            return replace(activity, domain="loop")
        return activity

    def activity_at(self, context: Context, seq: int) -> Activity:
        """A module's body is the import, but for what runs as a script or after it has started something."""
        facts = self.ev.symbols.fns[context.function].facts
        if facts.parent >= 0:
            return context.activity
        if 0 <= facts.ends_in_main <= seq:
            return MAIN
        if context.function not in self.order.spawned_in:
            return IMPORT
        return IMPORTING if facts.ends_in_main >= 0 else MAIN

    def own_loop(self, context: Context) -> int:
        """The class whose loop the activity runs, or by whose loop a coroutine runs that callers begin."""
        if context.activity.domain == "thread":
            return self._own_loops.of_thread(context.activity.number)
        fn = self.ev.symbols.fns[context.function]
        begun = context.activity is CALLERS and (context.on_loop or is_for_loops(fn.facts))
        return self._own_loops.of_coroutine(fn) if begun else NO_LOOP

    def _params(self, context: Context, step: Step) -> frozenset[tuple[str, str]]:
        """What is known of the objects that a call hands over."""
        known = set()
        for name, values in step.handed:
            statuses = {self.ownership.status(context, v, step.facts.seq) for v in values}
            if len(statuses) == 1 and statuses != {UNKNOWN}:
                known.add((name, statuses.pop()))
        return frozenset(known)


def _is_by_name(step: Step, target: Fn) -> bool:
    """Whether a call finds a method by its name: what is kept under another name may be some other object's method."""
    return isinstance(step.facts, Access) or leaf_name(step.facts.callee) == target.facts.name


def _bodies(spawns: list[Spawn]) -> dict[int, list[Spawn]]:
    """The spawns by the functions that a single thread runs of itself."""
    found: dict[int, list[Spawn]] = {}
    for spawn in spawns:
        if spawn.activity.domain == "thread" and not (spawn.activity.many or spawn.activity.likely):
            for entry in spawn.entries:
                found.setdefault(entry, []).append(spawn)
    return found
