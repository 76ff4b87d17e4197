"""What happens at the planned places: it is noted who comes there, and one side is held until the other one is there.

A pair has a window, between a test and what relies on it or while an iteration is under way, and strikes that fall
into it. Whoever stands in a window waits for somebody else to strike; whoever is about to strike waits for somebody
to stand in a window. Both only for a little while: what did not help is tried for half as long the next time.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections import defaultdict
from typing import Any

from dictlint.confirm.inside.planned import Pair, Plan
from dictlint.confirm.inside.record import Record
from dictlint.runtime import activity
from dictlint.runtime.activity import Activity, PatientLock
from dictlint.runtime.frames import capture, sites
from dictlint.runtime.keys import PLAIN
from dictlint.runtime.settings import settings
from dictlint.runtime.violation import Violation, describe, lock
from dictlint.runtime.watching import KINDS
from dictlint.runtime.watching import watch as checked

UNKNOWN: Any = object()
MANY = 2_000
SHORTEST = 0.002
PATIENT = 4
"""So often in vain somebody is held in a replay before the holds get shorter."""
ALLOWANCE = 20.0
"""Seconds that a process is held in all."""


class Waiter:
    """Somebody who is held. `ident` names the container, which is alive as long as somebody is held at it."""

    __slots__ = ("activity", "ident", "inner", "key", "lock", "struck")

    def __init__(self, who: Activity, ident: int, key: Any, inner: bool) -> None:
        self.activity = who
        self.ident = ident
        self.key = key
        self.inner = inner
        self.lock = _thread.allocate_lock()
        self.lock.acquire()
        self.struck = False

    def meets(self, who: Activity, ident: int, key: Any) -> bool:
        return self.activity is not who and self.ident == ident and _alike(self.key, key)

    def wake(self) -> None:
        try:
            self.lock.release()
        except RuntimeError:
            return  # awake already


class Watch:
    """What is known of one pair in this process."""

    __slots__ = ("met", "missed", "pair", "seconds", "seen", "struck", "waiters")

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.seconds = pair.seconds
        self.waiters: list[Waiter] = []
        self.seen: dict[int, dict[tuple[int, bool], tuple[str, tuple[str, ...], int, float]]] = {}
        self.met = False
        self.missed = 0
        self.struck = 0


class _Here(_thread._local):
    """What the calling thread is about to do."""

    def __init__(self) -> None:
        self.containers: dict[int, int] = {}
        self.striking: dict[int, list[tuple[Watch, Waiter]]] = defaultdict(list)


class Steering:
    def __init__(self, plan: Plan, record: Record) -> None:
        self._record = record
        self._watches: dict[int, list[Watch]] = defaultdict(list)
        for pair in plan.pairs:
            watch = Watch(pair)
            for place in pair.begins | pair.inner | pair.strikes:
                self._watches[place].append(watch)
        self._kinds = {birth.id: birth for file in plan.files.values() for birth in file.births}
        self._strict = plan.strict
        self._births: dict[int, int] = {}
        self._reached: dict[int, set[int]] = defaultdict(set)
        self._told: set[Any] = set()
        self._guard = PatientLock()
        self._here = _Here()
        self._left = ALLOWANCE

    # What the rewritten program calls

    def born(self, birth: int, value: Any) -> Any:
        """A checked map in the place of a plain one."""
        if value in KINDS if isinstance(value, type) else False:
            return lambda *args, **named: self.born(birth, value(*args, **named))
        planned = self._kinds[birth]
        if type(value) not in KINDS:
            self._once("elsewise", birth=birth, kind=type(value).__qualname__)
            return value
        made = checked(value, name=planned.name, contract="strict" if birth in self._strict else None)
        shadow = getattr(made, "_dictlint_shadow", None)
        if shadow is not None:
            shadow.birth = capture(sys._getframe(1), settings.depth)
            self._births[shadow.number] = birth
            self._once("born", birth=birth)
        return made

    def at(self, place: int, owner: Any) -> Any:
        """Before an operation of `owner`."""
        self._here.containers[place] = ident = _ident(owner)
        self._arrive(place, ident, UNKNOWN, owner)
        return owner

    def container(self, place: int, owner: Any) -> Any:
        """Before the key of a subscript is evaluated."""
        self._here.containers[place] = _ident(owner)
        return owner

    def key(self, place: int, key: Any) -> Any:
        """Before the operation of a subscript."""
        self._arrive(place, self._here.containers.get(place, 0), key, None)
        return key

    def mid(self, place: int, begun: int, value: Any) -> Any:
        """Between the read and the write of an augmented assignment."""
        self._arrive(place, self._here.containers.get(begun, 0), UNKNOWN, None)
        return value

    def step(self, place: int) -> bool:
        """An iteration has made a step."""
        self._arrive(place, self._here.containers.get(place, 0), UNKNOWN, None, walking=True)
        return True

    def done(self, place: int, value: Any = None) -> Any:
        """After the operation."""
        striking = self._here.striking
        if striking and place in striking:
            for watch, waiter in striking.pop(place):
                self._strike(watch, waiter, place)
        return value

    # Arrival

    def _arrive(self, place: int, ident: int, key: Any, owner: Any, walking: bool = False) -> None:
        token = activity.current()
        if token is None:
            return
        who = token.activity
        if who.id not in self._reached[place]:
            self._reach(place, who)
        for watch in self._watches.get(place, ()):
            pair = watch.pair
            inner = place in pair.ends or (walking and place in pair.walks)
            strikes = place in pair.strikes and not walking
            if not watch.met:
                self._note(watch, place, who, ident, inner or place in pair.begins or place in pair.walks, strikes)
            if watch.seconds and (inner or strikes):
                self._hold(watch, place, who, ident, key, inner, strikes)

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
        for (other, was_inner), (name, locks, at, then) in list(here.items()):
            if other != who.id and ((was_inner and strikes) or (not was_inner and inner)):
                watch.met = True
                self._record.tell(
                    "met", pair=watch.pair.number, gap=now - then,
                    first={"place": at, "activity": name, "locks": list(locks)},
                    last={"place": place, "activity": describe(who), "locks": [lock(held) for held in who.held]},
                )  # fmt: skip
                seen.clear()
                return
        locks = tuple(lock(held) for held in who.held)
        for side in ({True} if inner else set()) | ({False} if strikes else set()):
            if len(here) < 8 or (who.id, side) in here:
                here[who.id, side] = (describe(who), locks, place, now)

    # Holding

    def _hold(self, watch: Watch, place: int, who: Activity, ident: int, key: Any, inner: bool, strikes: bool) -> None:
        self._here.striking.pop(place, None)  # of an operation that failed
        if self._left <= 0 or _in_loop() or len(sys._current_frames()) < 2:
            return
        waiter = Waiter(who, ident, key, inner)
        if not self._guard.enter():
            return
        try:
            rivals = [other for other in watch.waiters if other.meets(who, ident, key)]
            held = [other for other in rivals if other.inner]
            if strikes and held:
                self._here.striking[place] += [(watch, other) for other in held]
                return
            watch.waiters.append(waiter)
        finally:
            self._guard.leave()
        if inner:
            for other in rivals:
                other.wake()
        started = time.monotonic()
        awake = waiter.lock.acquire(True, watch.seconds)
        self._left -= time.monotonic() - started
        watch.waiters.remove(waiter)
        watch.missed += not awake
        if not awake and (watch.missed > PATIENT or not watch.pair.patient):
            watch.seconds = watch.seconds / 2 if watch.seconds > SHORTEST else 0.0
        elif awake and not inner:  # somebody stands in the window now
            held = [other for other in list(watch.waiters) if other.inner and other.meets(who, ident, key)]
            self._here.striking[place] += [(watch, other) for other in held]

    def _strike(self, watch: Watch, waiter: Waiter, place: int) -> None:
        watch.struck += 1
        waiter.struck = True
        waiter.wake()
        if watch.struck > 1:
            return
        token = activity.current()
        frame = sys._getframe(2)
        self._record.tell(
            "struck", pair=watch.pair.number, place=place, keyed=waiter.key is not UNKNOWN,
            by="" if token is None else describe(token.activity), held=describe(waiter.activity),
            at=[str(site) for site in sites(capture(frame, settings.depth))],
            meanwhile=_stack_of(waiter.activity),
        )  # fmt: skip

    # What else is told

    def violated(self, violation: Violation) -> None:
        birth = self._births.get(violation.container["number"], 0)
        self._record.tell("violation", birth=birth, text=str(violation), violation=violation.as_json())

    def _once(self, type: str, **facts: Any) -> None:
        what = (type, *facts.values())
        if what not in self._told:
            self._told.add(what)
            self._record.tell(type, **facts)

    def forked(self) -> None:
        """In a forked child nobody waits, and everything is reached anew."""
        self._guard.renew()
        self._reached.clear()
        self._here = _Here()
        for watches in self._watches.values():
            for watch in watches:
                watch.waiters = []


def _ident(owner: Any) -> int:
    shadow = getattr(owner, "_dictlint_shadow", None) if type(owner).__module__.startswith("dictlint.") else None
    return id(owner) if shadow is None else -int(shadow.number)


def _alike(one: Any, other: Any) -> bool:
    if one is UNKNOWN or other is UNKNOWN or one is other:
        return True
    return one.__class__ is other.__class__ and one.__class__ in PLAIN and bool(one == other)


def _in_loop() -> bool:
    """Who holds the thread of an event loop holds both sides."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def _stack_of(who: Activity) -> list[str]:
    frame = sys._current_frames().get(who.ident)
    return [] if frame is None else [str(site) for site in sites(capture(frame, settings.depth))]
