"""What an access is in every context: what stands around it, what its key is, what it stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dictlint.knowledge.operations import SHRINKING
from dictlint.link.constants import Constants
from dictlint.link.enlarged import is_enlarged
from dictlint.link.evaluate import Evaluator
from dictlint.link.interest import Interest
from dictlint.link.lives import Lives
from dictlint.link.locks import shown
from dictlint.link.naming import symbol
from dictlint.link.own_views import is_beneath
from dictlint.link.paths import call_of, is_birth, leaf_name, split
from dictlint.link.pauses import Pauses
from dictlint.link.question import Loc
from dictlint.link.records import Records
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Bind, Call
from dictlint.model.facts import FunctionFacts

CREATING = frozenset(("get-create", "except-create", "helper-test"))
_GIVING = frozenset(("pop", "pop-default", "popitem", "popleft"))
REMOVING = _GIVING | {"delitem"}
_LITERAL = ("'", '"', *"0123456789")
_LENDING = frozenset(("getitem", "get", "setdefault", "iterate", "snapshot"))


class Accesses:
    """Fields of uses, by function, access and location."""

    def __init__(
        self, ev: Evaluator, interest: Interest, records: Records, pauses: Pauses, constants: Constants
    ) -> None:
        self.ev = ev
        self.interest = interest
        self.records = records
        self.pauses = pauses
        self.constants = constants
        self.lives = Lives(ev)
        self._said: dict[tuple[int, int, Loc], dict[str, Any]] = {}
        self._kept: dict[tuple[int, Loc], frozenset[int]] = {}
        self._taken_from: frozenset[Loc] | None = None
        self._users_of_keys: dict[Loc, dict[str, set[int]]] = {}

    def of(self, fn: Fn, access: Access, number: int, loc: Loc) -> dict[str, Any]:
        """The fields of a `Use` that are the same in every context."""
        key = (fn.gid, number, loc)
        if key not in self._said:
            self._said[key] = {
                "access": access,
                "index": number,
                "function": fn.gid,
                "symbol": symbol(fn.facts.qualname),
                "path": fn.mod.file.path,
                "module": fn.mod.facts.module,
                "name": shown(access.path),
                "beneath": loc[0] == "s" and is_beneath(self.ev, fn, access),
                "within": fn.facts.at,
                "entry": self.records.entry(fn.gid, access, loc) if loc[0] == "e" else "",
                "caught": self.caught(fn, access),
                "guessed": self._is_guess(fn.gid, access.path),
                "overwrites": number in self._overwriting(fn.gid, loc),
                "enlarges": is_enlarged(self.ev, fn, access),
                "is_async": fn.facts.is_async,
                "taken": loc[0] == "e" and bool(_removals(fn.facts, access)),
                "pause": self.pauses.inside(fn.gid, number) if fn.facts.pauses else None,
                "lives": _is_created(fn, number) and self.lives.stored(fn.gid, access),
                "memo": self._is_memo(fn, access),
                "constant": self.constants.of(fn, access.key) if access.key else "",
                "aliased": loc in self.interest.rebound and loc not in self.ev.located(fn.gid, access.path),
            }
        return self._said[key]

    def looked_up(self, fid: int, number: int, loc: Loc) -> tuple[Access, ...]:
        """Where the function has the entry from that it uses: the removals, or else all that looks it up before."""
        facts = self.ev.symbols.fns[fid].facts
        access = facts.accesses[number]
        if loc[0] != "e" or not access.path.partition("|")[0].endswith("[]"):
            return ()
        lent = (one for one in _of_holder(facts, access) if one.op in _LENDING)
        return tuple(one for one in _removals(facts, access) or lent if one.seq < access.seq)

    def _is_memo(self, fn: Fn, access: Access) -> bool:
        """Whether what is stored is what a captured parameter gives for whatever this function was called with."""
        path = access.values[0] if len(access.values) == 1 else ""
        if call_of(path) < 0 or fn.facts.parent <= 0:
            return False
        call = fn.facts.calls[call_of(path)]
        owner, _, name = call.callee[1:].partition(":")
        if call.callee[:1] != "^" or self.ev.param(("v", fn.mod.first_function + int(owner), name)) is None:
            return False
        return bool(call.args) and all(path[:1] == "*" for group in call.args for path in group)

    def caught(self, fn: Fn, step: Access | Call) -> frozenset[str]:
        """Names of the exceptions that handlers around a step name."""
        found: set[str] = set()
        attempt = step.attempt
        while attempt >= 0:
            one = fn.facts.tries[attempt]
            found |= {leaf_name(path) for handler in one.handlers for path in handler.types}
            attempt = one.outer
        return frozenset(found)

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
            loops = ("iterate",) if loc in self._shrinking() else ("iterate", "snapshot")
            keys = {a.key for a in (facts.accesses[n] for n in mine) if a.op in loops and a.key}
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
            fixed = self._fixed_keys(loc, self.ev.binds(loc))
            found |= {n for n in mine if facts.accesses[n].op == "setitem" and facts.accesses[n].key in fixed}
            found |= self._kept_of_class(self.ev.symbols.fns[fid], loc, mine)
            found |= _gone_through(facts, mine)
            if self.interest.kinds[loc] == "defaultdict":
                found |= _asked_for_before(facts, mine) if loc not in self._shrinking() else set()
                known = self._known_keys(loc) - {key for key, only in self._users_of_keys[loc].items() if only == {fid}}
                found |= {n for n in mine if facts.accesses[n].op == "getitem" and facts.accesses[n].key in known}
            self._kept[fid, loc] = frozenset(found)
        return self._kept[fid, loc]

    def _shrinking(self) -> frozenset[Loc]:
        """The containers out of which something is taken: a key that was there once may be gone."""
        if self._taken_from is None:
            fns = self.ev.symbols.fns
            self._taken_from = frozenset(
                loc
                for fid, touched in self.interest.touched.items()
                for number, loc in touched
                if fns[fid].facts.accesses[number].op in SHRINKING
            )
        return self._taken_from

    def _known_keys(self, loc: Loc) -> frozenset[str]:
        """The constant keys of a defaultdict: whichever function comes first makes the entry, and it stays."""
        if loc not in self._users_of_keys:
            users: dict[str, set[int]] = {}
            for fid, touched in self.interest.touched.items() if loc not in self._shrinking() else ():
                for number, one in touched:
                    key = self.ev.symbols.fns[fid].facts.accesses[number].key
                    if one == loc and key[:1] in _LITERAL and key:
                        users.setdefault(key, set()).add(fid)
            self._users_of_keys[loc] = users
        return frozenset(self._users_of_keys[loc])

    def _kept_of_class(self, fn: Fn, loc: Loc, mine: list[int]) -> set[int]:
        """Stores of a method, in the dict that its own class has in place of those of the classes above."""
        if loc[0] != "c" or not fn.own:
            return set()
        accesses, path = fn.facts.accesses, f"{fn.own}.{loc[2]}"
        stores = {n for n in mine if accesses[n].op == "setitem" and accesses[n].path == path}
        if not stores:
            return stores
        classes, below = self.ev.symbols.classes, self.ev.symbols.subclasses.get(fn.cls, ())
        nearest = next((cid for cid in classes[fn.cls].mro if loc[2] in classes[cid].names), fn.cls)
        known = [classes[cid].names.get(str(loc[2]), ()) for cid in (nearest, *below)]
        if any(loc[2] in classes[cid].attrs for cid in (*classes[fn.cls].mro, *below)):
            return set()
        fixed = self._fixed_keys(loc, [one for binds in known for one in binds])
        return {n for n in stores if accesses[n].key in fixed}

    def _fixed_keys(self, loc: Loc, binds: Sequence[tuple[int, Bind]]) -> frozenset[str]:
        """The constant keys that the dict is born with, wherever that is, or gets in the `__init__` that makes it."""
        places = [
            (fid, self.ev.symbols.fns[fid].facts.births[int(path[1:])])
            for fid, bind in binds
            for path in bind.values
            if is_birth(path)
        ]
        if not places:
            return frozenset()
        keys = frozenset(places[0][1].keys).intersection(*(birth.keys for _, birth in places[1:]))
        maker = self.ev.symbols.fns[places[0][0]]
        if len(places) > 1 or maker.facts.name != "__init__" or loc in self._shrinking():
            return keys
        stored = (maker.facts.accesses[n] for n, one in self.interest.touched.get(maker.gid, ()) if one == loc)
        return keys.union(a.key for a in stored if a.op == "setitem" and a.key[:1] in _LITERAL)


def _gone_through(facts: FunctionFacts, mine: list[int]) -> set[int]:
    """Reads of the very key to which a loop over the container has come."""
    found: set[int] = set()
    for loop in (n for n in mine if facts.accesses[n].op == "iterate"):
        inside = [access.seq for access in facts.accesses if loop in access.during]
        inside += [call.seq for call in facts.calls if loop in call.during]
        for n in mine if inside else ():
            access = facts.accesses[n]
            own = access.path == facts.accesses[loop].path and loop not in access.during
            if own and access.op == "getitem" and min(inside) < access.seq < max(inside):
                found.add(n)
    return found


def _asked_for_before(facts: FunctionFacts, mine: list[int]) -> set[int]:
    """Reads of an entry of a defaultdict which the same function has come across, or made by reading or storing it,
    before.
    """
    known: set[tuple[str, str]] = set()
    found = {c.second for c in facts.compounds if c.kind == "keys-index"}.intersection(mine)
    for n in sorted(mine, key=lambda n: facts.accesses[n].seq):
        access = facts.accesses[n]
        if access.op == "getitem" and (access.path, access.key) in known:
            found.add(n)
        if access.op in ("getitem", "setitem") and access.key:
            known.add((access.path, access.key))
    return found


def _removals(facts: FunctionFacts, access: Access) -> list[Access]:
    """The steps by which the function has removed the entry that it uses, which is its own then, whoever put it in: it
    has all its entries by removing them, or has removed this one under the lock under which it looked it up.
    """
    around = _of_holder(facts, access)
    removed = [one for one in around if one.op in _GIVING]
    lent = [one for one in around if one.op in _LENDING]
    if not lent:
        return removed
    if {one.key for one in lent} != {lent[0].key} or not lent[0].key or len(facts.locksets) == 1:
        return []
    deleted = [one for one in around if one.op in REMOVING and one.key == lent[0].key and one.seq < access.seq]
    return [
        one
        for one in deleted
        if all(seen.seq < one.seq and facts.in_one_section(seen.locks, one.locks) for seen in lent)
    ]


def _of_holder(facts: FunctionFacts, access: Access) -> list[Access]:
    """What the function does with the container whose entry an access uses."""
    holder = access.path.partition("|")[0].removesuffix("[]")
    return [one for one in facts.accesses if one.path == holder]


def _is_created(fn: Fn, number: int) -> bool:
    """Whether an access stores what was found missing."""
    return any(one.second == number and one.kind in CREATING for one in fn.facts.compounds)
