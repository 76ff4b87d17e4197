"""By locks, and by what threads wait for."""

from __future__ import annotations

import threading
from _thread import RLock as EarlyRLock
from threading import Lock as EarlyLock
from typing import Any

from tests.runtime.ordered import program, together, use


@program
def lock(m: Any) -> None:
    guard = threading.Lock()

    def work() -> None:
        for _ in range(2):
            with guard:
                use(m)

    together(work, work)


@program
def acquire_and_release(m: Any) -> None:
    guard = threading.Lock()

    def work() -> None:
        while not guard.acquire(blocking=False):
            pass
        try:
            use(m)
        finally:
            guard.release()

    together(work, work)


@program
def reentrant_lock(m: Any) -> None:
    guard = threading.RLock()

    def work() -> None:
        with guard, guard:
            use(m)

    together(work, work)


@program
def lock_imported_before_tracking(m: Any) -> None:
    guard = EarlyLock()

    def work() -> None:
        with guard:
            use(m)

    together(work, work)


@program
def compiled_lock_imported_before_tracking(m: Any) -> None:
    guard = EarlyRLock()

    def work() -> None:
        with guard:
            use(m)

    together(work, work)


@program
def event(m: Any) -> None:
    ready = threading.Event()

    def work() -> None:
        ready.wait()
        use(m)

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    ready.set()
    thread.join()
    use(m)


@program
def polled_event(m: Any) -> None:
    ready = threading.Event()

    def work() -> None:
        while not ready.is_set():
            pass
        use(m)

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    ready.set()
    thread.join()


@program
def barrier(m: Any) -> None:
    gate = threading.Barrier(2)

    def first() -> None:
        use(m)
        gate.wait()
        gate.wait()
        use(m)

    def second() -> None:
        gate.wait()
        use(m)
        gate.wait()

    together(first, second)


@program
def condition(m: Any) -> None:
    turn = threading.Condition()
    state = [0]

    def work(mine: int) -> None:
        with turn:
            turn.wait_for(lambda: state[0] == mine)
            use(m)
            state[0] += 1
            turn.notify_all()

    together(lambda: work(1), lambda: work(0))


@program
def condition_on_a_plain_lock(m: Any) -> None:
    turn = threading.Condition(threading.Lock())
    state = [0]

    def work(mine: int) -> None:
        with turn:
            while state[0] != mine:
                turn.wait()
            use(m)
            state[0] += 1
            turn.notify_all()

    together(lambda: work(1), lambda: work(0))


@program
def semaphore(m: Any) -> None:
    guard = threading.BoundedSemaphore(1)

    def work() -> None:
        with guard:
            use(m)

    together(work, work)


@program
def semaphore_as_a_signal(m: Any) -> None:
    ready = threading.Semaphore(0)

    def work() -> None:
        ready.acquire()
        use(m)

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    ready.release()
    thread.join()
