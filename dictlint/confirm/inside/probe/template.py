"""The text of a driver: what was found out, put into a program, or a skeleton of one that says what is missing."""

from __future__ import annotations

import os
import textwrap
from typing import Any

ROUNDS = 40
NOTHING = "(lambda *args, **named: None)"
"""A function that takes everything."""

HEAD = '''\
"""Drives both sides of {code} at {place}: {message}.

Written by `dictlint confirm`; what it does may be changed.{todo}
    dictlint confirm {place} -- python {driver}
"""

import asyncio
import atexit
import os
import sys
import tempfile
import threading
import time
from unittest.mock import MagicMock

sys.path.insert(0, {root!r})

'''
BODY = """\
{imports}

ROUNDS = {rounds}
FRESH = {fresh}  # whether each round has an object of its own


def concrete(kind):
    return type(kind)(kind.__name__, (kind,), dict.fromkeys(kind.__abstractmethods__, lambda *args, **named: None))


def build(KEY="key 0"):
    return {made}


def prepare(shared, KEY):
{prepared}


{word}def one_side(shared, KEY):
{first}


{word}def other_side(shared, KEY):
{last}


errors = []


def attempt(step):
    try:
        return step()
    except Exception as error:
        errors.append(error)


def begin():
    shared = build()
    for KEY in ("key 0", "key 1", "key 2", "key 3"):
        attempt(lambda: prepare(shared, KEY))
    return shared


def leave():
    deadline = time.monotonic() + 1
    while any(not each.daemon for each in threading.enumerate()[1:]) and time.monotonic() < deadline:
        time.sleep(0.01)
    sys.stdout.flush()
    atexit._run_exitfuncs()
    os._exit(0)  # timers, threads and finalizers of the program may go on for ever

{drive}
    for kind in sorted({{type(error).__name__ + ": " + str(error) for error in errors}})[:20]:
        print(kind)
    leave()
"""
THREADS = """
def drive(side, scene, together):
    for number in range(ROUNDS):
        try:
            together.wait(0.2)
        except threading.BrokenBarrierError:
            pass  # the other one is busy, or done
        attempt(lambda: side(scene[-1], "key %d" % (number // 2)))


if __name__ == "__main__":
    elsewhere = tempfile.TemporaryDirectory()  # for files that are written
    os.chdir(elsewhere.name)
    scene = [begin()]
    together = threading.Barrier(2, (lambda: scene.append(begin())) if FRESH else None)
    threads = [
        threading.Thread(target=drive, args=(side, scene, together), daemon=True) for side in (one_side, other_side)
    ]
    for thread in threads:
        thread.start()
    ended = time.monotonic()
    deadline = ended + 20
    while any(thread.is_alive() for thread in threads) and time.monotonic() < deadline:
        time.sleep(0.01)
        if not all(thread.is_alive() for thread in threads):  # the other one may go on for ever
            deadline = min(deadline, ended + 1)
        else:
            ended = time.monotonic()
"""
TASKS = """
async def drive():
    shared, hanging = begin(), 0
    for number in range(ROUNDS):
        KEY = "key %d" % (number // 2)
        tasks = [asyncio.ensure_future(side(shared, KEY)) for side in (one_side, other_side)]
        _, late = await asyncio.wait(tasks, timeout=0.5)
        for task in late:
            task.cancel()
        hanging += bool(late)
        if hanging > 5:
            break
        errors.extend(filter(None, (await asyncio.gather(*tasks, return_exceptions=True))))
        shared = begin() if FRESH else shared


if __name__ == "__main__":
    elsewhere = tempfile.TemporaryDirectory()  # for files that are written
    os.chdir(elsewhere.name)
    asyncio.run(drive())
"""


def _head(request: dict[str, Any], todo: str = "") -> str:
    message = request["message"].replace("\\", "/").replace('"', "'")
    return HEAD.format(code=request["code"], place=request["place"], message=message, todo=todo,
                       driver=os.path.basename(request["driver"]), root=request["root"])  # fmt: skip


def filled(
    request: dict[str, Any],
    imports: set[str],
    made: str,
    prepared: list[str],
    first: str,
    last: str,
    loop: bool = False,
) -> str:
    names = "\n".join(f"import {name}" for name in sorted(imports - {"builtins"}))
    body = textwrap.indent("\n".join(f"attempt(lambda: {one})" for one in prepared) or "pass", "    ")
    return _head(request) + BODY.format(
        imports=names, rounds=ROUNDS, fresh=request["fresh"], made=made, prepared=body, word="async " if loop else "",
        first=f"    {first}", last=f"    {last}", drive=TASKS if loop else THREADS,
    )  # fmt: skip


def skeleton(request: dict[str, Any], missing: list[str]) -> str:
    said = "\n".join(f"\n- {one}" for one in missing)
    todo = f"\nIt is not complete: fill in what raises NotImplementedError.{said}\n"
    symbols = [side["symbol"] for side in request["sides"]] * 2
    gaps = [f'    raise NotImplementedError("call {symbol} here, as the program does")' for symbol in symbols]
    made = f"NotImplemented  # what holds {request['container']}"
    return _head(request, todo) + BODY.format(
        imports="# import what is needed", rounds=ROUNDS, fresh=False, made=made, prepared="    pass", word="",
        first=gaps[0], last=gaps[1], drive=THREADS,
    )  # fmt: skip
