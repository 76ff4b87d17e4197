"""What counts as damage, a window or a broken order, and what is none of these."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import (
    CheckedAttribute,
    CheckedDefaultDict,
    CheckedDict,
    configure,
    violations,
    watch,
    watch_attribute,
)
from tests.runtime.beside import beside, kinds, walk


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


# Kinds and evidence


def test_damage_to_an_update() -> None:
    m: Any = CheckedDict(n=0)

    def other() -> None:
        m["n"] = 5

    value = m["n"]
    beside(other)
    m["n"] = value + 1
    assert kinds() == {("lost-update", "damage")}


def test_damage_after_a_test() -> None:
    m: Any = CheckedDict(k=0)
    if "k" in m:
        beside(lambda: m.pop("k", None))
        with pytest.raises(KeyError):
            m["k"]
    assert kinds() == {("check-then-act", "damage")}
    [violation] = violations()
    assert violation.since is not None
    assert violation.since.operation == "contains"
    assert violation.first.operation == "pop"


def test_a_window_in_which_an_entry_was_taken_and_put_back_by_others() -> None:
    m: Any = CheckedDict(k=0)

    def other() -> None:
        m.pop("k", None)
        m["k"] = 7

    if "k" in m:
        beside(other)
        m["k"]
    assert kinds() == {("check-then-act", "window")}


def test_two_objects_for_one_key() -> None:
    m: Any = CheckedDict()

    def other() -> None:
        m["k"] = object()

    if "k" not in m:
        beside(other)
        m["k"] = object()
    assert kinds() == {("racy-get-or-create", "damage")}


def test_a_factory_in_python_is_a_get_or_create() -> None:
    busy = False

    def factory() -> list[int]:
        nonlocal busy
        if not busy:
            busy = True
            beside(lambda: m["k"])
        return []

    m: Any = CheckedDefaultDict(factory)
    m["k"].append(1)
    assert m["k"] == [1]
    assert kinds() == {("racy-get-or-create", "damage")}


def test_a_torn_iteration() -> None:
    m: Any = CheckedDict(a=1, b=2, c=3)

    def other() -> None:
        del m["c"]
        m["d"] = 4

    for step, _ in enumerate(m):
        if not step:
            beside(other)
    assert ("iteration-while-resized", "window") in kinds()


def test_a_broken_iteration() -> None:
    m: Any = CheckedDict(a=1, b=2)

    def read() -> None:
        for _ in m:
            beside(lambda: m.setdefault("x", 1))

    with pytest.raises(RuntimeError, match="changed size"):
        read()
    assert kinds() == {("iteration-while-resized", "damage")}


def test_loops_that_were_seen_before_are_seen_again() -> None:
    def loops(depth: int) -> None:
        for key in m:
            if depth:
                loops(depth - 1)  # the same place, while the outer loop is still under way
            elif key == "a":
                beside(lambda: m.setdefault("z"))

    def thrice() -> None:
        for _ in range(3):
            walk(m)

    m: Any = CheckedDict(a=1, b=2)
    beside(thrice)
    m["x"] = 1
    assert kinds() == {("iteration-while-resized", "order")}
    m = CheckedDict(a=1, b=2)
    runtime.clear()
    thrice()
    beside(lambda: m.setdefault("y"))
    assert violations() == []
    walk(m)
    assert kinds() == {("iteration-while-resized", "order")}
    runtime.clear()
    with pytest.raises(RuntimeError, match="changed size"):
        loops(1)
    assert ("iteration-while-resized", "damage") in kinds()


def test_what_others_are_in_the_middle_of() -> None:
    m: Any = CheckedDict(hits=1)

    def count() -> None:
        seen = m.get("hits", 0)
        beside(lambda: m.__setitem__("hits", 0))
        beside(lambda: m.pop("hits"))
        m["hits"] = seen + 1

    def test() -> None:
        if "hits" in m:
            beside(count)
            m["hits"].bit_length()

    test()
    told = [violation.container["open"] for violation in violations() if violation.kind == "lost-update"]
    assert told
    assert all("a contains of the entry by thread MainThread" in entry[0] for entry in told)


def test_a_generator_that_is_never_taken_up_again_is_no_violation_of_the_window() -> None:
    m: Any = CheckedDict(a=1, b=2)
    lock = threading.Lock()
    keys = iter(m.items())

    def other() -> None:
        with lock:
            m["x"] = 1

    with lock:
        next(keys)
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert violations() == []


def test_c_code_iterates_in_one_step_with_the_interpreter_lock() -> None:
    m: Any = CheckedDict(a=1)
    beside(lambda: sum(m.values()))
    m["b"] = 2
    [violation] = violations()
    assert violation.breaks_on == "free-threaded"
    runtime.clear()
    configure(target="gil")
    other: Any = CheckedDict(a=1)
    beside(lambda: sum(other.values()))
    other["b"] = 2
    assert violations() == []


def test_copies_are_one_step_everywhere() -> None:
    m: Any = CheckedDict(a=1)
    beside(lambda: [list(m), dict(m), m.copy(), sorted(m.items()), {**m}, m == {}, repr(m), [*m]])
    m["b"] = 2
    assert violations() == []


def test_an_await_in_the_middle() -> None:
    m: Any = CheckedDict()

    async def fill() -> None:
        if "k" not in m:
            await asyncio.sleep(0)
            m["k"] = object()

    async def main() -> None:
        await asyncio.gather(fill(), fill())

    asyncio.run(main())
    assert kinds() == {("racy-get-or-create", "damage")}
    assert "task" in violations()[0].last.activity


def test_no_await_in_the_middle() -> None:
    m: Any = CheckedDict()

    async def fill() -> None:
        await asyncio.sleep(0)
        if "k" not in m:
            m["k"] = object()
        m["n"] = m.get("n", 0) + 1
        for _ in m:
            pass
        await asyncio.sleep(0)

    async def main() -> None:
        await asyncio.gather(*(fill() for _ in range(5)))

    asyncio.run(main())
    assert violations() == []


def test_locks_that_do_not_cover_the_whole() -> None:
    """Ordered in every single access, and still split."""
    m: Any = CheckedDict(n=0)
    lock = threading.Lock()

    def other() -> None:
        with lock:
            m["n"] = 5

    with lock:
        value = m["n"]
    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    with lock:
        m["n"] = value + 1
    assert kinds() == {("lost-update", "damage")}


def test_bindings() -> None:
    class Registry:
        table: Any = CheckedAttribute()

    registry = Registry()
    with pytest.raises(AttributeError, match="has no attribute 'table'"):
        registry.table  # noqa: B018
    configure(contract="strict")
    registry = Registry()
    registry.table = {}

    def rebind() -> None:
        registry.table = {"new": 1}

    beside(rebind)
    assert registry.table == {"new": 1}
    assert kinds() == {("unordered-access", "order")}
    del registry.table
    with pytest.raises(AttributeError):
        registry.table  # noqa: B018
    assert isinstance(Registry.table, CheckedAttribute)


def test_watched_attributes() -> None:
    class Registry:
        table: dict[str, int] = {"a": 1}  # noqa: RUF012
        groups: Any = defaultdict(list, a=[1])  # noqa: RUF012

    made = watch_attribute(Registry, "table")
    assert Registry.table is made
    assert made == {"a": 1}
    groups = watch_attribute(Registry, "groups")
    assert type(groups).__name__ == "CheckedDefaultDict"
    assert groups["b"] == []
    beside(lambda: walk(made))
    made["b"] = 2
    assert "`Registry.table`" in str(violations()[0])
    with pytest.raises(TypeError, match="not str"):
        watch_attribute(Registry, "__name__")
    own: Any = type("Own", (dict,), {})
    with pytest.raises(TypeError, match="not Own"):
        watch(own())
