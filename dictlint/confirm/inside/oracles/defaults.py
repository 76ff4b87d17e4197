"""Containers that all calls of a function, or all objects of a class, share by default."""

from __future__ import annotations

from types import FrameType
from typing import Any

from dictlint.confirm.inside.oracles.oracle import Oracle, Telling, here, stack
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity
from dictlint.runtime.violation import describe

MOST = 16
"""So many objects are told apart."""


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
        if user is not None and len(self._users) < MOST and all(one is not user for one in self._users):
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
