"""slack-bolt: listeners run in threads of a pool, not in the one that hands over the event; AsyncApp's on the loop."""
# model: slack-bolt
# needs: slack_bolt, aiohttp

import asyncio
import json

import proof
from slack_bolt import App, BoltRequest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

mentioned, ordered = proof.Witness(2), proof.Witness(2)
passed, used, on_loop = proof.Witness(), proof.Witness(), proof.Witness()
waiting = []


def authorize(enterprise_id, team_id, user_id):
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token="xoxb", bot_user_id="U1")


async def authorize_here(enterprise_id, team_id, user_id):
    return authorize(enterprise_id, team_id, user_id)


app = App(authorize=authorize, request_verification_enabled=False, client=WebClient())
loop_app = AsyncApp(authorize=authorize_here, request_verification_enabled=False)


@app.middleware
def look(body, next):  # activity: thread, many
    with passed.inside():
        pass
    next()


@app.event("app_mention")
def mention(event):  # activity: thread, many
    with mentioned.inside():
        pass


@app.command("/order")
def order(ack):  # activity: thread, many
    with ordered.inside():
        ack()


def use(body, next):  # activity: thread, many
    with used.inside():
        pass
    next()


app.use(use)


@loop_app.event("app_mention")
async def meet(event):  # activity: loop, many
    with on_loop.inside():
        waiting.append(event)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)


def mention_of(user):
    return {
        "type": "event_callback", "team_id": "T1", "authorizations": [{"user_id": "U1", "is_bot": True}],
        "event": {"type": "app_mention", "user": user, "text": "hi", "channel": "C1", "ts": "1.1"},
    }


def command():
    return "command=%2Forder&team_id=T1&user_id=W1&text=tea"


def send(body):
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/x-www-form-urlencoded" if text is body else "application/json"
    assert app.dispatch(BoltRequest(body=text, headers={"content-type": [kind]})).status == 200


async def send_here():  # activity: loop, sure
    for user in ("W1", "W2"):
        text = json.dumps(mention_of(user))
        request = AsyncBoltRequest(body=text, headers={"content-type": ["application/json"]})
        assert (await loop_app.async_dispatch(request)).status == 200
    while len(on_loop.threads) < 2:
        await asyncio.sleep(0.01)
    on_loop.ran_here()


if __name__ == "__main__":
    send(mention_of("W1"))
    send(mention_of("W2"))
    mentioned.wait(2)
    proof.together(2, lambda n: send(command()))
    for witness in (mentioned, ordered):
        witness.ran_at_once()
        witness.ran_elsewhere()
    for witness in (passed, used):  # in the threads that hand over the events
        witness.wait(4)
        assert set(witness.threads[2:]).isdisjoint(witness.threads[:2] + ordered.threads)
    asyncio.run(send_here())
    proof.done()
