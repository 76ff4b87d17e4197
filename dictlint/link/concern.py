"""What the activities and locks of a program are about: functions that they run or cover, and the names in these."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks, speaks_of_lock
from dictlint.link.paths import leaf_name, whole
from dictlint.link.question import Loc, base_of
from dictlint.link.symbols import Fn

HOPS = 2  # names that a container takes on its way


class Concern:
    """`ran`: functions that some activity runs. `under_locks`: those that may run while a lock is held. `names`: of
    what either use, also where it is handed on. All are empty where nothing is to be left out (`thorough`).
    """

    def __init__(self, ev: Evaluator, locks: Locks, spawns: Iterable[Spawn], thorough: bool) -> None:
        self.ev = ev
        self.ran = self.under_locks = frozenset[int]()
        self.names = frozenset[str]()
        if not thorough:
            self.ran = run_by(ev, [entry for spawn in spawns for entry in spawn.entries])
            self.under_locks = self._under_locks(locks)
            written = self._written()
            self.names = ev.flow.closure({*written, *ev.flow.sources(written), *self._guarded()}, HOPS)

    def _written(self) -> frozenset[str]:
        """Names of the containers that such functions use."""
        found = set()
        for fid in self.ran:
            for access in self.ev.symbols.fns[fid].facts.accesses:
                if access.path[:1] not in "%^#" or "." in access.path:
                    found.add(leaf_name(access.path))
                else:
                    found |= {leaf for loc in self.ev.locs(fid, access.path) for leaf in leaves(loc)}
        return frozenset(found)

    def _guarded(self) -> frozenset[str]:
        """Names of what is used where a lock may be held, and of what such things are handed out by."""
        names = {
            called(fn, access.path)
            for fn in self.ev.symbols.fns
            for access in fn.facts.accesses
            if access.locks or fn.gid in self.under_locks
        }
        handing = {fn.facts.name for fn in self.ev.symbols.fns for out in fn.facts.outs if leaf_name(out.path) in names}
        return frozenset(names) | self.ev.flow.closure(handing, hops=1)

    def _under_locks(self, locks: Locks) -> frozenset[int]:
        """Functions that may run while a lock is held."""
        held = {
            callee
            for fn in self.ev.symbols.fns
            if len(fn.facts.locksets) > 1 and may_lock(fn)
            for number, call in enumerate(fn.facts.calls)
            if call.locks
            for callee in self.ev.functions(fn.gid, number)
        }
        held |= {fn.gid for fn in self.ev.symbols.fns if fn.facts.decorators and locks.by_decorator(fn.gid)}
        return run_by(self.ev, sorted(held))


def run_by(ev: Evaluator, entries: Iterable[int]) -> frozenset[int]:
    """Every function that these may run, themselves included."""
    todo = list(entries)
    seen = set(todo)
    while todo:
        fid = todo.pop()
        run = {callee for number in range(len(ev.symbols.fns[fid].facts.calls)) for callee in ev.functions(fid, number)}
        new = (run | ev.properties_read(fid) | ev.operators_run(fid)) - seen
        seen |= new
        todo += sorted(new)
    return frozenset(seen)


def may_lock(fn: Fn) -> bool:
    """Whether something open in the function may be a lock: an object, or a call that speaks of one."""
    for one in (held for lockset in fn.facts.locksets for held in lockset):
        number = one.path[1:]
        if one.path[:1] != "!" or not number.isdigit() or speaks_of_lock(fn.facts.calls[int(number)].callee):
            return True
    return False


def called(fn: Fn, path: str) -> str:
    """The last name of a path; `super()` is the object itself, a call's result goes by the name of what is called, a
    container that was made in the function by that of the variable.
    """
    if path[:1] == "#" and "." not in path:
        return fn.facts.births[number_of(path)].name
    path = whole(path)
    if path[:1] == "!" and "." not in path:
        path = fn.facts.calls[number_of(path)].callee
    return fn.self_name if path == "<super>" else leaf_name(path)


def bare(path: str) -> str:
    """The root of a path that has no attributes."""
    if path == "<super>":
        return path
    return path.partition("|")[0].partition("[")[0].partition("<")[0]


def number_of(path: str) -> int:
    return int(bare(path)[1:])


def leaves(loc: Loc) -> Iterable[str]:
    loc = base_of(loc)
    if loc[0] == "x":
        yield str(loc[1]).rpartition(".")[2]
    elif loc[0] == "b" and loc[2] < 0:
        yield "dict"  # what has made it
    elif loc[0] != "s":
        yield str(loc[-1])
