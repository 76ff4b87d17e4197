"""DCT406: what one task of a pool leaves behind in its thread, the next one finds there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from dictlint.knowledge.containers import MAPPINGS, SETS
from dictlint.knowledge.pools import FILLING, HARMLESS
from dictlint.link.activities import Spawn
from dictlint.link.concern import run_by
from dictlint.link.copies.tracks import CHANGES, Tracks, step
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT406"
_KINDS = MAPPINGS | SETS | {"list", "deque"}
_FILLS = CHANGES - {"clear", "delitem", "pop", "pop-default", "popitem", "popleft", "remove", "discard", "sort"}
_RESETS = frozenset(("clear", "rebind", "unbind"))
_WHOLE = frozenset(("iterate", "snapshot", "len", "truth", "equal"))
_ONE = frozenset(("get", "contains", "getitem", "pop-default", "setdefault"))
_KEEPS = re.compile(r"cache|memo|pool|conn|client|session|regist|stat|metric|count|prepared|compiled|lock", re.I)
_TASKS = frozenset(
    ("submit", "map", "imap", "imap_unordered", "starmap", "apply_async", "map_async", "starmap_async", "apply",
     "run_in_executor", "to_thread")
)  # fmt: skip
_PAIRS = frozenset(("get-create", "except-create", "read-write"))
_MAKING = frozenset(("__init__", "__new__", "__post_init__"))
Key = tuple[object, ...]


class Trace(NamedTuple):
    """One step of a task on something of its worker: an access of a function."""

    function: int
    number: int
    access: Access


def carried_over(tracks: Tracks, spawns: Iterable[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """Every read of a worker's own container that may find what an earlier task has put in."""
    pools = [spawn for spawn in spawns if _reuses(tracks, spawn)]
    threads = [spawn for spawn in pools if spawn.activity.domain == "thread"]
    if threads and _has_locals(tracks):
        yield from _told(tracks, threads, "thread")
    if threads:
        yield from _set_for_the_thread(tracks, [spawn for spawn in threads if _name(tracks, spawn) != "to_thread"])
    processes = [spawn for spawn in pools if spawn.activity.domain == "process"]
    if processes:
        yield from _told(tracks, processes, "process")


def _reuses(tracks: Tracks, spawn: Spawn) -> bool:
    """Whether one worker runs many such tasks, one after the other: those of pools, and requests of a server."""
    if spawn.activity.claimed:
        return spawn.activity.many and spawn.activity.domain == "thread"
    return _name(tracks, spawn) in _TASKS and spawn.activity.domain in ("thread", "process")


def _name(tracks: Tracks, spawn: Spawn) -> str:
    """What is called to give the pool a task."""
    if spawn.function < 0 or spawn.call < 0:
        return ""
    return leaf_name(tracks.ev.symbols.fns[spawn.function].facts.calls[spawn.call].callee)


def _has_locals(tracks: Tracks) -> bool:
    """Whether the program makes thread-locals at all."""
    names = {name.rpartition(".")[2] for name in tracks.ev.thread_locals}
    symbols = tracks.ev.symbols
    return any(leaf_name(call.callee) in names for fn in symbols.fns for call in fn.facts.calls) or any(
        not tracks.ev.thread_locals.isdisjoint(cls.outside) for cls in symbols.classes
    )


def _told(tracks: Tracks, spawns: list[Spawn], where: str) -> Iterator[tuple[Container, Sharing]]:
    ran = run_by(tracks.ev, [entry for spawn in spawns for entry in spawn.entries])
    traces: defaultdict[Key, list[Trace]] = defaultdict(list)
    for fid in sorted(ran):
        fn = tracks.ev.symbols.fns[fid]
        if fn.facts.name in _MAKING:
            continue
        for number, access in enumerate(fn.facts.accesses):
            key = _local(tracks, fid, access.path) if where == "thread" else _global(tracks, fn, access.path)
            if key is not None:
                traces[key].append(Trace(fid, number, access))
    emptied = {
        key[:-1] for key, found in traces.items() if key[-1] == "__dict__" and any(_resets(one) for one in found)
    }
    for key in [key for key in traces if key[:-1] in emptied]:
        del traces[key]
    for key, found in sorted(traces.items(), key=lambda item: repr(item[0])):
        yield from _stale(tracks, key, found, spawns, where)


def _resets(one: Trace) -> bool:
    return one.access.op in _RESETS


def _local(tracks: Tracks, fid: int, path: str, depth: int = 0) -> Key | None:
    """The attribute of a thread-local that a path denotes, be it handed out by a function."""
    if call_of(path) >= 0:
        if depth > 1:
            return None
        returned = (
            (f, p) for f in tracks.ev.functions(fid, int(path[1:])) for p in tracks.ev.symbols.fns[f].facts.returns
        )
        return next((key for f, p in returned if (key := _local(tracks, f, p, depth + 1)) is not None), None)
    base, attr = split(path)
    if not attr or path.endswith("[]") or not tracks.ev.is_thread_local(fid, base):
        return None
    places = tracks.ev.locs(fid, base)
    return (*(places[0] if places else (tracks.ev.symbols.fns[fid].mod.mid, base)), attr)


def _global(tracks: Tracks, fn: Fn, path: str) -> Key | None:
    """The variable of a module that a path denotes, where it holds a container: each process has its own."""
    if not path.isidentifier() or path not in fn.mod.globals:
        return None
    return ("g", fn.mod.mid, path) if tracks.ev.container_kind(("g", fn.mod.mid, path)) in _KINDS else None


def _stale(
    tracks: Tracks, key: Key, traces: list[Trace], spawns: list[Spawn], where: str
) -> Iterator[tuple[Container, Sharing]]:
    name = str(key[-1])
    if _KEEPS.search(name):
        return
    steps = [one for one in traces if not _makes(tracks, one)]
    fills = [one for one in steps if one.access.op in _FILLS]
    resets = [one for one in steps if _resets(one)]
    if any(not any(_is_left(tracks, fill, reset) for fill in fills) for reset in resets):
        return  # emptied where a task begins, or by something that tasks call
    if where == "thread" and not any(_puts(tracks, one) for one in traces) and not _made_with_it(tracks, name):
        return  # tasks only go on with what is there, and in their threads nothing is
    own = {(one.function, one.number) for one in fills}
    reads = [
        one
        for one in traces
        if one.access.op in _WHOLE | _ONE and (one.function, one.number) not in own and not _asks(tracks, one)
    ]
    for fill in fills:
        read = next((one for one in reads if _may_differ(fill, one)), None)
        if read is not None:
            full = f"{key[-2]}.{name}" if where == "thread" else name
            more = [one for one in fills if one is not fill and _may_differ(one, read)]
            container, sharing = _sharing(tracks, full, fill, read, spawns, where, resets)
            others = tuple(("fill", step(tracks.ev, one.function, one.access)) for one in more)
            yield container, replace(sharing, also=(*sharing.also, *others))
            return


def _puts(tracks: Tracks, one: Trace) -> bool:
    """Whether it binds the attribute to something, and not to None."""
    if one.access.op not in ("set", "rebind"):
        return False
    binds = tracks.ev.symbols.fns[one.function].facts.binds
    return bool(one.access.values) or not any(b.target == one.access.path and b.constant == "=None" for b in binds)


def _made_with_it(tracks: Tracks, name: str) -> bool:
    """Whether a thread-local of the program's own class has the attribute from the beginning."""
    own = (cls for cls in tracks.ev.symbols.classes if not tracks.ev.thread_locals.isdisjoint(cls.outside))
    return any(name in cls.attrs for cls in own)


def _makes(tracks: Tracks, one: Trace) -> bool:
    """Whether it is the second step of "make it if there is none", or of a count."""
    compounds = tracks.ev.symbols.fns[one.function].facts.compounds
    return any(c.second == one.number and c.kind in _PAIRS for c in compounds)


def _is_left(tracks: Tracks, fill: Trace, reset: Trace) -> bool:
    """Whether something can be raised after the fill, so that the function is left before it empties again."""
    if fill.function != reset.function or fill.access.seq > reset.access.seq:
        return False
    first = 0 if fill.access.loops else fill.access.seq
    calls = tracks.ev.symbols.fns[fill.function].facts.calls
    between = [
        call for call in calls if first <= call.seq < reset.access.seq and (call.loops or call.seq > fill.access.seq)
    ]
    return any(leaf_name(call.callee) not in HARMLESS | FILLING for call in between)


def _asks(tracks: Tracks, one: Trace) -> bool:
    """Whether it only asks if there is anything, to make it."""
    compounds = tracks.ev.symbols.fns[one.function].facts.compounds
    return any(c.first == one.number and c.kind in _PAIRS for c in compounds)


def _may_differ(fill: Trace, read: Trace) -> bool:
    """Whether the read may find something else than what this task has put in."""
    if read.access.op in _WHOLE:
        return read.access.op not in ("truth", "equal") or fill.access.op != "setitem"
    if fill.access.key and fill.access.key == read.access.key and not _constant(fill):
        return False  # the key is the task's own
    both = bool(fill.access.key and read.access.key) and _constant(fill) and _constant(read)
    return not both or fill.access.key == read.access.key


def _constant(one: Trace) -> bool:
    return one.access.key[:1] in ("'", '"') or one.access.key.isdigit()


def _sharing(
    tracks: Tracks, name: str, fill: Trace, read: Trace, spawns: list[Spawn], where: str, resets: list[Trace]
) -> tuple[Container, Sharing]:
    use = step(tracks.ev, read.function, read.access)
    other = step(tracks.ev, fill.function, fill.access)
    constant = "yes" if _constant(fill) else ""
    lines = " ".join(str(one.access.at.line) for one in resets)
    form = "failed" if resets and where == "thread" else where
    return _reported(tracks, name, use, other, spawns, form, (("constant", constant), ("resets", lines)))


def _reported(
    tracks: Tracks, name: str, use: Use, other: Use, spawns: list[Spawn], form: str, said: tuple[tuple[str, str], ...]
) -> tuple[Container, Sharing]:
    container = Container(f"left:{name}", name, "dict", "", use.path, use.access.at.line, (), (), "", None)
    spawn = next((s for s in spawns if use.function in run_by(tracks.ev, s.entries)), spawns[0])
    also: tuple[tuple[str, Use], ...] = ()
    if spawn.function >= 0 and spawn.call >= 0:
        also = (("start", tracks.call(spawn.function, spawn.call, "start")),)
    sure = "medium" if form == "process" or spawn.activity.claimed else "high"
    return container, Sharing(CODE, use, "read", other, "fill", sure, form, also, said)


# -- context variables ----------------------------------------------------------------------------------------------


def _set_for_the_thread(tracks: Tracks, spawns: list[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """A context variable that a task sets for good: a thread of a pool has one context for all its tasks."""
    fns = tracks.ev.symbols.fns
    if not any(leaf_name(call.callee) == "ContextVar" for fn in fns for call in fn.facts.calls):
        return
    found: defaultdict[Key, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for fid in sorted(run_by(tracks.ev, [entry for spawn in spawns for entry in spawn.entries])):
        for number, call in enumerate(fns[fid].facts.calls):
            base, name = split(call.callee)
            if name in ("set", "get", "reset") and _is_variable(tracks, fid, base):
                places = tracks.ev.locs(fid, base)
                found[places[0] if places else (fns[fid].mod.mid, base)][name].append((fid, number))
    for key, calls in sorted(found.items(), key=lambda item: repr(item[0])):
        sets = [site for site in calls["set"] if _sets_container(tracks, *site)]
        getting = {fid for fid, _ in calls["get"]}
        sets.sort(key=lambda site: site[0] not in getting)  # first where it is set because nothing was there
        if sets and calls["get"] and not calls["reset"]:
            use, other = tracks.call(*calls["get"][0], "read"), tracks.call(*sets[0], "fill")
            said = (("constant", "yes"), ("resets", ""))
            yield _reported(tracks, str(key[-1]), use, other, spawns, "thread", said)


def _is_variable(tracks: Tracks, fid: int, base: str) -> bool:
    return any(v[0] == "XI" and v[1] == "contextvars.ContextVar" for v in tracks.ev.values(fid, base))


def _sets_container(tracks: Tracks, fid: int, number: int) -> bool:
    args = tracks.ev.symbols.fns[fid].facts.calls[number].args
    return any(
        v[0] == "K" and v[1] in _KINDS for path in (args[0] if args else ()) for v in tracks.ev.values(fid, path)
    )
