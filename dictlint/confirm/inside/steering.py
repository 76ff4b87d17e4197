"""It is noted who comes to the places of a pair, and one side is held until the other one is there.

A pair has a window, between a test and what relies on it or while an iteration is under way, and strikes that fall
into it. Whoever stands in a window waits for somebody else to strike; whoever is about to strike waits for somebody
to stand in a window. Both only for a little while: what did not help is tried for half as long the next time.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections import defaultdict
from types import FrameType
from typing import Any

from dictlint.confirm.inside.arrivals import Arrivals
from dictlint.confirm.inside.identity import LENT, UNKNOWN, alike
from dictlint.confirm.inside.planned import Plan
from dictlint.confirm.inside.record import Record
from dictlint.confirm.inside.watches import Waiter, Watch, Window
from dictlint.runtime import activity
from dictlint.runtime.activity import Activity, PatientLock
from dictlint.runtime.frames import capture, sites
from dictlint.runtime.settings import settings
from dictlint.runtime.violation import describe, lock

MANY = 2_000
SHORTEST = 0.002
REST = 50
"""So often nobody is held after that did not help any more."""
PATIENT = 4
"""So often in vain somebody is held in a replay before the holds get shorter."""
ALLOWANCE = 20.0
"""Seconds that a process is held in all."""
BLIND = ("DCT309",)
"""Rules where one side does not see the container: whoever comes to the other side is taken for a rival. Nobody is held
who holds a lock, which the other side may need.
"""


class _Striking(_thread._local):
    """What the calling thread is about to strike, by place: whose window, and whether both are at one key."""

    def __init__(self) -> None:
        self.by_place: dict[int, list[tuple[Watch, Waiter, bool]]] = defaultdict(list)


class Steering(Arrivals):
    def __init__(self, plan: Plan, record: Record) -> None:
        super().__init__(plan, record)
        self._watches: dict[int, list[Watch]] = defaultdict(list)
        for pair in plan.pairs:
            watch = Watch(pair)
            for place in pair.begins | pair.inner | pair.strikes if not pair.parts or pair.code in BLIND else ():
                self._watches[place].append(watch)
        self._whole = {place.id for file in plan.files.values() for place in file.places if place.op == "clear"}
        self._guard = PatientLock()
        self._striking = _Striking()
        self._left = ALLOWANCE

    def _arrive(self, place: int, ident: int, key: Any, owner: Any = None, walking: bool = False) -> None:
        token = activity.current()
        if token is None:
            return
        who = token.activity
        self._striking.by_place.pop(place, None)  # of an operation that failed
        if who.id not in self._reached[place]:
            self._reach(place, who)
        for watch in self._watches.get(place, ()):
            pair = watch.pair
            if pair.code:
                ident, key = 0, UNKNOWN
            inner = place in pair.ends or (walking and place in pair.walks)
            strikes = place in pair.strikes and not walking
            if not watch.met:
                self._note(watch, place, who, ident, inner or place in pair.begins or place in pair.walks, strikes)
            if watch.rest and (inner or strikes):
                watch.rest -= 1
            elif watch.seconds and (inner or (strikes and not (pair.code and who.held))):
                self._hold(watch, place, who, ident, key, inner, strikes)
            if (ident < 0 or owner is not None) and (inner or place in pair.begins):
                self._pass(watch, place, who, ident, key, owner)

    def _leave(self, place: int) -> None:
        striking = self._striking.by_place
        if striking and place in striking:
            for watch, waiter, keyed in striking.pop(place):
                self._strike(watch, waiter, place, keyed)
        for watch in self._watches.get(place, ()):
            if watch.windows and place in watch.pair.strikes:
                token = activity.current()
                if token is not None:
                    self._fall_into(watch, place, token.activity)

    def _pass(self, watch: Watch, place: int, who: Activity, ident: int, key: Any, owner: Any) -> None:
        """Windows that are struck without anybody being held: those of tasks, above all."""
        window = watch.windows.pop(who.id, None) if place in watch.pair.ends else None
        if window is not None and window.owner() is not owner:  # another one, with the number of one that is gone
            window = None
        if window is not None and window.by and window.ident == ident and alike(window.key, key):
            holding = [window.holding, (place, len(who.held))]
            self._tell_strike(watch, place, True, window.by, describe(who), window.at, _stack_of(who), holding)
        if place in watch.pair.begins:
            if len(watch.windows) >= MANY:
                watch.windows.clear()
            watch.windows[who.id] = Window(ident, key, owner)

    def _fall_into(self, watch: Watch, place: int, who: Activity) -> None:
        """A strike is over: whose windows did it fall into?"""
        ident, key = self._here.containers.get(place, 0), self._here.keys.get(place, UNKNOWN)
        for other, window in list(watch.windows.items()):
            shared = place in self._whole or (key is not UNKNOWN and window.key is not UNKNOWN)
            if other != who.id and shared and window.ident == ident and alike(window.key, key):
                window.by, window.at, window.holding = describe(who), _stack_of(who), (place, len(who.held))

    def _reach(self, place: int, who: Activity) -> None:
        reached = self._reached[place]
        if len(reached) < 3:  # one, and another one: more need not be known
            reached.add(who.id)
            self._record.tell("reached", place=place, activity=describe(who), id=who.id)
        else:
            reached.add(who.id)

    def _note(self, watch: Watch, place: int, who: Activity, ident: int, inner: bool, strikes: bool) -> None:
        """Near misses: both sides, by different activities, on one container."""
        seen = watch.seen
        if ident not in seen and len(seen) >= MANY:
            seen.clear()
        here = seen.setdefault(ident, {})
        now = time.monotonic()
        for (number, was_inner), (other, locks, at, then) in list(here.items()):
            sure = ident < LENT or other.final is None  # by now it may be another container
            across = (was_inner and strikes) or (not was_inner and inner)
            if number != who.id and across and (sure or not watch.nearly):
                watch.met, watch.nearly = sure, True
                self._record.tell(
                    "met", pair=watch.pair.number, gap=now - then, sure=sure,
                    first={"place": at, "activity": describe(other), "locks": list(locks)},
                    last={"place": place, "activity": describe(who), "locks": [lock(held) for held in who.held]},
                )  # fmt: skip
                if sure:
                    seen.clear()
                    return
        locks = tuple(lock(held) for held in who.held)
        for side in ({True} if inner else set()) | ({False} if strikes else set()):
            if len(here) < 8 or (who.id, side) in here:
                here[who.id, side] = (who, locks, place, now)

    # Holding

    def _hold(self, watch: Watch, place: int, who: Activity, ident: int, key: Any, inner: bool, strikes: bool) -> None:
        if self._left <= 0 or _in_loop() or len(sys._current_frames()) < 2:
            return
        waiter = Waiter(who, place, ident, key, inner)
        if not self._guard.enter():
            return
        try:
            rivals = [other for other in watch.waiters if other.meets(who, ident, key)]
            held = [other for other in rivals if other.inner]
            if strikes and held:
                self._will_strike(watch, place, held, key)
                return
            others = [other for other in watch.waiters if other.is_elsewhere(who, ident, key, inner)]
            if others and not inner:
                return
            watch.waiters.append(waiter)
        finally:
            self._guard.leave()
        if inner:
            for other in (*rivals, *others):
                other.wake()
        started = time.monotonic()
        awake = waiter.lock.acquire(True, watch.seconds)
        self._left -= time.monotonic() - started
        watch.waiters.remove(waiter)
        watch.missed += not awake
        if not awake and (watch.missed > PATIENT or not watch.pair.patient):
            watch.seconds /= 2
            if watch.seconds < SHORTEST:
                watch.seconds, watch.rest = watch.pair.seconds / 2, REST
        elif awake and not inner:  # somebody stands in the window now
            held = [other for other in list(watch.waiters) if other.inner and other.meets(who, ident, key)]
            self._will_strike(watch, place, held, key)

    def _will_strike(self, watch: Watch, place: int, held: list[Waiter], key: Any) -> None:
        whole = place in self._whole
        self._striking.by_place[place] += [(watch, other, whole or other.shares(key)) for other in held]

    def _strike(self, watch: Watch, waiter: Waiter, place: int, keyed: bool) -> None:
        waiter.wake()
        token = activity.current()
        by = "" if token is None else describe(token.activity)
        at = _places(sys._getframe(3))
        holding = [(place, len(token.activity.held) if token else 0), (waiter.place, len(waiter.activity.held))]
        held = describe(waiter.activity)
        self._tell_strike(watch, place, keyed, by, held, at, _stack_of(waiter.activity), holding)

    def _tell_strike(
        self, watch: Watch, place: int, keyed: bool, by: str, held: str, at: list[str], meanwhile: list[str],
        holding: list[tuple[int, int]],
    ) -> None:  # fmt: skip
        """`holding`: of both sides the place, and how many locks are held there."""
        if keyed in watch.struck:
            return
        watch.struck.add(keyed)
        self._record.tell(
            "struck", pair=watch.pair.number, place=place, keyed=keyed, by=by, held=held, at=at, meanwhile=meanwhile,
            holding=holding,
        )  # fmt: skip

    def forked(self) -> None:
        """In a forked child nobody waits."""
        super().forked()
        self._guard.renew()
        self._striking = _Striking()
        for watches in self._watches.values():
            for watch in watches:
                watch.waiters = []
                watch.windows = {}


def _in_loop() -> bool:
    """Who holds the thread of an event loop holds both sides."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def _stack_of(who: Activity) -> list[str]:
    frame = sys._current_frames().get(who.ident or _thread.get_ident())
    return _places(frame)


def _places(frame: FrameType | None) -> list[str]:
    return [str(site) for site in sites(capture(frame, settings.depth))]
