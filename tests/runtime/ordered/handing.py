"""By start and end, queues, pools and tasks."""

from __future__ import annotations

import asyncio
import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from multiprocessing.pool import ThreadPool
from typing import Any

from tests.runtime.ordered import program, together, use


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
