"""A parent task binds what all requests have in common, then each request's task binds its own."""

import asyncio

from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars, unbind_contextvars


async def request(number):
    bind_contextvars(request=number)
    await asyncio.sleep(0.001)
    seen = merge_contextvars(None, "info", {})["request"]
    unbind_contextvars("request")
    if number == 1:
        clear_contextvars()
    return seen == number


async def serve():
    bind_contextvars(service="shop")
    right = await asyncio.gather(*(request(number) for number in range(5)), return_exceptions=True)
    print(right)


for _ in range(5):
    asyncio.run(serve())
