"""What jobs leave in their workers, and calls in a helper that all of them use."""

from __future__ import annotations

import sys
import threading
from contextvars import Token
from typing import Any

from dictlint.confirm.inside.oracles.oracle import Oracle, Telling
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, everyone, quiet
from dictlint.runtime.sync import patches
from dictlint.runtime.violation import describe

LATEST = 16
"""So many values of context variables are kept."""
KEYED = ("setitem", "getitem", "get", "contains", "pop", "setdefault", "delitem")
VALUES = ("read", "fill")
"""What is done to context variables: the value is looked at."""


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
        if not use.by and len(everyone.threads) > 1:
            self._uses[who.id] = use
            self.wait_for(lambda: use.by)
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
                here.values = [*here.values, (value.var.get(None), here.job)][-LATEST:]
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
