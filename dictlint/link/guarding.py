"""Which lock guards a container, and whether it was meant to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dictlint.knowledge.locks import LOCKS
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.paths import split
from dictlint.link.question import Loc, base_of
from dictlint.model.activity import Lock
from dictlint.model.program import BY_CALLER, Holding, Use

OWN_STEPS = 4  # how many methods up a caller is looked for that holds its object's lock
_READING = frozenset(("getitem", "get", "contains", "len", "truth", "equal", "iterate", "snapshot"))


class Guards:
    """Locks around the uses of a container, and locks beside it."""

    def __init__(self, ev: Evaluator, locks: Locks) -> None:
        self.ev = ev
        self.locks = locks

    def guard(self, uses: tuple[Use, ...]) -> Lock | None:
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

    def is_beside(self, loc: Loc, lock: Lock) -> bool:
        """Whether the lock lives where the container does: then it is there for it."""
        loc = base_of(loc)
        if loc[0] in "ics":
            family = self.ev.symbols.family(loc[1])
            places = tuple(f"('{kind}', {cid}," for cid in family for kind in "ic")
            return any(place in lock.owner for place in places)
        module = loc[1] if loc[0] == "g" else -1
        return f"('g', {module}," in lock.owner or loc[0] in ("b", "v")

    def is_deliberate(self, loc: Loc, uses: tuple[Use, ...], lock: Lock) -> bool:
        """Whether the lock is taken for the container: around a change, by its function or by the callers of several
        accesses. What one helper touches under a lock of its caller may be there by accident, as may be what is only
        read.
        """
        if not self.is_beside(loc, lock):
            return self._is_of_module(loc, lock) and any(self._is_for_own(*one) for one in self._held(loc, uses, lock))
        held = self._held(loc, uses, lock)
        if all(use.access.op in _READING for use, _ in held) and any(use.access.op not in _READING for use in uses):
            return False
        return any(holding.region for _, holding in held) or len({(use.function, use.index) for use, _ in held}) > 1

    def _is_of_module(self, loc: Loc, lock: Lock) -> bool:
        """Whether it is a lock of the module in which the class stands whose objects each hold such a container."""
        loc = base_of(loc)
        return loc[0] == "i" and f"('g', {self.ev.symbols.classes[loc[1]].mod.mid}," in lock.owner

    def _is_for_own(self, use: Use, holding: Holding) -> bool:
        """Whether a method takes the lock around a change of what its object holds, and around nothing but such: where
        it touches something of the module besides, the lock is there for that.
        """
        fn = self.ev.symbols.fns[use.function]
        if not fn.own or holding.region <= 0 or use.access.op in _READING:
            return False
        held = {i for i, one in enumerate(fn.facts.locksets) if any(h.region == holding.region for h in one)}
        return all(access.path.startswith(fn.own + ".") for access in fn.facts.accesses if access.locks in held)

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

    def told(self, loc: Loc, uses: tuple[Use, ...], told: str) -> Lock:
        """The lock that an annotation names; where nobody takes one of that name, one that nobody holds."""
        wanted = told.rpartition(".")[2]
        known = sorted(
            {*self._own_locks(loc), *(lock for use in uses for lock in use.locks)}, key=lambda lock: lock.key
        )
        named = [lock for lock in known if lock.name.rpartition(".")[2] == wanted]
        own = [lock for lock in named if self.is_beside(loc, lock)]
        return (own or named or [Lock(f"told {loc!r}", told)])[0]

    def kept(self, uses: Iterable[Use]) -> str:
        """A lock that is stored there: whoever keeps locks by key, or makes one on first use, expects threads. One
        under a constant key belongs to a record, of which this says nothing.
        """
        storing = (use for use in uses if use.access.values and use.access.key[:1] not in ("'", '"'))
        for use in {(use.function, use.index): use for use in storing}.values():
            for path in use.access.values:
                if any(value[0] == "XI" and value[1] in LOCKS for value in self.ev.values(use.function, path)):
                    return f"locks:{use.name}"
        return ""

    def said(self, loc: Loc) -> str:
        """The class whose docstring promises that threads may share the object which holds it."""
        loc, classes = base_of(loc), self.ev.symbols.classes
        mro = classes[loc[1]].mro if loc[0] in "ics" else ()
        return next((f"said:{classes[c].facts.name}" for c in mro if classes[c].facts.claims), "")

    def sibling(self, loc: Loc) -> str:
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
        return {lock for lock in locks if self.is_beside(loc, lock)}
