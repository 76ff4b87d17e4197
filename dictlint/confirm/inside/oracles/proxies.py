"""Answers of a manager's proxies, which are copies."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

from dictlint.confirm.inside.oracles.oracle import Oracle, Telling
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, quiet
from dictlint.runtime.sync import patches
from dictlint.runtime.violation import describe

GIVEN = 16
"""So many answers are kept."""
LONG = 1_000


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
