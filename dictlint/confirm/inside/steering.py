"""What happens at the planned places: it is noted who comes there, and one side is held until the other one is there.

A pair has a window, between a test and what relies on it or while an iteration is under way, and strikes that fall
into it. Whoever stands in a window waits for somebody else to strike; whoever is about to strike waits for somebody
to stand in a window. Both only for a little while: what did not help is tried for half as long the next time.
"""

from __future__ import annotations

import _thread
import sys
import time
import weakref
from collections import defaultdict
from types import FrameType
from typing import Any

from dictlint.confirm.inside.planned import Pair, Plan
from dictlint.confirm.inside.protocol import Protocol
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


class Waiter:
    """Somebody who is held. `ident` names the container, which is alive as long as somebody is held at it."""

    __slots__ = ("activity", "ident", "inner", "key", "lock")

    def __init__(self, who: Activity, ident: int, key: Any, inner: bool) -> None:
        self.activity = who
        self.ident = ident
        self.key = key
        self.inner = inner
        self.lock = _thread.allocate_lock()
        self.lock.acquire()

    def meets(self, who: Activity, ident: int, key: Any) -> bool:
        return self.activity is not who and self.ident == ident and _alike(self.key, key)

    def is_elsewhere(self, who: Activity, ident: int, key: Any, inner: bool) -> bool:
        """On the other side, at another key of the same container: if both are held, they never meet."""
        across = self.activity is not who and self.ident == ident and self.inner is not inner
        return across and not _alike(self.key, key)

    def shares(self, key: Any) -> bool:
        """Whether both are known to be at the same key."""
        return self.key is not UNKNOWN and key is not UNKNOWN and _alike(self.key, key)

    def wake(self) -> None:
        try:
            self.lock.release()
        except RuntimeError:
            return  # awake already


class Window:
    """Somebody's, from its beginning on. `by`: who struck meanwhile, and `at`: where."""

    __slots__ = ("at", "by", "ident", "key", "owner")

    def __init__(self, ident: int, key: Any, owner: Any) -> None:
        self.ident = ident
        self.key = key
        self.owner = _tie(owner)
        self.by = ""
        self.at: list[str] = []


class Watch:
    """What is known of one pair in this process."""

    __slots__ = ("met", "missed", "pair", "rest", "seconds", "seen", "struck", "waiters", "windows")

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.seconds = pair.seconds
        self.waiters: list[Waiter] = []
        self.windows: dict[int, Window] = {}
        """By the number of the activity."""
        self.seen: dict[int, dict[tuple[int, bool], tuple[str, tuple[str, ...], int, float]]] = {}
        self.met = False
        self.missed = 0
        self.rest = 0
        self.struck: set[bool] = set()


class _Here(_thread._local):
    """What the calling thread is about to do."""

    def __init__(self) -> None:
        self.containers: dict[int, int] = {}
        self.keys: dict[int, Any] = {}
        self.owners: dict[int, Any] = {}
        self.striking: dict[int, list[tuple[Watch, Waiter, bool]]] = defaultdict(list)


class Steering:
    def __init__(self, plan: Plan, record: Record) -> None:
        self._record = record
        self._watches: dict[int, list[Watch]] = defaultdict(list)
        for pair in plan.pairs:
            watch = Watch(pair)
            for place in pair.begins | pair.inner | pair.strikes if not pair.parts or pair.code in BLIND else ():
                self._watches[place].append(watch)
        self._kinds = {birth.id: birth for file in plan.files.values() for birth in file.births}
        self._protocol = Protocol(plan, record)
        self._strict = plan.strict
        self._whole = {place.id for file in plan.files.values() for place in file.places if place.op == "clear"}
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
        key = self._here.keys.pop(place, UNKNOWN)
        if self._protocol.knows(place):
            self._protocol.before(place, owner)
            if key is not UNKNOWN:
                self._protocol.keyed(place, owner, key)
        self._arrive(place, ident, key)
        return owner

    def note(self, place: int, key: Any) -> Any:
        """The key, where the container is evaluated after it."""
        self._here.keys[place] = key
        return key

    def container(self, place: int, owner: Any) -> Any:
        """Before the key of a subscript is evaluated."""
        self._here.containers[place] = _ident(owner)
        if self._protocol.knows(place):
            self._protocol.before(place, owner)
            self._here.owners[place] = owner
        return owner

    def bound(self, place: int, owner: Any, name: str) -> Any:
        """Before an attribute of `owner` is looked at or bound."""
        self._here.containers[place] = ident = _ident(owner)
        self._arrive(place, ident, name, owner)
        self._here.keys[place] = name
        return owner

    def named(self, place: int, value: Any, name: str) -> Any:
        """After a variable of the module was looked at, or before it is bound."""
        self.bound(place, sys._getframe(1).f_globals, name)
        return value

    def before(self, place: int) -> None:
        """Before an expression whose value is looked at."""
        self._arrive(place, 0, UNKNOWN)
        self._protocol.before(place)

    def seen(self, place: int, _: None, value: Any) -> Any:
        """The value of such an expression."""
        self._protocol.after(place, value)
        return value

    def key(self, place: int, key: Any) -> Any:
        """Before the operation of a subscript."""
        owner = self._here.owners.pop(place, None) if self._here.owners else None
        if owner is not None:
            self._protocol.keyed(place, owner, key)
        self._arrive(place, self._here.containers.get(place, 0), key)
        self._here.keys[place] = key
        return key

    def mid(self, place: int, begun: int, value: Any) -> Any:
        """Between the read and the write of an augmented assignment."""
        self._arrive(place, self._here.containers.get(begun, 0), self._here.keys.get(begun, UNKNOWN))
        return value

    def step(self, place: int) -> bool:
        """An iteration has made a step."""
        self._arrive(place, self._here.containers.get(place, 0), UNKNOWN, walking=True)
        return True

    def done(self, place: int, value: Any = None) -> Any:
        """After the operation."""
        striking = self._here.striking
        if striking and place in striking:
            for watch, waiter, keyed in striking.pop(place):
                self._strike(watch, waiter, place, keyed)
        for watch in self._watches.get(place, ()):
            if watch.windows and place in watch.pair.strikes:
                token = activity.current()
                if token is not None:
                    self._fall_into(watch, place, token.activity)
        self._here.keys.pop(place, None)
        if self._protocol.knows(place):
            self._protocol.after(place, value)
        return value

    # What it calls at places that are no operations

    def walked(self, place: int, value: Any) -> Any:
        """What is gone through, or waited for: perhaps it was made earlier."""
        self._arrive(place, 0, UNKNOWN)
        self._protocol.before(place)
        for oracle, _, who in self._protocol.asked(place):
            value = oracle.walk(place, who, value, lambda: self._arrive(place, 0, UNKNOWN, walking=True))
        return value

    def covers(self, place: int, kinds: Any = None) -> None:
        """A block that a handler stands around begins; `kinds` tells what the handler takes."""
        self._arrive(place, 0, UNKNOWN)
        for oracle, _, who in self._protocol.asked(place):
            oracle.covers(place, who, kinds or _everything, sys._getframe(1))

    def uncovers(self, place: int) -> None:
        for oracle, _, who in self._protocol.asked(place):
            oracle.uncovers(place, who, sys._getframe(1))

    def caught(self, place: int) -> None:
        error: Any = sys.exc_info()[1]
        for oracle, _, who in self._protocol.asked(place, f"gets {type(error).__name__}"):
            oracle.caught(place, who, error, sys._getframe(1))

    def entered(self, place: int) -> None:
        self._arrive(place, 0, UNKNOWN)
        for oracle, _, who in self._protocol.asked(place):
            oracle.entered(place, who)

    def raised(self, place: int) -> None:
        error: Any = sys.exc_info()[1]
        for oracle, role, who in self._protocol.asked(place, f"raises {type(error).__name__}"):
            oracle.raised(role, place, who, error)

    def left(self, place: int) -> None:
        for oracle, role, who in self._protocol.asked(place):
            oracle.left(role, place, who)

    def captured(self, place: int) -> Any:
        """A decorator, which gives the function back as it is."""
        self._arrive(place, 0, UNKNOWN)

        def note(function: Any) -> Any:
            for oracle, _, who in self._protocol.asked(place, "is made"):
                oracle.captured(place, who, function)
            return function

        return note

    def ran(self, place: int) -> None:
        for oracle, _, who in self._protocol.asked(place, "runs"):
            oracle.ran(place, who, sys._getframe(1).f_code)

    # Arrival

    def _arrive(self, place: int, ident: int, key: Any, owner: Any = None, walking: bool = False) -> None:
        """`owner`: whose attribute it is about; other objects have numbers that are never given again."""
        token = activity.current()
        if token is None:
            return
        who = token.activity
        self._here.striking.pop(place, None)  # of an operation that failed
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

    def _pass(self, watch: Watch, place: int, who: Activity, ident: int, key: Any, owner: Any) -> None:
        """Windows that are struck without anybody being held: those of tasks, above all."""
        window = watch.windows.pop(who.id, None) if place in watch.pair.ends else None
        if window is not None and window.owner() is not owner:  # another one, with the number of one that is gone
            window = None
        if window is not None and window.by and window.ident == ident and _alike(window.key, key):
            self._tell_strike(watch, place, True, window.by, describe(who), window.at, _stack_of(who))
        if place in watch.pair.begins:
            if len(watch.windows) >= MANY:
                watch.windows.clear()
            watch.windows[who.id] = Window(ident, key, owner)

    def _fall_into(self, watch: Watch, place: int, who: Activity) -> None:
        """A strike is over: whose windows did it fall into?"""
        ident, key = self._here.containers.get(place, 0), self._here.keys.get(place, UNKNOWN)
        for other, window in list(watch.windows.items()):
            shared = place in self._whole or (key is not UNKNOWN and window.key is not UNKNOWN)
            if other != who.id and shared and window.ident == ident and _alike(window.key, key):
                window.by, window.at = describe(who), _stack_of(who)

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
        if self._left <= 0 or _in_loop() or len(sys._current_frames()) < 2:
            return
        waiter = Waiter(who, ident, key, inner)
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
        self._here.striking[place] += [(watch, other, whole or other.shares(key)) for other in held]

    def _strike(self, watch: Watch, waiter: Waiter, place: int, keyed: bool) -> None:
        waiter.wake()
        token = activity.current()
        by = "" if token is None else describe(token.activity)
        at = _places(sys._getframe(2))
        self._tell_strike(watch, place, keyed, by, describe(waiter.activity), at, _stack_of(waiter.activity))

    def _tell_strike(
        self, watch: Watch, place: int, keyed: bool, by: str, held: str, at: list[str], meanwhile: list[str]
    ) -> None:
        if keyed in watch.struck:
            return
        watch.struck.add(keyed)
        self._record.tell(
            "struck", pair=watch.pair.number, place=place, keyed=keyed, by=by, held=held, at=at, meanwhile=meanwhile
        )

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
                watch.windows = {}


def _everything() -> type[BaseException]:
    return BaseException


def _ident(owner: Any) -> int:
    if type(owner) is super:
        owner = owner.__self__  # type: ignore[attr-defined]
    shadow = getattr(owner, "_dictlint_shadow", None) if type(owner).__module__.startswith("dictlint.") else None
    return id(owner) if shadow is None else -int(shadow.number)


def _tie(owner: Any) -> Any:
    """A reference that does not keep it alive; the variables of a module stay."""
    if owner is None or type(owner) is dict:
        return lambda: owner
    try:
        return weakref.ref(owner)
    except TypeError:
        return lambda: UNKNOWN


def _alike(one: Any, other: Any) -> bool:
    if one is UNKNOWN or other is UNKNOWN or one is other:
        return True
    return one.__class__ is other.__class__ and _is_plain(one) and _is_plain(other) and bool(one == other)


def _is_plain(key: Any) -> bool:
    """Whether comparing it runs no code of the user."""
    return key.__class__ in PLAIN or (key.__class__ is tuple and all(part.__class__ in PLAIN for part in key))


def _in_loop() -> bool:
    """Who holds the thread of an event loop holds both sides."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def _stack_of(who: Activity) -> list[str]:
    frame = sys._current_frames().get(who.ident or _thread.get_ident())
    return _places(frame)


def _places(frame: FrameType | None) -> list[str]:
    return [str(site) for site in sites(capture(frame, settings.depth))]
