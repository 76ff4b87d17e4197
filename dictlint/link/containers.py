"""Facts of the whole program -> Program: the containers that hazards concern, and every use of them in context."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from msgspec.structs import replace

from dictlint.knowledge.activities import INTERRUPTING
from dictlint.knowledge.containers import LOCKED_MAP, MAPPINGS
from dictlint.knowledge.operations import WRITES
from dictlint.link.accesses import Accesses
from dictlint.link.constants import Constants
from dictlint.link.context import Context
from dictlint.link.contexts import Contexts
from dictlint.link.evaluate import Evaluator
from dictlint.link.factories import Factories
from dictlint.link.gates import Gates
from dictlint.link.guarding import Guards
from dictlint.link.helpers import Helpers
from dictlint.link.interest import Interest, waits_kept
from dictlint.link.locks import Locks, shown
from dictlint.link.naming import Naming, symbol
from dictlint.link.narrower import narrower
from dictlint.link.nested import Nesting
from dictlint.link.pauses import Pauses
from dictlint.link.question import Loc, base_of
from dictlint.link.records import Records, used_as_mappings
from dictlint.link.uses import Uses
from dictlint.model.activity import Activity, Lock
from dictlint.model.body import Access, Compound, Pause
from dictlint.model.program import Container, Holding, Nested, Pairing, Program, Use

MOST_COMPOUNDS = 400


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
        constants = Constants(ev.symbols)
        self.records = Records(ev, constants)
        self.pauses = Pauses(ev)
        self._nested: list[tuple[Loc, Nested]] = []
        self._accesses = Accesses(ev, interest, self.records, self.pauses, constants)
        self._uses = Uses(ev, locks, contexts, self._accesses)
        self._helpers = Helpers(ev, self._uses, self._accesses)
        self._naming = Naming(ev)
        self._factories = Factories(ev)
        self._guards = Guards(ev, locks)
        self._often = frozenset(
            fid for s in contexts.spawns if s.activity.many for fid in contexts.reached.get(s.activity.number, ())
        )

    def containers(self) -> dict[Loc, Container]:
        """All containers by their locations."""
        for fid in sorted(self.interest.touched):
            for context in self.contexts.found.get(fid, ()):
                self._use(context)
        for loc, pairing in self._helpers.pairings(self.uses):
            if len(self.pairings[loc]) < MOST_COMPOUNDS:
                self.pairings[loc].append(pairing)
        self._shelter()
        self._nested = list(Nesting(self.ev, self.contexts, self.interest, self.uses).nested())
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
        nested = tuple((containers[loc], one) for loc, one in self._nested)
        activities = tuple(dict.fromkeys(s.activity for s in self.contexts.spawns))
        files = tuple(mod.file for mod in self.ev.symbols.mods)
        touched = [self.ev.symbols.fns[fid] for fid in self.interest.touched]
        attempts = {fn.gid: fn.facts.tries for fn in touched if fn.facts.tries}
        return Program(tuple(ordered), activities, nested, files=files, attempts=attempts)

    def outline(self, loc: Loc, kind: str) -> Container:
        """A container of which nothing is asked but what it is."""
        naming = self._naming
        path, line = naming.birth(loc, self.uses.get(loc, ()))
        return Container(repr(loc), naming.name(loc), kind, naming.holder(loc), path, line, (), (), "", None)

    def step(self, fid: int, access: Access, activity: Activity, held: Iterable[Holding] = ()) -> Use:
        """A step of a function that is reported though it is no access of a container."""
        fn = self.ev.symbols.fns[fid]
        return Use(
            access,
            -1,
            fid,
            symbol(fn.facts.qualname),
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
            use = self._uses.use(context, facts.accesses[number], number, loc)
            if use is not None:
                made[number, loc] = use
                self.uses[loc].append(use)
        for compound in facts.compounds:
            self._pair(context, compound, made)
        if facts.entrusted:
            self._helpers.note(context, made)
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

    # -- one container ----------------------------------------------------------------------------------------------

    def _container(self, loc: Loc) -> Container:
        uses = tuple(dict.fromkeys(self.uses[loc]))
        path, line = self._naming.birth(loc, uses)
        name = self._naming.name(loc, uses)
        qualname = self._naming.dotted(loc, name)
        told = self.guarded.get(qualname, "")
        guard = self._guards.guard(tuple(u for u in uses if u.activity.domain not in INTERRUPTING))
        meant = guard is not None and self._guards.is_deliberate(loc, uses, guard)
        if told:
            guard, meant = self._guards.told(loc, uses, told), True
        guards = self._guards
        own = self.interest.own
        promised = guards.kept(uses) or guards.said(loc) or own.said(loc, uses) or guards.sibling(loc)
        claims = f"guard:{guard.name}" if guard and meant else promised
        record = self.records.is_within(loc)
        mixed = record and self.records.is_mixed(loc)
        return Container(
            repr(loc),
            name,
            self.interest.kinds[loc],
            self._naming.holder(loc),
            path,
            line,
            uses,
            tuple(dict.fromkeys(self.pairings[loc])),
            claims,
            guard,
            loc[0] == "e",
            loc[0] == "e" and self.ev.container_kind(loc[1]) in MAPPINGS,
            base_of(loc)[0] in ("b", "v"),
            self._factories.factory(loc),
            self._naming.owners(loc) if any(use.guessed for use in uses) else frozenset(),
            narrower(self.ev, self.locks, base_of(loc), uses, self._often),
            self._expects_tasks(uses),
            record,
            mixed,
            used_as_mappings(uses) if mixed else frozenset(),
            qualname,
            bool(told),
            base_of(loc)[0] in "is" and self.contexts.exposure.has_one_caller(base_of(loc)[1]),
            _guarded(uses, guard) if guard and meant and not told else frozenset(),
            self.interest.kinds[loc] == LOCKED_MAP and self.interest.safe.is_walked(loc),
        )

    def _expects_tasks(self, uses: tuple[Use, ...]) -> bool:
        """Whether a coroutine waits for what it puts there, or some asyncio lock is held around most changes."""
        stored = ((u.function, u.index) for u in uses if u.access.op == "setitem")
        return any(index in waits_kept(self.ev.symbols.fns[f].facts) for f, index in stored) or _locked_by_tasks(uses)


def _guarded(uses: tuple[Use, ...], guard: Lock) -> frozenset[int]:
    """The classes whose objects are used under the lock; empty where one of them is not known."""
    families = [use.family for use in uses if guard in use.locks]
    return frozenset[int]().union(*families) if all(families) else frozenset()


def _locked_by_tasks(uses: tuple[Use, ...]) -> bool:
    writes = {(u.function, u.index): u.held for u in uses if u.access.op in WRITES}
    counts = Counter(h.lock for held in writes.values() for h in held if h.lock.loop)
    return bool(counts) and 2 * max(counts.values()) >= len(writes)
