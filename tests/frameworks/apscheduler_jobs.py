"""apscheduler: two jobs run at once in the scheduler's pool, one job never beside itself; coroutines run on the loop."""
# model: apscheduler
# needs: apscheduler

import asyncio
import logging

import proof
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler

logging.disable()  # of runs that are missed since one is still busy, as they should be
together, alone, coroutine, listened = proof.Witness(2), proof.Witness(), proof.Witness(), proof.Witness()
scheduler = BackgroundScheduler()
QUICK = {"trigger": "interval", "seconds": 0.01}


@scheduler.scheduled_job("interval", seconds=0.01)
def first():  # activity: thread, sure
    with together.inside():
        pass


def second(which):  # activity: thread, sure
    assert which == "all"
    with together.inside():
        pass


@scheduler.scheduled_job("interval", seconds=0.01)
def slow():  # activity: thread, sure
    with alone.inside():
        pass


def ran(event):  # activity: thread, many, sure
    with listened.inside():
        pass


async def on_loop():  # activity: loop, sure
    with coroutine.inside():
        pass


async def main():  # activity: loop, sure
    loop_scheduler = AsyncIOScheduler()
    loop_scheduler.add_job(on_loop, **QUICK)
    loop_scheduler.start()
    while len(coroutine.threads) < 2:
        await asyncio.sleep(0.01)
    coroutine.ran_here()


if __name__ == "__main__":
    scheduler.add_job(second, args=["all"], **QUICK)
    scheduler.add_listener(ran, EVENT_JOB_EXECUTED)
    scheduler.start()
    alone.wait(4)
    together.wait(2)
    listened.wait(4)
    together.ran_at_once()
    together.ran_elsewhere()
    alone.ran_one_by_one()
    alone.ran_elsewhere()
    listened.ran_elsewhere()
    assert len(set(listened.threads)) >= 2, "listeners are called by the threads that ran the jobs"
    asyncio.run(main())
    proof.done()
