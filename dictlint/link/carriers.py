"""Names under which containers travel: what is called otherwise need not be evaluated at all.

By names alone, so it errs on the side of too many: seeds are what a birth, or a function or class that gives one, is
bound to;
from there along assignments, arguments and returns to other names.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.knowledge.containers import CONTAINER_BASES, SHARED_GLOBALS, UNMISTAKABLE
from dictlint.link.nameflow import NameFlow
from dictlint.link.paths import call_of, leaf_name
from dictlint.link.question import CONTAINER_KINDS
from dictlint.link.symbols import Fn, Symbols
from dictlint.model.body import Bind, Call


def carriers(symbols: Symbols, flow: NameFlow) -> frozenset[str]:
    """Every name that may hold a container of interest."""
    givers = _givers(symbols)
    seeds = {name.rpartition(".")[2] for name in SHARED_GLOBALS} | {"__dict__"}
    for fn in symbols.fns:
        seeds.update(leaf_name(bind.target) for bind in fn.facts.binds if _holds(fn, bind, givers))
        seeds.update(p.name for p in fn.facts.params if _typed(p.types) or p.default)
        if fn.facts.births:
            seeds.update(birth.name for birth in fn.facts.births if birth.name)
            seeds.update(name for call in fn.facts.calls for name in _given_to(call, flow))
        proxies = _proxies(fn) if "dict" in givers else frozenset()
        if fn.facts.births or proxies:
            seeds.update(name for call in fn.facts.calls for name in _given_along(call, flow, proxies))
    return flow.closure(seeds | givers)


def _given_to(call: Call, flow: NameFlow) -> Iterator[str]:
    """The parameters that get a container which has no name where it is made."""
    for name, values in call.kwargs:
        if any(value[:1] == "#" for value in values):
            yield name
    for position, values in enumerate(call.args):
        if any(value[:1] == "#" for value in values):
            yield from flow.parameters_at(leaf_name(call.callee), position)


def _given_along(call: Call, flow: NameFlow, proxies: frozenset[str]) -> Iterator[str]:
    """The same for `submit(f, {})` and `Thread(target=f, args=({},))`: f gets what stands after it, or in the tuple."""
    groups = call.groups
    for at, values in enumerate(groups):
        for value in values:
            if value[:1] == "#" or value in proxies:
                for before, names in enumerate(groups[:at]):
                    yield from _taking(names, flow, at - before - 1)
            elif value[:1] == "(":
                for position, part in enumerate(value[1:-1].split(";")):
                    if part[:1] == "#" or part in proxies:
                        yield from _taking(tuple(v for vs in groups for v in vs), flow, position)


def _taking(values: tuple[str, ...], flow: NameFlow, position: int) -> Iterator[str]:
    for value in values:
        if value[:1] not in "#!(=*":
            yield from flow.parameters_at(leaf_name(value), position)


def _proxies(fn: Fn) -> frozenset[str]:
    """What may be a manager's dict: `manager.dict()`."""
    return frozenset(f"!{n}" for n, call in enumerate(fn.facts.calls) if leaf_name(call.callee) == "dict")


def _holds(fn: Fn, bind: Bind, givers: set[str]) -> bool:
    if _typed(bind.types):
        return True
    for value in bind.values:
        if value[:1] == "#":
            return True
        if call_of(value) >= 0 and leaf_name(fn.facts.calls[call_of(value)].callee) in givers:
            return True
    return False


def _typed(types: tuple[str, ...]) -> bool:
    return bool(types) and any(name.partition("[")[0] in CONTAINER_KINDS for name in types)


def _givers(symbols: Symbols) -> set[str]:
    """Names whose call gives a container: functions that return one, classes that are one."""
    found = {fn.facts.name for fn in symbols.fns if any(path[:1] == "#" for path in fn.facts.returns)}
    found |= {fn.facts.name for fn in symbols.fns if _typed(fn.facts.return_types)}
    found |= UNMISTAKABLE
    found |= {c.facts.name for c in symbols.classes if "__setitem__" in c.methods}
    imported = (target for mod in symbols.mods for targets in mod.imports.values() for target in targets)
    if any(target.startswith("multiprocess") for target in imported):
        found.add("dict")  # of a manager
    return found | {c.facts.name for c in symbols.classes if any(base in CONTAINER_BASES for base in c.outside)}
