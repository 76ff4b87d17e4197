"""DCT209: what an activity runs reads a variable of the function that starts it, which goes on to something else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dictlint.knowledge.activities import JOINS, TASK_JOINS
from dictlint.link.activities import Spawn
from dictlint.link.copies.tracks import Tracks, step
from dictlint.link.paths import leaf_name
from dictlint.link.symbols import Fn
from dictlint.link.targets import called_by
from dictlint.model.body import Access
from dictlint.model.program import Container, Sharing

CODE = "DCT209"
_AT_ONCE = frozenset(("run_until_complete", "run"))  # they return when what they are given is over
_RESULTS = frozenset(("map", "starmap", "imap", "imap_unordered", "map_async", "gather"))
_WAITS = (JOINS | TASK_JOINS) - {"shield"}


Start = tuple[int, int]  # a function and the number of a call of it


def captured(tracks: Tracks, spawns: Iterable[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """Every function that is started and reads variables of another one; what becomes of these, the code decides."""
    fns = tracks.ev.symbols.fns
    started: set[Start] = set()
    for spawn in spawns:
        if spawn.function < 0 or spawn.call < 0:
            continue
        started.add((spawn.function, spawn.call))
        if spawn.activity.domain == "process" or spawn.activity.blocks:
            continue
        call = fns[spawn.function].facts.calls[spawn.call]
        name = leaf_name(call.callee)
        if call.awaited or call.leaves or name in _AT_ONCE or (name in _RESULTS and call.bound):
            continue
        yield from _capturing(tracks, (spawn.function, spawn.call), spawn.entries)
    yield from _when_done(tracks, started)


def _when_done(tracks: Tracks, started: set[Start]) -> Iterator[tuple[Container, Sharing]]:
    """The same for callbacks of futures of the program's own: whoever wrote the future, it calls back later."""
    for at in tracks.ev.calls_named("add_done_callback"):
        call = tracks.ev.symbols.fns[at[0]].facts.calls[at[1]]
        if at not in started and call.args and not call.leaves:
            yield from _capturing(tracks, at, [f for path in call.args[0] for f in called_by(tracks.ev, at[0], path)])


def _capturing(tracks: Tracks, start: Start, entries: Iterable[int]) -> Iterator[tuple[Container, Sharing]]:
    fns = tracks.ev.symbols.fns
    for entry in entries:
        fn = fns[entry]
        outer = fns[fn.mod.first_function + max(fn.facts.parent, 0)]
        names = [path.rpartition(":")[2] for path in fn.facts.captures]
        here = outer.gid == start[0]
        if not names or fn.facts.owner >= 0 or not (here or not _waits(fns[start[0]])):
            continue
        call = fns[start[0]].facts.calls[start[1]]
        if fn.facts.loops or (here and (call.loops or _again(outer, names))):
            yield _sharing(tracks, start, fn, outer, names)


def _again(outer: Fn, names: list[str]) -> bool:
    """Whether one of the variables is bound more than once."""
    bound = [bind.target[1:] for bind in outer.facts.binds if bind.target[:1] == ":"]
    return any(bound.count(name) > 1 for name in names)


def _waits(fn: Fn) -> bool:
    """Whether the function that starts it may wait for its end, or hands out what its caller can wait for."""
    facts = fn.facts
    return bool(facts.returns or facts.pauses) or any(leaf_name(call.callee) in _WAITS for call in facts.calls)


def _sharing(tracks: Tracks, at: Start, fn: Fn, outer: Fn, names: list[str]) -> tuple[Container, Sharing]:
    start = tracks.call(*at, "start")
    capture = step(tracks.ev, outer.gid, Access(names[0], "capture", "call", fn.facts.at, 0))
    started = "the lambda" if fn.facts.name[0] == "<" else f"`{fn.facts.name}`"
    said = (("names", " ".join(names)), ("target", started))
    here = outer.gid == at[0]
    holder = f"variable of `{capture.symbol}`"
    container = Container(
        f"{fn.gid}", names[0], "variable", holder, capture.path, fn.facts.at.line, (), (), "", None
    )  # fmt: skip
    if here:
        return container, Sharing(CODE, start, "start", capture, "capture", "high", "loop", (), said)
    return container, Sharing(CODE, capture, "capture", start, "start", "medium", "elsewhere", (), said)
