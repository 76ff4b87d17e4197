"""Programs that are ordered, each by another primitive: never reported, however the threads are switched.

Every program writes and iterates over the same map in several threads, and tests before it acts, so that a missing
edge shows under both contracts.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
from _thread import RLock as EarlyRLock
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from multiprocessing.pool import ThreadPool
from threading import Lock as EarlyLock
from typing import Any

import pytest

from dictlint import runtime
from dictlint.runtime import CheckedDict

REPETITIONS = int(os.environ.get("DICTLINT_REPETITIONS", "200"))
PROGRAMS: list[Callable[[Any], None]] = []


def program(function: Callable[[Any], None]) -> Callable[[Any], None]:
    PROGRAMS.append(function)
    return function


def use(m: Any) -> None:
    """Everything that can be broken, on one entry and on the whole."""
    m["n"] = m.get("n", 0) + 1
    for _ in m:
        pass
    key = len(m) % 5
    if key not in m:
        m[key] = key
    else:
        del m[key]
    sum(m.values())


def together(*works: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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
def start_and_join(m: Any) -> None:
    use(m)
    together(lambda: use(m))
    use(m)
    together(lambda: use(m))
    use(m)


@program
def polled_end(m: Any) -> None:
    thread = threading.Thread(target=use, args=(m,))
    thread.start()
    while thread.is_alive():
        pass
    use(m)
    thread.join()


@program
def hand_off_by_queue(m: Any) -> None:
    jobs: queue.Queue[Any] = queue.Queue()
    answers: queue.Queue[Any] = queue.Queue()

    def work() -> None:
        mine = jobs.get()
        use(mine)
        answers.put(mine)

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    jobs.put(m)
    use(answers.get())
    thread.join()


@program
def hand_off_by_simple_queue(m: Any) -> None:
    jobs: Any = queue.SimpleQueue()
    answers: Any = queue.SimpleQueue()

    def work() -> None:
        use(jobs.get())
        answers.put(True)

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    jobs.put(m)
    answers.get()
    use(m)
    thread.join()


@program
def hand_off_by_priority(m: Any) -> None:
    jobs: queue.PriorityQueue[int] = queue.PriorityQueue()

    def work() -> None:
        jobs.get()
        use(m)
        jobs.task_done()

    thread = threading.Thread(target=work)
    thread.start()
    use(m)
    jobs.put(3)
    jobs.join()
    use(m)
    thread.join()


@program
def full_queue_as_a_lock(m: Any) -> None:
    slot: queue.Queue[None] = queue.Queue(1)

    def work() -> None:
        slot.put(None)
        use(m)
        slot.get()

    together(work, work)


@program
def mutex_of_a_queue(m: Any) -> None:
    jobs: queue.Queue[int] = queue.Queue()

    def work() -> None:
        with jobs.mutex:
            use(m)
        jobs.put(1)
        with jobs.mutex:
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


@program
def future(m: Any) -> None:
    answer: Future[Any] = Future()

    def work() -> None:
        use(m)
        answer.set_result(m)

    thread = threading.Thread(target=work)
    thread.start()
    use(answer.result())
    thread.join()


@program
def pool_of_threads(m: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        use(m)
        pool.submit(use, m).result()
        use(m)
        wait([pool.submit(use, m)])
        use(m)
        for done in as_completed([pool.submit(use, m)]):
            done.result()
        use(m)
        list(pool.map(use, [m]))
    use(m)


@program
def pool_that_is_shut_down(m: Any) -> None:
    pool = ThreadPoolExecutor(1)
    pool.submit(use, m)
    pool.submit(use, m)
    pool.shutdown(wait=True)
    use(m)


@program
def future_with_a_callback(m: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        task = pool.submit(use, m)
        task.add_done_callback(lambda done: use(m))


@program
def pool_of_multiprocessing(m: Any) -> None:
    with ThreadPool(1) as pool:
        use(m)
        pool.apply(use, (m,))
        use(m)
        pool.map(use, [m])
        use(m)


@program
def timer(m: Any) -> None:
    use(m)
    later = threading.Timer(0, use, (m,))
    later.start()
    later.join()
    use(m)


@program
def tasks(m: Any) -> None:
    async def work() -> None:
        use(m)
        await asyncio.sleep(0)
        use(m)

    async def main() -> None:
        use(m)
        await asyncio.gather(work(), work())
        use(m)

    asyncio.run(main())


@program
def tasks_with_a_lock(m: Any) -> None:
    async def main() -> None:
        guard = asyncio.Lock()

        async def work() -> None:
            async with guard:
                if "k" not in m:
                    await asyncio.sleep(0)
                    m["k"] = m.get("n", 0)
                    await asyncio.sleep(0)
                    m["n"] = m["k"] + 1

        await asyncio.gather(work(), work())

    asyncio.run(main())


@program
def tasks_with_a_queue(m: Any) -> None:
    async def main() -> None:
        jobs: asyncio.Queue[Any] = asyncio.Queue()

        async def work() -> None:
            use(await jobs.get())

        task = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        use(m)
        await jobs.put(m)
        await task
        use(m)

    asyncio.run(main())


@program
def loop_and_threads(m: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        use(m)
        await loop.run_in_executor(None, use, m)
        use(m)
        await asyncio.to_thread(use, m)
        use(m)
        done = asyncio.Event()

        def work() -> None:
            use(m)
            loop.call_soon_threadsafe(done.set)

        thread = threading.Thread(target=work)
        thread.start()
        await done.wait()
        use(m)
        thread.join()

    asyncio.run(main())


@program
def coroutine_from_a_thread(m: Any) -> None:
    async def work() -> None:
        use(m)

    def ask(loop: Any) -> None:
        use(m)
        asyncio.run_coroutine_threadsafe(work(), loop).result()
        use(m)
        loop.call_soon_threadsafe(loop.stop)

    loop = asyncio.new_event_loop()
    use(m)
    thread = threading.Thread(target=ask, args=(loop,))
    thread.start()
    loop.run_forever()
    use(m)
    thread.join()
    loop.close()


@program
def chain_of_threads(m: Any) -> None:
    def work(left: int) -> None:
        use(m)
        if left:
            together(lambda: work(left - 1))
        use(m)

    work(3)


@pytest.fixture(autouse=True)
def switched_often(fresh_runtime: None) -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("contract", ["python", "strict"])
@pytest.mark.parametrize("ordered", PROGRAMS, ids=lambda ordered: ordered.__name__)
def test_never_reported(ordered: Callable[[Any], None], contract: str) -> None:
    runtime.configure(contract=contract)
    for _ in range(REPETITIONS):
        ordered(CheckedDict())
        assert runtime.violations() == []
