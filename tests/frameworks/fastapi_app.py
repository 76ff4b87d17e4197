"""fastapi, starlette: plain endpoints, dependencies and background tasks run in a pool, at once; coroutines all run in
the thread of the loop; an HTTPEndpoint is made anew for each request.
"""
# model: fastapi
# needs: fastapi, starlette, httpx

import asyncio
import threading

import httpx
import proof
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.responses import PlainTextResponse

app = FastAPI()
plain, needed, mailed, pooled, endpoint = (proof.Witness(2) for _ in range(5))
coroutine = proof.Witness()


@app.get("/plain")
def index():  # activity: thread, many
    with plain.inside():
        return "plain"


def settings():  # activity: thread, many
    with needed.inside():
        return {}


@app.get("/needed")
async def needs(values=Depends(settings)):  # activity: loop, many
    with coroutine.inside():
        return values


def mail():  # activity: thread, many
    with mailed.inside():
        pass


@app.get("/mailed")
async def post(tasks: BackgroundTasks):  # activity: loop, many
    tasks.add_task(mail)


def digest():  # activity: thread, many, sure
    with pooled.inside():
        return "digest"


@app.get("/pooled")
async def pool():  # activity: loop, many
    return await run_in_threadpool(digest)


class Page(HTTPEndpoint):
    def get(self, request):  # activity: thread, many, fresh
        with endpoint.inside(self):
            return PlainTextResponse("page")


app.add_route("/page", Page)


async def main():  # activity: loop, sure
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        for name in ("plain", "needed", "mailed", "pooled", "page"):
            for answer in await asyncio.gather(*(client.get(f"/{name}") for _ in range(2))):
                assert answer.status_code == 200, answer
    for witness in (plain, needed, mailed, pooled, endpoint):
        witness.ran_at_once()
        assert threading.get_ident() not in witness.threads
    endpoint.had_fresh_objects()
    coroutine.ran_here()


if __name__ == "__main__":
    asyncio.run(main())
    proof.done()
