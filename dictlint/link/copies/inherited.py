"""DCT208: the dict that a context variable holds is changed in place, for every context that has inherited it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from dictlint.link.activities import Spawn
from dictlint.link.concern import run_by
from dictlint.link.copies.tracks import CHANGES, Tracks
from dictlint.link.paths import call_of, is_birth, leaf_name, split
from dictlint.link.question import CONTAINER_KINDS
from dictlint.link.symbols import Value
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT208"
_VARIABLE = "contextvars.ContextVar"
_PUTS = frozenset(("append", "add", "setitem"))
_TAKES = frozenset(("pop", "remove", "discard", "delitem", "pop-default"))
_HOPS = 3  # functions through which the dict is handed out


def edited_in_place(tracks: Tracks, spawns: Iterable[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """Every variable whose dict is changed in place, with the changes."""
    fns = tracks.ev.symbols.fns
    if not any(leaf_name(call.callee) == "ContextVar" for fn in fns for call in fn.facts.calls):
        return
    changes = _changes(tracks)
    for variable, uses in changes.items():
        found = _judged(tracks, variable, uses, list(spawns))
        if found is not None:
            yield found


def _variables(tracks: Tracks, fid: int, path: str) -> list[Value]:
    return [v for v in tracks.ev.values(fid, path) if v[0] == "XI" and v[1] == _VARIABLE]


def _held(tracks: Tracks, fid: int, path: str, depth: int = 0) -> list[Value]:
    """The variables whose value a path is: `variable.get()`, `variable.get(None)`, a function that returns one."""
    if path.endswith("[]"):
        return _variables(tracks, fid, path[:-2])
    if call_of(path) < 0 or depth > _HOPS:
        return []
    number = int(path[1:])
    base, attr = split(tracks.ev.symbols.fns[fid].facts.calls[number].callee)
    if attr == "get" and (found := _variables(tracks, fid, base)):
        return found
    return [
        variable
        for callee in tracks.ev.functions(fid, number)
        for returned in tracks.ev.symbols.fns[callee].facts.returns
        for variable in _held(tracks, callee, returned, depth + 1)
    ]


def _changes(tracks: Tracks) -> dict[Value, list[Use]]:
    """Changes of what a variable holds: (variable, changes)."""
    getters = _getters(tracks)
    found: defaultdict[Value, list[Use]] = defaultdict(list)
    for fn in tracks.ev.symbols.fns:
        calls = fn.facts.calls
        for number, access in enumerate(fn.facts.accesses):
            path = access.path
            if access.op not in CHANGES:
                continue
            if call_of(path) >= 0:
                if leaf_name(calls[call_of(path)].callee) not in getters:
                    continue
            elif not path.endswith("[]"):
                continue
            for variable in () if _is_scoped(fn.facts, access) else _held(tracks, fn.gid, path):
                found[variable].append(tracks.access(fn.gid, number))
    return found


def _is_scoped(facts: FunctionFacts, access: Access) -> bool:
    """Whether the same function takes out again what it puts in: a stack of what is under way."""
    ops = {other.op for other in facts.accesses if other.path == access.path}
    return bool(ops & _PUTS) and bool(ops & _TAKES) and access.op in _PUTS | _TAKES


def _getters(tracks: Tracks) -> set[str]:
    """Names of the functions that may hand out what a variable holds."""
    found = {"get"}
    for _ in range(_HOPS):
        more = {
            fn.facts.name
            for fn in tracks.ev.symbols.fns
            for path in fn.facts.returns
            if call_of(path) >= 0 and leaf_name(fn.facts.calls[call_of(path)].callee) in found
        }
        if more <= found:
            break
        found |= more
    return found


def _judged(tracks: Tracks, variable: Value, uses: list[Use], spawns: list[Spawn]) -> tuple[Container, Sharing] | None:
    _, _, made_in, number = variable
    made = tracks.call(made_in, number, "variable")
    call = tracks.ev.symbols.fns[made_in].facts.calls[number]
    default = any(
        is_birth(path) and tracks.ev.symbols.fns[made_in].facts.births[int(path[1:])].kind in CONTAINER_KINDS
        for name, values in call.kwargs
        if name == "default"
        for path in values
    )
    fresh, lazy = _sets(tracks, variable)
    inherited = [use for use in uses if _is_inherited(tracks, use, fresh, spawns)]
    set_here = {fid for fid, _ in fresh}
    left = [use for use in uses if use.function not in set_here]
    if inherited:
        uses, sure, form = inherited, "high", "inherited"
    elif default and left:
        uses, sure, form = left, "medium" if fresh else "high", "default"
    elif lazy and not fresh and left:
        tasks = any(spawn.activity.domain == "loop" for spawn in spawns)
        uses, sure, form = left, "high" if tasks else "medium", "lazy"
    elif fresh and left:
        uses, sure, form = left, "low", "possible"
    else:
        return None
    where = fresh or lazy
    also: tuple[tuple[str, Use], ...] = tuple(("set", tracks.call(*at, "set")) for at in where[:1])
    also += tuple(("change", use) for use in uses[1:])
    name = call.bound.rpartition(".")[2] if call.bound not in ("", "=") else "the variable"
    container = tracks.container(("x", name), "dict", made)
    return container, Sharing(CODE, uses[0], "change", made, "variable", sure, form, also)


def _sets(tracks: Tracks, variable: Value) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The calls that give the variable a container of its own: without a look at it first, and where it had none."""
    fresh: list[tuple[int, int]] = []
    lazy: list[tuple[int, int]] = []
    for fn in tracks.ev.symbols.fns:
        facts = fn.facts
        for number, call in enumerate(facts.calls):
            base, attr = split(call.callee)
            if attr != "set" or not call.args or not any(is_birth(path) for path in call.args[0]):
                continue
            if variable in _variables(tracks, fn.gid, base):
                copied = any(
                    _held(tracks, fn.gid, source)
                    for path in call.args[0]
                    if is_birth(path)
                    for source in facts.births[int(path[1:])].copy_of
                )
                looks = any(split(other.callee) == (base, "get") and other.seq < call.seq for other in facts.calls)
                if not copied:
                    (lazy if looks else fresh).append((fn.gid, number))
    return fresh, lazy


def _is_inherited(tracks: Tracks, use: Use, fresh: list[tuple[int, int]], spawns: list[Spawn]) -> bool:
    """Whether a task changes it that was started where it had been set, and has set none of its own."""
    setting = {fid for fid, _ in fresh}
    for spawn in spawns:
        if spawn.activity.domain != "loop" or spawn.activity.blocks or spawn.call < 0 or not setting:
            continue
        ran = run_by(tracks.ev, spawn.entries)
        if use.function in ran and not setting & ran and spawn.function in run_by(tracks.ev, setting):
            return True
    return False
