"""Functions that are put into a queue: they run where they are taken out and called, in the loop of a worker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from dictlint.knowledge.activities import Spawner
from dictlint.knowledge.containers import QUEUES
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import split, tuple_parts
from dictlint.link.symbols import Value
from dictlint.link.targets import target_functions

PUTS = frozenset(("put", "put_nowait"))
GETS = frozenset(("get", "get_nowait"))
_TAKEN = re.compile(r"!(\d+)(<>)?")  # the result of a call, or a part of it
_ON_THE_SPOT = Spawner("thread", 0)
Site = tuple[int, int]  # function and call number


def jobs(ev: Evaluator) -> dict[Site, tuple[int, ...]]:
    """Every call of something taken out of a queue, with the functions that the program puts there."""
    takers = list(_takers(ev))
    wanted = {queue for _, found in takers for queue in found}
    put: defaultdict[Value, dict[int, None]] = defaultdict(dict)
    for fid, number, queue in _puts(ev, wanted) if wanted else ():
        for path in _callables(ev, fid, number):
            decorated = _decorated(ev, fid, path)
            inner = [other for one in decorated for other in ev.wrappers(one) if other != fid]
            found = [] if decorated else [f for f, _, _ in target_functions(ev, fid, path, _ON_THE_SPOT)]
            put[queue].update(dict.fromkeys((*decorated, *inner, *found)))
    fns = ev.symbols.fns
    runs: dict[Site, tuple[int, ...]] = {}
    for site, there in takers:
        awaited = fns[site[0]].facts.calls[site[1]].awaited
        functions = dict.fromkeys(f for queue in there for f in put[queue])
        ran = tuple(f for f in functions if awaited or not fns[f].facts.is_async)
        if ran:
            runs[site] = ran
    return runs


def queues(ev: Evaluator, fid: int, base: str) -> list[Value]:
    """The queues that a path may denote, each by the call that makes it."""
    return [value for value in ev.values(fid, base) if value[0] == "XI" and value[1] in QUEUES]


def _takers(ev: Evaluator) -> Iterator[tuple[Site, list[Value]]]:
    """Calls of what was taken out of a queue, and the queues."""
    for fn in ev.symbols.fns:
        calls = fn.facts.calls
        for number, call in enumerate(calls):
            if call.callee[:1] != "!" or (taken := _TAKEN.fullmatch(call.callee)) is None:
                continue
            base, attr = split(calls[int(taken[1])].callee)
            if attr in GETS and (found := queues(ev, fn.gid, base)):
                yield (fn.gid, number), found


def _puts(ev: Evaluator, wanted: set[Value]) -> Iterator[tuple[int, int, Value]]:
    """Calls that put something into one of the queues."""
    for name in sorted(PUTS):
        for fid, number in ev.calls_named(name):
            call = ev.symbols.fns[fid].facts.calls[number]
            for queue in queues(ev, fid, split(call.callee)[0]) if call.args else ():
                if queue in wanted:
                    yield fid, number, queue


def _callables(ev: Evaluator, fid: int, number: int) -> Iterator[str]:
    """What a call puts, or puts in a tuple. An object that is made for it is handed over with its method: nobody else
    has it.
    """
    for path in ev.symbols.fns[fid].facts.calls[number].args[0]:
        for part in tuple_parts(path) if path[:1] == "(" else (path,):
            made_here = part[:1] in "#!" and not part[1:].isdigit()
            if part[:1] not in ("", "=", "*", "?", "(", "~", "<") and not made_here:
                yield part


def _decorated(ev: Evaluator, fid: int, path: str) -> list[int]:
    """The functions that a path stands for in what their decorator puts in their place."""
    fn = ev.symbols.fns[fid]
    owner, _, name = path[1:].partition(":")
    if path[:1] != "^" or not name:
        return []
    decorator = fn.mod.first_function + int(owner)
    params = ev.symbols.fns[decorator].facts.params
    given = ev.deliveries.get(decorator, ()) if params and params[0].name == name else ()
    paths = [(giver, one) for giver, args, shift in given if not shift for one in (args[0] if args else ())]
    found = (ev.symbols.fns[giver].mod.first_function + int(one[1:]) for giver, one in paths if one[:1] == "&")
    return [one for one in dict.fromkeys(found) if fid in ev.wrappers(one)]
