"""A plain endpoint runs in the pool, while the coroutine runs on the loop."""

from fastapi import FastAPI

app = FastAPI()
rooms = {}


@app.post("/join/{room}")
def join(room: str):
    rooms[room] = rooms.get(room, 0) + 1  # expect: DCT104 at medium  # site: join


@app.get("/rooms")
async def listed():
    return [describe(room) for room in rooms]  # expect: DCT101 with join at medium


def describe(room):
    return {"name": room}
