"""Modes, contracts, what a violation says, and where it goes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import (
    CheckedAttribute,
    CheckedCounter,
    CheckedDefaultDict,
    CheckedDict,
    CheckedOrderedDict,
    ConcurrentMapError,
    Violation,
    configure,
    violations,
    watch,
    watch_attribute,
)

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


def beside(work: Callable[[], object]) -> None:
    """Runs `work` in a thread and waits for its end by something that orders nothing."""
    from dictlint.runtime.sync.locks import raw_lock

    over = raw_lock()
    over.acquire()

    def run() -> None:
        try:
            work()
        finally:
            over.release()

    threading.Thread(target=run, name="beside").start()
    over.acquire()


def walk(m: Any) -> None:
    for _ in m:
        pass


def kinds() -> set[tuple[str, str]]:
    return {(violation.kind, violation.evidence) for violation in violations()}


# Modes


def test_off_gives_the_plain_classes() -> None:
    configure(mode="off")
    assert type(CheckedDict(a=1)) is dict
    groups: Any = CheckedDefaultDict(list, a=[1])
    assert type(groups) is defaultdict
    assert groups["x"] == []
    assert type(CheckedOrderedDict(a=1)) is OrderedDict
    assert type(CheckedCounter("aab")) is Counter
    assert type(watch({"a": 1})) is dict
    assert CheckedDict(a=1) == {"a": 1}


def test_off_leaves_classes_of_the_user_working() -> None:
    class Registry(CheckedDict[str, int]):
        pass

    configure(mode="off")
    made = Registry(a=1)
    made["b"] = 2
    beside(lambda: walk(made))
    made["c"] = 3
    assert type(made) is Registry
    assert list(made) == ["a", "b", "c"]
    assert violations() == []


def test_audit_logs_every_write(tmp_path: Path) -> None:
    configure(mode="audit", report=tmp_path / "log.jsonl")
    m, lock = CheckedDict[Any, Any](), threading.Lock()
    with lock:
        m["a"] = 1
    m.update({"b": 2, "c": 3})
    m.pop("a")
    del m["b"]
    m.setdefault("d", 4)
    m.clear()
    m.get("x")
    walk(m)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["operation"] for line in lines] == ["setitem", "update", "pop", "delitem", "setdefault", "clear"]
    assert lines[0]["key"] == "'a'"
    assert lines[0]["locks"][0].startswith("Lock made at")
    assert "test_modes.py" in lines[0]["site"]
    assert "MainThread" in lines[0]["activity"]
    assert violations() == []


@pytest.mark.parametrize("contract", ["python", "strict"])
def test_check_records_and_goes_on(contract: str) -> None:
    configure(contract=contract)
    m = CheckedDict(a=1)
    beside(lambda: walk(m))
    m["b"] = 2
    assert m["b"] == 2
    assert len(violations()) == 1


@pytest.mark.parametrize("contract", ["python", "strict"])
def test_fail_raises_at_the_access_that_completes_the_race(contract: str) -> None:
    m: Any = watch({"a": 1}, mode="fail", contract=contract, name="table")
    beside(lambda: walk(m))
    with pytest.raises(ConcurrentMapError) as caught:
        m["b"] = 2
    assert "b" not in m or contract == "strict"
    assert isinstance(caught.value, RuntimeError)
    violation = caught.value.violation
    assert violation.last.site is not None
    assert violation.last.site.path == __file__
    assert violation.container["name"] == "table"
    assert "`table`" in str(caught.value)


def test_fail_raises_in_the_loop() -> None:
    m: Any = watch({"a": 1, "b": 2}, mode="fail")

    def grow() -> None:
        for key in m:
            m[key + "x"] = 1

    with pytest.raises(ConcurrentMapError, match="self-invalidation") as caught:
        grow()
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_settings_from_the_environment() -> None:
    names = "s.mode, s.contract, s.target, repr(s.report), s.echo"
    code = f"from dictlint.runtime.settings import settings as s; print({names})"
    env = {"DICTLINT_MODE": "fail", "DICTLINT_CONTRACT": "strikt", "DICTLINT_REPORT": "", "DICTLINT_ECHO": "0"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "fail python any '' False\n"
    assert done.stderr == "dictlint: DICTLINT_CONTRACT=strikt is none of python, strict: ignored\n"


@pytest.mark.parametrize(
    ("echo", "said"), [("0", ""), ("1", ""), ("no", "dictlint: DICTLINT_ECHO=no is none of 0, 1: ignored\n")]
)
def test_only_0_silences_it(echo: str, said: str) -> None:
    code = "from dictlint.runtime.settings import settings; print(settings.echo)"
    env = os.environ | {"PYTHONPATH": str(ROOT), "DICTLINT_ECHO": echo}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{echo != '0'}\n", said)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("shop:TABLE", 0, "shop:TABLE was not watched: module 'shop' was not imported"),
        ("program:TABLE", 0, "program:TABLE was not watched: the dicts of a script are made while it runs"),
        ("__main__:TABLE", 2, "__main__:TABLE cannot be watched: the dicts of a script are made while it runs"),
        ("json:TABLE", 0, "json:TABLE is not watched: there is no such name"),
        ("json.decoder:BACKSLASH", 0, ""),
    ],
)
def test_what_was_never_watched_is_told(name: str, status: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import json\nTABLE = {}\n")
    command = [sys.executable, "-m", "dictlint.runtime", "--watch", name, "program.py"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert bool(done.stderr) is bool(said)


def test_settings_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="mode must be one of off, audit, check, fail, not 'on'"):
        configure(mode="on")
    with pytest.raises(AttributeError):
        runtime.CheckedSet  # noqa: B018


def test_a_map_keeps_what_it_was_made_with() -> None:
    m = CheckedDict(a=1)
    configure(mode="off", contract="strict")
    assert isinstance(m.copy(), dict)
    beside(lambda: m.get("a"))
    m["a"] = 2
    assert violations() == []


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


# Reports


def test_what_a_violation_says(tmp_path: Path) -> None:
    configure(report=tmp_path / "report.jsonl")
    m: Any = CheckedDict({"a": 1})

    def reader() -> None:
        walk(m)

    thread = threading.Thread(target=reader, name="reader")
    thread.start()
    m["new"] = 1
    thread.join()
    [violation] = violations()
    assert isinstance(violation, Violation)
    told = json.loads((tmp_path / "report.jsonl").read_text())
    assert told["type"] == "violation"
    assert (told["kind"], told["rule"], told["evidence"]) == ("iteration-while-resized", "DCT101", "order")
    assert told["key"] in ("'new'", "")
    sides = {side["activity"].split(" (")[0]: side for side in (told["first"], told["last"])}
    assert set(sides) == {"thread reader", "thread MainThread"}
    functions = [site["function"].split(".")[-1] for site in sides["thread reader"]["stack"]]
    assert functions[:2] == ["walk", "reader"]
    assert any(site["path"] == __file__ for site in sides["thread reader"]["created"])
    assert "test_modes.py" in told["container"]["birth"]
    assert told["container"]["size"] in (1, 2)
    assert told["writers"]
    assert told["pid"] == os.getpid()


def test_repetitions_are_counted_not_told_again() -> None:
    m: Any = CheckedDict(a=1)
    for n in range(5):
        beside(lambda: walk(m))
        m[n] = 1
    assert len(violations()) == 1
    assert list(runtime.counts()) == [("iteration-while-resized", "order")]
    assert runtime.counts()["iteration-while-resized", "order"] >= 5


def test_no_more_than_so_many_are_kept() -> None:
    configure(violations=2)
    from dictlint.runtime import report

    for _ in range(3):
        for m in (CheckedDict(a=1), CheckedDict(a=1), CheckedDict(a=1)):
            beside(partial(walk, m))
            m["b"] = 1
    spaces: list[Any] = []
    for n in range(4):
        space: dict[str, Any] = {"CheckedDict": CheckedDict}
        exec(compile("\n" * n + "m = CheckedDict(a=1)", f"made{n}", "exec"), space)
        spaces.append(space["m"])
    for m in spaces:
        beside(partial(walk, m))
        m["b"] = 1
    assert len(violations()) == 2
    assert report.dropped > 0


def test_a_report_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    configure(report=tmp_path / "nowhere" / "report.jsonl")
    m: Any = CheckedDict(a=1)
    beside(lambda: walk(m))
    m["b"] = 1
    assert len(violations()) == 1
    assert "no report is written" in capsys.readouterr().err


def test_standard_error_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(echo=True)

    class Closed:
        def write(self, text: str) -> None:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stderr", Closed())
    monkeypatch.setattr(os, "write", lambda file, text: len(text))
    m: Any = CheckedDict(a=1)
    beside(lambda: walk(m))
    m["b"] = 1
    assert len(violations()) == 1


def test_keys_whose_repr_fails() -> None:
    class Key:
        def __repr__(self) -> str:
            raise OSError

    key = Key()
    m: Any = CheckedDict({key: 0})
    value = m[key]
    beside(lambda: m.__setitem__(key, 5))
    m[key] = value + 1
    [violation] = violations()
    assert "whose repr raised OSError" in violation.key


def test_equal_hashes_are_not_equal_keys() -> None:
    class Key:
        def __init__(self, name: str) -> None:
            self.name = name

        def __hash__(self) -> int:
            return 1

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Key) and self.name == other.name

    mine, theirs = Key("mine"), Key("theirs")
    m: Any = CheckedDict({mine: 0, theirs: 0})
    thread = threading.Thread(target=lambda: None)  # from here on there may be another thread
    thread.start()
    thread.join()

    def other() -> None:
        m[theirs] = m[theirs] + 1

    value = m[mine]
    beside(other)
    m[mine] = value + 1
    assert violations() == []
    value = m[mine]
    beside(lambda: m.__setitem__(Key("mine"), 9))
    m[mine] = value + 1
    assert kinds() == {("lost-update", "damage")}


def test_a_key_is_not_taken_for_one_that_had_its_address() -> None:
    class Connection:
        pass

    m: Any = CheckedDict()

    def come_and_go() -> None:
        for _ in range(20):
            connection = Connection()
            if connection not in m:
                m[connection] = 1
            if connection in m:
                del m[connection]

    beside(come_and_go)
    come_and_go()
    assert violations() == []


def test_no_source_no_claim() -> None:
    space: dict[str, Any] = {}
    exec("def add(m):\n    m['n'] = m.get('n', 0) + 1\n", space)
    m: Any = CheckedDict()
    beside(lambda: space["add"](m))
    space["add"](m)
    assert violations() == []
