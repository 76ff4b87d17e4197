"""Modes, contracts and settings; what a violation says, and where it goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter, OrderedDict, defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import (
    CheckedCounter,
    CheckedDefaultDict,
    CheckedDict,
    CheckedOrderedDict,
    ConcurrentMapError,
    Violation,
    configure,
    violations,
    watch,
)
from tests.runtime.beside import beside, kinds, walk

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


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
