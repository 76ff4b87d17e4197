"""A gateway keeps one connection to each host, whichever of its requests needs it first."""

import asyncio


class Connection:
    def __init__(self, host):
        self.host = host

    async def ask(self, question):
        await asyncio.sleep(0)
        return f"{self.host}: {question}"


class Gateway:
    def __init__(self):
        self._connections = {}
        self.opened = []

    async def _open(self, host):
        await asyncio.sleep(0.01)
        self.opened.append(host)
        return Connection(host)

    async def connection(self, host):
        if host not in self._connections:
            self._connections[host] = await self._open(host)  # expect: DCT107
        return self._connections[host]


async def request(gateway: Gateway, question):
    connection = await gateway.connection("db.internal")
    return await connection.ask(question)


async def serve(questions):
    gateway = Gateway()
    await asyncio.gather(*(request(gateway, question) for question in questions))
    return gateway.opened


def main():
    return asyncio.run(serve(["who", "when", "how much"]))


if __name__ == "__main__":
    print(f"{len(main())} connections opened to 1 host")
