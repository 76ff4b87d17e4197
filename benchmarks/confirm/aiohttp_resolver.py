"""Requests for one host while its name cannot be resolved at first, with tracing on."""

import asyncio

import aiohttp
from aiohttp.abc import AbstractResolver


class Resolver(AbstractResolver):
    async def resolve(self, host, port=0, family=0):
        raise OSError("no such host")

    async def close(self):
        pass


async def traced(session, context, params):
    await asyncio.sleep(0)


async def ask(session):
    try:
        async with session.get("http://shop.test/"):
            return "answered"
    except (OSError, aiohttp.ClientError) as error:
        return repr(error)


async def main():
    trace = aiohttp.TraceConfig()
    trace.on_dns_cache_miss.append(traced)
    connector = aiohttp.TCPConnector(resolver=Resolver())
    async with aiohttp.ClientSession(connector=connector, trace_configs=[trace]) as session:
        for _ in range(3):
            try:
                print(await asyncio.wait_for(ask(session), 2))
            except asyncio.TimeoutError:
                print("nobody resolves it any more")


asyncio.run(main())
