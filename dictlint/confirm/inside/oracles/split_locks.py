"""Locks that were made anew for a copy, whose container is that of the original."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

from dictlint.confirm.inside.holders import attributes, objects_of, owners
from dictlint.confirm.inside.oracles.oracle import Oracle, Telling
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, everyone, quiet
from dictlint.runtime.sync import locks
from dictlint.runtime.violation import describe

MANY = 20
LATEST = 4


class SplitLock(Oracle):
    """Two activities are inside the section of one container, each with the lock of another owner."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._sides: list[tuple[Any, list[Any]]] = []
        """A copy, and the others that have the same container; their locks may be made later."""
        self._kind = ""
        self._space: Any = None
        self._looks = 0

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        self._space = owner

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        if role != "copy" or self._looks >= MANY:  # each look goes through all objects
            return
        self._looks += 1
        if value is None:  # `other.__dict__.update(self.__dict__)`
            value = next(iter(objects_of(self._space)), None)
        name = self.pair.name.rpartition(".")[2]
        with quiet():
            part = attributes(value).get(name)
            if part is None or isinstance(part, (str, bytes, int, float, tuple, frozenset)):
                return
            others = [one for one in owners(part) if one is not value and _locks(one)]
        if others:
            self._kind = type(part).__name__
            if not self._sides:
                locks.observers.append(self._seen)
            self._sides = [*self._sides, (_weak(value), [_weak(one) for one in others])][-LATEST:]

    def raised(self, role: str, place: int, who: Activity, error: BaseException) -> None:
        if role == "fails" and isinstance(error, TypeError) and "lock" in str(error).lower():
            self.tell("damage", f"{describe(who)} got {type(error).__name__}: {error}")

    def _seen(self, lock: Any, who: Activity, acquired: bool) -> None:
        if not acquired or self.told:
            return
        for copy, originals in self._sides:
            own = _locks(copy())
            others = [one for original in originals for one in _locks(original())]
            for mine, theirs in ((own, others), (others, own)):
                if any(one is lock for one in mine) and not any(one is lock for one in theirs):
                    self._meet(who, [one for one in theirs if not any(one is each for each in mine)])

    def _meet(self, who: Activity, theirs: list[Any]) -> None:
        other = _holder(theirs, who)
        if other is None and len(everyone.threads) > 1:
            other = self.wait_for(lambda: _holder(theirs, who))
        if other is not None and not self.told:
            reason = f"{describe(who)} and {describe(other)} were in the section of one {self._kind} at once, "
            self.tell("window", reason + "each with a lock of its own")


def _weak(owner: Any) -> Callable[[], Any]:
    try:
        return ref(owner)
    except TypeError:  # a class with slots
        return lambda: owner


def _locks(owner: Any) -> list[Any]:
    return [value for value in attributes(owner).values() if type(value) in (locks.Lock, locks.RLock)]


def _holder(wanted: list[Any], but: Activity) -> Activity | None:
    """Who holds one of these locks."""
    for who in list(everyone.threads.values()):
        if who is not but and any(held is lock for held in list(who.held) for lock in wanted):
            return who
    return None
