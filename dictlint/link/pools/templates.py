"""DCT408: the objects of a pool are made with one and the same dict in them, and change it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from dictlint.knowledge.activities import ACTIVE_BASES
from dictlint.knowledge.containers import MAPPINGS, SEQUENCES, SETS
from dictlint.knowledge.pools import CONTAINER_GIVES, LENDING
from dictlint.link.copies.tracks import CHANGES, Tracks, step
from dictlint.link.paths import call_of, given, is_birth, leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Call
from dictlint.model.program import Container, Sharing, Use
from dictlint.model.site import Span

CODE = "DCT408"
_KINDS = MAPPINGS | SETS | SEQUENCES | {"deque"}
_MAKING = re.compile(r"^_*(make|create|new|build|spawn|open|factory|construct)|factory$", re.IGNORECASE)
_RUNNERS = re.compile(r"executor|process|thread", re.IGNORECASE)
_COPIES = frozenset(("@copy.copy", "copy.copy"))


class Making(NamedTuple):
    """A call that makes an object of a pool. `again`: it is only made anew where the call stands in a loop."""

    function: int
    call: int
    again: bool


class Put(NamedTuple):
    """A call that puts something into a container which a name calls a pool."""

    fn: Fn
    number: int
    call: Call


def shared_templates(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Every object of a pool that is given a container which the next one is given as well."""
    written = _Written(tracks)
    puts: list[Put] = []
    filled: list[tuple[Fn, int]] = []  # calls whose results stand in a pool from its birth on
    makings = list(_makings(tracks, puts, filled))
    makings += [one for put in puts for one in _prefilled(tracks, put)]
    seen: set[tuple[int, int]] = set()
    for one in makings:
        if (one.function, one.call) not in seen:
            seen.add((one.function, one.call))
            yield from _shared(tracks, written, one)
    for put in puts:
        yield from _put_again(tracks, put)
    yield from _handed_out_again(tracks, puts, filled)


# -- where objects of a pool are made -------------------------------------------------------------------------------


def _makings(tracks: Tracks, puts: list[Put], filled: list[tuple[Fn, int]]) -> Iterator[Making]:
    """In one pass over all calls, which also finds what is put into pools."""
    for fn in tracks.ev.symbols.fns:
        owner = tracks.ev.symbols.classes[fn.cls].facts.name if fn.cls >= 0 else ""
        for number, call in enumerate(fn.facts.calls):
            if not call.args and not call.kwargs:
                continue
            callee = call.callee
            name = callee[callee.rfind(".") + 1 :]
            if name in CONTAINER_GIVES:
                base = split(callee)[0]
                if len(call.args) == 1 and (_lends(leaf_name(base)) or (base[:1] == "%" and _lends(owner))):
                    puts.append(Put(fn, number, call))
            elif _is_pool(name):
                yield from _by_factory(tracks, fn, call)
        for birth in fn.facts.births:
            if birth.items and _lends(birth.name):
                made = [n for p in birth.items if (n := _maker(fn, p)) >= 0]
                filled += [(fn, n) for n in made]
                yield from (Making(fn.gid, n, True) for n in made)
        if owner and _lends(owner) and _MAKING.search(fn.facts.name):
            yield from _returned(fn)


@cache
def _lends(name: str) -> bool:
    """Whether a name speaks of a pool; the same few names are asked about all the time."""
    return bool(LENDING.search(name))


@cache
def _is_pool(name: str) -> bool:
    """Whether what is called makes a pool of objects, by its name."""
    return _lends(name) and not _RUNNERS.search(name)


def _prefilled(tracks: Tracks, put: Put) -> Iterator[Making]:
    fn = put.fn
    for number in _made(put):
        if fn.facts.calls[number].loops:
            yield Making(fn.gid, number, True)
        for factory in _factories(tracks, put, number):
            yield from _returned(factory)


def _made(put: Put) -> list[int]:
    """The calls that make what is put."""
    return [number for path in put.call.args[0] if (number := _maker(put.fn, path)) >= 0]


def _factories(tracks: Tracks, put: Put, number: int) -> Iterator[Fn]:
    """The functions behind a factory that the pool was given."""
    if put.fn.facts.calls[number].callee[:1] in ("%", "^"):
        yield from (tracks.ev.symbols.fns[made_by] for made_by in tracks.ev.functions(put.fn.gid, number))


def _by_factory(tracks: Tracks, fn: Fn, call: Call) -> Iterator[Making]:
    """`Pool(make_connection)`: what the function makes that the pool is given."""
    groups = call.groups
    for path in (path for values in groups for path in values):
        if path[:1] == "&" or path.isidentifier() or path[:6] == "%self.":
            for value in tracks.ev.values(fn.gid, path):
                if value[0] in ("F", "B"):
                    yield from _returned(tracks.ev.symbols.fns[value[1]])


def _returned(fn: Fn) -> Iterator[Making]:
    """What a factory returns."""
    for path in fn.facts.returns:
        number = _maker(fn, path)
        if number >= 0:
            yield Making(fn.gid, number, False)


def _maker(fn: Fn, path: str) -> int:
    """The call that makes an object, be it by a copy; -1 for none."""
    if is_birth(path):
        birth = fn.facts.births[int(path[1:])]
        calls = enumerate(fn.facts.calls if birth.copy_of and not birth.deep else ())
        return next((number for number, call in calls if call.at == birth.at and call.callee in _COPIES), -1)
    return call_of(path)


# -- what they share ------------------------------------------------------------------------------------------------


def _shared(tracks: Tracks, written: _Written, one: Making) -> Iterator[tuple[Container, Sharing]]:
    ev = tracks.ev
    fn = ev.symbols.fns[one.function]
    call = fn.facts.calls[one.call]
    classes = [v[1] for v in ev.targets(one.function, one.call) if v[0] == "C"]
    if any(base in ACTIVE_BASES for cid in classes for base in ev.symbols.classes[cid].outside):
        return  # a crew of threads: nobody borrows them, and they work on one thing
    stored = [(attr, path) for cid in classes[:1] for attr, path in _arguments(tracks, one, cid)]
    stored += [
        (split(bind.target)[1], path)
        for bind in fn.facts.binds
        if split(bind.target)[0] == f"!{one.call}"
        for path in bind.values
    ]
    if call.callee in _COPIES and call.args:
        stored += [(attr, "") for attr in _own_containers(tracks, one)]
        classes = [v[1] for p in call.args[0] for v in ev.values(one.function, p) if v[0] == "I"]
    for attr, path in stored:
        if path and not _is_common(tracks, one, path):
            continue
        change = written.of(classes, attr)
        if change is not None:
            yield _sharing(tracks, one, attr, path, change)
            return


def _arguments(tracks: Tracks, one: Making, cid: int) -> Iterator[tuple[str, str]]:
    """(attribute, path) of every argument that the constructor stores as it is."""
    ev = tracks.ev
    call = ev.symbols.fns[one.function].facts.calls[one.call]
    init = ev.symbols.method(cid, "__init__")
    if init is None:
        for name, values in call.kwargs:
            yield from ((name, path) for path in values)
        return
    facts = ev.symbols.fns[init].facts
    for position, param in enumerate(facts.params[1:]):
        for path in given(call, position, param.name):
            for bind in facts.binds:
                if f"%{param.name}" in bind.values and split(bind.target)[0] == f"%{facts.params[0].name}":
                    yield split(bind.target)[1], path


def _is_common(tracks: Tracks, one: Making, path: str) -> bool:
    """Whether the path is a container that lives longer than the making of one object."""
    if (path[:1] not in "^%#@" and not path.isidentifier()) or path.endswith(("[]", "<>")) or "|" in path:
        return False
    own = is_birth(path) or (path[:1] == "%" and "." not in path)  # of the factory's own call
    if own and not one.again:
        return False
    return any(v[0] == "K" and v[1] in _KINDS for v in tracks.ev.values(one.function, path))


def _own_containers(tracks: Tracks, one: Making) -> Iterator[str]:
    """The containers of a template, which its shallow copies share."""
    ev = tracks.ev
    call = ev.symbols.fns[one.function].facts.calls[one.call]
    for path in call.args[0]:
        for value in ev.values(one.function, path):
            for attr in ev.symbols.classes[value[1]].attrs if value[0] == "I" else ():
                if ev.container_kind(("i", value[1], attr)) in _KINDS:
                    yield attr


class _Written:
    """Where the containers of objects are changed, by attribute."""

    def __init__(self, tracks: Tracks) -> None:
        self.tracks = tracks
        self._named: defaultdict[str, list[tuple[int, int]]] | None = None

    def of(self, classes: list[int], attr: str) -> Use | None:
        """The first change of the attribute of one of the classes."""
        ev = self.tracks.ev
        unknown = None
        for fid, number in self._changes().get(attr, ()):
            fn = ev.symbols.fns[fid]
            access = fn.facts.accesses[number]
            base = _plain(access.path)
            values = ev.values(fid, split(base)[0])
            if fn.facts.name in ("__init__", "__new__") and fn.cls in classes:
                continue
            if any(v[0] == "I" and set(ev.symbols.classes[v[1]].mro) & set(classes) for v in values):
                return self.tracks.access(fid, number)
            if not values and unknown is None:
                unknown = self.tracks.access(fid, number)
        return unknown

    def _changes(self) -> defaultdict[str, list[tuple[int, int]]]:
        if self._named is None:
            self._named = defaultdict(list)
            for fn in self.tracks.ev.symbols.fns:
                for number, access in enumerate(fn.facts.accesses):
                    if access.op in CHANGES and "." in access.path:
                        self._named[split(_plain(access.path))[1]].append((fn.gid, number))
        return self._named


def _plain(path: str) -> str:
    while path.endswith("[]"):
        path = path[:-2]
    return path


def _put_again(tracks: Tracks, put: Put) -> Iterator[tuple[Container, Sharing]]:
    """One dict that is put into the pool in every turn of a loop."""
    one = Making(put.fn.gid, put.number, True)
    path = next((p for p in put.call.args[0] if _is_common(tracks, one, p)), "") if put.call.loops else ""
    if path:
        yield _sharing(tracks, one, "", path, tracks.call(put.fn.gid, put.number, "put"))


def _handed_out_again(
    tracks: Tracks, puts: list[Put], filled: list[tuple[Fn, int]]
) -> Iterator[tuple[Container, Sharing]]:
    """A factory that fills a pool and returns the same container every time."""
    found = {factory.gid: factory for put in puts for n in _made(put) for factory in _factories(tracks, put, n)}
    filled += [(put.fn, n) for put in puts if put.call.loops for n in _made(put)]
    for fn, number in filled:
        for fid in tracks.ev.functions(fn.gid, number):
            found.setdefault(fid, tracks.ev.symbols.fns[fid])
    for factory in found.values():
        yield from _returns_the_same(tracks, factory)


def _returns_the_same(tracks: Tracks, fn: Fn) -> Iterator[tuple[Container, Sharing]]:
    for out in fn.facts.outs:
        if out.how == "return" and _is_common(tracks, Making(fn.gid, -1, False), out.path):
            use = step(tracks.ev, fn.gid, Access(out.path, "make", "call", out.at, 0))
            key, name = f"template:{fn.gid}", leaf_name(out.path)
            container = Container(key, name, "dict", "", use.path, out.at.line, (), (), "", None)
            said = (("attribute", ""), ("again", ""))
            yield container, Sharing(CODE, use, "make", use, "make", "high", "put", (), said)
            return


def _sharing(tracks: Tracks, one: Making, attr: str, path: str, change: Use) -> tuple[Container, Sharing]:
    ev = tracks.ev
    fn = ev.symbols.fns[one.function]
    use = tracks.call(one.function, one.call, "make")
    born: Span | None = None
    name = leaf_name(path) if path else attr
    if is_birth(path):
        birth = fn.facts.births[int(path[1:])]
        born, name = birth.at, birth.name or "the container"
    container = Container(
        f"template:{fn.gid}:{one.call}", name, "dict", "", fn.mod.file.path, use.access.at.line, (), (), "", None
    )
    said = (("attribute", f"`{attr}`" if attr else ""), ("again", "yes" if one.again else ""))
    form = "put" if not attr else "template" if not path else "argument"
    return container, Sharing(CODE, use, "make", change, "change", "high", form, (), said, born)
