"""Which arguments let a call come where it is wanted? They are tried, one changed at a time, and the lines are counted.

Only lines of the files that the sides stand in are counted.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, NamedTuple

PATIENCE = 0.5
"""Seconds for one call: many never come back."""
ENOUGH = 150
ENDLESS = "it does not come back"
LOOPS = 2
"""So many calls that come where they are wanted and go on for ever are enough to take it for what a thread runs."""


class Enough(BaseException):
    """It has been tried for long enough."""


class Slot(NamedTuple):
    """One argument: how it is written, `{}` stands for the value, and what may stand there. None: it is left out."""

    form: str
    options: Sequence[str | None]


class Score(NamedTuple):
    """The more the better."""

    wanted: int
    ended: bool
    lines: int

    def towards(self, goal: int) -> Score:
        """A call that comes to its end without having been where it is wanted is none the better for it."""
        return self if self.wanted >= goal else self._replace(ended=False)


class Outcome(NamedTuple):
    score: Score
    error: str
    value: Any


class Trials:
    """All of them share a deadline."""

    def __init__(self, seconds: float, paths: Sequence[str]) -> None:
        self._deadline = time.monotonic() + seconds
        self._paths = {os.path.realpath(path) for path in paths}
        self._own: dict[str, bool] = {}
        self._kept: list[Any] = []
        """What calls gave, and what they raised: a finalizer that waits for somebody is not to run here."""
        gc.disable()

    def run(self, call: Callable[[], Any], wanted: Sequence[tuple[int, int]] = ()) -> Outcome:
        """In a thread of its own, with its lines counted, and given up after a while."""
        lines: set[int] = set()
        told: list[Any] = []
        until = min(time.monotonic() + PATIENCE, self._deadline)

        def local(frame: FrameType, event: str, argument: Any) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
                if time.monotonic() > until:
                    raise Enough
            return local

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            return local if self._is_own(frame.f_code.co_filename) else None

        def work() -> None:
            sys.settrace(trace)
            try:
                told.append(call())
            except BaseException as error:
                sys.settrace(None)
                told.extend((None, error))
            finally:
                sys.settrace(None)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        thread.join(max(until - time.monotonic(), 0) + PATIENCE)
        self._kept.append(told)
        error = told[1] if len(told) > 1 else None
        ended = bool(told) and error is None
        reached = sum(any(first <= line <= last for line in set(lines)) for first, last in wanted)
        endless = error is None or isinstance(error, Enough)
        said = "" if ended else ENDLESS if endless else f"{type(error).__name__}: {error}"
        return Outcome(Score(reached, ended, len(lines)), said, told[0] if ended else None)

    def best(
        self,
        text: Callable[[Sequence[str | None]], str],
        slots: Sequence[Slot],
        attempt: Callable[[str], Outcome],
        goal: int,
    ) -> tuple[str, Outcome]:
        """The text that comes furthest, beginning with the first options; `goal`: so many wanted lines are all."""
        chosen = [slot.options[0] for slot in slots]
        best = attempt(text(chosen))
        made, endless = 1, int(_goes_on(best, goal))
        for _ in range(2):
            before = best.score
            for number, slot in enumerate(slots):
                for option in slot.options:
                    reached = best.score.wanted >= goal and (best.score.ended or endless >= LOOPS)
                    if reached or made >= ENOUGH or self.are_over():
                        return text(chosen), best
                    if option == chosen[number]:
                        continue
                    other = [*chosen[:number], option, *chosen[number + 1 :]]
                    outcome = attempt(text(other))
                    made, endless = made + 1, endless + _goes_on(outcome, goal)
                    if outcome.score.towards(goal) > best.score.towards(goal):
                        best, chosen = outcome, other
            if best.score == before:
                break
        return text(chosen), best

    def are_over(self) -> bool:
        return time.monotonic() > self._deadline

    def _is_own(self, name: str) -> bool:
        own = self._own.get(name)
        if own is None:
            own = self._own[name] = os.path.realpath(name) in self._paths
        return own


def _goes_on(outcome: Outcome, goal: int) -> bool:
    """Whether a call comes where it is wanted, and does not come back: it may be a thread's own loop."""
    return outcome.score.wanted >= goal and outcome.error == ENDLESS
