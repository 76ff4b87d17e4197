"""Facts of the whole program -> Program: the containers that hazards concern, and every use of them in context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from dictlint.knowledge.concurrency import MAPPINGS, SETS
from dictlint.knowledge.operations import RESIZING
from dictlint.link.activities import IMPORT, Spawn
from dictlint.link.carriers import carriers
from dictlint.link.context import Context
from dictlint.link.contexts import Contexts
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks, shown, speaks_of_lock
from dictlint.link.paths import is_birth, leaf_name, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Fn
from dictlint.model.facts import Access, Call, Compound, FunctionFacts
from dictlint.model.program import Container, Holding, Lock, Nested, Pairing, Program, Use

MOST_COMPOUNDS = 400


class Interest:
    """The containers that matter, and which accesses of which functions touch them.

    With `thorough` every hazard counts. Without it only those that can reach medium confidence: in functions that some
    activity runs, on containers that such functions write, in classes and modules that take locks, and loops that
    change
    what they iterate. Most code has none of these, and costs next to nothing.
    """

    def __init__(
        self, ev: Evaluator, is_test: frozenset[int], plain: Evaluator, spawns: list[Spawn], thorough: bool
    ) -> None:
        self.ev = ev
        self.is_test = is_test
        self.kinds: dict[Loc, str] = {}
        self.touched: defaultdict[int, list[tuple[int, Loc]]] = defaultdict(list)
        self.ran = frozenset[int]() if thorough else _run_by(plain, spawns)
        self.written = frozenset[str]() if thorough else self._written()
        self.thorough = thorough
        self.written_as: set[str] = set()
        self.carriers = carriers(ev.symbols, ev.flow)
        hazards = self._hazards()
        if hazards:
            self._touches(hazards)

    def _written(self) -> frozenset[str]:
        """Names of the containers that such functions use."""
        found = set()
        for fid in self.ran:
            for access in self.ev.symbols.fns[fid].facts.accesses:
                if access.path[:1] not in "%^#" or "." in access.path:
                    found.add(leaf_name(access.path))
                else:
                    found |= {leaf for loc in self.ev.locs(fid, access.path) for leaf in _leaves(loc)}
        return frozenset(found)

    def _locking(self) -> tuple[frozenset[int], frozenset[int]]:
        """(classes with their families, modules) in which something may be held."""
        classes, modules = set(), set()
        for fn in self.ev.symbols.fns:
            if len(fn.facts.locksets) > 1 and fn.mod.mid not in self.is_test and _may_lock(fn):
                if fn.cls >= 0:
                    classes |= {*self.ev.symbols.classes[fn.cls].mro, *self.ev.symbols.subclasses.get(fn.cls, ())}
                modules.add(fn.mod.mid)
        return frozenset(classes), frozenset(modules)

    def _hazards(self) -> dict[Loc, str]:
        found: dict[Loc, str] = {}
        factories = self._factories()
        classes, modules = self._locking()
        for fn in self.ev.symbols.fns:
            if fn.mod.mid in self.is_test:
                continue
            facts = fn.facts
            open_to_all = self.thorough or fn.gid in self.ran or fn.cls in classes or fn.mod.mid in modules
            numbers = {
                i
                for i, a in enumerate(facts.accesses)
                if a.op in ("iterate", "update") or (a.op == "getitem" and leaf_name(a.path) in factories)
            }
            numbers |= {compound.second for compound in facts.compounds}
            if not self.thorough:
                numbers = {i for i in numbers if self._may_hold(fn, facts.accesses[i].path)}
            if not open_to_all:
                own = {c.second for c in facts.compounds if c.kind == "iterate-resize"} | self._loops_with_calls(facts)
                numbers = {i for i in numbers if i in own or leaf_name(facts.accesses[i].path) in self.written}
            for number in sorted(numbers):
                path = facts.accesses[number].path
                for loc in self.ev.locs(fn.gid, path):
                    if loc not in found and (kind := self._kind(loc)):
                        found[loc] = kind
                    if loc in found:
                        self.written_as.add(leaf_name(path))
        return found

    def _may_hold(self, fn: Fn, path: str) -> bool:
        """Whether a path may be a container of interest, by its name alone."""
        if path[:1] == "!" and "." not in path:
            return leaf_name(fn.facts.calls[_number(path)].callee) in self.carriers
        return path[:1] == "#" or leaf_name(path) in self.carriers or _bare(path) == "%" + fn.self_name

    def _loops_with_calls(self, facts: FunctionFacts) -> set[int]:
        """Live iterations in whose body a method of the same holder is called: it may change what is iterated."""
        return {
            i
            for call in facts.calls
            for i in call.during
            if call.callee.rpartition(".")[0] == facts.accesses[i].path.rpartition(".")[0] != ""
        }

    def _factories(self) -> frozenset[str]:
        """Names that hold a defaultdict whose factory may be Python code: there a read is a hazard."""
        found = set()
        for fn in self.ev.symbols.fns:
            made = {
                f"#{i}"
                for i, b in enumerate(fn.facts.births)
                if b.factory[:1] in ("&", "%", "!", "^", "@") or "." in b.factory
            }
            made |= {
                f"#{i}"
                for i, b in enumerate(fn.facts.births)
                if b.factory in fn.mod.functions or b.factory in fn.mod.classes
            }
            if made:
                found |= {leaf_name(bind.target) for bind in fn.facts.binds if not made.isdisjoint(bind.values)}
        return frozenset(found)

    def _kind(self, loc: Loc) -> str:
        base = loc
        while base[0] == "e":
            base = base[1]
        if base[0] == "u" or (base[0] == "v" and self.ev.param(base) is not None):
            return ""
        kind = self.ev.container_kind(loc)
        if kind in MAPPINGS or kind in SETS or kind == "deque":
            return kind
        if kind or loc[0] == "e" or self.ev.contents(loc):
            # lazily initialised attributes: what matters is the attribute, whatever it holds
            return "attribute" if loc[0] in "icg" and not kind else ""
        return "attribute" if loc[0] in "icg" else ""

    def _touches(self, hazards: dict[Loc, str]) -> None:
        names = {leaf for loc in hazards for leaf in _leaves(loc)} | self.written_as
        self.known_as = self.ev.flow.closure(set(names))
        born = {(loc[1], loc[2]) for loc in map(_base, hazards) if loc[0] == "b"}
        for fn in self.ev.symbols.fns:
            if fn.mod.mid in self.is_test:
                continue
            for number, access in enumerate(fn.facts.accesses):
                path = access.path
                if leaf_name(path) not in names and not self._by_other_name(fn, path, born):
                    continue
                held = (
                    self.ev.located(fn.gid, path) if access.op in ("rebind", "unbind") else self.ev.locs(fn.gid, path)
                )
                for loc in held:
                    if loc in hazards and not self._is_method_call(fn.gid, access, loc):
                        self.touched[fn.gid].append((number, loc))
                        self.kinds[loc] = hazards[loc]

    def _by_other_name(self, fn: Fn, path: str, born: set[tuple[int, int]]) -> bool:
        """Whether a hazard's container may go by this path: an argument, a captured or local variable, a result."""
        first = "" if "." in path else path[:1]
        if first == "#":
            number = _number(path)
            stored = any(f"#{number}" in bind.values for bind in fn.facts.binds)
            return stored or bool(fn.facts.births[number].copy_of) or (fn.gid, number) in born
        if first == "!":
            return leaf_name(fn.facts.calls[_number(path)].callee) in self.known_as
        if _bare(path) == "%" + fn.self_name:
            return self.ev.mapping_kind(fn.cls) != ""
        return path[:1] == "^" or leaf_name(path) in self.known_as

    def _is_method_call(self, fid: int, access: Access, loc: Loc) -> bool:
        """`self.cache.get(k)` where the class of `self.cache` defines `get` itself: a call, not an operation."""
        return access.call >= 0 and any(self.ev.functions(fid, access.call))


def _run_by(ev: Evaluator, spawns: list[Spawn]) -> frozenset[int]:
    """Every function that some activity may run, as far as the shallow evaluator sees."""
    todo = [entry for spawn in spawns for entry in spawn.entries]
    seen = set(todo)
    while todo:
        fid = todo.pop()
        for number in range(len(ev.symbols.fns[fid].facts.calls)):
            for callee in ev.functions(fid, number):
                if callee not in seen:
                    seen.add(callee)
                    todo.append(callee)
    return frozenset(seen)


def _may_lock(fn: Fn) -> bool:
    """Whether something open in the function may be a lock: an object, or a call that speaks of one."""
    for one in (held for lockset in fn.facts.locksets for held in lockset):
        number = one.path[1:]
        if one.path[:1] != "!" or not number.isdigit() or speaks_of_lock(fn.facts.calls[int(number)].callee):
            return True
    return False


def _bare(path: str) -> str:
    """The root of a path that has no attributes."""
    return path.partition("|")[0].partition("[")[0].partition("<")[0]


def _number(path: str) -> int:
    return int(_bare(path)[1:])


def _base(loc: Loc) -> Loc:
    while loc[0] == "e":
        loc = loc[1]
    return loc


def _leaves(loc: Loc) -> Iterable[str]:
    while loc[0] == "e":
        loc = loc[1]
    if loc[0] == "x":
        yield str(loc[1]).rpartition(".")[2]
    elif loc[0] != "s":
        yield str(loc[-1])


class Assembler:
    """Puts uses, compounds and guards together, container by container."""

    def __init__(self, ev: Evaluator, locks: Locks, contexts: Contexts, interest: Interest) -> None:
        self.ev = ev
        self.locks = locks
        self.contexts = contexts
        self.interest = interest
        self.uses: defaultdict[Loc, list[Use]] = defaultdict(list)
        self.pairings: defaultdict[Loc, list[Pairing]] = defaultdict(list)
        self.nested: list[tuple[Loc, Nested]] = []
        self._kept: dict[tuple[int, Loc], frozenset[int]] = {}

    def program(self) -> Program:
        """All containers, in the order of their birth places."""
        for fid in sorted(self.interest.touched):
            for context in self.contexts.found.get(fid, ()):
                self._use(context)
        self._nest()
        containers = {loc: self._container(loc) for loc in self.uses}
        ordered = sorted(containers.values(), key=lambda c: (c.path, c.line, c.key))
        nested = tuple((containers[loc], one) for loc, one in self.nested)
        activities = tuple(s.activity for s in self.contexts.spawns)
        files = tuple(mod.file for mod in self.ev.symbols.mods)
        return Program(tuple(ordered), activities, nested, files)

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
        if any(self.interest.kinds[loc] == "defaultdict" for _, loc in made):
            self._read_in_loop(made)

    def _read_in_loop(self, made: dict[tuple[int, Loc], Use]) -> None:
        """Reading a missing key of a defaultdict inside its own loop inserts it."""
        for (_, loc), use in list(made.items()):
            if use.access.op != "getitem" or self.interest.kinds[loc] != "defaultdict" or use.access.leaves:
                continue
            for outer in use.access.during:
                first = made.get((outer, loc))
                if first is not None and use.access.key != first.access.key:
                    compound = Compound("iterate-resize", outer, use.index)
                    self.pairings[loc].append(Pairing(compound, first, use))

    def _one(self, context: Context, access: Access, number: int, loc: Loc) -> Use | None:
        fn = self.ev.symbols.fns[context.function]
        status = self.contexts.ownership.base_status(context, access.path, loc)
        if status == "owned" or (status == "shared" and self._out_of_reach(loc)):
            return None
        activity = self.contexts.activity_at(context, access.seq)
        if activity is IMPORT:
            return None
        held = list(self.locks.held(fn.gid, access.locks))
        taken = {h.lock for h in held}
        held += [Holding(lock, 0) for lock in sorted(context.held - taken, key=lambda lock: lock.key)]
        ordered = self.contexts.order.ordered(context, access.seq, access.loops, access.locks)
        return Use(
            access,
            number,
            fn.gid,
            _symbol(fn.facts.qualname),
            fn.mod.file.path,
            fn.mod.facts.module,
            activity,
            tuple(held),
            status,
            ordered,
            context.assumed,
            shown(access.path),
            within=fn.facts.at,
            caught=self._caught(fn, access),
            sheltered=context.assumed and self._is_sheltered(context),
            guessed=self._is_guess(fn.gid, access.path),
            overwrites=number in self._overwriting(fn.gid, loc),
            is_async=fn.facts.is_async,
        )

    def _out_of_reach(self, loc: Loc) -> bool:
        """A local container that its function hands to no activity: another activity that runs the same helper has
        its own.
        """
        while loc[0] == "e":
            loc = loc[1]
        if loc[0] != "b":
            return False
        facts = self.ev.symbols.fns[loc[1]].facts
        path = f"#{loc[2]}"
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
        """Stores to keys that are there: the loop's own key, or `d[k] += 1` on a dict that raises for missing keys."""
        if (fid, loc) not in self._kept:
            facts = self.ev.symbols.fns[fid].facts
            mine = [number for number, touched in self.interest.touched[fid] if touched == loc]
            keys = {a.key for a in (facts.accesses[n] for n in mine) if a.op in ("iterate", "snapshot") and a.key}
            found = {n for n in mine if facts.accesses[n].op == "setitem" and facts.accesses[n].key in keys}
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
                    self.pairings[loc].append(Pairing(compound, second, second, helper))
                continue
            first = made.get((compound.first, loc))
            if first is not None:
                self.pairings[loc].append(Pairing(compound, first, second))

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
        guard = self._guard(uses)
        claims = f"guard:{guard.name}" if guard and self._same_owner(loc, guard) else self._sibling_lock(loc)
        return Container(
            repr(loc),
            self._name(loc, uses),
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
            _base(loc)[0] in ("b", "v"),
            self._factory(loc),
        )

    def _guard(self, uses: tuple[Use, ...]) -> Lock | None:
        """The lock that most changing accesses (else most accesses) agree on; one that at least two sites or every
        write holds.
        """
        sites: dict[tuple[int, int], frozenset[Lock]] = {}
        for use in uses:
            key = (use.function, use.index)
            sites[key] = sites.get(key, use.locks) & use.locks
        counts = Counter(lock for locks in sites.values() for lock in locks if not lock.loop)
        if not counts:
            return None
        best = max(counts.items(), key=lambda item: (item[1], item[0].key))
        return best[0]

    def _same_owner(self, loc: Loc, lock: Lock) -> bool:
        """Whether the lock lives where the container does: then it is there for it."""
        loc = _base(loc)
        if loc[0] in "ics":
            family = (*self.ev.symbols.classes[loc[1]].mro, *self.ev.symbols.subclasses.get(loc[1], ()))
            places = tuple(f"('{kind}', {cid}," for cid in family for kind in "ic")
            return any(place in lock.key or place in lock.owner for place in places)
        module = loc[1] if loc[0] == "g" else -1
        return f"('g', {module}," in lock.key or loc[0] in ("b", "v", "x")

    def _sibling_lock(self, loc: Loc) -> str:
        """A lock of the same owner that guards something else there: a hint that it is shared, no more."""
        loc = _base(loc)
        functions: Iterable[int] = ()
        if loc[0] in "ics":
            functions = [
                m for a in self.ev.symbols.classes[loc[1]].mro for m in self.ev.symbols.classes[a].methods.values()
            ]
        elif loc[0] == "g":
            mod = self.ev.symbols.mods[loc[1]]
            functions = range(mod.first_function, mod.first_function + len(mod.facts.functions))
        locks = {lock for gid in functions for lock in self.locks.all_of(gid) if not lock.loop}
        own = sorted(lock.name for lock in locks if self._same_owner(loc, lock))
        return f"sibling:{own[0]}" if own else ""

    def _birth(self, loc: Loc) -> tuple[str, int]:
        base = loc
        while base[0] == "e":
            base = base[1]
        if base[0] == "b":
            fn = self.ev.symbols.fns[base[1]]
            return fn.mod.file.path, fn.facts.births[base[2]].at.line
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
            return f"self.{_unmangled(loc[2])}"
        if kind == "c":
            return f"{self.ev.symbols.classes[loc[1]].facts.name}.{_unmangled(loc[2])}"
        if kind == "s":
            return "self"
        if kind == "b":
            fn = self.ev.symbols.fns[loc[1]]
            named = [b.target[1:] for b in fn.facts.binds if b.target[:1] == ":" and f"#{loc[2]}" in b.values]
            return (named or [u.name for u in uses if u.access.path[:1] not in "#!"] or ["the dict"])[0]
        return str(loc[-1])

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
        for fid, bind in self.ev.binds(loc) if loc[0] in "gicv" else ():
            for path in bind.values:
                if is_birth(path):
                    factory = self.ev.symbols.fns[fid].facts.births[int(path[1:])].factory
                    return "none" if factory in ("<none>", "=None") else self._made_by(fid, factory)
        return "none"

    def _made_by(self, fid: int, factory: str) -> str:
        made = [f for value in self.ev.values(fid, factory) for f in self.ev.runs(value)]
        if not made:
            return "atomic"
        kinds = {value[0] for f in made for value in self.ev.returned(f)}
        births = any(is_birth(path) for f in made for path in self.ev.symbols.fns[f].facts.returns)
        return "python" if births or kinds & {"K", "I"} else "value"


def _unmangled(attr: str) -> str:
    head, double, tail = attr.partition("__")
    return f"__{tail}" if head.startswith("_") and head != "_" and double and not tail.endswith("__") else attr


def _symbol(qualname: str) -> str:
    return qualname.replace("<locals>.", "")
