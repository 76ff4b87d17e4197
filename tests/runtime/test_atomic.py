"""What is one step on a plain dict is one step on a checked one: the detector makes no race of its own."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedCounter, CheckedDefaultDict, CheckedDict, CheckedOrderedDict

SECONDS = 0.12
GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.fixture(autouse=True, params=["python", "strict"])
def switched_often(fresh_runtime: None, request: pytest.FixtureRequest) -> Iterator[None]:
    runtime.configure(contract=request.param)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def against(*works: Callable[[], object]) -> None:
    """Repeats each in a thread of its own for a while; what one raises is raised here."""
    end = time.monotonic() + SECONDS
    errors: list[BaseException] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            while time.monotonic() < end and not errors:
                work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def resizing(m: Any) -> Callable[[], None]:
    """Two entries that are always set together, among others that come and go."""
    state = [0]

    def work() -> None:
        state[0] += 1
        m.update({"a": state[0], "b": state[0]})
        m[state[0] % 7] = 1
        m.pop((state[0] + 3) % 7, None)

    return work


WHOLE: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "sorted": lambda m: sorted(m, key=str),
    "dict": dict,
    "display": lambda m: {**m},
    "call": lambda m: (lambda **named: named)(**{str(key): value for key, value in dict(m).items()}),
    "copy": lambda m: m.copy(),
    "copy.copy": copy.copy,
    "union": lambda m: m | {},
    "keys": lambda m: list(m.keys()),
    "values": lambda m: list(m.values()),
    "items": lambda m: list(m.items()),
    "unpacked": lambda m: [*m],
    "repr": repr,
    "equal": lambda m: m == {"a": 0},
    "constructor": CheckedDict,
    "update": lambda m: {}.update(m),
    "pickle": pickle.dumps,
}
C_LOOPS: dict[str, Callable[[Any], Any]] = {
    "tuple": tuple,
    "set": lambda m: set(m.values()),
    "sum": lambda m: sum(m.values()),
    "any": lambda m: any(m.values()),
    "pairs": lambda m: dict(m.items()),
    "zip": lambda m: list(zip(m, m.values())) and None,
    "enumerate": lambda m: list(enumerate(m)),
    "map": lambda m: list(map(str, m)),
    "join": lambda m: ",".join(map(str, m)),
    "json": lambda m: json.dumps(m),
    "reversed": lambda m: list(reversed(m)),
    "membership": lambda m: 5 in m.values(),
    "set operation": lambda m: m.keys() & {"a"},
}
if GIL:
    WHOLE.update({name: work for name, work in C_LOOPS.items() if name != "zip"})


@pytest.mark.parametrize("name", WHOLE)
def test_one_step(name: str) -> None:
    m: Any = CheckedDict({"a": 0, "b": 0})
    look = WHOLE[name]

    def work() -> None:
        seen = look(m)
        if isinstance(seen, dict):
            assert seen["a"] == seen["b"]

    against(work, resizing(m))


@pytest.mark.parametrize("make", [CheckedDict, CheckedOrderedDict], ids=["dict", "OrderedDict"])
def test_setdefault_has_one_winner(make: Any) -> None:
    m: Any = make()
    won: list[Any] = [None, None]
    gate = threading.Barrier(2)

    def race(place: int) -> None:
        for n in range(150):
            gate.wait()
            won[place] = m.setdefault(n, object())
            gate.wait()
            assert won[0] is won[1] is m[n]

    threads = [threading.Thread(target=race, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_missing_key_has_one_winner() -> None:
    m: Any = CheckedDefaultDict(list)
    threads = [threading.Thread(target=lambda: [m[n].append(1) for n in range(300)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(found) == 3 for found in m.values())


def test_every_entry_is_popped_once() -> None:
    m: Any = CheckedDict(dict.fromkeys(range(600)))
    popped: list[int] = []

    def work() -> None:
        while True:
            try:
                popped.append(m.popitem()[0])
            except KeyError:
                return

    def work_by_key() -> None:
        for key in range(600):
            if m.pop(key, "gone") != "gone":
                popped.append(key)

    threads = [threading.Thread(target=target) for target in (work, work, work_by_key)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(popped) == list(range(600))


def test_counting_is_one_step() -> None:
    m: Any = CheckedCounter()
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    threads = [threading.Thread(target=lambda: [m.update(words) for _ in range(50)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert m["the"] == 300
    assert m["fox"] == 150
