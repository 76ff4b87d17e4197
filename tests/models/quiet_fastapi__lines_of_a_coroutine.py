"""A plain handler gives back an async generator: the server's event loop runs it, as it runs the other coroutines."""

import asyncio

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
buoys = {}


@app.get("/tides")
def tides():
    async def lines():
        while True:
            for name, height in buoys.items():
                line_of(name, height)
            yield "\n"
            await asyncio.sleep(5)

    return StreamingResponse(lines(), media_type="text/plain")


@app.get("/later")
def later():
    return highest()


async def highest():
    return max(height for name, height in buoys.items())


@app.put("/tides/{name}")
async def report(name: str, height: float):
    buoys[name] = height


def line_of(name, height):
    return f"{name} {height}"
