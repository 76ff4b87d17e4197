"""Objects that are copied: where, of which class, and what the copy gets for its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dictlint.link.copies.tracks import Tracks
from dictlint.link.paths import call_of, is_birth, leaf_name, split
from dictlint.link.question import CONTAINER_KINDS
from dictlint.link.symbols import Cls, Fn
from dictlint.model.body import Call

COPYING = frozenset(("copy", "__copy__", "clone", "_copy", "_clone", "duplicate", "fork", "__replace__"))
_OWN_WAY = ("__copy__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__deepcopy__")
_REPLACERS = frozenset(
    (
        "@dataclasses.replace",
        "@copy.replace",
        "@attr.evolve",
        "@attrs.evolve",
        "@attr.assoc",
        "@msgspec.structs.replace",
    )
)


class Copying(NamedTuple):
    """One call that copies an object. `how`: copy, replace, deepcopy. `given`: attributes for which the copy is told
    another value. `always`: every object of the class is made so.
    """

    function: int
    call: int
    cls: int
    how: str
    given: frozenset[str] = frozenset()
    always: bool = False


def copyings(tracks: Tracks) -> list[Copying]:
    """Every call of the program that copies an object of a class of the program."""
    found: list[Copying] = []
    for fn in tracks.ev.symbols.fns:
        for number, call in enumerate(fn.facts.calls):
            how, path = _copied(call)
            if not how:
                continue
            if call.bound == path:
                continue  # the copy takes the place of the original
            if how == "replace" and _is_passing(tracks, fn.gid, path):
                continue
            given = frozenset(_given(fn, call))
            classes = [v[1] for v in tracks.ev.values(fn.gid, path) if v[0] == "I"]
            always = list(_by_metaclass(tracks, fn.cls, fn.facts.name, path, fn.self_name)) if how == "copy" else []
            found += [Copying(fn.gid, number, cid, how, given, cid in always) for cid in always or classes]
    return found


def _is_passing(tracks: Tracks, fid: int, path: str) -> bool:
    """Whether nobody keeps what is copied: a call has just given it, and the function that is called made it so."""
    maker = call_of(path)
    if maker < 0 or path != f"!{maker}" or tracks.ev.symbols.fns[fid].facts.calls[maker].bound != "=":
        return False
    made = tracks.ev.targets(fid, maker)
    return bool(made) and all(v[0] == "C" or (v[0] in ("F", "B") and _gives_new(tracks, v[1])) for v in made)


def _gives_new(tracks: Tracks, fid: int) -> bool:
    """Whether a function returns objects that it makes itself, and gives to nobody else."""
    facts = tracks.ev.symbols.fns[fid].facts
    if not facts.returns or facts.decorators:
        return False
    for path in facts.returns:
        maker = call_of(path)
        if maker < 0 or path != f"!{maker}" or any(v[0] != "C" for v in tracks.ev.targets(fid, maker) or [("",)]):
            return False
        given = (values for call in facts.calls for values in call.groups)
        if any(path in values for values in given) or any(path in bind.values for bind in facts.binds):
            return False
        if any(path in access.values for access in facts.accesses):
            return False
    return True


def _copied(call: Call) -> tuple[str, str]:
    """How the call copies, and what."""
    callee = call.callee
    first = call.args[0][0] if call.args and len(call.args[0]) == 1 else ""
    if callee == "@copy.copy":
        return ("copy", first) if first else ("", "")
    if callee in ("@copy.deepcopy", "@pickle.dumps", "@pickle.dump"):
        return ("deepcopy", first) if first else ("", "")
    if callee in _REPLACERS:
        return ("replace", first) if first else ("", "")
    if leaf_name(callee) in ("_replace", "model_copy", "evolve"):
        return "replace", split(callee)[0]
    return "", ""


def _given(fn: Fn, call: Call) -> Iterator[str]:
    """The attributes that get another value: keywords, and what stands in `update={...}`."""
    for name, values in call.kwargs:
        if name == "update":
            for path in values:
                keys = fn.facts.births[int(path[1:])].keys if is_birth(path) else ()
                yield from (key.strip("'\"") for key in keys)
        elif name != "**":
            yield name


def _by_metaclass(tracks: Tracks, meta: int, method: str, path: str, own: str) -> Iterator[int]:
    """`copy.copy(cls._default)` in the `__call__` of a metaclass: every object of its classes is a copy of one."""
    if meta < 0 or method != "__call__" or not path.startswith(f"%{own}."):
        return
    for cls in tracks.ev.symbols.classes:
        if ("C", meta) in _metaclasses(tracks, cls):
            yield cls.gid


def _metaclasses(tracks: Tracks, cls: Cls) -> list[tuple[object, ...]]:
    found = [v for path in cls.facts.metaclass for v in tracks.ev.symbols.named(cls.mod, path)]
    calls = cls.mod.facts.functions[cls.facts.parent].calls
    for path in (path for group in cls.facts.bases for path in group):
        if call_of(path) >= 0 and leaf_name(calls[call_of(path)].callee) == "with_metaclass":
            given = calls[call_of(path)].args
            found += [v for one in (given[0] if given else ()) for v in tracks.ev.symbols.named(cls.mod, one)]
    return found


def copies_its_own_way(tracks: Tracks, cid: int) -> bool:
    """Whether the class says itself how it is copied, or may do so where nobody sees it."""
    return any(tracks.ev.symbols.method(cid, name) is not None for name in _OWN_WAY)


def containers_of(tracks: Tracks, cid: int) -> Iterator[str]:
    """The attributes in which objects of a class keep containers."""
    for ancestor in tracks.ev.symbols.classes[cid].mro:
        for attr in tracks.ev.symbols.classes[ancestor].attrs:
            if tracks.ev.container_kind(("i", ancestor, attr)) in CONTAINER_KINDS:
                yield attr
