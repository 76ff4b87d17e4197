"""A poller keeps exchange rates fresh until it is cancelled."""

import asyncio


class Poller:
    def __init__(self):
        self.rates = {"USD": 1.08}
        self.closed = False

    async def fetch(self):
        await asyncio.sleep(0.01)
        return {"USD": 1.09}

    async def run(self):
        while not self.closed:
            try:
                self.rates.update(await self.fetch())
            except OSError:
                self.rates.clear()


async def serve():
    poller = Poller()
    polling = asyncio.create_task(poller.run())
    await asyncio.sleep(0.02)
    polling.cancel()
    await asyncio.wait([polling], timeout=0.1)
    stopped = polling.done()
    poller.closed = True
    await asyncio.wait([polling])
    return stopped


def main():
    return asyncio.run(serve())


if __name__ == "__main__":
    print("the poller", "has stopped" if main() else "goes on although it was cancelled")
