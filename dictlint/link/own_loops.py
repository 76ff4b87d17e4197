"""Which threads run the loop that an object keeps, and which coroutines are for that loop: the thread that goes through
a container of the object, before its loop runs or after, is the one that runs the coroutines.
"""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.facts import FunctionFacts

NO_LOOP = -1
_DRIVING = ("run_forever", "start")  # asyncio's, Tornado's
_MAKE_COROUTINES = frozenset(("coroutine", "inlineCallbacks"))  # of generators


def is_for_loops(facts: FunctionFacts) -> bool:
    """Whether a function is a coroutine, by its `async` or by what decorates a generator."""
    if facts.is_async or not (facts.is_generator and facts.decorators):
        return facts.is_async
    return any(leaf_name(path) in _MAKE_COROUTINES for group in facts.decorators for path in group)


class OwnLoops:
    """By the class that keeps the loop."""

    def __init__(self, ev: Evaluator, spawns: Iterable[Spawn]) -> None:
        self._symbols = ev.symbols
        self._kept = {fn.cls: self._around(ev, fn) for fn in self._driving(ev)}
        self._threads: dict[int, int] = {}
        for spawn in spawns if self._kept else ():
            keepers = (cid for cid, around in self._kept.items() if not around.isdisjoint(spawn.entries))
            if spawn.activity.domain == "thread":
                self._threads[spawn.activity.number] = next(keepers, NO_LOOP)

    def of_thread(self, activity: int) -> int:
        """The class whose loop a thread runs."""
        return self._threads.get(activity, NO_LOOP)

    def of_coroutine(self, fn: Fn) -> int:
        """The class whose loop runs the methods that are coroutines, or called by such."""
        if not self._kept or not fn.self_name:
            return NO_LOOP
        return next((cid for cid in self._symbols.classes[fn.cls].mro if cid in self._kept), NO_LOOP)

    def _driving(self, ev: Evaluator) -> list[Fn]:
        """The methods that run a loop of their object."""
        sites = [(ev.symbols.fns[fid], number) for name in _DRIVING for fid, number in ev.calls_named(name)]
        return [fn for fn, number in sites if fn.own and _is_own_loop(fn, fn.facts.calls[number].callee)]

    def _around(self, ev: Evaluator, fn: Fn) -> set[int]:
        """The method and those of its object that call it."""
        family = frozenset(self._symbols.family(fn.cls))
        found, todo = {fn.gid}, [fn.gid]
        while todo:
            callers = {caller for caller, _ in ev.callers(todo.pop()) if ev.symbols.fns[caller].cls in family}
            todo += sorted(callers - found)
            found |= callers
        return found


def _is_own_loop(fn: Fn, callee: str) -> bool:
    path = split(callee)[0]
    return path.startswith(f"{fn.own}.") and "loop" in leaf_name(path).lower()
