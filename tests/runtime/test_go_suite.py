"""The 26 map programs of Go's race detector suite, in Python: right in every one under the strict contract.

What is a variable of a map type there is a `CheckedAttribute` here; what is a struct that is read part by part, as a
key or as a value, is a checked map of its parts. A channel is a queue. Names begin with the verdict; the Go function
is named beside each.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedAttribute, CheckedDict

PROGRAMS: dict[str, Callable[[], None]] = {}
STRUCK_IN_PYTHON = {"MapRange", "MapRange2"}
"""Single operations of a dict are atomic: only the loops can be broken."""


def go(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    def add(program: Callable[[], None]) -> Callable[[], None]:
        PROGRAMS[name] = program
        return program

    return add


def beside(work: Callable[[], object]) -> Callable[[], object]:
    """Runs `work` in a thread; what is returned waits for its message."""
    channel: queue.Queue[bool] = queue.Queue(1)

    def run() -> None:
        work()
        channel.put(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return channel.get


class Parts:
    """A key that is looked up by what its parts say."""

    def __init__(self, size: int) -> None:
        self.parts: Any = CheckedDict(dict.fromkeys(range(size), 0))

    def __hash__(self) -> int:
        return hash(tuple(self.parts.values()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and list(self.parts.values()) == list(other.parts.values())


class Variable:
    """A variable that two threads can bind and use."""

    m = CheckedAttribute()

    def __init__(self) -> None:
        self.m = CheckedDict()


def walk(mapping: Any) -> None:
    for _ in mapping:
        pass


def walk_items(mapping: Any) -> None:
    for _key, _value in mapping.items():
        pass


@go("MapRW")
def race_lookup_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: m.get(1))
    m[1] = 1
    done()


@go("MapRW2")
def race_test_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: 1 in m)
    m[1] = 1
    done()


@go("MapRWArray")
def race_lookup_of_a_part_and_store_elsewhere() -> None:
    m: Any = CheckedDict({1: (0, 0)})
    done = beside(lambda: m[1][1])
    m[2] = (1, 2)
    done()


@go("NoMapRR")
def no_race_two_lookups() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: m.get(1))
    m.get(1)
    done()


@go("MapRange")
def race_loop_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: walk(m))
    m[1] = 1
    done()


@go("MapRange2")
def race_loop_over_items_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: walk_items(m))
    m[1] = 1
    done()


@go("NoMapRangeRange")
def no_race_two_loops() -> None:
    m: Any = CheckedDict()
    m[0] = 0
    done = beside(lambda: walk(m))
    walk(m)
    done()


@go("MapLen")
def race_len_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: len(m))
    m[""] = True
    done()


@go("MapDelete")
def race_removal_and_store() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: m.pop("", None))
    m[""] = True
    done()


@go("MapLenDelete")
def race_removal_and_len() -> None:
    m: Any = CheckedDict()
    done = beside(lambda: m.pop("a", None))
    len(m)
    done()


@go("MapVariable")
def race_two_bindings() -> None:
    shared = Variable()

    def bind() -> None:
        shared.m = CheckedDict()

    done = beside(bind)
    shared.m = CheckedDict()
    done()


@go("MapVariable2")
def race_store_and_binding() -> None:
    shared = Variable()

    def store() -> None:
        shared.m[1] = 1

    done = beside(store)
    shared.m = CheckedDict()
    done()


@go("MapVariable3")
def race_lookup_and_binding() -> None:
    shared = Variable()
    done = beside(lambda: shared.m.get(1))
    shared.m = CheckedDict()
    done()


def _change_part(k: Parts) -> Callable[[], object]:
    return lambda: k.parts.__setitem__(8, 1)


@go("MapLookupPartKey")
def race_lookup_and_change_of_the_key() -> None:
    k, m = Parts(17), CheckedDict[Parts, bool]()
    done = beside(_change_part(k))
    m.get(k)
    done()


@go("MapLookupPartKey2")
def race_test_and_change_of_the_key() -> None:
    k, m = Parts(17), CheckedDict[Parts, bool]()
    done = beside(_change_part(k))
    k in m  # noqa: B015
    done()


@go("MapDeletePartKey")
def race_removal_and_change_of_the_key() -> None:
    k, m = Parts(17), CheckedDict[Parts, bool]()
    done = beside(_change_part(k))
    m.pop(k, None)
    done()


@go("MapInsertPartKey")
def race_store_and_change_of_the_key() -> None:
    k, m = Parts(17), CheckedDict[Parts, bool]()
    done = beside(_change_part(k))
    m[k] = True
    done()


@go("MapInsertPartVal")
def race_store_of_a_copy_and_change_of_the_value() -> None:
    v: Any = CheckedDict(dict.fromkeys(range(17), 0))
    m: Any = CheckedDict()
    done = beside(lambda: v.__setitem__(8, 1))
    m[1] = dict(v)
    done()


@go("MapAssignMultipleReturn")
def race_inner_lookup_and_inner_store() -> None:
    connections: Any = CheckedDict()
    connections[1] = CheckedDict({0: 0})

    def connect() -> tuple[int, None]:
        return 42, None

    def store() -> None:
        connections[1][0], _error = connect()

    done = beside(store)
    connections[1][0]
    done()


def _meanwhile(k: Parts, use: Callable[[], object]) -> None:
    done = beside(use)
    k.parts[30] = 1
    done()


@go("MapBigKeyAccess1")
def race_change_of_the_key_and_lookup() -> None:
    k, m = Parts(100), CheckedDict[Parts, int]()
    _meanwhile(k, lambda: m.get(k))


@go("MapBigKeyAccess2")
def race_change_of_the_key_and_test() -> None:
    k, m = Parts(100), CheckedDict[Parts, int]()
    _meanwhile(k, lambda: k in m)


@go("MapBigKeyInsert")
def race_change_of_the_key_and_store() -> None:
    k, m = Parts(100), CheckedDict[Parts, int]()
    _meanwhile(k, lambda: m.__setitem__(k, 1))


@go("MapBigKeyDelete")
def race_change_of_the_key_and_removal() -> None:
    k, m = Parts(100), CheckedDict[Parts, int]()
    _meanwhile(k, lambda: m.pop(k, None))


@go("MapBigValInsert")
def race_change_of_the_value_and_store_of_a_copy() -> None:
    m: Any = CheckedDict()
    v: Any = CheckedDict(dict.fromkeys(range(100), 0))
    done = beside(lambda: m.__setitem__(1, dict(v)))
    v[30] = 1
    done()


@go("MapBigValAccess1")
def race_change_of_the_value_and_lookup_into_it() -> None:
    m: Any = CheckedDict()
    v: Any = CheckedDict(dict.fromkeys(range(100), 0))
    done = beside(lambda: v.update(m.get(1, {30: 0})))
    v[30] = 1
    done()


@go("MapBigValAccess2")
def race_change_of_the_value_and_tested_lookup_into_it() -> None:
    m: Any = CheckedDict()
    v: Any = CheckedDict(dict.fromkeys(range(100), 0))

    def look() -> None:
        found = m.get(1)
        v.update({30: 0} if found is None else found)

    done = beside(look)
    v[30] = 1
    done()


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


def test_there_are_26() -> None:
    assert len(PROGRAMS) == 26
    for name, program in PROGRAMS.items():
        assert program.__name__.startswith("no_race" if name.startswith("No") else "race")


@pytest.mark.parametrize("name", PROGRAMS)
def test_strict(name: str) -> None:
    runtime.configure(contract="strict")
    PROGRAMS[name]()
    found = {violation.kind for violation in runtime.violations()}
    assert found == (set() if name.startswith("No") else {"unordered-access"})


@pytest.mark.parametrize("name", PROGRAMS)
def test_python(name: str) -> None:
    runtime.configure(contract="python")
    PROGRAMS[name]()
    found = {violation.kind for violation in runtime.violations()}
    assert found == ({"iteration-while-resized"} if name in STRUCK_IN_PYTHON else set())
