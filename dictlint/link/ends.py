"""Which activities are over: a function waits for their end, or ends them, by the handle that somebody kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set

from dictlint.knowledge.activities import TASK_JOINS
from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn

USUAL_ENDS = frozenset(("join", "cancel", ""))


class Ends:
    """By function. `spawned_in`: which activities a function starts, itself or by what it calls."""

    def __init__(self, ev: Evaluator, spawns: list[Spawn], spawned_in: Mapping[int, Set[int]]) -> None:
        self.ev = ev
        self._spawned_in = spawned_in
        self._handles = _handles(ev, spawns)
        self._by_class = {s.cls: s for s in spawns if s.cls >= 0 and s.activity.domain == "thread"}
        self._joiners = dict(self._joining_methods(spawns))
        self._end_names = USUAL_ENDS.union(*(s.ended_by for s in spawns), *self._joiners.values()) - {""}
        self._over: dict[int, tuple[tuple[int, int], ...]] = {}

    def of(self, fid: int) -> tuple[tuple[int, int], ...]:
        """(position, activity) of every end of an activity that another function has started: `self._thread.join()`,
        `self._task.cancel()`, `await self._task`, `await asyncio.gather(self._one, self._other)`; or a method of the
        same object does so.
        """
        if fid not in self._over:
            self._over[fid] = ()  # while it is being found out
            if self._handles or self._by_class:
                self._over[fid] = (*self._ended_here(fid), *self._ended_by_methods(fid))
        return self._over[fid]

    def _ended_here(self, fid: int) -> Iterator[tuple[int, int]]:
        for seq, path, how in self._find_ends(fid):
            for s in self._held_at(fid, path):
                if how in USUAL_ENDS or how in s.ended_by or how in self._joiners.get(s.activity.number, ()):
                    yield seq, s.activity.number
            for s in self._of_class(fid, path) if how else ():
                if how == "join" or how in self._joiners.get(s.activity.number, ()):
                    yield seq, s.activity.number

    def _ended_by_methods(self, fid: int) -> Iterator[tuple[int, int]]:
        fn = self.ev.symbols.fns[fid]
        for number, call in enumerate(fn.facts.calls if fn.own else ()):
            if split(call.callee)[0] == fn.own:
                again = self._spawned_in.get(fid, ())
                for callee in self.ev.functions(fid, number):
                    yield from ((call.seq, one) for _, one in self.of(callee) if one not in again)

    def _find_ends(self, fid: int) -> Iterator[tuple[int, str, str]]:
        """(position, handle, method of the handle that is called)."""
        facts = self.ev.symbols.fns[fid].facts
        waits = {p.call for p in facts.pauses if p.kind == "await" and p.call >= 0}
        yield from ((p.seq - 1, p.path, "") for p in facts.pauses if p.path)
        for number, call in enumerate(facts.calls):
            base, attr = split(call.callee)
            if attr in self._end_names:
                yield call.seq, base, attr
            name = leaf_name(call.callee)
            if "cancel" in name or (number in waits and name in TASK_JOINS):
                yield from ((call.seq, value.lstrip("*"), "") for group in call.args for value in group)

    def _held_at(self, fid: int, path: str) -> list[Spawn]:
        """The spawns whose handle a path names; a function that starts it anew ends nothing for good."""
        known = self._handles.get(leaf_name(path), ()) if "." in path or path[:1] not in "!%#" else ()
        fn = self.ev.symbols.fns[fid]
        family = self.ev.symbols.family(fn.cls)
        return [
            s
            for s in known
            if s.activity.number not in self._spawned_in.get(fid, ())
            and (
                self.ev.symbols.fns[s.function].cls in family
                or self.ev.symbols.fns[s.function].mod is fn.mod
                or self._is_kept_at(s, fid, path)
            )
        ]

    def _of_class(self, fid: int, path: str) -> list[Spawn]:
        """The spawn of the thread class of which a path names an object, or each of several."""
        if not self._by_class or (path[:1] not in ("%", "!", "^", "~") and not path.isidentifier()):
            return []
        symbols = self.ev.symbols
        mros = {one for v in self.ev.values(fid, path) if v[0] == "I" for one in symbols.classes[v[1]].mro}
        again = self._spawned_in.get(fid, ())
        return [
            s
            for cid in sorted(mros)
            if (s := self._by_class.get(cid)) and s.activity.number not in again
            if not s.activity.many or path.endswith(("<>", "[]"))
        ]

    def _is_kept_at(self, s: Spawn, fid: int, path: str) -> bool:
        """Whether a path of another module names an entry of the very container that keeps the handle."""
        while path.endswith(("[]", "<>")):
            path = path[:-2]
        stores = (a.path for a in self.ev.symbols.fns[s.function].facts.accesses if f"!{s.call}" in a.values)
        kept = {loc for store in stores for loc in self.ev.locs(s.function, store)}
        return bool(kept) and not kept.isdisjoint(self.ev.locs(fid, path))

    def _joining_methods(self, spawns: list[Spawn]) -> Iterator[tuple[int, frozenset[str]]]:
        """By activity: methods of the thread's own class that wait for its end, as a `stop` of its own does."""
        symbols = self.ev.symbols
        for s in spawns:
            if s.activity.domain != "thread" or (s.call < 0 and s.cls < 0):
                continue
            made = [v[1] for v in self.ev.targets(s.function, s.call) if v[0] == "C"] if s.call >= 0 else [s.cls]
            classes = [symbols.classes[one] for cid in made for one in symbols.classes[cid].mro]
            methods = [(name, fid) for cls in classes for name, fid in cls.methods.items()]
            names = frozenset(name for name, fid in methods if _joins_itself(symbols.fns[fid]))
            if names:
                yield s.activity.number, names


def _joins_itself(fn: Fn) -> bool:
    return bool(fn.own) and any(call.callee == f"{fn.own}.join" for call in fn.facts.calls)


def _handles(ev: Evaluator, spawns: list[Spawn]) -> dict[str, list[Spawn]]:
    """Spawns by the attribute or global that keeps their thread or task, or holds it among others."""
    found: defaultdict[str, list[Spawn]] = defaultdict(list)
    for s in spawns:
        if s.function < 0 or s.call < 0:
            continue
        facts = ev.symbols.fns[s.function].facts
        bound = facts.calls[s.call].bound
        names = {leaf_name(bound)} if bound not in ("", "=") else set()
        names |= {leaf_name(a.path) for a in facts.accesses if f"!{s.call}" in a.values}
        for name in sorted(names):
            found[name].append(s)
    return found
