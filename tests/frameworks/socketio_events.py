"""socketio: server and client handle each event in a thread of its own, AsyncServer and AsyncClient in the loop's."""
# model: socketio
# needs: socketio, aiohttp, flask_socketio, requests

import asyncio
import os

import flask
import flask_socketio
import proof
import socketio
from aiohttp import web
from werkzeug.serving import make_server

said, joined, ticked, aside = proof.Witness(2), proof.Witness(2), proof.Witness(2), proof.Witness()
on_loop, heard, shouted = proof.Witness(), proof.Witness(), proof.Witness(2)
waiting = []

sio = socketio.Server(async_mode="threading")
client = socketio.Client()
asgi = socketio.AsyncServer(async_mode="aiohttp")
listener = socketio.AsyncClient()
app = flask.Flask(__name__)
web_socket = flask_socketio.SocketIO(app, async_mode="threading")


@sio.event
def say(sid, text):  # activity: thread, many, sure
    with said.inside():
        pass


@sio.on("tick")
def tick(sid):  # activity: thread, many, sure
    sio.emit("ticked", 1)
    sio.emit("ticked", 2)
    sio.start_background_task(rest, sid)


def rest(sid):  # activity: thread, many, sure
    with aside.inside():
        pass


class Room(socketio.Namespace):
    def on_join(self, sid, name):  # activity: thread, many, sure
        with joined.inside(self):
            pass


def on_tick(number):  # activity: thread, many, sure
    with ticked.inside():
        pass


@asgi.event
async def meet(sid):  # activity: loop, many
    with on_loop.inside():
        waiting.append(sid)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)
    await asgi.emit("met", to=sid)


@listener.event
async def met():  # activity: loop, many
    with heard.inside():
        pass


@web_socket.on("shout")
def shout(text):  # activity: thread, many, sure
    with shouted.inside():
        pass


def serve(application):
    port = proof.free_port()
    proof.aside(make_server("127.0.0.1", port, application, threaded=True).serve_forever)
    proof.listening(port)
    return f"http://127.0.0.1:{port}"


def threads():
    sio.register_namespace(Room("/room"))
    client.on("ticked", on_tick)
    client.connect(serve(socketio.WSGIApp(sio)), transports=["polling"], namespaces=["/", "/room"])
    for number in range(2):  # two events of one client
        client.emit("say", f"number {number}")
        client.emit("join", "me", namespace="/room")
    client.emit("tick")
    for witness in (said, joined, ticked):
        witness.wait(2)
        witness.ran_at_once()
        witness.ran_elsewhere()
    joined.had_one_object()
    aside.wait()
    aside.ran_elsewhere()
    assert not set(aside.threads) & set(said.threads)


def flask_threads():
    one = socketio.Client()
    one.connect(serve(app), transports=["polling"])
    for text in ("one", "two"):
        one.emit("shout", text)
    shouted.wait(2)
    shouted.ran_at_once()


async def loop():  # activity: loop, sure
    application = web.Application()
    asgi.attach(application)
    runner = web.AppRunner(application)
    await runner.setup()
    port = proof.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await listener.connect(f"http://127.0.0.1:{port}", transports=["polling"])
    await asyncio.gather(listener.emit("meet"), listener.emit("meet"))
    while len(heard.threads) < 2:
        await asyncio.sleep(0.01)
    on_loop.ran_here()
    heard.ran_here()


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    threads()
    flask_threads()
    asyncio.run(loop())
    proof.done()
