"""One access in one context: who makes it, with which locks, on whose object; or that it cannot be."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.link.accesses import REMOVING, Accesses
from dictlint.link.activities import IMPORT, Spawn
from dictlint.link.context import Context
from dictlint.link.contexts import Contexts
from dictlint.link.evaluate import Evaluator
from dictlint.link.givens import States, argument
from dictlint.link.handed import Handed
from dictlint.link.locks import Locks
from dictlint.link.own_loops import is_for_loops
from dictlint.link.ownership import company
from dictlint.link.paths import bare_param, call_of, is_birth, split
from dictlint.link.question import Loc, base_of
from dictlint.link.spawning import fans_out
from dictlint.link.symbols import Fn
from dictlint.model.activity import Activity, Lock
from dictlint.model.body import Access, Call
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import BY_CALLER, BY_DECORATOR, Holding, Part, Use

NOTHING: States = frozenset()
NOWHERE: frozenset[Lock] = frozenset()
NOBODY: frozenset[int] = frozenset()


class Uses:
    """Accesses of containers of interest, context by context."""

    def __init__(self, ev: Evaluator, locks: Locks, contexts: Contexts, accesses: Accesses) -> None:
        self.ev = ev
        self.locks = locks
        self.contexts = contexts
        self.accesses = accesses
        self.handed = Handed(ev, contexts.reached, contexts.entries, contexts.spawns)
        self._each: dict[tuple[int, Loc], bool] = {}
        self._holdings: dict[tuple[int, int, frozenset[Lock]], tuple[Holding, ...]] = {}
        self._runners: dict[int, frozenset[int]] = {}
        self._lending: dict[tuple[int, str], bool] = {}
        given = (one for handed in ev.deliveries.values() for one in handed)
        self._delivered = {(giver, path) for giver, args, _ in given for group in args for path in group}

    def use(self, context: Context, access: Access, number: int, loc: Loc) -> Use | None:
        """None where it cannot be: it is given another container there, or its own."""
        fn = self.ev.symbols.fns[context.function]
        if self.contexts.givens.excluded(context, access):
            return None
        if self.contexts.givens.is_other(context.function, access, self.accesses.interest.kinds[loc]):
            return None
        if not self.handed.comes(context.activity, context.function, access.path, loc):
            return None
        if not self._is_given(context, fn, access.path, loc):
            return None
        status = self.contexts.ownership.base_status(context, access.path, loc, access.seq)
        if status == "owned" or (status == "shared" and self._is_out_of_reach(base_of(loc), access.path)):
            return None
        activity = self.contexts.activity_at(context, access.seq)
        if activity is IMPORT:
            return None
        ordered = self.contexts.order.ordered(context, access.seq, access.loops)
        early = context.early or self.contexts.order.is_before_start(context.function, access.seq)
        if early and _is_own(fn, access.path):
            ordered |= self.contexts.order.own_threads(context.function)
        if base_of(loc)[:2] == ("b", fn.gid):
            ordered |= self.contexts.order.waited_for(fn.gid)
        return Use(
            **self.accesses.of(fn, access, number, loc),
            activity=activity,
            held=self.locks_at(fn.gid, access, context.held),
            status=status.partition(":")[0],
            company=company(status),
            ordered=ordered,
            assumed=context.assumed,
            hedged=context.hedged,
            first=context.first,
            sheltered=context.assumed and self._is_sheltered(context),
            guesses=context.guesses,
            doubt=self.contexts.doubts[fn.gid, context.activity.number],
            on_loop=context.on_loop or is_for_loops(fn.facts),
            own_loop=self.contexts.own_loop(context),
            afar=context.afar,
            states=self.contexts.givens.states(context, access) if _is_own(fn, access.path) else NOTHING,
            family=self._family(context, access.path, loc),
            parts=self._parts(context, access.path, loc),
            each=self._is_made_for_each(context.activity, base_of(loc)),
            early=context.early or self._is_early(context.function, access.seq),
            since=self._since(context, number, loc) if loc[0] == "e" else NOWHERE,
            housed=self.contexts.order.housed.get(activity.number, NOBODY),
        )

    def _since(self, context: Context, number: int, loc: Loc) -> frozenset[Lock]:
        """The locks held when an entry was removed, or from when it was looked up until it is used."""
        facts = self.ev.symbols.fns[context.function].facts
        if not context.held and len(facts.locksets) == 1:
            return NOWHERE
        access, found = facts.accesses[number], self.accesses.looked_up(context.function, number, loc)
        removed = any(one.op in REMOVING for one in found)
        spans = [self._held_over(context, one, one if removed else access) for one in found]
        return frozenset.intersection(*spans) if spans else NOWHERE

    def _held_over(self, context: Context, first: Access, last: Access) -> frozenset[Lock]:
        """The locks that are held from one access to another."""
        at = [self.locks_at(context.function, one, context.held) for one in (first, last)]
        kept = {(h.lock, h.region) for h in at[0] if h.sure and not h.lock.vague} & {(h.lock, h.region) for h in at[1]}
        return frozenset(lock for lock, _ in kept)

    def _is_early(self, fid: int, seq: int) -> bool:
        return self.contexts.order.is_before_start(fid, seq) or self.contexts.exposure.is_set_up(fid)

    def locks_at(self, fid: int, step: Access | Call, around: frozenset[Lock]) -> tuple[Holding, ...]:
        """The locks that are held at a step, those `around` the function included."""
        key = (fid, step.seq, around)
        if key not in self._holdings:
            held = self.locks.at(fid, step.locks, step.seq)
            wrapped = self.locks.by_decorator(fid)
            given = sorted(around - {h.lock for h in held}, key=lambda lock: lock.key)
            more = [Holding(lock, BY_DECORATOR if lock in wrapped else BY_CALLER) for lock in given]
            self._holdings[key] = (*held, *more)
        return self._holdings[key]

    def _is_given(self, context: Context, fn: Fn, path: str, loc: Loc) -> bool:
        """Whether the container at `loc`, which goes by a parameter's name, comes by the call that made the context."""
        name = bare_param(path)
        if not name or name == fn.self_name or base_of(loc)[:2] == ("v", fn.gid):
            return True
        index = self.ev.param(("v", fn.gid, name))
        bound = (value for bind in fn.facts.binds if bind.target == "%" + name for value in bind.values)
        if index is None or fn.facts.params[index].default or any(value[:1] not in "#(=" for value in bound):
            return True
        if context.outermost:
            return False
        return context.via[0] < 0 or bool(
            self.ev.memo.ask("given", (context.via, index, loc), self._gives, *context.via, fn, index, loc)
        )

    def _gives(self, caller: int, number: int, fn: Fn, index: int, loc: Loc) -> tuple[bool, ...]:
        """Whether a call gives the container, or what holds it, for a parameter; not where it leaves it out, or gives a
        constant.
        """
        call = self.ev.symbols.fns[caller].facts.calls[number]
        values = argument(call, index - self.ev.shift(fn, caller, number), fn.facts.params[index].name)
        if values is None and self.contexts.givens.called_by_name(fn, call):
            return ()
        if values and all(value[:1] == "=" and value != "=?" for value in values):
            return ()
        args = [value for value in values or () if value[:1] not in "=*"]
        holders = {loc}
        while loc[0] == "e":
            loc = loc[1]
            holders.add(loc)
        given_locs = [one for path in args for one in self.ev.locs(caller, path)]
        return (True,) if not args or not holders.isdisjoint(given_locs) else ()

    def _family(self, context: Context, path: str, loc: Loc) -> frozenset[int]:
        """The classes that the object may have on which a method uses what is its own; empty where that is open."""
        fn, owner = self.ev.symbols.fns[context.function], base_of(loc)
        holder = path.partition("|")[0].partition("[")[0].partition("<")[0]
        if owner[0] not in "is":
            return frozenset()
        base = self._lender(fn, holder, owner) or split(holder)[0]
        if not fn.self_name or (base or holder) != "%" + fn.self_name:
            return self._kept_in(fn, base, owner) if owner[0] == "i" else frozenset()
        classes = self.ev.symbols.classes
        if owner[1] not in classes[fn.cls].mro and fn.cls not in classes[owner[1]].mro:
            return frozenset()  # lent by an object of another kind
        below = self._running(fn)
        if context.cls not in below:
            return below
        derived = () if context.exact else self.ev.symbols.subclasses.get(context.cls, ())
        return frozenset((context.cls, *derived)) & below

    def _lender(self, fn: Fn, path: str, owner: Loc) -> str:
        """The object of whose method a path is the result, where that gives out what the object itself holds."""
        number = call_of(path)
        if number < 0 or owner[0] != "i":
            return ""
        base, attr = split(fn.facts.calls[number].callee)
        found = self.ev.functions(fn.gid, number) if attr else ()
        return base if found and all(self._lends(f, owner[2]) for f in found) else ""

    def _lends(self, fid: int, attr: str) -> bool:
        """Whether a method returns what its object has under an attribute, or puts there, alone."""
        key = (fid, attr)
        if key not in self._lending:
            fn = self.ev.symbols.fns[fid]
            holder = f"{fn.own}.{attr}"
            self._lending[key] = bool(fn.own and fn.facts.returns) and all(
                path.partition("|")[0].replace("[]", "").replace("<>", "") == holder
                or (is_birth(path) and all(place == holder for place in _places(fn.facts, path)))
                for path in fn.facts.returns
            )
        return self._lending[key]

    def _kept_in(self, fn: Fn, holder: str, owner: Loc) -> frozenset[int]:
        """The classes of the object that a method's own one keeps and that holds the container; empty where that may
        be an object that holds none.
        """
        if not fn.own or not holder.startswith(fn.own + "."):
            return frozenset()
        values = self.ev.values(fn.gid, holder)
        symbols = self.ev.symbols
        if not values or any(v[0] != "I" or owner[1] not in symbols.classes[v[1]].mro for v in values):
            return frozenset()
        return frozenset(cid for v in values for cid in (v[1], *symbols.subclasses.get(v[1], ())))

    def _running(self, fn: Fn) -> frozenset[int]:
        """The classes whose objects may run the method: not those that have another one in its place."""
        if fn.gid not in self._runners:
            below = self.ev.symbols.subclasses.get(fn.cls, ())
            method = self.ev.symbols.method
            own = method(fn.cls, fn.facts.name) == fn.gid
            kept = (cid for cid in below if not own or self._goes_on(method(cid, fn.facts.name), fn))
            self._runners[fn.gid] = frozenset((fn.cls, *kept))
        return self._runners[fn.gid]

    def _goes_on(self, found: int | None, fn: Fn) -> bool:
        """Whether a method is the one, or runs what it stands in place of."""
        if found is None or found == fn.gid:
            return True
        return any(split(call.callee)[1] == fn.facts.name for call in self.ev.symbols.fns[found].facts.calls)

    def _parts(self, context: Context, path: str, loc: Loc) -> tuple[Part, ...]:
        """Where the object that holds the container is kept, as far as it is known for sure."""
        owner, fn = base_of(loc), self.ev.symbols.fns[context.function]
        holder = split(path.partition("|")[0].partition("[")[0].partition("<")[0])[0]
        if owner[0] != "i":
            return ()
        parts = self.contexts.parts.of(context, holder)
        classes = self.ev.symbols.classes
        kept = [v[1] for v in self.ev.values(fn.gid, holder) if v[0] == "I"] if parts else []
        return parts if any(owner[1] in classes[cid].mro for cid in kept) else ()

    def _is_out_of_reach(self, loc: Loc, path: str) -> bool:
        """A local container that its function hands to no activity: another activity that runs the same helper has
        its own. So has who gets it by calls alone, of a function that the program itself never calls.
        """
        if loc[0] == "b":
            return self._stays(loc[1], f"#{loc[2]}" if loc[2] >= 0 else f"!{-1 - loc[2]}")
        if loc[0] != "v" or self.ev.param(loc) is None or not (bare_param(path) or call_of(path) >= 0):
            return False
        captured = self.contexts.ownership.publications.is_captured(loc[1], loc[2])
        return not captured and self._stays(loc[1], "%" + loc[2])

    def _stays(self, fid: int, path: str) -> bool:
        """Whether a function neither stores a container nor hands it to an activity, or to what has one of its own."""
        facts = self.ev.symbols.fns[fid].facts
        if (fid, path) in self._delivered:
            return False
        handed_on = self.contexts.ownership.publications.handed_on(fid, path)
        if any(path in bind.values for bind in facts.binds) or any(True for _ in handed_on):
            return False
        handed = [facts.calls[s.call] for s in self.contexts.spawns if s.function == fid and s.call >= 0]
        values = _given_to(handed)
        values |= _given_to(facts.calls[made] for made in map(call_of, values) if made >= 0)  # by a partial
        stored = any(path in access.values for access in facts.accesses if access.path[:1] != "#")
        return not stored and not any(path in value for value in values)

    def _is_made_for_each(self, activity: Activity, loc: Loc) -> bool:
        """Whether the function that starts such activities makes a container of its own for each of them."""
        if loc[0] not in ("b", "v") or not (activity.many or activity.likely):
            return False
        key = (activity.number, loc)
        if key not in self._each:
            starts = [s for s in self.contexts.spawns if s.activity == activity]
            self._each[key] = bool(starts) and all(self._makes_one(s, loc) for s in starts)
        return self._each[key]

    def _makes_one(self, spawn: Spawn, loc: Loc) -> bool:
        if spawn.function != loc[1] or spawn.call < 0:
            return False
        facts = self.ev.symbols.fns[loc[1]].facts
        start = facts.calls[spawn.call]
        if loc[0] == "v":  # captured: one for each run of the function
            return not start.loops and not fans_out(start) and self.ev.param(loc) is None
        made = facts.births[loc[2]] if loc[2] >= 0 else facts.calls[-1 - loc[2]]
        return made.loops >= start.loops and not fans_out(start)

    def _is_sheltered(self, context: Context) -> bool:
        known = [c.held for c in self.contexts.found[context.function] if not c.assumed and c.status != "owned"]
        return bool(known) and bool(frozenset.intersection(*known) - context.held)


def _given_to(calls: Iterable[Call]) -> set[str]:
    return {v for call in calls for group in call.groups for v in group}


def _places(facts: FunctionFacts, path: str) -> Iterable[str]:
    """Where a function stores what it makes: attributes, or containers in which it is an entry."""
    yield from (bind.target for bind in facts.binds if path in bind.values and bind.target[:1] != ":")
    yield from (access.path for access in facts.accesses if path in access.values)


def _is_own(fn: Fn, path: str) -> bool:
    return bool(fn.self_name) and path.startswith(f"%{fn.self_name}.")
