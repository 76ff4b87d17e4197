"""Facts of the whole program -> Program: the containers that hazards concern, and every use of them in context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from dictlint.knowledge.activities import INTERRUPTING, MAKING_WORDS
from dictlint.knowledge.containers import MAPPINGS
from dictlint.knowledge.operations import RESIZING, WRITES
from dictlint.link.activities import IMPORT
from dictlint.link.context import Context
from dictlint.link.contexts import Contexts
from dictlint.link.evaluate import Evaluator
from dictlint.link.gates import Gates
from dictlint.link.givens import States
from dictlint.link.handed import Handed
from dictlint.link.interest import Interest, base_of
from dictlint.link.locks import Locks, shown
from dictlint.link.narrower import narrower
from dictlint.link.paths import bare_param, given, is_birth, leaf_name, source_name, split
from dictlint.link.pauses import Pauses
from dictlint.link.question import Loc
from dictlint.link.records import Records
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Call, Compound, Pause
from dictlint.model.program import (
    BY_CALLER,
    BY_DECORATOR,
    Activity,
    Container,
    Holding,
    Lock,
    Nested,
    Pairing,
    Part,
    Place,
    Program,
    Use,
)

MOST_COMPOUNDS = 400
OWN_STEPS = 4  # how many methods up a caller is looked for that holds its object's lock
NOTHING: States = frozenset()
_TAKING = frozenset(("pop", "pop-default", "popitem", "popleft"))
_READING = frozenset(("getitem", "get", "contains", "len", "truth", "equal", "iterate", "snapshot"))
_LENDING = frozenset(("getitem", "get", "setdefault", "iterate", "snapshot"))


class Assembler:
    """Puts uses, compounds and guards together, container by container."""

    def __init__(
        self,
        ev: Evaluator,
        locks: Locks,
        contexts: Contexts,
        interest: Interest,
        guarded: dict[str, str] | None = None,  # by dotted name: the lock that the author names
    ) -> None:
        self.guarded = guarded or {}
        self.ev = ev
        self.locks = locks
        self.contexts = contexts
        self.interest = interest
        self.uses: defaultdict[Loc, list[Use]] = defaultdict(list)
        self.pairings: defaultdict[Loc, list[Pairing]] = defaultdict(list)
        self.nested: list[tuple[Loc, Nested]] = []
        self.records = Records(ev)
        self.handed = Handed(ev, contexts.reached, contexts.entries, contexts.spawns)
        self.pauses = Pauses(ev)
        self._said: dict[tuple[int, int, Loc], dict[str, Any]] = {}
        self._holdings: dict[tuple[int, int, frozenset[Lock]], tuple[Holding, ...]] = {}
        self._kept: dict[tuple[int, Loc], frozenset[int]] = {}

    def containers(self) -> dict[Loc, Container]:
        """All containers by their locations."""
        for fid in sorted(self.interest.touched):
            for context in self.contexts.found.get(fid, ()):
                self._use(context)
        self._shelter()
        self._nest()
        return {loc: self._container(loc) for loc in self.uses}

    def _shelter(self) -> None:
        """Callers who are nowhere in the program come through the gate through which all others come."""
        gates = Gates(self.contexts)
        for loc, uses in self.uses.items():
            guard = gates.guard(loc, uses)
            if guard is None:
                continue
            kept = {
                id(use): replace(use, assumed=True, sheltered=True)
                for use in uses
                if use.activity.domain == "caller" and guard not in use.locks
            }
            self.uses[loc] = [kept.get(id(use), use) for use in uses]
            self.pairings[loc] = [
                replace(one, first=kept.get(id(one.first), one.first), second=kept.get(id(one.second), one.second))
                for one in self.pairings[loc]
            ]

    def program(self, containers: dict[Loc, Container]) -> Program:
        """The containers in the order of their birth places."""
        ordered = sorted(containers.values(), key=lambda c: (c.path, c.line, c.key))
        nested = tuple((containers[loc], one) for loc, one in self.nested)
        activities = tuple(dict.fromkeys(s.activity for s in self.contexts.spawns))
        files = tuple(mod.file for mod in self.ev.symbols.mods)
        touched = [self.ev.symbols.fns[fid] for fid in self.interest.touched]
        attempts = {fn.gid: fn.facts.tries for fn in touched if fn.facts.tries}
        return Program(tuple(ordered), activities, nested, files=files, attempts=attempts)

    def outline(self, loc: Loc, kind: str) -> Container:
        """A container of which nothing is asked but what it is."""
        path, line = self._birth(loc)
        return Container(repr(loc), self._name(loc, ()), kind, self._holder(loc), path, line, (), (), "", None)

    def step(self, fid: int, access: Access, activity: Activity, held: Iterable[Holding] = ()) -> Use:
        """A step of a function that is reported though it is no access of a container."""
        fn = self.ev.symbols.fns[fid]
        return Use(
            access,
            -1,
            fid,
            _symbol(fn.facts.qualname),
            fn.mod.file.path,
            fn.mod.facts.module,
            activity,
            tuple(held),
            "shared",
            frozenset(),
            False,
            shown(access.path),
            within=fn.facts.at,
            is_async=fn.facts.is_async,
        )

    def _use(self, context: Context) -> None:
        fid = context.function
        facts = self.ev.symbols.fns[fid].facts
        made: dict[tuple[int, Loc], Use] = {}
        for number, loc in self.interest.touched[fid]:
            use = self._one(context, facts.accesses[number], number, loc)
            if use is not None:
                made[number, loc] = use
                self.uses[loc].append(use)
        for compound in facts.compounds:
            self._pair(context, compound, made)
        if facts.pauses:
            self._keep(fid, made)
        if any(self.interest.kinds[loc] == "defaultdict" for _, loc in made):
            self._read_in_loop(made)

    def _keep(self, fid: int, made: dict[tuple[int, Loc], Use]) -> None:
        """Entries that a coroutine takes out, trusting that they are still there after it was suspended."""
        for loc in dict.fromkeys(loc for _, loc in made):
            numbers = [number for number, touched in self.interest.touched[fid] if touched == loc]
            for first, second, pause in self.pauses.kept(fid, numbers):
                before, after = made.get((first, loc)), made.get((second, loc))
                if before is not None and after is not None:
                    compound = Compound("kept", first, second, True, True)
                    self.pairings[loc].append(Pairing(compound, before, after, "", pause))

    def _read_in_loop(self, made: dict[tuple[int, Loc], Use]) -> None:
        """Reading a missing key of a defaultdict inside its own loop inserts it."""
        for (_, loc), use in list(made.items()):
            if not use.access.asks_for_a_key or self.interest.kinds[loc] != "defaultdict" or use.access.leaves:
                continue
            for outer in use.access.during:
                first = made.get((outer, loc))
                if first is not None and use.access.key != first.access.key:
                    compound = Compound("iterate-resize", outer, use.index)
                    self.pairings[loc].append(Pairing(compound, first, use))

    def _one(self, context: Context, access: Access, number: int, loc: Loc) -> Use | None:
        fn = self.ev.symbols.fns[context.function]
        if self.contexts.givens.excluded(context, access.seq):
            return None
        if not self.handed.comes(context.activity, context.function, access.path, loc):
            return None
        if not self._is_given(context, fn, access.path, loc):
            return None
        status = self.contexts.ownership.base_status(context, access.path, loc, access.seq)
        if status == "owned" or (status == "shared" and self._out_of_reach(loc)):
            return None
        activity = self.contexts.activity_at(context, access.seq)
        if activity is IMPORT:
            return None
        ordered = self.contexts.order.ordered(context, access.seq, access.loops)
        if base_of(loc)[:2] == ("b", fn.gid):
            ordered |= self.contexts.order.waited_for(fn.gid)
        return Use(
            **self._fixed(fn, access, number, loc),
            activity=activity,
            held=self._locks_at(fn.gid, access, context.held),
            status=status,
            ordered=ordered,
            assumed=context.assumed,
            sheltered=context.assumed and self._is_sheltered(context),
            guesses=context.guesses,
            on_loop=fn.facts.is_async or context.on_loop,
            afar=context.afar,
            states=self.contexts.givens.states(context, access) if _is_own(fn, access.path) else NOTHING,
            family=self._family(context, access.path, loc),
            parts=self._parts(context, access.path, loc),
            early=context.early or self.contexts.order.is_before_start(context.function, access.seq),
        )

    def _locks_at(self, fid: int, access: Access, around: frozenset[Lock]) -> tuple[Holding, ...]:
        """The locks that are held at an access, those `around` the function included."""
        key = (fid, access.seq, around)
        if key not in self._holdings:
            held = self.locks.at(fid, access.locks, access.seq)
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
        """Whether a call gives the container, or what holds it, for a parameter."""
        call = self.ev.symbols.fns[caller].facts.calls[number]
        args = given(call, index - self.ev.shift(fn, caller, number), fn.facts.params[index].name)
        holders = {loc}
        while loc[0] == "e":
            loc = loc[1]
            holders.add(loc)
        given_locs = [one for path in args for one in self.ev.locs(caller, path)]
        return (True,) if not args or not holders.isdisjoint(given_locs) else ()

    def _fixed(self, fn: Fn, access: Access, number: int, loc: Loc) -> dict[str, Any]:
        """What is said of an access in every context."""
        key = (fn.gid, number, loc)
        if key not in self._said:
            self._said[key] = {
                "access": access,
                "index": number,
                "function": fn.gid,
                "symbol": _symbol(fn.facts.qualname),
                "path": fn.mod.file.path,
                "module": fn.mod.facts.module,
                "name": shown(access.path),
                "within": fn.facts.at,
                "entry": self.records.entry(fn.gid, access) if loc[0] == "e" else "",
                "caught": self._caught(fn, access),
                "guessed": self._is_guess(fn.gid, access.path),
                "overwrites": number in self._overwriting(fn.gid, loc),
                "is_async": fn.facts.is_async,
                "taken": loc[0] == "e" and _is_taken_out(fn, access.path),
                "pause": self.pauses.inside(fn.gid, number) if fn.facts.pauses else None,
                "makes": bool(fn.facts.pauses) and self._makes(fn.gid, access),
                "memo": self._is_memo(fn, access),
                "constant": self._constant(fn, access.key) if access.key else "",
            }
        return self._said[key]

    def _constant(self, fn: Fn, key: str) -> str:
        """Which constant a key is: a literal's text, or where the name comes from that stands for it."""
        if key[0] in "'\"0123456789":
            return key
        if fn.own and key.startswith(fn.own + "."):
            return self._class_constant(fn.cls, key[len(fn.own) + 1 :])
        if key[0] != "@" and key not in fn.mod.globals:
            return ""
        named = self.ev.symbols.named(fn.mod, key) if key not in fn.mod.globals else [("G", fn.mod.mid, key)]
        if len(named) != 1 or named[0][0] not in "GX":
            return ""
        if named[0][0] == "X":
            return f"={named[0][1]}"
        once = len(self.ev.symbols.mods[named[0][1]].globals.get(named[0][2], ())) == 1
        return f"={named[0][1]}:{named[0][2]}" if once else ""

    def _is_memo(self, fn: Fn, access: Access) -> bool:
        """Whether what is stored is what a captured parameter gives for whatever this function was called with."""
        path = access.values[0] if len(access.values) == 1 else ""
        if path[:1] != "!" or not path[1:].isdigit() or fn.facts.parent <= 0:
            return False
        call = fn.facts.calls[int(path[1:])]
        owner, _, name = call.callee[1:].partition(":")
        if call.callee[:1] != "^" or self.ev.param(("v", fn.mod.first_function + int(owner), name)) is None:
            return False
        return bool(call.args) and all(path[:1] == "*" for group in call.args for path in group)

    def _class_constant(self, cid: int, attr: str) -> str:
        """The constant that one class body alone binds the attribute to."""
        symbols = self.ev.symbols
        family = dict.fromkeys((*symbols.classes[cid].mro, *symbols.subclasses.get(cid, ())))
        if any(attr in symbols.classes[c].attrs for c in family):
            return ""
        binds = [bind for c in family for _, bind in symbols.classes[c].names.get(attr, ())]
        return binds[0].constant.lstrip("=") if len(binds) == 1 and binds[0].constant[1:2] in "'0123456789" else ""

    def _makes(self, fid: int, access: Access) -> bool:
        """Whether what is stored is an object with a life of its own, as opposed to data that are as good twice."""
        values = [v for path in access.values for v in self.ev.values(fid, path)]
        if any(v[0] == "I" or (v[0] == "XI" and v[1].rpartition(".")[2][:1].isupper()) for v in values):
            return True
        if any(is_birth(path) for path in access.values):
            return access.op != "rebind"
        made = [int(path[1:]) for path in access.values if path[:1] == "!" and path[1:].isdigit()]
        calls = [leaf_name(self.ev.symbols.fns[fid].facts.calls[number].callee).lower() for number in made]
        return any(word in name for name in calls for word in MAKING_WORDS)

    def _family(self, context: Context, path: str, loc: Loc) -> frozenset[int]:
        """The classes that the object may have on which a method uses what is its own; empty where that is open."""
        fn, owner = self.ev.symbols.fns[context.function], base_of(loc)
        holder = path.partition("|")[0].partition("[")[0].partition("<")[0]
        if owner[0] not in "is" or not fn.self_name or (split(holder)[0] or holder) != "%" + fn.self_name:
            return frozenset()
        classes = self.ev.symbols.classes
        if owner[1] not in classes[fn.cls].mro and fn.cls not in classes[owner[1]].mro:
            return frozenset()  # lent by an object of another kind
        below = (fn.cls, *self.ev.symbols.subclasses.get(fn.cls, ()))
        return frozenset((context.cls,)) if context.cls in below else frozenset(below)

    def _parts(self, context: Context, path: str, loc: Loc) -> tuple[Part, ...]:
        """Where the object that holds the container is kept, as far as it is known for sure."""
        owner, fn = base_of(loc), self.ev.symbols.fns[context.function]
        holder = split(path.partition("|")[0].partition("[")[0].partition("<")[0])[0]
        if owner[0] != "i" or not fn.own or not holder.startswith(fn.own):
            return ()
        parts = self.contexts.parts.of(context, holder)
        classes = self.ev.symbols.classes
        kept = [v[1] for v in self.ev.values(fn.gid, holder) if v[0] == "I"] if parts else []
        return parts if any(owner[1] in classes[cid].mro for cid in kept) else ()

    def _out_of_reach(self, loc: Loc) -> bool:
        """A local container that its function hands to no activity: another activity that runs the same helper has
        its own.
        """
        while loc[0] == "e":
            loc = loc[1]
        if loc[0] != "b":
            return False
        facts = self.ev.symbols.fns[loc[1]].facts
        path = f"#{loc[2]}" if loc[2] >= 0 else f"!{-1 - loc[2]}"
        if any(path in bind.values for bind in facts.binds):
            return False
        handed = [facts.calls[s.call] for s in self.contexts.spawns if s.function == loc[1] and s.call >= 0]
        values = [v for call in handed for group in (*call.args, *(vs for _, vs in call.kwargs)) for v in group]
        stored = any(path in access.values for access in facts.accesses if access.path[:1] != "#")
        return not stored and not any(path in value for value in values)

    def _caught(self, fn: Fn, access: Access) -> frozenset[str]:
        """Names of the exceptions that handlers around the access name."""
        found: set[str] = set()
        attempt = access.attempt
        while attempt >= 0:
            one = fn.facts.tries[attempt]
            found |= {leaf_name(path) for handler in one.handlers for path in handler.types}
            attempt = one.outer
        return frozenset(found)

    def _is_sheltered(self, context: Context) -> bool:
        known = [c.held for c in self.contexts.found[context.function] if not c.assumed and c.status != "owned"]
        return bool(known) and bool(frozenset.intersection(*known) - context.held)

    def _is_guess(self, fid: int, path: str) -> bool:
        base, attr = split(path.partition("|")[0].removesuffix("[]"))
        return bool(attr) and path[:1] != "@" and not self.ev.values(fid, base)

    def _overwriting(self, fid: int, loc: Loc) -> frozenset[int]:
        """Uses of keys that are there: the loop's own key, a tested one, `d[k] += 1` on a dict that raises for missing
        keys.
        """
        if (fid, loc) not in self._kept:
            facts = self.ev.symbols.fns[fid].facts
            mine = [number for number, touched in self.interest.touched[fid] if touched == loc]
            keys = {a.key for a in (facts.accesses[n] for n in mine) if a.op in ("iterate", "snapshot") and a.key}
            found = {
                n for n in mine if facts.accesses[n].op in ("setitem", "getitem") and facts.accesses[n].key in keys
            }
            found |= {
                c.second
                for c in facts.compounds
                if c.kind == "test-act" and c.second in mine and facts.accesses[c.first].op == "contains"
                if facts.accesses[c.second].op == "getitem"
            }
            if self.interest.kinds[loc] not in ("defaultdict", "Counter"):
                found |= {
                    c.second
                    for c in facts.compounds
                    if c.kind == "read-write" and c.second in mine and facts.accesses[c.first].op == "getitem"
                }
            fixed = self._fixed_keys(loc)
            found |= {n for n in mine if facts.accesses[n].op == "setitem" and facts.accesses[n].key in fixed}
            self._kept[fid, loc] = frozenset(found)
        return self._kept[fid, loc]

    def _fixed_keys(self, loc: Loc) -> frozenset[str]:
        """The constant keys that the dict is born with, wherever it is born."""
        births = [
            self.ev.symbols.fns[fid].facts.births[int(path[1:])]
            for fid, bind in self.ev.binds(loc)
            for path in bind.values
            if is_birth(path)
        ]
        return frozenset(births[0].keys).intersection(*(b.keys for b in births[1:])) if births else frozenset()

    def _pair(self, context: Context, compound: Compound, made: dict[tuple[int, Loc], Use]) -> None:
        for (number, loc), second in list(made.items()):
            if number != compound.second or len(self.pairings[loc]) >= MOST_COMPOUNDS:
                continue
            if compound.kind == "helper-test":
                helper = self._helper_test(context, compound.first, loc)
                if helper:
                    self.pairings[loc].append(Pairing(compound, second, second, helper, self._pause(context, compound)))
                continue
            first = made.get((compound.first, loc))
            if first is not None:
                self.pairings[loc].append(Pairing(compound, first, second, "", self._pause(context, compound)))

    def _pause(self, context: Context, compound: Compound) -> Pause | None:
        facts = self.ev.symbols.fns[context.function].facts
        return self.pauses.between(context.function, compound) if facts.pauses else None

    def _helper_test(self, context: Context, number: int, loc: Loc) -> str:
        """The helper that tests the same container, if the call does so."""
        for callee in self.ev.functions(context.function, number):
            for index, touched in self.interest.touched.get(callee, ()):
                access = self.ev.symbols.fns[callee].facts.accesses[index]
                if touched == loc and access.op in ("contains", "get", "len", "truth"):
                    return self.ev.symbols.fns[callee].facts.name
        return ""

    # -- changes made by callees during an iteration ----------------------------------------------------------------

    def _nest(self) -> None:
        for loc in list(self.uses):
            changers = {u.function for u in self.uses[loc] if u.access.op in RESIZING and not u.overwrites}
            seen: set[tuple[int, int]] = set()
            for use in self.uses[loc]:
                if use.access.op != "iterate" or (use.function, use.index) in seen:
                    continue
                seen.add((use.function, use.index))
                self._nest_one(loc, use, changers)

    def _nest_one(self, loc: Loc, use: Use, changers: set[int]) -> None:
        fn = self.ev.symbols.fns[use.function]
        same_object = loc[0] == "i"
        for number, callee in self.contexts.edges.get(use.function, ()):
            if number < 0:
                continue
            call = fn.facts.calls[number]
            if use.index not in call.during or call.leaves or (use.function, number) in self.contexts.order.by_call:
                continue
            if not self._hands_over(use.function, call, loc, use.access.path.partition("|")[0]):
                continue
            if same_object and call.callee.rpartition(".")[0] != use.access.path.rpartition(".")[0]:
                continue
            inner = self._change_in(loc, callee, changers, same_object)
            if inner is not None:
                self.nested.append((loc, Nested(use, inner, call.callee.rpartition(".")[2], call.at)))

    def _hands_over(self, fid: int, call: Call, loc: Loc, outer: str = "") -> bool:
        """A container that is a local or parameter reaches a callee only as an argument, or in a closure."""
        if loc[0] not in "bv":
            return True
        if call.callee[:1] == "&" and call.callee[1:].isdigit():
            inner = self.ev.symbols.fns[fid].mod.first_function + int(call.callee[1:])
            accesses = self.ev.symbols.fns[inner].facts.accesses
            if any(to == loc and accesses[n].path[:1] == "^" for n, to in self.interest.touched.get(inner, ())):
                return True
        paths = [path for group in call.args for path in group if path[:1] not in "=*("]
        return outer in paths if outer else any(loc in self.ev.locs(fid, path) for path in paths)

    def _change_in(self, loc: Loc, start: int, changers: set[int], same_object: bool) -> Use | None:
        todo, seen = [(start, 0)], set()
        while todo:
            fid, depth = todo.pop()
            if fid in seen:
                continue
            seen.add(fid)
            if fid in changers:
                return next(
                    u for u in self.uses[loc] if u.function == fid and u.access.op in RESIZING and not u.overwrites
                )
            if depth < 4:
                fn = self.ev.symbols.fns[fid]
                for number, callee in self.contexts.edges.get(fid, ()):
                    if number < 0:
                        continue
                    own = fn.facts.calls[number].callee.rpartition(".")[0] == "%" + fn.self_name
                    if (
                        (own or not same_object)
                        and self._hands_over(fid, fn.facts.calls[number], loc)
                        and (fid, number) not in self.contexts.order.by_call
                    ):
                        todo.append((callee, depth + 1))
        return None

    # -- one container ----------------------------------------------------------------------------------------------

    def _container(self, loc: Loc) -> Container:
        uses = tuple(dict.fromkeys(self.uses[loc]))
        path, line = self._birth(loc)
        name = self._name(loc, uses)
        qualname = self._dotted(loc, name)
        told = self.guarded.get(qualname, "")
        guard = self._guard(tuple(u for u in uses if u.activity.domain not in INTERRUPTING))
        own = guard is not None and self._same_owner(loc, guard)
        meant = guard is not None and own and _is_deliberate(self._held(loc, uses, guard), uses)
        if told:
            guard, meant = self._told(loc, uses, told), True
        claims = f"guard:{guard.name}" if guard and meant else self._sibling_lock(loc)
        record = self.records.is_within(loc)
        return Container(
            repr(loc),
            name,
            self.interest.kinds[loc],
            self._holder(loc),
            path,
            line,
            uses,
            tuple(dict.fromkeys(self.pairings[loc])),
            claims,
            guard,
            loc[0] == "e",
            loc[0] == "e" and self.ev.container_kind(loc[1]) in MAPPINGS,
            base_of(loc)[0] in ("b", "v"),
            self._factory(loc),
            self._owners(loc) if any(use.guessed for use in uses) else frozenset(),
            narrower(self.ev, self.locks, base_of(loc), uses),
            _expects_tasks(uses),
            record,
            record and self.records.is_mixed(loc),
            qualname,
            bool(told),
        )

    def _owners(self, loc: Loc) -> frozenset[Place]:
        """The class of the attribute, and all that inherit it."""
        loc = base_of(loc)
        found = [loc[1], *self.ev.symbols.subclasses.get(loc[1], ())] if loc[0] in "ic" else []
        classes = [self.ev.symbols.classes[cid] for cid in found]
        return frozenset((cls.mod.file.path, cls.facts.at.line) for cls in classes)

    def _guard(self, uses: tuple[Use, ...]) -> Lock | None:
        """The lock that most changing accesses (else most accesses) agree on; one that at least two sites or every
        write holds.
        """
        sites: dict[tuple[int, int], frozenset[Lock]] = {}
        for use in uses:
            if not use.sheltered:
                key = (use.function, use.index)
                sites[key] = sites.get(key, use.locks) & use.locks
        counts = Counter(lock for locks in sites.values() for lock in locks if not lock.loop)
        if not counts:
            return None
        best = max(counts.items(), key=lambda item: (item[1], item[0].key))
        return best[0]

    def _same_owner(self, loc: Loc, lock: Lock) -> bool:
        """Whether the lock lives where the container does: then it is there for it."""
        loc = base_of(loc)
        if loc[0] in "ics":
            family = (*self.ev.symbols.classes[loc[1]].mro, *self.ev.symbols.subclasses.get(loc[1], ()))
            places = tuple(f"('{kind}', {cid}," for cid in family for kind in "ic")
            return any(place in lock.owner for place in places)
        module = loc[1] if loc[0] == "g" else -1
        return f"('g', {module}," in lock.owner or loc[0] in ("b", "v")

    def _held(self, loc: Loc, uses: tuple[Use, ...], lock: Lock) -> list[tuple[Use, Holding]]:
        """Where the lock is held, if it may be the one of the very object that holds the container."""
        held = [(use, holding) for use in uses for holding in use.held if holding.lock == lock]
        if base_of(loc)[0] != "i" or lock.scope != "object":
            return held
        return [(use, holding) for use, holding in held if not self._is_of_another(use, holding)]

    def _is_of_another(self, use: Use, holding: Holding) -> bool:
        """Whether the lock that is held is that of another object of the class: `with parent.lock: child.table[k]`."""
        fn = self.ev.symbols.fns[use.function]
        holder = split(use.access.path.partition("|")[0].partition("[")[0].partition("<")[0])[0]
        if holding.region == BY_CALLER:
            key = (use.function, holding.lock)
            return holder == fn.own != "" and not self.ev.memo.ask("comes-locked", key, self._comes_locked, *key, 0)
        paths = [one.path for one in fn.facts.locksets[use.access.locks] if one.region == holding.region]
        owners = {split(path)[0] for path in paths if split(path)[1]}
        return bool(owners) and "." in use.access.path and holder not in owners

    def _comes_locked(self, fid: int, lock: Lock, depth: int) -> tuple[bool, ...]:
        """Whether some method of the same object calls this one, by however many steps, while it holds the lock."""
        for caller, number in self.ev.callers(fid) if depth < OWN_STEPS else ():
            fn = self.ev.symbols.fns[caller]
            if number < 0 or not fn.own or split(fn.facts.calls[number].callee)[0] not in (fn.own, "<super>"):
                continue
            call = fn.facts.calls[number]
            held = {h.lock for h in self.locks.at(caller, call.locks, call.seq)} | self.locks.by_decorator(caller)
            if lock in held or self._comes_locked(caller, lock, depth + 1):
                return (True,)
        return ()

    def _told(self, loc: Loc, uses: tuple[Use, ...], told: str) -> Lock:
        """The lock that an annotation names; where nobody takes one of that name, one that nobody holds."""
        wanted = told.rpartition(".")[2]
        known = sorted(
            {*self._own_locks(loc), *(lock for use in uses for lock in use.locks)}, key=lambda lock: lock.key
        )
        named = [lock for lock in known if lock.name.rpartition(".")[2] == wanted]
        own = [lock for lock in named if self._same_owner(loc, lock)]
        return (own or named or [Lock(f"told {loc!r}", told)])[0]

    def _sibling_lock(self, loc: Loc) -> str:
        """A lock of the same owner that guards something else there: a hint that it is shared, no more."""
        own = sorted(lock.name for lock in self._own_locks(loc))
        return f"sibling:{own[0]}" if own else ""

    def _own_locks(self, loc: Loc) -> set[Lock]:
        loc = base_of(loc)
        functions: Iterable[int] = ()
        if loc[0] in "ics":
            functions = [
                m for a in self.ev.symbols.classes[loc[1]].mro for m in self.ev.symbols.classes[a].methods.values()
            ]
        elif loc[0] == "g":
            mod = self.ev.symbols.mods[loc[1]]
            functions = range(mod.first_function, mod.first_function + len(mod.facts.functions))
        locks = {lock for gid in functions for lock in self.locks.all_of(gid) if not lock.loop}
        return {lock for lock in locks if self._same_owner(loc, lock)}

    def _birth(self, loc: Loc) -> tuple[str, int]:
        base = loc
        while base[0] == "e":
            base = base[1]
        if base[0] == "b":
            fn = self.ev.symbols.fns[base[1]]
            made = fn.facts.births[base[2]] if base[2] >= 0 else fn.facts.calls[-1 - base[2]]
            return fn.mod.file.path, made.at.line
        if base[0] == "s":
            cls = self.ev.symbols.classes[base[1]]
            return cls.mod.file.path, cls.facts.at.line
        if base[0] == "x":
            return "", 0
        binds = self.ev.binds(base)
        born = [(fid, b) for fid, b in binds if any(is_birth(p) for p in b.values)] or binds
        if born:
            fid, bind = born[0]
            return self.ev.symbols.fns[fid].mod.file.path, bind.at.line
        use = self.uses[loc][0]
        return use.path, use.access.at.line

    def _name(self, loc: Loc, uses: tuple[Use, ...]) -> str:
        kind = loc[0]
        if kind == "e":
            return self._name(loc[1], uses) + "[...]"
        if kind == "i":
            return f"self.{source_name(loc[2])}"
        if kind == "c":
            return f"{self.ev.symbols.classes[loc[1]].facts.name}.{source_name(loc[2])}"
        if kind == "s":
            return "self"
        if kind == "b":
            fn = self.ev.symbols.fns[loc[1]]
            path, born = (f"#{loc[2]}", fn.facts.births[loc[2]].name) if loc[2] >= 0 else (f"!{-1 - loc[2]}", "")
            named = [b.target[1:] for b in fn.facts.binds if b.target[:1] == ":" and path in b.values]
            named += [u.name for u in uses if u.access.path[:1] not in "#!"]
            return (named or [born or "the dict"])[0]
        return str(loc[-1])

    def _dotted(self, loc: Loc, name: str) -> str:
        """The name by which settings and annotations speak of it: `package.module.Class.attribute`."""
        while loc[0] == "e":
            loc = loc[1]
        kind = loc[0]
        if kind in "ics":
            cls = self.ev.symbols.classes[loc[1]]
            owner = f"{cls.mod.facts.module}.{_symbol(cls.facts.qualname)}"
            return owner if kind == "s" else f"{owner}.{source_name(loc[2])}"
        if kind == "g":
            return f"{self.ev.symbols.mods[loc[1]].facts.module}.{source_name(loc[2])}"
        if kind == "x":
            return str(loc[1])
        fn = self.ev.symbols.fns[loc[1]]
        return f"{fn.mod.facts.module}.{_symbol(fn.facts.qualname)}.{name.partition('[')[0]}"

    def _holder(self, loc: Loc) -> str:
        while loc[0] == "e":
            loc = loc[1]
        kind = loc[0]
        if kind in "ics":
            cls = self.ev.symbols.classes[loc[1]]
            words = {"i": "attribute of", "c": "class attribute of", "s": "the object itself, a"}
            return f"{words[kind]} `{cls.facts.qualname}`"
        if kind == "g":
            return f"global of module `{self.ev.symbols.mods[loc[1]].facts.module}`"
        if kind == "x":
            return f"`{loc[1]}` of the interpreter"
        return f"local of `{_symbol(self.ev.symbols.fns[loc[1]].facts.qualname)}`"

    def _factory(self, loc: Loc) -> str:
        """How missing entries are made: `none`, `atomic` (a C type), `value` (Python code, interchangeable),
        `python`.
        """
        if loc[0] == "s":
            return self._own_factory(loc[1])
        for fid, bind in self.ev.binds(loc) if loc[0] in "gicv" else ():
            for path in bind.values:
                if is_birth(path):
                    factory = self.ev.symbols.fns[fid].facts.births[int(path[1:])].factory
                    return "none" if factory in ("<none>", "=None") else self._made_by(fid, factory)
        return next((self._own_factory(v[1]) for v in self.ev.contents(loc) if v[0] == "I"), "none")

    def _own_factory(self, cid: int) -> str:
        """A defaultdict by inheritance is told its factory by its constructor; `__missing__` is one itself."""
        if self.ev.fills_missing(cid):
            return "value"
        for ancestor in self.ev.symbols.classes[cid].mro:
            init = self.ev.symbols.classes[ancestor].methods.get("__init__", -1)
            for call in self.ev.symbols.fns[init].facts.calls if init >= 0 else ():
                if call.callee == "<super>.__init__" and call.args and call.args[0]:
                    factory = call.args[0][0]
                    return "none" if factory[:1] in "=*(" else self._made_by(init, factory)
        return "none"

    def _made_by(self, fid: int, factory: str) -> str:
        made = [f for value in self.ev.values(fid, factory) for f in self.ev.runs(value)]
        if not made:
            return "atomic"
        kinds = {value[0] for f in made for value in self.ev.returned(f)}
        births = any(is_birth(path) for f in made for path in self.ev.symbols.fns[f].facts.returns)
        return "python" if births or kinds & {"K", "I"} else "value"


def _is_deliberate(held: list[tuple[Use, Holding]], uses: tuple[Use, ...]) -> bool:
    """Whether the lock is taken for the container: around a change, by its function or by the callers of several
    accesses. What one helper touches under a lock of its caller may be there by accident, as may be what is only read.
    """
    if all(use.access.op in _READING for use, _ in held) and any(use.access.op not in _READING for use in uses):
        return False
    return any(holding.region for _, holding in held) or len({(use.function, use.index) for use, _ in held}) > 1


def _is_taken_out(fn: Fn, path: str) -> bool:
    """Whether the function has its entries by removing them: then they are its own, whoever put them in."""
    base = path.partition("|")[0].removesuffix("[]")
    ops = {access.op for access in fn.facts.accesses if access.path == base}
    return bool(ops & _TAKING) and not ops & _LENDING


def _is_own(fn: Fn, path: str) -> bool:
    return bool(fn.self_name) and path.startswith(f"%{fn.self_name}.")


def _expects_tasks(uses: tuple[Use, ...]) -> bool:
    """Whether some asyncio lock is held around most changes."""
    writes = {(u.function, u.index): u.held for u in uses if u.access.op in WRITES}
    counts = Counter(h.lock for held in writes.values() for h in held if h.lock.loop)
    return bool(counts) and 2 * max(counts.values()) >= len(writes)


def _symbol(qualname: str) -> str:
    return qualname.replace("<locals>.", "")
