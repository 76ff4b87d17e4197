"""aiohttp: all handlers run in the thread of the loop, several of them between their awaits; views are made anew."""
# model: aiohttp
# needs: aiohttp

import asyncio

import proof
from aiohttp import ClientSession, web

routes = web.RouteTableDef()
here, viewed = proof.Witness(), proof.Witness()
waiting = []


@routes.get("/meet")
async def meet(request):  # activity: loop, many
    with here.inside():
        waiting.append(request)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)
    return web.Response()


@routes.view("/view")
class Page(web.View):
    async def get(self):  # activity: loop, many, fresh
        with viewed.inside(self):
            return web.Response()


async def late(request):  # activity: loop, many
    return web.Response()


async def main():  # activity: loop, sure
    app = web.Application()
    app.add_routes(routes)
    app.router.add_get("/late", late)
    runner = web.AppRunner(app)
    await runner.setup()
    port = proof.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with ClientSession() as session:
        for path in ("meet", "view"):
            await asyncio.gather(*(session.get(f"http://127.0.0.1:{port}/{path}") for _ in range(2)))
    here.ran_here()
    assert len(waiting) == 2
    viewed.had_fresh_objects()


if __name__ == "__main__":
    asyncio.run(main())
    proof.done()
