"""anyio: tasks of a group share the thread of the loop; to_thread runs work in other threads, at once."""
# model: anyio
# needs: anyio

import anyio
import proof
from anyio import from_thread, to_thread

inside = []
tasks, back, pooled = proof.Witness(), proof.Witness(), proof.Witness(2)


def digest(data):  # activity: thread, many, sure
    assert data == "data"
    with pooled.inside():
        pass
    from_thread.run_sync(done)


def done():  # activity: loop, many, sure
    with back.inside():
        pass


async def fetch(n):  # activity: loop, many, sure
    with tasks.inside():
        inside.append(n)
    while len(inside) < 2:
        await anyio.sleep(0.01)
    await to_thread.run_sync(digest, "data")


async def crawl():  # activity: loop, sure
    async with anyio.create_task_group() as group:
        for n in range(2):
            group.start_soon(fetch, n)


def main():
    anyio.run(crawl)


if __name__ == "__main__":
    main()
    tasks.ran_here()
    back.ran_here()
    pooled.ran_at_once()
    pooled.ran_elsewhere()
    proof.done()
