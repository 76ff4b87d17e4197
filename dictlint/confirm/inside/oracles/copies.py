"""What is one though it looks like several, and the reverse: locks of copies, answers of proxies, what jobs leave."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import Token
from types import FrameType
from typing import Any
from weakref import ref

from dictlint.confirm.inside.holders import attributes, objects_of, owners
from dictlint.confirm.inside.oracles.oracle import Oracle, Telling, here, in_loop, stack
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, everyone, quiet
from dictlint.runtime.sync import locks, patches
from dictlint.runtime.violation import describe

SHORT = 0.001
VAIN = 3
"""So often somebody is held in vain."""
MANY = 20
LATEST = 4
GIVEN = 16
"""So many answers of proxies are kept."""
LONG = 1_000
KEYED = ("setitem", "getitem", "get", "contains", "pop", "setdefault", "delitem")
VALUES = ("read", "fill")
"""What is done to context variables: the value is looked at."""


class SharedDefault(Oracle):
    """A call, or an object, changes the container of all, in which another one has left something."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._shared: Any = None
        self._users: list[Any] = []
        """Objects whose methods have changed it; None for a call that is over."""

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        if role != "change":
            self._shared = value

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role != "change" or owner is None or owner is not self._shared:
            return
        user = _user(next(here(), None))
        if len(owner) and any(one is not user or one is None for one in self._users):
            whose = "another object" if user is not None else "an earlier call"
            self.tell("damage", f"{describe(who)} changed a {type(owner).__name__} that {whose} had put something in")
        if user is not None and len(self._users) < GIVEN and all(one is not user for one in self._users):
            self._users.append(user)

    def left(self, role: str, place: int, who: Activity) -> None:
        frame = next(here(), None)
        if frame is None or _user(frame) is not None or not len(self._shared or ()):
            return
        if all(outer.f_code is not frame.f_code for outer in stack(frame.f_back)):  # it may call itself
            self._users = [None]


def _user(frame: FrameType | None) -> Any:
    """The object whose method runs; None in a function."""
    names = frame.f_code.co_varnames[:1] if frame is not None and frame.f_code.co_argcount else ()
    return frame.f_locals.get("self") if frame is not None and names == ("self",) else None


class SplitLock(Oracle):
    """Two activities are inside the section of one container, each with the lock of another owner."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._sides: list[tuple[Any, list[Any]]] = []
        """A copy, and the others that have the same container; their locks may be made later."""
        self._kind = ""
        self._space: Any = None
        self._looks = 0
        self._vain = 0

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
        if other is None and self.pair.seconds and self._vain < VAIN and not in_loop() and len(everyone.threads) > 1:
            deadline = time.monotonic() + self.pair.seconds
            while other is None and not self.told and time.monotonic() < deadline:
                time.sleep(SHORT)
                other = _holder(theirs, who)
            self._vain += other is None and not self.told
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


class Given:
    """What a proxy has given out, and how it was asked."""

    __slots__ = ("args", "back", "fresh", "method", "place", "proxy", "value")

    def __init__(self, value: Any, proxy: Any, method: str, args: tuple[Any, ...]) -> None:
        self.value = value
        self.proxy = proxy
        self.method = method
        self.args = args
        self.back = False
        """Whether it was handed to a proxy again."""
        self.fresh: Any = self


class BehindProxy(Oracle):
    """What was changed in an answer of a manager's proxy is not there when the proxy is asked again."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._given: deque[Given] = deque(maxlen=GIVEN)
        self._changed: dict[int, list[Given]] = {}
        self._ask: Any = None
        patches.when_imported("multiprocessing.managers", self._install)

    def _install(self, _: Any) -> None:
        proxy: Any = sys.modules["multiprocessing.managers"].BaseProxy
        self._ask = ask = proxy._callmethod

        def _callmethod(self_: Any, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006
            for given in self._given:
                given.back = given.back or any(_contains(arg, given.value) for arg in args)
            value = ask(self_, methodname, args, kwds)
            if not isinstance(value, (str, bytes, int, float, type(None))) and not kwds:
                self._given.append(Given(value, self_, methodname, tuple(args)))
            return value

        proxy._callmethod = _callmethod

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "change" and owner is not None:
            found = [given for given in self._given if _contains(given.value, owner)]
            if found:
                self._changed.setdefault(who.id, []).append(found[-1])

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        if role == "change":
            for given in self._changed.get(who.id, ())[-1:]:
                self._again(given)

    def left(self, role: str, place: int, who: Activity) -> None:
        for given in self._changed.pop(who.id, ()):
            self._again(given)
            if not given.back and given.fresh is not given and not _same(given.fresh, given.value):
                what = f"{describe(who)} changed what the proxy gave out"
                self.tell("damage", f"{what}; asked again, the proxy knew nothing of it")

    def _again(self, given: Given) -> None:
        """What the proxy says now; what it said last where there is no manager any more."""
        try:
            with quiet():
                given.fresh = self._ask(given.proxy, given.method, given.args)
        except Exception:
            return


def _contains(value: Any, part: Any) -> bool:
    """Whether it is the object, or a list or dict that has it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    if len(inner) > LONG:
        return value is part
    return value is part or any(one is part or (isinstance(one, tuple) and part in map(_Same, one)) for one in inner)


class _Same:
    """Equal to what it is the same as."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return self.value is other

    __hash__ = None  # type: ignore[assignment]


def _same(one: Any, other: Any) -> bool:
    compare: Any = type(one).__eq__
    if compare is object.__eq__:
        return vars(one) == vars(other) if hasattr(one, "__dict__") else True
    return bool(one == other)


class Filled:
    """A container that jobs fill: which one has put in what."""

    __slots__ = ("jobs", "last", "left", "own", "owner")

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.jobs: dict[Any, int] = {}
        self.last = 0
        """The job that touched it last."""
        self.left = 0
        """How many of its elements were there when that job came."""
        self.own = 0


class Use:
    """Somebody's use of a helper, from its beginning until the results are read. `by`: who has begun anew since."""

    __slots__ = ("by", "helper")

    def __init__(self, helper: Any) -> None:
        self.helper = helper
        self.by = ""


class CarriedOver(Oracle):
    """A job reads what an earlier job of the same worker has put in; a call, the results of another one's."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._uses: dict[int, Use] = {}
        self._vain = 0
        self._here = _Worker()
        patches.when_imported("concurrent.futures.thread", self._threads)
        patches.when_imported("concurrent.futures.process", self._processes)
        patches.when_imported("multiprocessing.pool", self._chunks)

    # Where jobs begin

    def _threads(self, _: Any) -> None:
        item: Any = sys.modules["concurrent.futures.thread"]._WorkItem
        run, here = item.run, self._here

        def counted(self_: Any, *args: Any) -> Any:
            here.job += 1
            return run(self_, *args)

        item.run = counted

    def _processes(self, _: Any) -> None:
        module: Any = sys.modules["concurrent.futures.process"]
        send, here = module._sendback_result, self._here
        here.job += 1  # a child begins with one

        def counted(*args: Any, **named: Any) -> Any:
            here.job += 1
            return send(*args, **named)

        module._sendback_result = counted

    def _chunks(self, _: Any) -> None:
        module: Any = sys.modules["multiprocessing.pool"]
        for name in ("mapstar", "starmapstar"):
            setattr(module, name, _counted(getattr(module, name), self._here))

    # What they do

    def keyed(self, role: str, place: int, who: Activity, owner: Any, key: Any) -> None:
        if role == "fill":
            self._filled(owner)
            self._here.keys = (owner, key)
        elif role == "read" and self.telling.ops[place] in KEYED and isinstance(owner, dict):
            with quiet():
                self._read(who, owner, [key] if dict.__contains__(owner, key) else [])

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "run":
            self._uses[who.id] = Use(owner)
        elif role == "read" and who.id in self._uses:
            self._results(who, self._uses.pop(who.id))
        if owner is None or self.telling.ops[place] in VALUES:
            return
        if role == "fill":
            self._filled(owner)
            self._here.keys = (owner, None)
        elif role == "read" and self.telling.ops[place] not in KEYED:
            with quiet():
                self._read(who, owner, list(dict.keys(owner)) if isinstance(owner, dict) else None)

    def _results(self, who: Activity, use: Use) -> None:
        if not use.by and self.pair.seconds and self._vain < VAIN and not in_loop() and len(everyone.threads) > 1:
            self._uses[who.id] = use
            deadline = time.monotonic() + self.pair.seconds
            while not use.by and not self.told and time.monotonic() < deadline:
                time.sleep(SHORT)
            self._vain += not use.by and not self.told
            self._uses.pop(who.id, None)
        if use.by:
            self.tell("window", f"{describe(who)} reads the results of what {use.by} has begun and ended meanwhile")

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        here = self._here
        if role == "run":
            own = self._uses.get(who.id)
            for number, use in list(self._uses.items()):
                if own is not None and number != who.id and use.helper is own.helper:
                    use.by = describe(who)
            return
        if isinstance(value, Token) and role == "fill":
            with quiet():
                here.values = [*here.values, (value.var.get(None), here.job)][-GIVEN:]
        elif role == "fill" and here.keys is not None:
            owner, key = here.keys
            here.keys = None
            filled = here.filled.get(id(owner))
            if filled is not None and isinstance(owner, dict):
                with quiet():
                    keys = list(dict.keys(owner)) if key is None else [key]
                    filled.jobs |= dict.fromkeys(keys, here.job)
        elif role == "read" and any(one is value is not None and job < here.job for one, job in here.values):
            self._tell(who)

    def _filled(self, owner: Any) -> Filled:
        here = self._here
        filled = here.filled.get(id(owner))
        if filled is None or filled.owner is not owner:
            filled = here.filled[id(owner)] = Filled(owner)
        if filled.last != here.job:
            filled.left, filled.own, filled.last = len(owner) if filled.last else 0, 0, here.job
        filled.own += 1
        return filled

    def _read(self, who: Activity, owner: Any, keys: list[Any] | None) -> None:
        filled = self._here.filled.get(id(owner))
        if filled is None or filled.owner is not owner:
            return
        if keys is None:
            early = filled.last != self._here.job
            left = len(owner) if early else filled.left and len(owner) > filled.own
        else:
            left = any(filled.jobs.get(key, self._here.job) < self._here.job for key in keys)
        if left:
            self._tell(who)

    def _tell(self, who: Activity) -> None:
        self.tell("damage", f"{describe(who)} read in one job what an earlier job of that worker had put in")


class _Worker(threading.local):
    """What one worker has done: how many jobs, and what they have filled."""

    job = 0
    keys: tuple[Any, Any] | None = None

    def __init__(self) -> None:
        self.filled: dict[int, Filled] = {}
        self.values: list[tuple[Any, int]] = []


def _counted(original: Any, here: _Worker) -> Any:
    """`mapstar` and its like: each of the jobs that come together counts."""

    def run(args: Any) -> Any:
        function, *rest = args
        return original((_Counting(function, here), *rest))

    run.__name__ = run.__qualname__ = original.__name__
    run.__module__ = original.__module__
    return run


class _Counting:
    def __init__(self, function: Any, here: _Worker) -> None:
        self._function = function
        self._here = here

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._here.job += 1
        return self._function(*args, **named)
