"""In which contexts a function runs: activity, locks held by the caller, ownership of `self`, what has started or
ended.

Only functions that touch a container of interest, or lead to one, take part; contexts are found top-down from the
entries of each activity. This is RacerD's idea of ownership and locks, on the call graph's relevant part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dictlint.link.activities import CALLERS, IMPORT, IMPORTING, MAIN, Spawn
from dictlint.link.context import Context
from dictlint.link.evaluate import Evaluator
from dictlint.link.givens import Givens
from dictlint.link.interest import run_by
from dictlint.link.locks import Locks
from dictlint.link.order import Order
from dictlint.link.ownership import OWN, OWNED, SHARED, UNKNOWN, Ownership
from dictlint.link.parts import Parts
from dictlint.link.paths import bare_param, given, leaf_name, root_param, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Call
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Activity, Lock

DRIVING_WORDS = frozenset(("loop", "forever", "mainloop", "run", "spin"))
MOST_GUESSES = 2  # more make nothing less sure
MOST_CONTEXTS = 12  # per function and activity; further ones are left out
HANDED = 2  # how many functions up an argument is followed that is handed to an activity
MOST_BY_TASKS = 24  # per function, by all tasks of event loops together: there are many, and much alike


class Step(NamedTuple):
    """A call or operator of a function, and what of it is the same in all contexts.

    `attr`: the method called on `self`. `held`: the locks taken here and around the callee. `status`: of the callee's
    `self` where it is known beforehand. `handed`: arguments that matter. `receiver` (where not `own`), `via`: as in
    Context.
    """

    number: int
    callee: int
    facts: Access | Call
    base: str
    attr: str
    own: bool
    held: frozenset[Lock]
    status: str
    handed: tuple[tuple[str, tuple[str, ...]], ...]
    receiver: tuple[int, bool]
    guesses: int
    via: tuple[int, int]


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
        self.touched: Mapping[int, Sequence[tuple[int, Loc]]] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._mattering: dict[int, frozenset[str]] = {}
        self._exposed: dict[int, bool] = {}
        self._inner: dict[int, bool] = {}
        self._values: dict[int, frozenset[str]] = {}  # by module: names that stand for what is handed on
        self._count: defaultdict[tuple[int, int], int] = defaultdict(int)
        self._by_tasks: defaultdict[int, int] = defaultdict(int)
        self._coroutines = {(s.function, s.made) for s in spawns}
        self._afar = {s.function for s in spawns if s.afar}
        self._bodies = _bodies(spawns)
        self._ran: dict[int, frozenset[int]] = {}
        self._given: dict[int, bool] = {}
        methods = ("finalizer", "logging")  # of classes: callers may call them like any other
        self.entries = {e for s in spawns for e in s.entries if s.function >= 0 or s.activity.domain not in methods}
        self.order = order
        self.givens = Givens(ev, self.edges)
        self.ownership = Ownership(ev, spawns, self.found, self.reached)
        self.parts = Parts(ev, self.ownership)

    # -- the relevant part of the call graph ------------------------------------------------------------------------

    def close(self, touched: Mapping[int, Sequence[tuple[int, Loc]]]) -> None:
        """Take in the callers of what touches containers, and their callers; remember the edges."""
        self.touched = touched
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
                    status = OWNED if self._constructs(entry) else status  # `__del__`
                    self._walk(self._entry(entry, spawn.activity, status, assumed=False)._replace(cls=spawn.cls))
        guessed = self.ev.guessed - self.ev.kin
        called = {
            f for caller, edges in self.edges.items() for n, f in edges if (caller, n) not in guessed and f != caller
        }
        for fid in sorted(self.relevant):
            if fid in self.entries and fid not in called:
                continue
            kind = self._entry_kind(fid, fid in called)
            if kind:
                status = OWNED if self._constructs(fid) else SHARED
                activity = MAIN if self.ev.symbols.fns[fid].facts.parent < 0 else CALLERS
                first = self._entry(fid, activity, status, assumed=kind == "assumed")
                self._walk(first._replace(outermost=True))

    def _entry(self, fid: int, activity: Activity, status: str, assumed: bool) -> Context:
        params = frozenset() if activity is CALLERS else self._given_at_start(fid)
        held = self.locks.by_decorator(fid)
        return Context(fid, activity, status, held, frozenset(), params, assumed, afar=fid in self._afar)

    def _given_at_start(self, fid: int) -> frozenset[tuple[str, str]]:
        """Objects that the spawner hands over are its own too, but for those made anew in each turn of its loop."""
        params = self.ev.symbols.fns[fid].facts.params
        known = set()
        for giver, args, shift in self.ev.deliveries.get(fid, ()):
            calls = self.ev.symbols.fns[giver].facts.calls
            for param, values in zip(params[shift:], args, strict=False):
                for path in values:
                    made = int(path[1:]) if path[:1] == "!" and path[1:].isdigit() else -1
                    if (
                        path[:1] not in "=*("
                        and not path.endswith(("[]", "<>"))
                        and (made < 0 or not calls[made].loops)
                        and not self._is_handed_through(giver, path)
                    ):
                        known.add((param.name, SHARED))
        return frozenset(known)

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
            or (path[:1] == "!" and path[1:].isdigit() and calls[int(path[1:])].loops == calls[number].loops)
            or self._is_handed_through(caller, path, depth - 1)
            for path in paths
        )

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
        public = public and (fn.cls < 0 or self._is_exposed(fn.cls))
        nested = fn.facts.parent > 0 and fn.facts.owner < 0
        if nested and fid not in self.entries and (methods := self.ev.replaced_methods(fid)):
            kinds = {self._entry_kind(one, called) for one in methods}  # whoever calls these, runs what replaced them
            return next((kind for kind in ("real", "assumed") if kind in kinds), "")
        if fid in self.entries:
            return "assumed" if public and not nested and name != "run" else ""
        if called:
            return "assumed" if public and not nested and not fn.facts.disclaims else ""
        if fn.facts.disclaims or self._drives(fn):
            return "assumed"
        if name.startswith("_") and not nested and not self._is_mentioned(fn):
            return ""
        if not public or nested or self.ev.is_property(fid):
            return "assumed"
        return "assumed" if self._is_made_inside(fn.cls) and not self._may_be_called(fn) else "real"

    def _is_mentioned(self, fn: Fn) -> bool:
        """Whether anything but a call may run a function of a private name: its file hands it on, or looks methods up
        by their names; Python, or a base class of a library, knows it."""
        name = fn.facts.name
        if (name.startswith("__") and name.endswith("__")) or fn.facts.decorators or fn.facts.parent < 0:
            return True
        if fn.cls >= 0 and self.ev.symbols.classes[fn.cls].outside:
            return True
        if fn.mod.mid not in self._values:
            self._values[fn.mod.mid] = frozenset(_values_of(fn.mod.facts.functions))
        return not self._values[fn.mod.mid].isdisjoint((name, "getattr"))

    def _is_made_inside(self, cid: int) -> bool:
        """Whether the program makes the objects that its own activities use: callers have others, which they made."""
        if cid not in self._inner:
            self._inner[cid] = cid >= 0 and self._find_made_inside(cid)
        return self._inner[cid]

    def _find_made_inside(self, cid: int) -> bool:
        symbols = self.ev.symbols
        family = {cid, *symbols.subclasses.get(cid, ())}
        if any(self.ownership.spawns_itself(c) for c in family):
            return False
        sites = {site for c in family for site in self.ev.calls_named(symbols.classes[c].facts.name)}
        makers = [(symbols.fns[fid], n) for fid, n in sites if ("C", cid) in self.ev.targets(fid, n)]
        if any(f"!{n}" in group for fn, n in makers for call in fn.facts.calls for group in call.args):
            return False  # whoever is given it may be anywhere
        return any(fn.facts.parent >= 0 and fn.cls >= 0 and fn.cls not in family for fn, _ in makers)

    def _may_be_called(self, fn: Fn) -> bool:
        """Whether some call in the program has the function's name, on an object of which nobody knows what it is."""
        sites = self.ev.calls_named(fn.facts.name)
        receivers = ((fid, split(self.ev.symbols.fns[fid].facts.calls[number].callee)[0]) for fid, number in sites)
        return any(base and not self.ev.values(fid, base) for fid, base in receivers)

    def _is_exposed(self, cid: int) -> bool:
        """Whether callers come by objects of the class: by its name, that of a class below, or what holds one."""
        if cid not in self._exposed:
            self._exposed[cid] = self._find_exposed(cid)
        return self._exposed[cid]

    def _find_exposed(self, cid: int) -> bool:
        symbols = self.ev.symbols
        family = [symbols.classes[c].facts.name for c in (cid, *symbols.subclasses.get(cid, ()))]
        if any(name[0] != "_" for name in family):
            return True
        sites = [site for name in family for site in self.ev.calls_named(name)]
        return not sites or any(self._shows(*site) for site in sites)

    def _shows(self, fid: int, number: int) -> bool:
        """Whether a call's result is stored under, or returned by, a public name."""
        facts, path = self.ev.symbols.fns[fid].facts, f"!{number}"
        names = [leaf_name(bind.target) for bind in facts.binds if path in bind.values and bind.target[0] != ":"]
        return any(name[0] != "_" for name in names) or (path in facts.returns and facts.name[0] != "_")

    def _drives(self, fn: Fn) -> bool:
        """Whether it does by hand, and instead, what a thread of the same object does: `loop()`, `run_forever()`."""
        last = fn.facts.name.rpartition("_")[2]
        return last in DRIVING_WORDS and fn.cls >= 0 and self.ownership.spawns_itself(fn.cls)

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
        for step in self.steps_of(context.function):
            activity = self.activity_at(context, step.facts.seq)
            if not self._is_full(step.callee, activity) and self._is_taken(context, step):
                found.append(self._entered(context, step, activity))
        return found

    def _is_taken(self, context: Context, step: Step) -> bool:
        if step.number < 0:
            return True
        if self.givens.excluded(context, step.facts.seq):
            return False
        return context.cls < 0 or not step.own or self._dispatches(context, step)

    def steps_of(self, fid: int) -> tuple[Step, ...]:
        """The calls and operators by which a function runs others on the spot."""
        if fid not in self._steps:
            edges = self.edges.get(fid, ())
            self._steps[fid] = tuple(
                self._step(fid, n, callee) for n, callee in edges if not self._starts(fid, n, callee)
            )
        return self._steps[fid]

    def _starts(self, fid: int, number: int, callee: int) -> bool:
        """Whether the call starts an activity, or makes a coroutine that something else will run."""
        if (fid, number) in self.order.by_call or (fid, number) in self.ev.parked:
            return True
        fns = self.ev.symbols.fns
        is_async = number >= 0 and fns[callee].facts.is_async
        return is_async and not fns[fid].facts.calls[number].awaited and self._is_spawned(fid, number)

    def _step(self, fid: int, number: int, callee: int) -> Step:
        fn, target = self.ev.symbols.fns[fid], self.ev.symbols.fns[callee]
        facts = fn.facts.calls[number] if number >= 0 else fn.facts.accesses[-1 - number]
        base, attr = split(facts.callee) if isinstance(facts, Call) else (facts.path, "")
        if isinstance(facts, Access) and self.ev.is_property(callee):
            base, attr = split(facts.path.partition("|")[0])
        on_self = bool(fn.self_name) and base == fn.own
        own = on_self or (bool(fn.self_name) and base == "<super>")
        made = self._constructs(callee)
        status = OWNED if made else "" if target.self_name or self.ev.object_of(callee) else SHARED
        if not status and callee in self.ev.pumped.runs.get((fid, number), ()):
            base, status = (fn.own, "") if self._is_of_family(fn, target) else ("", SHARED)
        locks, seq = (facts.locks, facts.seq) if number < 0 else self._taken_at(fid, number, target)
        here = {h.lock for h in self.locks.at(fid, locks, seq) if h.sure}
        return Step(
            number,
            callee,
            facts,
            base,
            attr if on_self and target.cls >= 0 else "",
            own,
            frozenset(here | self.locks.by_decorator(callee)),
            status,
            self._handed(facts, callee) if isinstance(facts, Call) else (),
            (-1, True) if own else self._receiver(fid, facts, base, callee),
            ((fid, number) in self.ev.guessed) + ((fid, number) in self.ev.kin),
            (fid, number) if number >= 0 and self._is_given_containers(callee) else (-1, -1),
        )

    def _is_of_family(self, fn: Fn, target: Fn) -> bool:
        """Whether both may be methods of one object; then what runs a callback is taken for its own object's doing."""
        classes = self.ev.symbols.classes
        return bool(fn.self_name) and (target.cls in classes[fn.cls].mro or fn.cls in classes[target.cls].mro)

    def _taken_at(self, fid: int, number: int, target: Fn) -> tuple[int, int]:
        """(lock set, position) at which the body of what a call runs is run: that of a generator where its items are
        taken, after all locks of the function where it is returned or kept.
        """
        facts = self.ev.symbols.fns[fid].facts
        call = facts.calls[number]
        path = f"!{number}"
        if not target.facts.is_generator or self.locks.is_manager(target.gid):
            return call.locks, call.seq
        loops = [a for a in facts.accesses if a.path == path and a.op in ("iterate", "snapshot")]
        if loops:
            return loops[0].locks, loops[0].seq
        kept = path in facts.returns or call.bound not in ("", "=")
        return (0, call.seq) if kept else (call.locks, call.seq)

    def _handed(self, call: Call, callee: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The arguments for parameters that tell the callee's contexts apart."""
        matter = self._matter(callee)
        fn = self.ev.symbols.fns[callee]
        names = [p.name for p in fn.facts.params][1 if self.ev.object_of(callee) else 0 :] if matter else ()
        given = [*zip(names, call.args, strict=False), *call.kwargs]
        return tuple((name, tuple(v for v in values if v[:1] not in "=*")) for name, values in given if name in matter)

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
            on_loop=context.on_loop or self.ev.symbols.fns[context.function].facts.is_async,
            afar=context.afar or step.callee in self._afar,
            guesses=min(context.guesses + step.guesses, MOST_GUESSES),
            constants=self.givens.handed(context, step.number, step.callee) if step.number >= 0 else frozenset(),
            states=self.givens.states(context, at) if step.own else frozenset(),
            via=step.via,
            parts=self.parts.of(context, step.base) if target.self_name and not made else (),
            early=step.own and (context.early or self.order.is_before_start(context.function, at.seq)),
        )

    def _is_given_containers(self, fid: int) -> bool:
        """Whether parameters themselves are containers of interest, and few calls give them."""
        if fid not in self._given:
            facts = self.ev.symbols.fns[fid].facts
            names = {p.name for p in facts.params}
            touched = any(bare_param(facts.accesses[n].path) in names for n, _ in self.touched.get(fid, ()))
            self._given[fid] = touched and len(self.ev.callers(fid)) <= MOST_CONTEXTS
        return self._given[fid]

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
        return self._narrowing(cls, exact, target)

    def _receiver(self, fid: int, step: Access | Call, base: str, callee: int) -> tuple[int, bool]:
        """The same for a method of another object."""
        target = self.ev.symbols.fns[callee]
        if target.cls < 0 or not target.self_name:
            return -1, True
        exact = self._constructs(callee)
        cls = self._class_of(fid, step.callee if exact and isinstance(step, Call) else base)
        return self._narrowing(cls, exact, target)

    def _narrowing(self, cls: int, exact: bool, target: Fn) -> tuple[int, bool]:
        symbols = self.ev.symbols
        exact = exact or not symbols.subclasses.get(cls)
        known = cls >= 0 and symbols.subclasses.get(target.cls) and (exact or cls != target.cls)
        return (cls, exact) if known else (-1, True)

    def _class_of(self, fid: int, path: str) -> int:
        """The one class that a receiver is known to be, or to be an object of; -1 where there are several, or none."""
        found = {v[1] for v in self.ev.values(fid, path) if v[0] in "IC"}
        return found.pop() if len(found) == 1 else -1

    def _dispatches(self, context: Context, step: Step) -> bool:
        """Where the class of `self` is known, `self.m()` runs that class's `m`, or that of one derived from it."""
        if not step.attr:
            return True
        symbols = self.ev.symbols
        found = symbols.method(context.cls, step.attr)
        below = not context.exact and symbols.fns[step.callee].cls in symbols.subclasses[context.cls]
        return found is None or found == step.callee or below or self.ev.is_property(found)

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

    def _is_spawned(self, fid: int, number: int) -> bool:
        """A coroutine object that is handed to a spawner runs there, not here."""
        return (fid, number) in self._coroutines

    def _params(self, context: Context, step: Step) -> frozenset[tuple[str, str]]:
        """What is known of the objects that a call hands over."""
        known = set()
        for name, values in step.handed:
            statuses = {self.ownership.status(context, v, step.facts.seq) for v in values}
            if len(statuses) == 1 and statuses != {UNKNOWN}:
                known.add((name, statuses.pop()))
        return frozenset(known)

    def _matter(self, fid: int) -> frozenset[str]:
        """Parameters through which a function reaches containers, itself or by what it calls."""
        if fid not in self._mattering:
            facts = self.ev.symbols.fns[fid].facts
            paths = [facts.accesses[number].path for number, _ in self.touched.get(fid, ())]
            for number, _ in self.edges.get(fid, ()):
                if number < 0:
                    paths.append(facts.accesses[-1 - number].path)
                else:
                    call = facts.calls[number]
                    paths += [call.callee, *(v for group in call.args for v in group)]
                    paths += [v for _, values in call.kwargs for v in values]
            self._mattering[fid] = frozenset(name for path in self._unfolded(fid, paths) if (name := root_param(path)))
        return self._mattering[fid]

    def _unfolded(self, fid: int, paths: list[str]) -> Iterator[str]:
        """The paths, and what the calls and births among them were made from."""
        facts = self.ev.symbols.fns[fid].facts
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            if path in seen:
                continue
            seen.add(path)
            yield path
            number = path[1:].partition(".")[0].partition("[")[0].partition("|")[0].partition("<")[0]
            if path[:1] == "!" and number.isdigit():
                paths.append(facts.calls[int(number)].callee)
            elif path[:1] == "#" and number.isdigit():
                birth = facts.births[int(number)]
                paths += [*birth.items, *birth.copy_of]


def _bodies(spawns: list[Spawn]) -> dict[int, list[Spawn]]:
    """The spawns by the functions that a single thread runs of itself."""
    found: dict[int, list[Spawn]] = {}
    for spawn in spawns:
        if spawn.activity.domain == "thread" and not (spawn.activity.many or spawn.activity.likely):
            for entry in spawn.entries:
                found.setdefault(entry, []).append(spawn)
    return found


def _values_of(functions: Iterable[FunctionFacts]) -> Iterator[str]:
    """The last names of all that functions hand on, keep or return; `getattr` where they call that."""
    for facts in functions:
        for call in facts.calls:
            yield from (leaf_name(path) for group in call.args for path in group)
            yield from (leaf_name(path) for _, group in call.kwargs for path in group)
            if call.callee == "getattr":
                yield "getattr"
        yield from (leaf_name(path) for bind in facts.binds for path in bind.values)
        yield from (leaf_name(path) for access in facts.accesses for path in access.values)
        yield from (leaf_name(path) for birth in facts.births for path in birth.items)
        yield from (leaf_name(path) for path in facts.returns)
