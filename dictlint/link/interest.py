"""Which containers matter, and which accesses touch them: by names first, evaluated where a name allows it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from dictlint.knowledge.activities import WAITED_FOR
from dictlint.knowledge.containers import INVISIBLE_WRITERS, LOCKED_MAP, MAPPINGS, SETS
from dictlint.knowledge.locks import LOCK_NAMES
from dictlint.knowledge.operations import NOT_OF_MAPPINGS, RESIZING, WEAK, WRITES
from dictlint.link.activities import Spawn
from dictlint.link.carriers import carriers
from dictlint.link.concern import HOPS, Concern, bare, called, leaves, may_lock, number_of
from dictlint.link.entrusted import tested
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.own_locks import OwnLocks
from dictlint.link.own_views import runs_own_iter
from dictlint.link.paths import call_of, is_birth, leaf_name, split, whole
from dictlint.link.pauses import TAKES_AGAIN
from dictlint.link.question import Loc, base_of
from dictlint.link.safe_maps import SafeMaps
from dictlint.link.symbols import Fn, Value
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts

_HOME = re.compile(r"\('([icgs])', (\d+)")  # in the text of a location


class Interest:
    """The containers that matter, and which accesses of which functions touch them.

    With `thorough` every hazard counts. Without it only those that can reach medium confidence: in functions that some
    activity runs, on containers that such functions use or that are used under a lock, loops that change what they
    iterate, locks that are made on first use, what tasks wait for, and what threads may share as a docstring says. Most
    code has none of these, and costs next to nothing. With `strict` every change counts as a hazard.
    """

    def __init__(
        self,
        ev: Evaluator,
        locks: Locks,
        spawns: list[Spawn],
        thorough: bool,
        wanted: Iterable[dict[int, set[int]]],
        strict: bool = False,
    ) -> None:
        self.ev = ev
        self.safe = SafeMaps(ev, locks)
        self.own = OwnLocks(ev, locks, self.safe)
        self.strict = strict
        self.kinds: dict[Loc, str] = {}
        self.touched: defaultdict[int, list[tuple[int, Loc]]] = defaultdict(list)
        self.wanted: defaultdict[int, set[int]] = defaultdict(set)  # accesses that matter whatever they do
        for fid, numbers in (item for more in wanted for item in more.items()):
            self.wanted[fid] |= numbers
        concern = Concern(ev, locks, spawns, thorough)
        self.ran, self.under_locks = concern.ran, concern.under_locks
        self.concerned = concern.names | self.own.names
        self.sure: set[Loc] = set()  # no activity need be seen: of loops that may change what they iterate, of locks
        self.rebound: set[Loc] = set()  # bound to something else in the course of time
        self.thorough = thorough
        self.written_as: set[str] = set()
        self._births_of: tuple[int, frozenset[int]] = (-1, frozenset())
        self.carriers = carriers(ev.symbols, ev.flow)
        self.promised = _promised(ev)
        hazards = self._hazards()
        if hazards:
            self._touches(hazards)
        self._leave_out(self._never_changed())
        if not thorough:
            self._leave_out(self._only_possible(locks))

    def _hazards(self) -> dict[Loc, str]:
        found: dict[Loc, str] = {}
        factories = self._factories()
        weak = self._weak()
        for fn in self.ev.symbols.fns:
            facts = fn.facts
            numbers = {
                i
                for i, a in enumerate(facts.accesses)
                if a.op in ("iterate", "update")
                or (a.op == "getitem" and leaf_name(a.path) in factories)
                or (a.op == "snapshot" and leaf_name(a.path) in weak)
            }
            numbers |= {compound.second for compound in facts.compounds}
            numbers |= tested(self.ev, fn.gid) if facts.entrusted else set()
            if self.thorough and len(facts.locksets) > 1 and may_lock(fn):
                numbers |= {i for i, a in enumerate(facts.accesses) if a.locks and a.op in RESIZING}
            if facts.pauses:
                numbers |= {i for i, a in enumerate(facts.accesses) if a.op in TAKES_AGAIN and a.awaits and a.key}
                numbers |= waits_kept(facts)
            if self.strict:
                numbers |= {i for i, a in enumerate(facts.accesses) if a.op in WRITES}
            if not self.thorough:
                numbers = self._surer(fn, numbers)
            wanted = self.wanted.get(fn.gid, set())
            sure = self._looping(facts) | wanted | _locks_made(facts) | waits_kept(facts)
            numbers |= wanted
            for number in sorted(numbers):
                path = facts.accesses[number].path
                for loc in self.ev.locs(fn.gid, path):
                    if loc not in found and (kind := self._kind(loc) or _shown_kind(fn, number, loc)):
                        found[loc] = kind
                    if loc in found:
                        if path[:1] not in "!#" or "." in path:  # such a number means nothing elsewhere
                            self.written_as.add(leaf_name(path))
                        if number in sure:
                            self.sure.add(loc)
        return found

    def _surer(self, fn: Fn, numbers: set[int]) -> set[int]:
        """Without what can only be possible."""
        facts = fn.facts
        own = {c.second for c in facts.compounds if c.kind == "iterate-resize"}
        own |= _locks_made(facts) | waits_kept(facts)
        looping = self._looping(facts)
        ran = fn.gid in self.ran or fn.cls in self.promised
        return own | {
            i
            for i in numbers
            if self._may_hold(fn, facts.accesses[i].path)
            and (ran or i in looping or called(fn, facts.accesses[i].path) in self.concerned)
        }

    def _may_hold(self, fn: Fn, path: str) -> bool:
        """Whether a path may be a container of interest, by its name alone."""
        return path[:1] == "#" or called(fn, path) in self.carriers or bare(path) in ("%" + fn.self_name, "<super>")

    def _looping(self, facts: FunctionFacts) -> set[int]:
        """Live iterations that may change what they iterate: themselves, or by what they call (a method of the same
        holder, a function that sees the same names or is given the holder).
        """
        accesses = facts.accesses
        calls = (
            i
            for call in facts.calls
            for i in call.during
            if call.callee[:1] == "&"
            or _holder(call.callee) == (holder := _holder(accesses[i].path))
            or (holder and any(holder in group for group in call.groups))
        )
        # of a defaultdict a read may be one more entry
        reads = (i for a in accesses if a.op == "getitem" for i in a.during if accesses[i].path == a.path)
        own = (i for c in facts.compounds if c.kind == "iterate-resize" for i in (c.first, c.second))
        return {*own, *calls, *reads}

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

    def _weak(self) -> frozenset[str]:
        """Names that hold a weak mapping or set: what copies it out goes through it in Python code."""
        made = (b for fn in self.ev.symbols.fns for b in fn.facts.births if b.kind in WEAK)
        return frozenset(b.name for b in made)

    def _kind(self, loc: Loc) -> str:
        base = base_of(loc)
        if base[0] == "u" or (base[0] == "v" and self.ev.param(base) is not None):
            return ""
        kind = self.safe.kind(loc)
        if kind in MAPPINGS or kind in SETS or kind == "deque":
            return kind
        if kind or loc[0] == "e" or self.ev.contents(loc):
            # lazily initialised attributes: what matters is the attribute, whatever it holds
            return "attribute" if loc[0] in "icg" and not kind else ""
        return "attribute" if loc[0] in "icg" else ""

    def _touches(self, hazards: dict[Loc, str]) -> None:
        names = {leaf for loc in hazards for leaf in leaves(loc)} | self.written_as
        makers = {self.ev.symbols.classes[loc[1]].facts.name for loc in map(base_of, hazards) if loc[0] == "s"}
        local = {name for loc in map(base_of, hazards) if loc[0] == "b" and loc[2] >= 0 for name in self._given_as(loc)}
        self.known_as = self.ev.flow.closure(names | makers | local, HOPS)
        born = {(loc[1], loc[2]) for loc in map(base_of, hazards) if loc[0] == "b"}
        for fn in self.ev.symbols.fns:
            for number, access in enumerate(fn.facts.accesses):
                path = access.path
                if access.op == "set":
                    continue
                if leaf_name(path) not in names and not self._by_other_name(fn, path, born):
                    continue
                binding = access.op in ("rebind", "unbind")
                if binding and self._is_of_another(fn, access):
                    continue
                held = self.ev.located(fn.gid, path) if binding else self.ev.locs(fn.gid, path)
                for loc in held:
                    if loc not in hazards or (access.op in NOT_OF_MAPPINGS and hazards[loc] in MAPPINGS):
                        continue
                    if hazards[loc] == LOCKED_MAP or not self._is_method_call(fn.gid, access):
                        self.touched[fn.gid].append((number, loc))
                        self.kinds[loc] = hazards[loc]
                        if binding:
                            self.rebound.add(loc)

    def _given_as(self, loc: Loc) -> Iterator[str]:
        """What a container is called that a function makes, and by those to whom the function gives it."""
        facts = self.ev.symbols.fns[loc[1]].facts
        yield facts.births[loc[2]].name
        for call in facts.calls:
            for position, group in enumerate(call.args):
                if f"#{loc[2]}" in group:
                    yield from self.ev.flow.parameters_at(leaf_name(call.callee), position)
            yield from (name for name, group in call.kwargs if f"#{loc[2]}" in group)

    def _is_of_another(self, fn: Fn, access: Access) -> bool:
        """Whether an unknown object gets something under this name that is no container: it is of another class."""
        base, attr = split(access.path)
        if not attr or not access.values or self.ev.values(fn.gid, base):
            return False
        values = [value for path in access.values for value in self.ev.values(fn.gid, path)]
        return bool(values) and not any(v[0] == "K" or self._is_container(v) for v in values)

    def _is_container(self, value: Value) -> bool:
        return value[0] == "XI" or (value[0] == "I" and bool(self.ev.mapping_kind(value[1])))

    def _only_possible(self, locks: Locks) -> set[Loc]:
        """Containers that no activity of the program uses, and that are used under no lock that may be theirs."""
        sure = set(self.sure)
        locked = set()
        for fid, touches in self.touched.items():
            if fid in self.ran:
                sure |= {loc for _, loc in touches}
                continue
            accesses = self.ev.symbols.fns[fid].facts.accesses
            locked |= {loc for number, loc in touches if fid in self.under_locks or accesses[number].locks}
        homes = self._homes(locks)
        return (
            self.kinds.keys()
            - sure
            - {loc for loc in self.kinds if base_of(loc)[0] in "ics" and base_of(loc)[1] in self.promised}
            - {loc for loc in self.kinds if self.own.of(loc) >= 0}
            - {loc for loc in locked if base_of(loc)[0] in "bvx" or not homes.isdisjoint(self._home(loc))}
        )

    def _never_changed(self) -> set[Loc]:
        """Containers that nothing changes: no two accesses of these can harm each other."""
        changed = self.sure | {loc for loc in self.kinds if loc[0] == "x" and loc[1] in INVISIBLE_WRITERS}
        for fid, touches in self.touched.items():
            accesses = self.ev.symbols.fns[fid].facts.accesses
            for number, loc in touches:
                op = accesses[number].op
                if op in WRITES or self.kinds[loc] == "defaultdict" or number in self.wanted.get(fid, ()):
                    changed.add(loc)
        for loc in list(changed):
            while loc[0] == "e":  # what changes the entry of an entry
                loc = loc[1]
                changed.add(loc)
        return self.kinds.keys() - changed

    def _homes(self, locks: Locks) -> set[tuple[str, int]]:
        """The classes and modules in which locks live."""
        locking = [fn.gid for fn in self.ev.symbols.fns if len(fn.facts.locksets) > 1 and may_lock(fn)]
        taken = {lock for fid in locking for lock in locks.all_of(fid)}
        taken |= {lock for fid in self.under_locks for lock in locks.by_decorator(fid)}
        found = {home for lock in taken for home in _HOME.findall(lock.owner)}
        return {("c" if kind in "ics" else kind, int(number)) for kind, number in found}

    def _home(self, loc: Loc) -> list[tuple[str, int]]:
        """Where a lock of a container would live: in the family of its class, in its module."""
        loc = base_of(loc)
        if loc[0] in "ics":
            own = [("g", self.ev.symbols.classes[loc[1]].mod.mid)] if loc[0] == "i" else []
            return [*own, *(("c", cid) for cid in self.ev.symbols.family(loc[1]))]
        return [("g", loc[1])] if loc[0] == "g" else []

    def _leave_out(self, locs: set[Loc]) -> None:
        for fid, touches in list(self.touched.items()):
            kept = [(number, loc) for number, loc in touches if loc not in locs]
            if kept:
                self.touched[fid] = kept
            else:
                del self.touched[fid]
        for loc in locs:
            del self.kinds[loc]

    def _stored_births(self, fn: Fn) -> frozenset[int]:
        """The containers born in a function that it stores somewhere; of the function that was last asked for."""
        if self._births_of[0] != fn.gid:
            paths = (path for bind in fn.facts.binds for path in bind.values if is_birth(path))
            self._births_of = (fn.gid, frozenset(int(path[1:]) for path in paths))
        return self._births_of[1]

    def _by_other_name(self, fn: Fn, path: str, born: set[tuple[int, int]]) -> bool:
        """Whether a hazard's container may go by this path: an argument, a captured or local variable, a result."""
        if path[:2] == "%*":
            return False  # made anew by every call
        path = whole(path)
        first = "" if "." in path else path[:1]
        if first == "#":
            number = number_of(path)
            return (
                number in self._stored_births(fn) or bool(fn.facts.births[number].copy_of) or (fn.gid, number) in born
            )
        if first == "!":
            return leaf_name(fn.facts.calls[number_of(path)].callee) in self.known_as
        if bare(path) in ("%" + fn.self_name, "<super>"):
            return self.ev.mapping_kind(fn.cls) != ""
        return path[:1] == "^" or leaf_name(path) in self.known_as

    def _is_method_call(self, fid: int, access: Access) -> bool:
        """`self.cache.get(k)` where the class of `self.cache` defines `get` itself: a call, not an operation."""
        if access.op == "iterate" and runs_own_iter(self.ev, fid, access):
            return True
        return access.call >= 0 and any(self.ev.functions(fid, access.call))


def _locks_made(facts: FunctionFacts) -> set[int]:
    """Where a lock is stored that is made on first use: whoever does that expects threads."""
    made = {c.second for c in facts.compounds if c.kind in ("get-create", "except-create")}
    return {number for number in made if _stores(facts, facts.accesses[number], LOCK_NAMES)}


def waits_kept(facts: FunctionFacts) -> set[int]:
    """Where a coroutine stores what it will wait for: another task must find it there while this one waits."""
    if not (facts.is_async and facts.pauses):
        return set()
    return {
        number
        for number, access in enumerate(facts.accesses)
        if access.op == "setitem" and _stores(facts, access, WAITED_FOR)
    }


def _stores(facts: FunctionFacts, access: Access, makers: frozenset[str]) -> bool:
    """Whether what is stored is made in the function, by a call of one of these names."""
    return any(call_of(path) >= 0 and leaf_name(facts.calls[call_of(path)].callee) in makers for path in access.values)


def _promised(ev: Evaluator) -> frozenset[int]:
    """The classes whose objects threads may share, by what their docstrings say, and those derived from them."""
    told = [cid for cid, cls in enumerate(ev.symbols.classes) if cls.facts.claims]
    return frozenset((*told, *(below for cid in told for below in ev.symbols.subclasses.get(cid, ()))))


def _shown_kind(fn: Fn, number: int, loc: Loc) -> str:
    """The kind of a parameter of which nothing is known or said, where the function itself changes what it goes
    through: what has views is a mapping.
    """
    facts = fn.facts
    if loc[0] != "v" or any(param.types for param in facts.params if param.name == loc[2]):
        return ""
    resizes = (c for c in facts.compounds if c.kind == "iterate-resize" and number in (c.first, c.second))
    return "dict" if any(facts.accesses[c.first].call >= 0 for c in resizes) else ""


def _holder(path: str) -> str:
    """What stands before the last name; a variable of the function alone has no holder that another could share."""
    base = path.rpartition(".")[0]
    return base if base or path[:1] not in "%#^!" else path
