"""What is known of a pair while it is watched: who waits there, and who has a window open."""

from __future__ import annotations

import _thread
from typing import Any

from dictlint.confirm.inside.identity import UNKNOWN, alike, tie
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity


class Waiter:
    """Somebody who is held. `ident` names the container, which is alive as long as somebody is held at it."""

    __slots__ = ("activity", "ident", "inner", "key", "lock", "place")

    def __init__(self, who: Activity, place: int, ident: int, key: Any, inner: bool) -> None:
        self.activity = who
        self.place = place
        self.ident = ident
        self.key = key
        self.inner = inner
        self.lock = _thread.allocate_lock()
        self.lock.acquire()

    def meets(self, who: Activity, ident: int, key: Any) -> bool:
        return self.activity is not who and self.ident == ident and alike(self.key, key)

    def is_elsewhere(self, who: Activity, ident: int, key: Any, inner: bool) -> bool:
        """On the other side, at another key of the same container: if both are held, they never meet."""
        across = self.activity is not who and self.ident == ident and self.inner is not inner
        return across and not alike(self.key, key)

    def shares(self, key: Any) -> bool:
        """Whether both are known to be at the same key."""
        return self.key is not UNKNOWN and key is not UNKNOWN and alike(self.key, key)

    def wake(self) -> None:
        try:
            self.lock.release()
        except RuntimeError:
            return  # awake already


class Window:
    """Somebody's, from its beginning on. `by`: who struck meanwhile, `at`: where, and `holding` so many locks there."""

    __slots__ = ("at", "by", "holding", "ident", "key", "owner")

    def __init__(self, ident: int, key: Any, owner: Any) -> None:
        self.ident = ident
        self.key = key
        self.owner = tie(owner)
        self.by = ""
        self.at: list[str] = []
        self.holding: tuple[int, int] = (0, 0)


class Watch:
    """What is known of one pair in this process."""

    __slots__ = ("met", "missed", "nearly", "pair", "rest", "seconds", "seen", "struck", "waiters", "windows")

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.seconds = pair.seconds
        self.waiters: list[Waiter] = []
        self.windows: dict[int, Window] = {}
        """By the number of the activity."""
        self.seen: dict[int, dict[tuple[int, bool], tuple[Activity, tuple[str, ...], int, float]]] = {}
        self.met = False
        self.nearly = False
        """Whether it was told once of two that may have met."""
        self.missed = 0
        self.rest = 0
        self.struck: set[bool] = set()
