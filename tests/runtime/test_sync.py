"""Observed primitives behave like the real ones, and those that exist already are found."""

from __future__ import annotations

import copy
import os
import pickle
import queue
import subprocess
import sys
import threading
import types
import weakref
from pathlib import Path
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedDict
from dictlint.runtime.sync import adoption, locks, patches

ROOT = Path(__file__).resolve().parent.parent.parent
EARLY: Any = locks.raw_lock()
IN_A_LIST: list[Any] = [locks.raw_rlock()]


class Holder:
    """Locks that were made before tracking began, in all places where a reference can be replaced."""

    __slots__ = ("__dict__", "slotted")
    of_class: Any = locks.raw_lock()

    def __init__(self) -> None:
        self.plain: Any = locks.raw_lock()
        self.slotted: Any = locks.raw_rlock()
        self.condition: Any = threading.Condition(self.plain)
        shared = locks.raw_lock()
        self.use_shared: Any = lambda: shared


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


@pytest.fixture(params=[threading.Lock, threading.RLock], ids=["Lock", "RLock"])
def tracked(request: pytest.FixtureRequest) -> Any:
    return threading.Lock() if request.param is threading.Lock else threading.RLock()


def threading_now() -> Any:
    """The module without what a type checker knows of it."""
    return threading


def test_a_lock_is_a_lock() -> None:
    made: Any = threading.Lock()
    kinds: list[Any] = [locks.Lock, type(locks.raw_lock()), threading.Lock]
    assert all(isinstance(made, kind) for kind in kinds)
    assert made.acquire()
    assert made.locked()
    assert not made.acquire(blocking=False)
    assert not made.acquire(timeout=0.001)
    made.release()
    assert not made.locked()
    with made:
        assert made.locked()
    with pytest.raises(RuntimeError):
        made.release()
    assert made.birth


def test_a_reentrant_lock_is_one() -> None:
    made: Any = threading_now().RLock()
    assert isinstance(threading_now().RLock(), locks.RLockType)
    with made, made:
        assert made._is_owned()
        assert made._recursion_count() == 2
        other: list[bool] = []
        thread = threading.Thread(target=lambda: other.append(made.acquire(blocking=False)))
        thread.start()
        thread.join()
        assert other == [False]
    assert not made._is_owned()
    with pytest.raises(RuntimeError):
        made.release()


def test_locks_are_neither_copied_nor_pickled(tracked: Any) -> None:
    assert weakref.ref(tracked)() is tracked
    assert "lock" in repr(tracked).lower()
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot pickle"):
            attempt(tracked)


def test_locks_held_are_told() -> None:
    guard, other = threading.Lock(), threading.RLock()
    m: Any = CheckedDict(a=1)
    errors: list[str] = []

    def walk() -> None:
        with guard:
            for _ in m:
                pass

    thread = threading.Thread(target=walk)
    thread.start()
    with other:
        m["b"] = 1
    thread.join()
    [violation] = runtime.violations()
    assert not errors
    assert [lock.split()[0] for side in (violation.first, violation.last) for lock in side.locks] == ["Lock", "RLock"]
    assert "test_sync.py" in violation.first.locks[0]


def test_modules_that_have_the_originals_get_the_others() -> None:
    runtime.stop()
    module: Any = types.ModuleType("early_module")
    module.Lock, module.RLock, module.SimpleQueue = threading.Lock, threading.RLock, queue.SimpleQueue
    module.allocate, module.compiled = locks.raw_lock, locks.raw_rlock
    originals = dict(vars(module))
    sys.modules["early_module"] = module
    try:
        runtime.start(adopt=False)
        assert isinstance(module.Lock(), locks.Lock)
        assert isinstance(module.allocate(), locks.Lock)
        assert isinstance(module.RLock(), locks.RLock)
        assert isinstance(module.compiled(), locks.RLock)
        assert module.SimpleQueue is not originals["SimpleQueue"]
        runtime.stop()
        assert vars(module) == originals
    finally:
        del sys.modules["early_module"]


def test_locks_that_exist_are_adopted() -> None:
    def of_class() -> Any:
        return holder.of_class

    holder = Holder()
    for _ in range(100):  # until the interpreter has learnt by heart what it finds there
        of_class()
    assert adoption.adopt_locks() >= 6
    found = [EARLY, IN_A_LIST[0], holder.plain, holder.slotted, holder.use_shared(), of_class()]
    assert [type(lock).__name__ for lock in found] == ["Lock", "RLock", "Lock", "RLock", "Lock", "Lock"]
    assert holder.condition._lock is holder.plain
    with holder.condition:
        assert holder.plain.locked()
        assert holder.condition.wait(0.001) is False
        holder.condition.notify_all()
    assert not holder.plain.locked()


class Proxy:
    """Stands for something that must not be touched yet."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


def test_proxies_are_not_woken() -> None:
    lazy = Proxy()
    object.__setattr__(lazy, "guard", locks.raw_lock())
    adoption.adopt_locks()
    assert type(object.__getattribute__(lazy, "guard")) is locks.Lock


def test_nothing_inside_of_threads_and_events_is_adopted() -> None:
    event = threading.Event()
    thread = threading.Thread(target=event.wait)
    thread.start()
    adoption.adopt_locks()
    assert type(threading._active_limbo_lock) not in (locks.Lock, locks.RLock)  # type: ignore[attr-defined]
    event.set()
    thread.join(5)
    assert not thread.is_alive()


def test_starting_twice_and_stopping() -> None:
    runtime.start()
    assert [patches.active, threading_now().Lock is locks.LockClass] == [True, True]
    runtime.stop()
    assert [patches.active, threading_now().Lock is locks.LockClass] == [False, False]
    runtime.start(adopt=False)


def test_simple_queues() -> None:
    made: Any = queue.SimpleQueue()
    made.put(1)
    made.put_nowait(2)
    assert made.qsize() == 2
    assert made.get() == 1
    assert made.get_nowait() == 2
    with pytest.raises(queue.Empty):
        made.get(timeout=0.001)
    with pytest.raises(queue.Empty):
        made.get_nowait()
    assert made.empty()


def test_queues_keep_no_record_of_what_was_taken() -> None:
    made: queue.Queue[Any] = queue.Queue(3)
    for _ in range(5):
        for item in (1, 1, None):
            made.put(item)
        with pytest.raises(queue.Full):
            made.put(object(), block=False)
        assert [made.get() for _ in range(3)] == [1, 1, None]
    with pytest.raises(queue.Empty):
        made.get(timeout=0.001)
    assert made.__dict__["_dictlint_items"].tokens == {}


def test_a_thread_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = threading.Thread(target=print)
    name = "_start_joinable_thread" if hasattr(threading, "_start_joinable_thread") else "_start_new_thread"

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("can't start new thread")

    from dictlint.runtime.sync import threads

    monkeypatch.setattr(threading, name, threads._starter(refuse))
    with pytest.raises(RuntimeError, match="can't start"):
        thread.start()


def test_raw_threads_are_ordered_after_their_start() -> None:
    import _thread

    m: Any = CheckedDict()
    done = threading.Event()

    def work() -> None:
        m["n"] = m.get("n", 0) + 1
        done.set()

    m["n"] = 1
    _thread.start_new_thread(work, ())
    assert done.wait(5)
    m["n"] = m.get("n", 0) + 1
    assert runtime.violations() == []


LATE = """
import threading, concurrent.futures, asyncio
lock = threading.Lock()
state = {"lock": threading.RLock()}
from dictlint import runtime
from dictlint.runtime import CheckedDict
m, used = CheckedDict(), []

def use():
    with lock:
        m["n"] = m.get("n", 0) + 1
        for _ in m: pass
    used.append(True)

def use_other():
    while len(used) < 2: pass  # nobody sees that this orders anything, and so nothing goes wrong
    with state["lock"]:
        m["k"] = m.get("k", 0) + 1

threads = [threading.Thread(target=target) for target in (use, use, use_other, use_other)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    list(pool.map(lambda _: use(), range(5)))
asyncio.run(asyncio.to_thread(use))
kinds = {violation.kind for violation in runtime.violations()}
print(sorted(kinds))
"""


def test_a_program_that_begins_late() -> None:
    """Locks, pools and loops were imported and made before the first checked map."""
    done = subprocess.run(
        [sys.executable, "-c", LATE],
        env=os.environ | {"PYTHONPATH": str(ROOT), "DICTLINT_REPORT": "", "DICTLINT_ECHO": "0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # Two locks for one map: iterating under one of them does not keep out who holds the other.
    assert (done.stdout, done.stderr) == ("['iteration-while-resized']\n", "")


def test_what_a_module_does_while_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "registry.py").write_text(
        "from dictlint.runtime import CheckedDict\nTABLE = CheckedDict()\nTABLE['a'] = 1\n"
    )
    program = """
import threading
from dictlint import runtime
def work():
    import registry
    for _ in registry.TABLE: pass
thread = threading.Thread(target=work)
thread.start()
while thread.is_alive.__wrapped__(thread) : pass   # nothing that orders the two
import registry
for _ in registry.TABLE: pass
print([violation.kind for violation in runtime.violations()])
registry.TABLE["b"] = 1
print([violation.kind for violation in runtime.violations()])
"""
    (tmp_path / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "dictlint.runtime", "--report=", "--quiet", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "[]\n['iteration-while-resized']\n", done.stderr
