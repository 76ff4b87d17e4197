"""tornado: handlers are made anew and run on the loop, as do callbacks; run_on_executor and run_in_executor do not."""
# model: tornado
# needs: tornado

import asyncio
from concurrent.futures import ThreadPoolExecutor

import proof
from tornado.concurrent import run_on_executor
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import Application, RequestHandler

handled, called, ticked = (proof.Witness() for _ in range(3))
decorated, pooled = proof.Witness(2), proof.Witness(2)


class Store:
    def __init__(self):
        self.executor = ThreadPoolExecutor(2)

    @run_on_executor
    def load(self):  # activity: thread, many, sure
        with decorated.inside():
            pass


def digest():  # activity: thread, many, sure; thread, many, sure
    with pooled.inside():
        pass


class Page(RequestHandler):
    async def get(self):  # activity: loop, many, fresh
        with handled.inside(self):
            pass
        await asyncio.gather(store.load(), store.load())
        run = IOLoop.current().run_in_executor
        await asyncio.gather(run(None, digest), IOLoop.current().run_in_executor(None, digest))


def callback():  # activity: loop, sure
    with called.inside():
        pass


def tick():  # activity: loop, sure
    with ticked.inside():
        pass


store = Store()


async def main():  # activity: loop, sure
    port = proof.free_port()
    Application([("/", Page)]).listen(port, "127.0.0.1")
    IOLoop.current().add_callback(callback)
    PeriodicCallback(tick, 10).start()
    for _ in range(2):
        await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/")
    for witness in (handled, called, ticked):
        witness.ran_here()
    handled.had_fresh_objects()
    for witness in (decorated, pooled):
        witness.ran_at_once()
        witness.ran_elsewhere()


if __name__ == "__main__":
    asyncio.run(main())
    proof.done()
