"""Work in another thread changes the table that tasks walk."""

import trio

digests = {}


def digest(path):
    digests[path] = hash(path)  # site: digest


async def scan(paths):
    async with trio.open_nursery() as nursery:
        for path in paths:
            nursery.start_soon(check, path)


async def check(path):
    await trio.to_thread.run_sync(digest, path)
    for other, value in digests.items():  # expect: DCT101 with digest at high
        print(other, value)
