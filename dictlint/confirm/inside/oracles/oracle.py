"""What all of them have in common."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, NamedTuple

from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity

Kinds = Callable[[], Any]
"""Of a handler: asked for the classes that it takes."""
REQUESTS = (SystemExit, KeyboardInterrupt, GeneratorExit)
"""No errors: somebody is asked to end."""
SHORT = 0.001
VAIN = 3
"""So often somebody is held in vain."""
PLAIN = (str, int, float, bool, bytes, type(None))
INSIDE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class InjectedFault(Exception):
    """Raised by dictlint where the program says that something may raise."""


class Telling(NamedTuple):
    """`tell` what came true, with the kind of evidence; `injected` at which place a fault was. Of places, what is done
    there and its `text`.
    """

    tell: Callable[[Pair, str, str], None]
    injected: Callable[[Pair, str, int], None]
    ops: dict[int, str]
    texts: dict[int, str]


class Oracle:
    """One finding's question. What happens at its places is told to it; nothing of this must disturb the program."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        self.pair = pair
        self.telling = telling
        self.told = False
        self.fault_due = pair.inject
        self._vain = 0

    def tell(self, evidence: str, reason: str) -> None:
        self.told = True
        self.telling.tell(self.pair, evidence, reason)

    def inject(self, name: str, place: int, error: BaseException) -> None:
        self.note_fault(name, place)
        raise error

    def note_fault(self, name: str, place: int) -> None:
        self.fault_due = False
        self.telling.injected(self.pair, name, place)

    def wait_for(self, look: Callable[[], Any]) -> Any:
        """Holds who is here until something is found, for a little while."""
        if not self.pair.seconds or self._vain >= VAIN or in_loop():
            return None
        deadline = time.monotonic() + self.pair.seconds
        while time.monotonic() < deadline:
            time.sleep(SHORT)
            found = None if self.told else look()
            if self.told or found:
                return found
        self._vain += 1
        return None

    # What happens

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        """Before an operation; `owner` is the container, where there is one."""

    def keyed(self, role: str, place: int, who: Activity, owner: Any, key: Any) -> None:
        """The key of that operation."""

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        """After it."""

    def covers(self, place: int, who: Activity, kinds: Kinds, frame: FrameType) -> None:
        """A block that a handler stands around begins."""

    def uncovers(self, place: int, who: Activity, frame: FrameType) -> None:
        """It is over, nothing was raised."""

    def caught(self, place: int, who: Activity, error: BaseException, frame: FrameType) -> None:
        """The handler begins."""

    def entered(self, place: int, who: Activity) -> None:
        """A worker's function is about to do the first thing that may raise."""

    def raised(self, role: str, place: int, who: Activity, error: BaseException) -> None:
        """An exception leaves a function or statement."""

    def left(self, role: str, place: int, who: Activity) -> None:
        """The function that contains the place is over."""

    def captured(self, place: int, who: Activity, function: Any) -> None:
        """A function was made that captures a variable."""

    def ran(self, place: int, who: Activity, code: CodeType) -> None:
        """It begins to run."""

    def walk(self, place: int, who: Activity, value: Any, step: Callable[[], None]) -> Any:
        """What is gone through in the place of `value`; `step` is to be called after each step."""
        return value


def classes(kinds: Kinds | None) -> tuple[type[BaseException], ...]:
    """What a handler takes."""
    try:
        found = kinds() if kinds is not None else ()
    except Exception:  # a name that is not bound any more
        return ()
    flat = found if isinstance(found, tuple) else (found,)
    return tuple(one for one in flat if isinstance(one, type) and issubclass(one, BaseException))


def is_error(error: BaseException) -> bool:
    return not isinstance(error, REQUESTS) and type(error).__name__ != "CancelledError"


def fault(kind: type[BaseException], code: str) -> BaseException:
    """An error of that kind, made without running a constructor of the program."""
    if not issubclass(kind, Exception):
        kind = RuntimeError
    try:
        made: Any = type("InjectedFault", (InjectedFault, kind), {})
        error: BaseException = made.__new__(made, f"InjectedFault by dictlint for {code}")
        return error
    except TypeError:
        return InjectedFault(f"InjectedFault by dictlint for {code}")


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of the program, the innermost first."""
    while frame is not None:
        if not frame.f_code.co_filename.startswith(INSIDE):
            yield frame
        frame = frame.f_back


def here() -> Iterator[FrameType]:
    return stack(sys._getframe(1))


def in_loop() -> bool:
    """Whether an event loop would be held up by waiting."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None


def differs(one: Any, other: Any) -> bool:
    """Whether they are other objects, and not two of the same plain value."""
    if one is other:
        return False
    return not (type(one) is type(other) and isinstance(one, PLAIN) and one == other)
