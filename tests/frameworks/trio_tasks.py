"""trio: tasks of a nursery share the thread of the loop; to_thread runs work in other threads, at once."""
# model: trio
# needs: trio

import proof
import trio

inside = []
tasks, back, pooled = proof.Witness(), proof.Witness(), proof.Witness(2)


def digest(data):  # activity: thread, many, sure
    assert data == "data"
    with pooled.inside():
        pass
    trio.from_thread.run_sync(done)


def done():  # activity: loop, many, sure
    with back.inside():
        pass


async def fetch(n):  # activity: loop, many, sure
    with tasks.inside():
        inside.append(n)
    while len(inside) < 2:
        await trio.sleep(0.01)
    await trio.to_thread.run_sync(digest, "data")


async def crawl():  # activity: loop, sure
    async with trio.open_nursery() as nursery:
        for n in range(2):
            nursery.start_soon(fetch, n)


def main():
    trio.run(crawl)


if __name__ == "__main__":
    main()
    tasks.ran_here()
    back.ran_here()
    pooled.ran_at_once()
    pooled.ran_elsewhere()
    proof.done()
