"""The detector does not disturb: no deadlock, no crash, no memory without bound, no changed result."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedCounter, CheckedDefaultDict, CheckedDict, CheckedOrderedDict
from dictlint.runtime.activity import everyone

ROOT = Path(__file__).resolve().parent.parent.parent
CONTRACTS = ["python", "strict"]


@pytest.fixture(autouse=True, params=CONTRACTS)
def quietly(fresh_runtime: None, request: pytest.FixtureRequest) -> None:
    runtime.configure(contract=request.param)


def alone(code: str, *arguments: str, seconds: float = 60, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a program in a process of its own."""
    return subprocess.run(
        [sys.executable, *arguments, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "DICTLINT_REPORT": ""} | env,
        capture_output=True,
        text=True,
        timeout=seconds,
    )


class Restless:
    """Uses the map whenever it is compared, hashed, shown or finalized."""

    def __init__(self, m: Any, guard: Any = None) -> None:
        self.m = m
        self.guard = guard or threading.RLock()

    def touch(self) -> None:
        with self.guard:
            self.m.get("x")
            self.m["touched"] = True
            self.m.pop("touched", None)

    def __hash__(self) -> int:
        self.touch()
        return 7

    def __eq__(self, other: object) -> bool:
        self.touch()
        return self is other

    def __repr__(self) -> str:
        self.touch()
        return "<restless>"

    def __del__(self) -> None:
        self.touch()


def test_values_and_keys_that_use_the_map() -> None:
    m: Any = CheckedDict()

    def work() -> None:
        for n in range(30):
            m["value"] = Restless(m)
            m[n] = Restless(m)
            key = Restless(m)
            m[key] = n
            assert m.get(key) in (n, None)  # another thread may have cleared the map
            m.pop(key, None)
            del key
            m.pop(n, None)
            m.setdefault("other", Restless(m))
            m.update({"other": Restless(m)})
            repr(m)
        m.clear()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()


def test_finalizers_that_the_collector_runs() -> None:
    m: Any = CheckedDict()
    guard = threading.RLock()
    threshold = gc.get_threshold()
    gc.set_threshold(5)

    def work() -> None:
        for n in range(150):
            cycle = [Restless(m, guard)]
            cycle.append(cycle)  # type: ignore[arg-type]
            del cycle
            with guard:
                m[n % 7] = [n]
                list(m)

    try:
        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
    finally:
        gc.set_threshold(*threshold)
        gc.collect()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")
def test_signal_handlers_that_use_the_map() -> None:
    m: Any = CheckedDict()
    ready = threading.Event()
    hits: list[int] = []
    over: list[bool] = []

    def handle(number: int, frame: Any) -> None:
        m["signal"] = len(m)
        for _ in list(m):
            pass
        ready.set()
        hits.append(number)
        if not over:  # else it would go off under the handler of before, which ends the process
            signal.setitimer(signal.ITIMER_REAL, 0.0005)  # not before: an event may not be set inside of its own `set`

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            m["main"] = m.get("main", 0) + 1
            with threading.Lock():
                m.pop("signal", None)
    finally:
        over.append(True)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert hits
    assert ready.is_set()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")
def test_signal_handlers_that_raise() -> None:
    m: Any = CheckedDict()
    guard = threading.RLock()

    def handle(number: int, frame: Any) -> None:
        raise InterruptedError

    before = signal.signal(signal.SIGALRM, handle)
    caught = 0
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0007)
                while True:
                    m["main"] = m.get("main", 0) + 1
                    m.pop("main")
            except InterruptedError:
                caught += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert caught
    begun = time.monotonic()
    with guard:
        m["after"] = 1
    assert time.monotonic() - begun < 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_fork_while_others_are_busy() -> None:
    m: Any = CheckedDict()
    guard = threading.Lock()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with guard:
                m["n"] = m.get("n", 0) + 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            with guard:
                child = os.fork()
                if not child:
                    for n in range(10):
                        m[n] = n
                        list(m.items())
                    os._exit(0 if not runtime.violations() else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert runtime.violations() == []


SHUTDOWN = """
import atexit, threading, time
from dictlint import runtime
from dictlint.runtime import CheckedDict
runtime.configure(contract={contract!r})
m = CheckedDict()
lock = threading.Lock()

class Late:
    def __del__(self):
        m["late"] = m.get("late", 0) + 1
        list(m)

late = Late()
late.cycle = late

def work():
    while True:
        with lock:
            m["n"] = m.get("n", 0) + 1
            for _ in m: pass

for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
finished = threading.Thread(target=lambda: [time.sleep(0.05), m.__class__])
finished.start()
atexit.register(lambda: lock.acquire() and m.update(end=1))
"""


def test_interpreter_shutdown(request: pytest.FixtureRequest) -> None:
    contract = request.node.callspec.params["quietly"]
    for _ in range(3):
        done = alone(SHUTDOWN.format(contract=contract))
        assert (done.returncode, done.stderr) == (0, "")


def test_many_short_threads() -> None:
    m: Any = CheckedDict()
    guard = threading.Lock()

    def work() -> None:
        with guard:
            m["n"] = m.get("n", 0) + 1

    before = everyone.slots
    for _ in range(1_000):
        threads = [threading.Thread(target=work) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert m["n"] == 10_000
    assert everyone.slots <= before + 20
    assert len(everyone.threads) < 20
    assert runtime.violations() == []


def test_many_threads_that_nobody_joins() -> None:
    m: Any = CheckedDict()
    guard = threading.Lock()
    running = threading.Semaphore(20)
    ended = threading.Semaphore(0)

    def work() -> None:
        with guard:
            m["n"] = m.get("n", 0) + 1
        running.release()
        ended.release()

    for _ in range(1_000):
        running.acquire()
        threading.Thread(target=work).start()
    for _ in range(1_000):
        ended.acquire()
    assert everyone.slots < 400
    assert m["n"] == 1_000
    assert runtime.violations() == []


def test_a_million_keys() -> None:
    runtime.configure(keys=50_000)
    m: Any = CheckedDict()
    for n in range(100_000):
        m[n] = n
    m.update(dict.fromkeys(range(100_000, 1_000_000)))
    assert len(m) == 1_000_000
    assert sum(1 for _ in zip(m, range(1_000))) == 1_000
    shadow = m._dictlint_shadow
    if shadow.contract == "python":
        assert len(shadow.cells) + len(shadow.older) <= 50_000
        assert shadow.forgotten > 900_000
    m.clear()
    assert not m


def test_the_report_survives_a_crash(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    code = """
import os, threading
from dictlint.runtime import CheckedDict
m = CheckedDict(a=1)
def walk():
    for _ in m: pass
thread = threading.Thread(target=walk)
thread.start()
m["b"] = 1
thread.join()
os.kill(os.getpid(), 9)
"""
    contract = request.node.callspec.params["quietly"]
    report = tmp_path / "report.jsonl"
    done = alone(code, DICTLINT_REPORT=str(report), DICTLINT_CONTRACT=contract)
    assert done.returncode == -9
    assert "violation" in report.read_text()
    assert "born at" in done.stderr


def test_the_report_survives_a_swallowed_error(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "program.py").write_text("""
import threading
from dictlint.runtime import CheckedDict
m = CheckedDict(a=1)
def walk():
    try:
        for _ in m: pass
    except Exception:
        pass
threads = [threading.Thread(target=walk) for _ in range(1)]
for thread in threads: thread.start()
try:
    m["b"] = 1
except Exception as error:
    print(type(error).__name__)
for thread in threads: thread.join()
""")
    contract = request.node.callspec.params["quietly"]
    done = subprocess.run(
        [sys.executable, "-m", "dictlint.runtime", "--mode=fail", "--contract", contract, "--quiet", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 66, done.stderr
    assert "violation" in (tmp_path / "dictlint-report.jsonl").read_text()


def workload(make: Any, defaults: Any, ordered: Any, counter: Any) -> list[object]:
    """What a program sees of its maps."""
    seen: list[object] = []
    m = make({"a": 1}, b=2)
    m["c"] = 3
    seen += [m, dict(m), {**m}, list(m), sorted(m.items()), m.pop("a"), m.pop("z", None), m.setdefault("q", 5)]
    seen += [m | {"x": 1}, {"x": 1} | m, m == {"b": 2}, len(m), bool(m), repr(m), str(m.keys()), list(reversed(m))]
    seen += [m.copy(), m.popitem(), "b" in m, m.get("b"), m.get("nothing", 1), [*m], [k for k in m if k], max(m)]
    groups = defaults(list)
    groups["x"].append(1)
    groups["x"].append(2)
    seen += [groups, repr(groups), groups.default_factory]
    recent = ordered(a=1, b=2)
    recent.move_to_end("a")
    seen += [list(recent), repr(recent), recent.popitem(last=False), recent == {"a": 1}]
    counts = counter("abracadabra")
    counts.update("aaa")
    counts["z"] -= 1
    seen += [counts.most_common(2), counts["nothing"], repr(counts), counts + counter("a"), sum(counts.values())]
    return seen


def test_results_are_unchanged() -> None:
    from collections import Counter, OrderedDict, defaultdict

    checked = workload(CheckedDict, CheckedDefaultDict, CheckedOrderedDict, CheckedCounter)
    assert checked == workload(dict, defaultdict, OrderedDict, Counter)
    assert runtime.violations() == []
