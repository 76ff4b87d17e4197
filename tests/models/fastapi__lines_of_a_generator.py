"""A plain generator is gone through in the pool of threads, wherever it is made."""

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()
buoys = {}


@app.get("/tides")
def tides():
    def lines():
        for name, height in buoys.items():  # expect: DCT101
            yield f"{name} {height}\n"

    return StreamingResponse(lines(), media_type="text/plain")


@app.put("/tides/{name}")
async def report(name: str, height: float):
    buoys[name] = height
