"""A chat server notes in its context who it is serving, so that every log line can tell."""

import asyncio
from contextvars import ContextVar

serving = ContextVar("serving")
log = []


def note(event):
    log.append(f"{serving.get()['user']} {event}")


async def serve(user):
    serving.get()["user"] = user  # expect: DCT208
    note("in")
    await asyncio.sleep(0.01)
    note("out")


async def serve_all(users):
    serving.set({"server": "chat-1"})
    await asyncio.gather(*(serve(user) for user in users))


def main():
    log.clear()
    asyncio.run(serve_all(["ada", "bob"]))
    return sorted(log)


if __name__ == "__main__":
    print(", ".join(main()))
