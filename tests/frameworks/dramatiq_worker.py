"""dramatiq: a worker runs actors in several threads; coroutines among them share one event loop in a thread."""
# model: dramatiq
# needs: dramatiq

import asyncio

import dramatiq
import proof
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware.asyncio import AsyncIO

broker = StubBroker(middleware=[AsyncIO()])
dramatiq.set_broker(broker)
packed, shipped, billed, met = proof.Witness(2), proof.Witness(2), proof.Witness(2), proof.Witness()
waiting = []


@dramatiq.actor
def pack(order):  # activity: thread, many, sure
    with packed.inside():
        pass


@dramatiq.actor(priority=5)
def ship(order):  # activity: thread, many, sure
    with shipped.inside():
        pass


class Bill(dramatiq.GenericActor):
    def perform(self, order):  # activity: thread, many, sure
        with billed.inside(self):
            pass


@dramatiq.actor
async def meet(order):  # activity: loop, many, sure
    with met.inside():
        waiting.append(order)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    worker = dramatiq.Worker(broker, worker_timeout=100, worker_threads=4)
    worker.start()
    for order in range(2):
        for actor in (pack, ship, Bill, meet):
            actor.send(order)
    for witness in (packed, shipped, billed, met):
        witness.wait(2)
        witness.ran_elsewhere()
    packed.ran_at_once()
    shipped.ran_at_once()
    billed.ran_at_once()
    billed.had_one_object()
    met.ran_in_one_thread()
    proof.done()
