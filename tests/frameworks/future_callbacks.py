"""concurrent.futures: what is added to a future is called in the thread that finishes it, several at once; a loop's
future calls back on the loop.
"""
# model:
# needs: concurrent.futures

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import proof

finished, looped = proof.Witness(meeting=2), proof.Witness()
waiting = threading.Event()


def work(n):  # activity: thread, many, sure
    waiting.wait(proof.PATIENCE)
    return n


def done(future):  # activity: thread, many, sure
    with finished.inside():
        assert future.done()


def back(future):  # activity: loop, sure
    with looped.inside():
        assert future.done()


def submit():
    with ThreadPoolExecutor(2) as pool:
        for n in range(2):
            future = pool.submit(work, n)
            future.add_done_callback(done)
        waiting.set()


async def serve():  # activity: loop, sure
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    future.add_done_callback(back)
    loop.call_soon(future.set_result, 1)
    await future
    await asyncio.sleep(0.1)


if __name__ == "__main__":
    submit()
    finished.ran_elsewhere()
    finished.ran_at_once()
    asyncio.run(serve())
    assert set(looped.threads) == {threading.get_ident()}
    proof.done()
