"""One task has the echoes counted by a thread, and waits for each count."""

import asyncio

import anyio.to_thread


class Sonar:
    def __init__(self, port):
        self.port = port
        self.echoes = {}
        self._task = None

    async def start(self):
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        while True:
            await anyio.to_thread.run_sync(self._count)

    def _count(self):
        for depth in self.port.read():
            self.echoes[depth] = self.echoes.get(depth, 0) + 1
