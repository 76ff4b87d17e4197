"""DCT206: a container is changed in one process and read in another, each of which has one of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dictlint.knowledge.activities import SETUP_NAMES, TEARDOWN_NAMES
from dictlint.knowledge.containers import MAPPINGS, PROXY, SETS
from dictlint.knowledge.operations import GROWING, READS
from dictlint.link.activities import Spawn
from dictlint.link.concern import run_by
from dictlint.link.copies.tracks import CHANGES, Tracks
from dictlint.link.paths import is_birth, leaf_name, root_param
from dictlint.link.question import Loc, base_of
from dictlint.model.body import Access
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT206"
MOST_CALLERS = 60  # how many are looked at to find out who comes to a change
_KINDS = (MAPPINGS - {PROXY}) | SETS | {"list", "deque"}


def per_process(tracks: Tracks, spawns: Iterable[Spawn]) -> Iterator[tuple[Container, Sharing]]:
    """What a child changes and its parent reads, and the reverse."""
    spawns = list(spawns)
    children = [spawn for spawn in spawns if spawn.activity.domain == "process"]
    if not children:
        return
    inside = _run_in(tracks, children, spawns)
    inside |= run_by(tracks.ev, {*_registered(tracks, inside), *_signalled(tracks, children, spawns)})
    told: set[Loc] = set()
    for spawn in children:
        ran = run_by(tracks.ev, spawn.entries)
        for fid in sorted(ran):
            if _runs_in_the_parent(tracks, fid, inside, spawn):
                continue
            for number, access in enumerate(tracks.ev.symbols.fns[fid].facts.accesses):
                if access.op in CHANGES and (crossing := _crossing(tracks, spawn, fid, access.path)):
                    for loc in crossing:
                        found = None if loc in told else _lost(tracks, spawn, loc, (fid, number), inside)
                        if found is not None:
                            told.add(loc)
                            yield found
                elif access.op in READS and access.loops:
                    for loc in _crossing(tracks, spawn, fid, access.path):
                        found = None if loc in told else _late(tracks, spawn, loc, (fid, number), inside)
                        if found is not None:
                            told.add(loc)
                            yield found


def _run_in(tracks: Tracks, children: list[Spawn], spawns: list[Spawn]) -> frozenset[int]:
    """Every function that a child may run, by the threads and tasks that it starts, too."""
    inside: frozenset[int] = frozenset()
    begun = {entry for spawn in children for entry in spawn.entries}
    while begun:
        inside |= run_by(tracks.ev, begun)
        begun = {entry for spawn in spawns if spawn.function in inside for entry in spawn.entries} - inside
    return inside


def _registered(tracks: Tracks, inside: frozenset[int]) -> set[int]:
    """Functions that a child hands to somebody who will call them, and that nobody else calls or hands over."""
    ev = tracks.ev
    handed = ((fid, path) for fid in inside for path in _handed_over(tracks, fid))
    found = {one for fid, path in handed for one in _methods(tracks, fid, path)} - inside
    found = {one for one in found if all(caller in inside for caller, _ in ev.callers(one))}
    names = {ev.symbols.fns[one].facts.name for one in found}
    elsewhere = (fn.gid for fn in ev.symbols.fns if names and fn.gid not in inside)
    named = {leaf_name(path) for fid in elsewhere for path in _handed_over(tracks, fid)}
    return {one for one in found if ev.symbols.fns[one].facts.name not in named}


def _handed_over(tracks: Tracks, fid: int) -> Iterator[str]:
    """The attributes of objects that a function gives to calls."""
    for call in tracks.ev.symbols.fns[fid].facts.calls:
        for group in call.groups:
            yield from (path for path in group if path[:1] == "%" and "." in path and path[-1:] not in "]>")


def _methods(tracks: Tracks, fid: int, path: str) -> Iterator[int]:
    return (value[1] for value in tracks.ev.values(fid, path) if value[0] == "B")


def _signalled(tracks: Tracks, children: list[Spawn], spawns: list[Spawn]) -> Iterator[int]:
    """Handlers of signals that are methods of the process object itself: the child registers them, and gets them."""
    fns, symbols = tracks.ev.symbols.fns, tracks.ev.symbols
    classes = {fns[entry].cls for spawn in children for entry in spawn.entries} - {-1}
    for spawn in spawns:
        if spawn.activity.domain == "signal" and spawn.function >= 0:
            for cid in classes:
                if fns[spawn.function].cls in symbols.classes[cid].mro:
                    found = (symbols.method(cid, fns[entry].facts.name) for entry in spawn.entries)
                    yield from (method for method in found if method is not None)


def _runs_in_the_parent(tracks: Tracks, fid: int, inside: frozenset[int], spawn: Spawn) -> bool:
    """Whether something outside of the children calls it, too."""
    return any(caller not in inside for caller, number in tracks.ev.callers(fid) if number >= 0)


def _crossing(tracks: Tracks, spawn: Spawn, fid: int, path: str) -> list[Loc]:
    """The containers of the parent that a child has a copy of, by this name."""
    fn = tracks.ev.symbols.fns[fid]
    bare = path.partition("|")[0]
    while bare.endswith(("[]", "<>")):
        bare = bare[:-2]
    if bare[:1] in "#!&~(=<" or not bare:
        return []
    locs = [loc for loc in tracks.ev.locs(fid, bare) if _kind(tracks, loc) in _KINDS]
    param = root_param(bare)
    if param and param == fn.self_name:
        own = {tracks.ev.symbols.fns[entry].cls for entry in spawn.entries} - {-1}
        family = {cid for one in own for cid in tracks.ev.symbols.classes[one].mro}
        return [loc for loc in locs if loc[0] in "ic" and loc[1] in family and fn.facts.name != "__init__"]
    if param:
        return [loc for loc in locs if "." not in bare and loc[0] in "bgic" and _is_parents(tracks, loc, fid)]
    if bare[:1] == "^" and not _is_around(tracks, fn.mod.first_function + int(bare[1:].partition(":")[0]), spawn):
        return []  # the child runs the function around, too: what is captured is its own
    return [loc for loc in locs if loc[0] in "gcbv" and _is_parents(tracks, loc, fid)]


def _is_around(tracks: Tracks, outer: int, spawn: Spawn) -> bool:
    """Whether the child is started inside a function, so that it has a copy of its variables."""
    at = spawn.function
    while at >= 0 and at != outer:
        fn = tracks.ev.symbols.fns[at]
        at = fn.mod.first_function + fn.facts.parent if fn.facts.parent >= 0 else -1
    return at == outer


def _is_parents(tracks: Tracks, loc: Loc, fid: int) -> bool:
    """Whether it was made outside of what the child runs, as far as that is known by function."""
    return loc[0] not in "bv" or loc[1] != fid


def _kind(tracks: Tracks, loc: Loc) -> str:
    if loc[0] == "b":
        if loc[2] < 0:
            return ""  # what a call of another package gave: a proxy, which both sides may use
        return tracks.ev.symbols.fns[loc[1]].facts.births[loc[2]].kind
    return tracks.ev.container_kind(loc)


def _outside(tracks: Tracks, loc: Loc, inside: frozenset[int]) -> list[tuple[int, int]]:
    """The accesses that the parent alone makes."""
    wanted = tracks.touching(loc, CHANGES | READS) + tracks.touching(("e", loc), CHANGES | READS)
    return [(fid, number) for fid, number in dict.fromkeys(wanted) if fid not in inside]


def _lost(
    tracks: Tracks, spawn: Spawn, loc: Loc, change: tuple[int, int], inside: frozenset[int]
) -> tuple[Container, Sharing] | None:
    """The parent reads what only the child fills."""
    if base_of(loc)[0] in "bv" and base_of(loc)[1] in inside:
        return None
    there = _outside(tracks, loc, inside)
    if any(_access(tracks, at).op in GROWING and not _before(tracks, spawn, at) for at in there):
        return None  # the parent keeps one of its own
    reads = [at for at in there if _access(tracks, at).op in READS and not _before(tracks, spawn, at)]
    reads = [at for at in reads if not _hands_over(tracks, spawn, at) and not _cleans_up(tracks, at)]
    if not reads or (spawn.function < 0 and loc[0] not in "i" and not reads):
        return None
    use, read = replace(tracks.access(*change), activity=spawn.activity), tracks.access(*reads[0])
    sure = "low" if _is_of_everybody(tracks, spawn, change[0]) else "high"
    return _found(tracks, spawn, loc, use, "change", read, "read", sure, "child")


def _is_of_everybody(tracks: Tracks, spawn: Spawn, changer: int) -> bool:
    """Whether the child comes to the change through what other files offer to all: users call that in the parent, too,
    and each process keeps what it needs for itself.
    """
    fns = tracks.ev.symbols.fns
    home = {fns[fid].mod.mid for fid in (spawn.function, *spawn.entries) if fid >= 0}
    seen, todo = {changer}, [changer]
    while todo and len(seen) < MOST_CALLERS:
        for caller, _ in tracks.ev.callers(todo.pop()):
            fn = fns[caller]
            if caller in seen or caller in spawn.entries:
                continue
            if fn.mod.mid not in home and fn.facts.parent == 0 and not fn.facts.name.startswith("_"):
                return True
            seen.add(caller)
            todo.append(caller)
    return False


def _late(
    tracks: Tracks, spawn: Spawn, loc: Loc, read: tuple[int, int], inside: frozenset[int]
) -> tuple[Container, Sharing] | None:
    """The child goes on reading what its starter changes after the start."""
    fns = tracks.ev.symbols.fns
    if spawn.function < 0 or spawn.call < 0:
        return _set_from_outside(tracks, spawn, loc, read, inside)
    facts = fns[spawn.function].facts
    started = [
        call.seq
        for number, call in enumerate(facts.calls)
        if (leaf_name(call.callee) == "start" and call.seq > facts.calls[spawn.call].seq)
        or (spawn.starts and number == spawn.call)
    ]
    changes = [
        at
        for at in tracks.touching(loc, CHANGES)
        if at[0] == spawn.function and started and _access(tracks, at).seq > min(started)
    ]
    if not changes:
        return None
    use, other = tracks.access(*changes[0]), replace(tracks.access(*read), activity=spawn.activity)
    return _found(tracks, spawn, loc, use, "change", other, "read", "medium", "parent")


def _set_from_outside(
    tracks: Tracks, spawn: Spawn, loc: Loc, read: tuple[int, int], inside: frozenset[int]
) -> tuple[Container, Sharing] | None:
    """A process object has methods that its parent calls, perhaps when `run` has begun."""
    fns = tracks.ev.symbols.fns
    there = [at for at in tracks.touching(loc, CHANGES) if at[0] not in inside]
    there = [
        at for at in there if fns[at[0]].facts.name not in SETUP_NAMES | {"__init__"} and not _before(tracks, spawn, at)
    ]
    if not there or loc[0] != "i":
        return None
    use, other = tracks.access(*there[0]), replace(tracks.access(*read), activity=spawn.activity)
    return _found(tracks, spawn, loc, use, "change", other, "read", "low", "parent")


def _found(
    tracks: Tracks, spawn: Spawn, loc: Loc, use: Use, role: str, other: Use, other_role: str, sure: str, form: str
) -> tuple[Container, Sharing]:
    also = (("start", tracks.call(spawn.function, spawn.call, "start")),) if spawn.call >= 0 else ()
    base = base_of(loc)
    made = tracks.born(base[1], base[2]) if base[0] == "b" else _made(tracks, base) or other
    container = tracks.container(loc, _kind(tracks, loc), made)
    return container, Sharing(CODE, use, role, other, other_role, sure, form, also)


def _made(tracks: Tracks, loc: Loc) -> Use | None:
    for fid, bind in tracks.ev.binds(loc):
        for path in bind.values:
            if is_birth(path):
                return tracks.born(fid, int(path[1:]))
    return None


def _access(tracks: Tracks, at: tuple[int, int]) -> Access:
    return tracks.ev.symbols.fns[at[0]].facts.accesses[at[1]]


def _before(tracks: Tracks, spawn: Spawn, at: tuple[int, int]) -> bool:
    """Whether it is done before the child starts: when the module is imported, or earlier in the starting function."""
    fn = tracks.ev.symbols.fns[at[0]]
    access = _access(tracks, at)
    if fn.facts.parent < 0 and (fn.facts.ends_in_main < 0 or access.seq < fn.facts.ends_in_main):
        return at[0] != spawn.function or access.seq < fn.facts.calls[spawn.call].seq
    if fn.facts.name == "__init__" and at[0] != spawn.function:
        return True
    return spawn.call >= 0 and at[0] == spawn.function and access.seq < fn.facts.calls[spawn.call].seq


def _cleans_up(tracks: Tracks, at: tuple[int, int]) -> bool:
    """Whether a process at its end goes through what it has itself, and tells nobody of it."""
    facts = tracks.ev.symbols.fns[at[0]].facts
    return facts.name.strip("_") in TEARDOWN_NAMES and not facts.returns


def _hands_over(tracks: Tracks, spawn: Spawn, at: tuple[int, int]) -> bool:
    """Whether the read only makes what the child is given."""
    return at[0] == spawn.function and _access(tracks, at).at.line == _start_line(tracks, spawn)


def _start_line(tracks: Tracks, spawn: Spawn) -> int:
    return tracks.ev.symbols.fns[spawn.function].facts.calls[spawn.call].at.line if spawn.call >= 0 else -1
