"""Coroutine objects on their way to the event loop: what a call that starts tasks was given to run."""

from __future__ import annotations

from typing import NamedTuple

from dictlint.link.evaluate import Evaluator
from dictlint.link.holdings import CHASE
from dictlint.link.paths import call_of, given, is_birth, split

WRAPPED = 3  # how many functions that hand a coroutine on are followed


class Job(NamedTuple):
    """A coroutine that `call` of `function` starts: made there by the call `made` of a coroutine function, or the path
    of something else that runs. `many`: one call starts several of it."""

    function: int
    call: int
    path: str
    made: int
    many: bool


def jobs(ev: Evaluator, fid: int, number: int, paths: tuple[str, ...]) -> list[Job]:
    """What the spawning call runs, one entry for each thing that it is given. A function that only hands on what it was
    given is passed by: the tasks are those of its callers."""
    return [job for path in paths for job in _jobs(ev, fid, number, path, WRAPPED)]


def _jobs(ev: Evaluator, fid: int, number: int, path: str, depth: int) -> list[Job]:
    if path[:1] == "*":
        return _starred(ev, fid, number, path[1:])
    if called := ev.read_by_methods(fid, path):
        return [Job(fid, number, f"!{made}", made, False) for made in called if is_coroutine(ev, fid, made)]
    made = call_of(path)
    if made < 0 and path[:1] == "%" and "." not in path and depth:
        return _handed_in(ev, fid, path[1:], depth - 1) or [Job(fid, number, path, made, False)]
    return [Job(fid, number, path, made, False)]


def _starred(ev: Evaluator, fid: int, number: int, path: str) -> list[Job]:
    """`gather(*[f(x) for x in xs])`."""
    items = ev.symbols.fns[fid].facts.births[int(path[1:])].items if is_birth(path) else ()
    found = (job for item in items if item[:1] in ("!", "%") for job in _jobs(ev, fid, number, item, 0))
    return [job._replace(many=True) for job in found if job.made >= 0]


def _handed_in(ev: Evaluator, fid: int, name: str, depth: int) -> list[Job]:
    """The coroutines that callers give to a function which starts its parameter as a task."""
    if ev.memo.level >= CHASE:
        return []
    fn = ev.symbols.fns[fid]
    index = next((i for i, p in enumerate(fn.facts.params) if p.name == name), -1)
    found: list[Job] = []
    for caller, number in ev.callers(fid):
        if number < 0 or index < 0:
            continue
        call = ev.symbols.fns[caller].facts.calls[number]
        for path in given(call, index - ev.shift(fn, caller, number), name):
            found += _jobs(ev, caller, number, path, depth)
    return [job for job in found if job.made < 0 or is_coroutine(ev, job.function, job.made)]


def is_coroutine(ev: Evaluator, fid: int, number: int) -> bool:
    """Whether a call makes a coroutine object that is not awaited on the spot."""
    call = ev.symbols.fns[fid].facts.calls[number]
    return not call.awaited and any(ev.symbols.fns[f].facts.is_async for f in ev.functions(fid, number))


def receiver(ev: Evaluator, job: Job) -> tuple[str, bool]:
    """The object on which the job runs, empty where it is no method; whether it is made anew in the spawning loop."""
    fn = ev.symbols.fns[job.function]
    base, attr = split(fn.facts.calls[job.made].callee if job.made >= 0 else job.path)
    if not attr or base[:1] == "@":
        return "", False
    maker = call_of(base)
    fresh = maker >= 0 and fn.facts.calls[maker].loops >= max(fn.facts.calls[job.call].loops, 1)
    return base, fresh
