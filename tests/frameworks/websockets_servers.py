"""websockets: the handlers of all connections are on one event loop, or with websockets.sync in a thread for each."""
# model: websockets
# needs: websockets

import asyncio
import threading

import proof
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.sync.client import connect as connect_sync
from websockets.sync.server import serve as serve_sync

on_loop, asked = proof.Witness(), proof.Witness()
in_threads, asked_in_threads = proof.Witness(meeting=2), proof.Witness()
waiting = []


async def meet(websocket):  # activity: loop, many, sure
    with on_loop.inside():
        waiting.append(websocket)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)
    await websocket.send("met")


def ask(connection, request):  # activity: loop, many, sure
    with asked.inside():
        pass


class Chat:
    def join(self, websocket):  # activity: thread, many, sure
        with in_threads.inside(self):
            websocket.send("joined")

    def check(self, websocket, request):  # activity: thread, many, sure
        with asked_in_threads.inside(self):
            pass


async def hear(port):  # activity: loop, sure; loop, sure
    async with connect(f"ws://127.0.0.1:{port}", proxy=None) as websocket:
        assert await websocket.recv() == "met"


async def main():  # activity: loop, sure
    port = proof.free_port()
    async with serve(meet, "127.0.0.1", port, process_request=ask):
        await asyncio.gather(hear(port), hear(port))
    on_loop.ran_here()
    asked.ran_here()


def serve_in_threads(port):  # activity: thread, sure
    chat = Chat()
    with serve_sync(chat.join, "127.0.0.1", port, process_request=chat.check) as server:
        server.serve_forever()


def hear_sync(port):
    with connect_sync(f"ws://127.0.0.1:{port}", proxy=None) as websocket:
        assert websocket.recv() == "joined"


if __name__ == "__main__":
    asyncio.run(main())
    port = proof.free_port()
    threading.Thread(target=serve_in_threads, args=(port,), daemon=True).start()
    proof.listening(port)
    proof.together(2, lambda n: hear_sync(port))
    in_threads.ran_at_once()
    in_threads.had_one_object()
    asked_in_threads.ran_elsewhere()
    proof.done()
