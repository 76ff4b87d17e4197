"""What an experiment is, and the two ways to make one: work that is repeated, and rounds in which two do the same."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Split(Exception):
    """A state that no order of whole operations explains."""


@dataclass(frozen=True)
class Experiment:
    """`run` raises Split, or what the dict itself raises, where it was split. `how`, `kind`: as the tables have it."""

    name: str
    run: Callable[[float], None]
    how: str = ""
    kind: str = "dict"
    claim: str = ""

    def claimed(self) -> str:
        if self.claim:
            return self.claim
        from dictlint.knowledge.operations import breaks_on, op_of

        return breaks_on(op_of(self.how), self.how, self.kind)

    def result(self, seconds: float) -> str:
        """`split: why` or `not seen`."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        gc.disable()
        try:
            self.run(time.monotonic() + seconds)
        except Split as split:
            return f"split: {split}"
        except (RuntimeError, KeyError) as error:
            return f"split: {type(error).__name__}: {error}"
        finally:
            sys.setswitchinterval(before)
            gc.enable()
        return "not seen"


EXPERIMENTS: list[Experiment] = []


def experiment(name: str, **about: str) -> Callable[[Callable[[float], None]], Callable[[float], None]]:
    def add(run: Callable[[float], None]) -> Callable[[float], None]:
        EXPERIMENTS.append(Experiment(name, run, **about))
        return run

    return add


def until(end: float, *works: Callable[[], object]) -> None:
    """Repeats each in its own thread until the end or the first error, which is raised."""
    errors: list[BaseException] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            while time.monotonic() < end and not errors:
                for _ in range(20):
                    work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


KEYS = 1_000


def rounds(
    end: float, make: Callable[[], Any], work: Callable[[Any, int], Any], judge: Callable[[Any, list[Any]], None]
) -> None:
    """Two threads do `work` with one key after the other on one object; `judge` looks at what each got, key by key."""
    while time.monotonic() < end:
        m = make()
        for pair in zip(*both_sides(m, work)):
            judge(m, list(pair))


def both_sides(m: Any, work: Callable[[Any, int], Any]) -> list[list[Any]]:
    results: list[list[Any]] = [[], []]
    errors: list[BaseException] = []
    gate = threading.Barrier(2)

    def side(place: int) -> None:
        mine = results[place].append
        try:
            gate.wait()
            for key in range(KEYS):
                mine(work(m, key))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=side, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
