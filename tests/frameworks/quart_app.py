"""Quart: coroutines run on one event loop, many at once; handlers that are none run in threads."""
# model: quart
# needs: quart

import asyncio

import proof
from quart import Blueprint, Quart

app = Quart(__name__)
pages = Blueprint("pages", __name__)
on_loop, in_threads, asked, later = proof.Witness(), proof.Witness(meeting=2), proof.Witness(), proof.Witness()
waiting = []


@app.before_request
async def ask():  # activity: loop, many
    with asked.inside():
        pass


@app.route("/meet")
async def meet():  # activity: loop, many
    with on_loop.inside():
        waiting.append(1)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)
    app.add_background_task(count, "meet")
    return "met"


@pages.get("/digest")
def digest():  # activity: thread, many
    with in_threads.inside():
        return "digest"


async def count(name):  # activity: loop, many, sure
    assert name == "meet"
    with later.inside():
        pass


async def main():  # activity: loop, sure
    app.register_blueprint(pages)
    async with app.test_app():
        client = app.test_client()
        for path in ("/meet", "/digest"):
            answers = await asyncio.gather(client.get(path), client.get(path))
            assert [answer.status_code for answer in answers] == [200, 200]
    on_loop.ran_here()
    asked.ran_here()
    later.ran_here()
    assert len(later.threads) == 2
    in_threads.ran_at_once()
    in_threads.ran_elsewhere()


if __name__ == "__main__":
    asyncio.run(main())
    proof.done()
