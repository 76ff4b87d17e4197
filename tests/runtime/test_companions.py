"""The small things beside the checked maps."""

from __future__ import annotations

import json
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import (
    Cancelled,
    CheckedDict,
    CopyOnWriteMapping,
    LockedMapping,
    ReadOnlyView,
    StripedMapping,
    ThreadGroup,
    Timeline,
    guard,
    start_guarded,
)

KINDS: list[Any] = [LockedMapping, StripedMapping, CopyOnWriteMapping]


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


def in_threads(number: int, work: Any) -> None:
    threads = [threading.Thread(target=work, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# The read-only view


def test_a_view_shows_what_the_map_has_now() -> None:
    table = {"a": 1}
    view = ReadOnlyView(table)
    table["b"] = 2
    assert (view["b"], view.get("c"), view.get("c", 3), "a" in view, len(view)) == (2, None, 3, True, 2)
    assert dict(view) == view.snapshot() == {"a": 1, "b": 2}
    assert (list(view), list(view.items()), list(view.values())) == (["a", "b"], [("a", 1), ("b", 2)], [1, 2])
    assert "ReadOnlyView" in repr(view)
    with pytest.raises(TypeError):
        view["c"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        del view["a"]  # type: ignore[attr-defined]
    with pytest.raises(KeyError):
        view["c"]


def test_a_view_can_be_iterated_while_the_map_changes() -> None:
    table = dict.fromkeys(range(5))
    for key in ReadOnlyView(table):
        table[key + 100] = None
    for key, _ in ReadOnlyView(table).items():
        table[key + 1_000] = None


def test_a_view_reads_under_the_lock() -> None:
    lock, m = threading.Lock(), CheckedDict({"a": 1})
    view = ReadOnlyView(m, lock)

    def write(n: int) -> None:
        with lock:
            m[str(n)] = n
            m.pop(str(n - 1), None)

    def read(n: int) -> None:
        for _ in range(5):
            list(view.items())
            view.get("a")
            for _key in view:
                pass

    in_threads(6, lambda n: (write if n % 2 else read)(n))
    assert runtime.violations() == []
    list(ReadOnlyView(m))


# Errors of threads


def test_an_uncaught_error_is_told_and_raised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runtime.configure(report=tmp_path / "report.jsonl", echo=True)

    def refresh(tenant: str) -> None:
        raise ValueError(f"no {tenant}")

    with pytest.raises(ValueError, match="no a"):
        guard(refresh, tenant="a", trace="17")("a")
    told = json.loads((tmp_path / "report.jsonl").read_text())
    assert told["type"] == "uncaught"
    assert told["labels"] == {"tenant": "a", "trace": "17"}
    assert told["error"] == "ValueError: no a"
    assert "refresh" in told["function"]
    assert "test_companions.py" in told["traceback"]
    assert "tenant=a trace=17" in capsys.readouterr().err
    assert runtime.counts() == {("uncaught", "ValueError"): 1}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_guarded_thread_says_where_it_was_created(tmp_path: Path) -> None:
    runtime.configure(report=tmp_path / "report.jsonl")
    thread = start_guarded(int, "x", name="parser", job="nightly")
    thread.join()
    told = json.loads((tmp_path / "report.jsonl").read_text())
    assert (told["thread"], told["labels"]["job"], told["labels"]["thread"]) == ("parser", "nightly", "parser")
    assert len(told["labels"]["trace"]) == 32
    assert any("test_companions.py" in place for place in told["created"])


def test_what_is_guarded_works_as_before() -> None:
    guarded = guard(divmod)
    assert guarded(7, 2) == (3, 1)
    assert guarded.__name__ == "divmod"
    done: list[int] = []
    start_guarded(done.append, 1).join()
    assert done == [1]


# Groups


def test_a_group_waits_for_all() -> None:
    done: list[int] = []
    with ThreadGroup() as group:
        for n in range(5):
            group.start(done.append, n)
    assert sorted(done) == list(range(5))


def test_the_first_error_of_a_group_ends_the_others() -> None:
    ended: list[bool] = []

    def work() -> None:
        try:
            while True:
                group.check()
                group.cancelled.wait(0.01)
        except Cancelled:
            ended.append(True)
            raise

    def fail() -> None:
        raise OSError("disk")

    def fail_later() -> None:
        group.cancelled.wait(5)
        raise KeyError("other")

    group = ThreadGroup("load")

    def run() -> None:
        with group:
            group.start(work)
            group.start(fail_later)
            group.start(fail)

    with pytest.raises(OSError, match="disk") as caught:
        run()
    assert ended == [True]
    assert [type(error) for error in group.errors] == [OSError, KeyError]
    if sys.version_info >= (3, 11):
        assert caught.value.__notes__ == ["also failed in load: KeyError: 'other'"]


def test_an_error_in_the_block_ends_the_group() -> None:
    group = ThreadGroup()

    def run() -> None:
        with group:
            group.start(group.cancelled.wait, 5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert group.cancelled.is_set()


def test_a_thread_may_start_others_of_its_group() -> None:
    done: list[int] = []
    with ThreadGroup() as group:
        group.start(lambda: group.start(lambda: group.start(done.append, 1)))
    assert done == [1]


# Maps


@pytest.mark.parametrize("make", KINDS)
def test_it_is_a_mapping(make: Any) -> None:
    m = make({"a": 1}, b=2)
    m["c"] = 3
    assert m == {"a": 1, "b": 2, "c": 3} == dict(m)
    assert m != {"a": 1}
    assert (m["a"], m.get("z"), m.get("z", 0), "c" in m, "z" in m, len(m), bool(m)) == (
        1,
        None,
        0,
        True,
        False,
        3,
        True,
    )
    assert (m.pop("a"), m.pop("z", 9), m.setdefault("b", 7), m.setdefault("d", 4)) == (1, 9, 2, 4)
    del m["d"]
    with pytest.raises(KeyError):
        del m["d"]
    with pytest.raises(KeyError):
        m["d"]
    with pytest.raises(KeyError):
        m.pop("d")
    m.update({"x": 1}, y=2)
    m.update([("z", 3)])
    assert sorted(m.items()) == [("b", 2), ("c", 3), ("x", 1), ("y", 2), ("z", 3)]
    assert set(m.keys()) == {*m} == {"b", "c", "x", "y", "z"}
    assert sorted(m.values()) == [1, 2, 2, 3, 3]
    assert pickle.loads(pickle.dumps(m)) == m
    assert type(m).__name__ in repr(m)
    key, value = m.popitem()
    assert key not in m
    assert value in (1, 2, 3)
    m.clear()
    assert not m
    with pytest.raises(KeyError):
        m.popitem()
    with pytest.raises(TypeError):
        hash(m)


@pytest.mark.parametrize("make", KINDS)
def test_compound_operations_are_one_step(make: Any) -> None:
    m = make()
    made: list[int] = []

    def create() -> int:
        made.append(1)
        return 0

    def work(n: int) -> None:
        for key in range(50):
            m.get_or_create(key, create)
            m.change(key, lambda value: value + 1)
            m.change("sum", lambda value: value + 1, 0)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        in_threads(4, work)
    finally:
        sys.setswitchinterval(before)
    assert len(made) == 50
    assert {m[key] for key in range(50)} == {4}
    assert m["sum"] == 200
    with pytest.raises(KeyError):
        m.change("nothing", lambda value: value)


@pytest.mark.parametrize("make", KINDS)
def test_it_can_be_iterated_while_it_changes(make: Any) -> None:
    m = make(dict.fromkeys(range(20), 0))

    def work(n: int) -> None:
        for step in range(30):
            m[100 + n * 100 + step] = step
            for key, _ in m.items():
                m.pop(key + 10_000, None)
            assert len(list(m)) >= 20

    in_threads(3, work)


def test_copies_on_write() -> None:
    m: Any = CopyOnWriteMapping({"a": 1, "b": 2, "c": 3})
    seen = iter(m)
    m.discard(["a", "z"])
    assert list(seen) == ["a", "b", "c"]
    assert list(m) == ["b", "c"]


def test_stripes() -> None:
    assert len(StripedMapping(stripes=3)._stripes) == 3
    assert len(pickle.loads(pickle.dumps(StripedMapping(stripes=3)))._stripes) == 3
    with pytest.raises(ValueError, match="at least one"):
        StripedMapping(stripes=0)


def test_a_finalizer_may_use_a_locked_map() -> None:
    m: LockedMapping[str, Any] = LockedMapping()

    class Late:
        def __del__(self) -> None:
            m["late"] = m.get("late", 0) + 1

    m["a"] = Late()
    m["a"] = Late()
    del m["a"]
    m["b"] = Late()
    m.clear()
    assert m["late"] == 1


# Metrics and timeline


def race() -> None:
    m: Any = CheckedDict(a=1)

    def walk() -> None:
        for _ in m:
            pass

    thread = threading.Thread(target=walk, name="walker")
    thread.start()
    m["b"] = 1
    thread.join()


def test_violations_are_counted() -> None:
    race()
    assert runtime.counts() == {("iteration-while-resized", "order"): 1}


def test_prometheus() -> None:
    client = pytest.importorskip("prometheus_client")
    registry = client.CollectorRegistry()
    runtime.PrometheusCollector().register(registry)
    labels = {"kind": "iteration-while-resized", "evidence": "order"}
    assert registry.get_sample_value("dictlint_violations_total", labels) is None
    race()
    assert registry.get_sample_value("dictlint_violations_total", labels) == 1.0
    assert b"dictlint_violations_total" in client.generate_latest(registry)


def test_a_timeline(tmp_path: Path) -> None:
    lock = threading.Lock()
    with Timeline(tmp_path / "run.json") as timeline:
        assert timeline.start() is timeline
        with lock:
            race()
    race()
    events = json.loads((tmp_path / "run.json").read_text())["traceEvents"]
    phases = [event["ph"] for event in events]
    assert {"M", "i", "B", "E", "s", "f"} <= set(phases)
    names = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    assert any("walker" in name for name in names.values())
    arrow = [event for event in events if event["ph"] in "sf"]
    assert {event["name"] for event in arrow} == {"iteration-while-resized"}
    assert len({event["tid"] for event in arrow}) == 2
    times = [event["ts"] for event in events if "ts" in event]
    assert times == sorted(times)
    assert phases.count("B") == phases.count("E")
    timeline.stop()
