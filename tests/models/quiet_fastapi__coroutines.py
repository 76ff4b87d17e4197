"""All endpoints are coroutines of one loop, and none awaits in between."""

from fastapi import FastAPI

app = FastAPI()
rooms = {}


@app.post("/join/{room}")
async def join(room: str):
    rooms[room] = rooms.get(room, 0) + 1


@app.get("/rooms")
async def listed():
    return [room.title() for room in rooms]
