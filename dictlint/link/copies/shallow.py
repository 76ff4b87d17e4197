"""DCT201: a shallow copy is made to be apart, and what lies inside is changed on one side while the other is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dictlint.knowledge.containers import MAPPINGS
from dictlint.knowledge.operations import GROWING
from dictlint.link.copies.objects import COPYING, Copying, containers_of, copies_its_own_way
from dictlint.link.copies.records import is_value
from dictlint.link.copies.splits import handed_on, is_made_anew, locks_of
from dictlint.link.copies.tracks import CHANGES, Place, Tracks
from dictlint.link.paths import is_birth, root_param, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Cls, Fn
from dictlint.model.body import Access, Birth
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT201"
_MEANT = re.compile(r"cache|memo|regist|shared|global|pool|parent|observ|listener|callback|handler|hook")
_LENDING = frozenset(("getitem", "get", "setdefault", "iterate", "pop", "pop-default", "popitem"))
_QUOTES = ("'", '"')
_MAKING = frozenset(("__init__", "__post_init__", "__new__"))


def shallow_copies(tracks: Tracks, copied: Iterable[Copying]) -> Iterator[tuple[Container, Sharing]]:
    """Every copy whose inside is changed though the other side is still there."""
    for fid, number, birth in tracks.births():
        if birth.copy_of and not birth.deep:
            fn = tracks.ev.symbols.fns[fid]
            if len(birth.copy_of) == 1:
                yield from _of_container(tracks, fn, number, birth)
            elif birth.kind in MAPPINGS:
                yield from _of_merged(tracks, fn, number, birth)
    told: set[Loc] = set()
    for one in copied:
        if one.how != "deepcopy" and not copies_its_own_way(tracks, one.cls):
            yield from _of_object(tracks, one, told)
    for cls in tracks.ev.symbols.classes:
        for name in COPYING & cls.methods.keys():
            yield from _handed_on(tracks, cls, cls.methods[name], told)


# -- containers -----------------------------------------------------------------------------------------------------


def _of_container(tracks: Tracks, fn: Fn, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    source = birth.copy_of[0]
    path = f"#{number}"
    if "|" in source or source[:1] in "#!(=&~" or not source:
        return
    inside = [a for a in fn.facts.accesses if a.path.startswith(path + "[]")]
    beneath = (path + "[]", source + "<>") if birth.kind == "list" else path + "[]"
    changed = [i for i, a in enumerate(fn.facts.accesses) if a.path.startswith(beneath) and a.op in CHANGES]
    if changed and birth.name and fn.facts.passes_on(path):
        if _reads_what_was_added(tracks, fn, path, source):
            return
        yield from _changed_here(tracks, fn, number, birth, changed)
        return
    looked_through = any(a.op == "iterate" and not a.locks for a in inside)
    if birth.kind in MAPPINGS and (looked_through or path in fn.facts.returns):
        yield from _taken_under_a_lock(tracks, fn, number, birth)
    if birth.kind not in MAPPINGS or not looked_through:
        yield from _kept_by_a_copy(tracks, fn, number, birth)
        yield from _kept_of_a_template(tracks, fn, number, birth)


def _reads_what_was_added(tracks: Tracks, fn: Fn, path: str, source: str) -> bool:
    """Whether all that the function takes out of the copy goes by keys that the original never has."""
    taken = {a.key for a in fn.facts.accesses if a.path == path and a.op in _LENDING}
    locs = [loc for loc in tracks.ev.locs(fn.gid, source) if loc[0] in "gic"]
    if not locs or not taken or not all(key[:1] in _QUOTES and key for key in taken):
        return False
    known = [_all_keys(tracks, loc) for loc in locs]
    return all(keys is not None and taken.isdisjoint(keys) for keys in known)


def _all_keys(tracks: Tracks, loc: Loc) -> set[str] | None:
    """The keys that a location's dict ever has, where all are constants; else None."""
    keys: set[str] = set()
    for fid, bind in tracks.ev.binds(loc):
        for path in bind.values:
            birth = tracks.ev.symbols.fns[fid].facts.births[int(path[1:])] if is_birth(path) else None
            if birth is None or birth.copy_of or not (birth.keys or birth.empty):
                return None
            keys |= set(birth.keys)
    stored = (tracks.ev.symbols.fns[fid].facts.accesses[number] for fid, number in tracks.touching(loc, GROWING))
    added = {access.key for access in stored}
    return keys | added if keys and all(key[:1] in _QUOTES and key for key in added) else None


def _of_merged(tracks: Tracks, fn: Fn, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    """`{**DEFAULTS, **given}`: what is not given is that of the defaults, if they hold containers."""
    path = f"#{number}"
    changed = [i for i, a in enumerate(fn.facts.accesses) if a.path.startswith(path + "[]") and a.op in CHANGES]
    source = birth.copy_of[0]
    if not changed or not birth.name or birth.items or source[:1] in "#!(=&~" or not fn.facts.passes_on(path):
        return
    locs = [loc for loc in tracks.ev.locs(fn.gid, source) if loc[0] in "gc"]
    keys = {key for loc in locs for key in _keys(tracks, loc)}
    if keys and any(v[0] == "K" for loc in locs for v in tracks.ev.contents(("e", loc))):
        for container, sharing in _changed_here(tracks, fn, number, birth, changed):
            yield container, replace(sharing, said=(*sharing.said, ("keys", " ".join(sorted(keys)))))


def _keys(tracks: Tracks, loc: Loc) -> Iterator[str]:
    """The constant keys of what a location is made with."""
    for fid, bind in tracks.ev.binds(loc):
        for path in filter(is_birth, bind.values):
            yield from tracks.ev.symbols.fns[fid].facts.births[int(path[1:])].keys


def _changed_here(
    tracks: Tracks, fn: Fn, number: int, birth: Birth, changed: list[int]
) -> Iterator[tuple[Container, Sharing]]:
    """The function changes what lies in the copy that it has made, and so what lies in the original."""
    locs = [loc for loc in tracks.ev.locs(fn.gid, birth.copy_of[0]) if loc[0] in "gic"]
    if not locs:
        return
    made = tracks.born(fn.gid, number, "copy")
    uses = [tracks.access(fn.gid, i) for i in changed]
    also = tuple(("change", use) for use in uses[1:])
    said = (("copy", birth.name),)
    sure = "medium" if root_param(birth.copy_of[0]) not in ("", fn.self_name) else "high"
    container = tracks.container(locs[0], birth.kind, made)
    yield container, Sharing(CODE, uses[0], "change", made, "copy", sure, "local", also, said)


def _taken_under_a_lock(tracks: Tracks, fn: Fn, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    """Copied under a lock, looked through without it, while others change what lies inside."""
    facts = fn.facts
    guarded = [a for a in facts.accesses if a.op == "snapshot" and a.at == birth.at and a.locks]
    for loc in tracks.ev.locs(fn.gid, birth.copy_of[0]) if guarded else ():
        if loc[0] not in "gic":
            continue
        changes = [at for at in tracks.touching(("e", loc)) if at[0] != fn.gid]
        changes = [at for at in changes if tracks.ev.symbols.fns[at[0]].facts.accesses[at[1]].locks]
        look = _looked_through(tracks, fn, number) if changes else None
        if look is not None:
            made, use = tracks.born(fn.gid, number, "copy"), tracks.access(*look)
            also = (("change", tracks.access(*changes[0])), *(("change", tracks.access(*at)) for at in changes[1:4]))
            container = tracks.container(loc, birth.kind, made)
            yield container, Sharing(CODE, use, "iterate", made, "copy", "high", "snapshot", also)
            return


def _looked_through(tracks: Tracks, fn: Fn, number: int) -> Place | None:
    """Where something inside of the copy is gone through without a lock: by the function, or by one that calls it."""
    copies = [(fn.gid, f"#{number}[]")]
    if f"#{number}" in fn.facts.returns:
        copies += [(caller, f"!{call}[]") for caller, call in tracks.ev.callers(fn.gid) if call >= 0]
    for fid, path in copies:
        for i, access in enumerate(tracks.ev.symbols.fns[fid].facts.accesses):
            if access.path == path and access.op == "iterate" and not access.locks:
                return fid, i
    return None


def _kept_by_a_copy(tracks: Tracks, fn: Fn, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    """A method that copies its object copies the container, but not what lies inside and is changed in place."""
    source, path = birth.copy_of[0], f"#{number}"
    base, attr = split(source)
    if not attr or base != f"%{fn.self_name}" or not fn.self_name or not _gives_to_another(tracks, fn, path):
        return
    for loc in tracks.ev.located(fn.gid, source):
        if loc[0] != "i" or not any(v[0] == "K" for v in tracks.ev.contents(("e", loc))):
            continue
        changes = [at for at in tracks.touching(("e", loc)) if tracks.ev.symbols.fns[at[0]].facts.name not in _MAKING]
        if changes:
            made = tracks.born(fn.gid, number, "copy")
            uses = [tracks.access(*at) for at in changes]
            also = tuple(("change", use) for use in uses[1:])
            container = tracks.container(loc, birth.kind, made)
            yield container, Sharing(CODE, uses[0], "change", made, "copy", "high", "method", also)
            return


def _kept_of_a_template(tracks: Tracks, fn: Fn, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    """An object keeps a copy of what all start from, and changes what lies inside."""
    path, own = f"#{number}", f"%{fn.self_name}."
    kept = [bind for bind in fn.facts.binds if bind.values == (path,) and fn.self_name and bind.target.startswith(own)]
    templates = [loc for loc in tracks.ev.locs(fn.gid, birth.copy_of[0]) if loc[0] in "gc"] if kept else []
    for loc in templates:
        if not any(v[0] == "K" for v in tracks.ev.contents(("e", loc))):
            continue
        for place in tracks.ev.located(fn.gid, kept[0].target):
            own_table = place[0] == "c" and place == loc  # a class takes a copy of what it has inherited
            anew = place[0] != "i" or bool(tracks.ev.stores(place))
            changes = tracks.touching(("e", place)) if own_table or not anew else []
            if changes:
                made = tracks.born(fn.gid, number, "copy")
                uses = [tracks.access(*at) for at in changes]
                also = tuple(("change", use) for use in uses[1:])
                container = tracks.container(loc, birth.kind, made)
                yield container, Sharing(CODE, uses[0], "change", made, "copy", "high", "kept", also)
                return


def _gives_to_another(tracks: Tracks, fn: Fn, path: str) -> bool:
    """Whether it becomes part of another object of the same class."""
    if fn.facts.name not in COPYING:
        return False
    own = f"%{fn.self_name}."
    if any(path in bind.values and not bind.target.startswith(own) and "." in bind.target for bind in fn.facts.binds):
        return True
    return any(
        any(path in group for group in call.groups) and any(v[0] == "C" for v in tracks.ev.targets(fn.gid, number))
        for number, call in enumerate(fn.facts.calls)
    )


# -- objects --------------------------------------------------------------------------------------------------------


def _of_object(tracks: Tracks, one: Copying, told: set[Loc]) -> Iterator[tuple[Container, Sharing]]:
    """`copy.copy(object)`: the copy has the very containers of the original."""
    cls = tracks.ev.symbols.classes[one.cls]
    if is_value(cls):
        return
    fn = tracks.ev.symbols.fns[one.function]
    copy = _result(fn, one.call)
    anew = {split(bind.target)[1] for bind in fn.facts.binds if split(bind.target)[0] == copy}
    for attr in dict.fromkeys(containers_of(tracks, one.cls)):
        if one.how == "replace" and any(is_made_anew(tracks, *bind) for bind in cls.attrs.get(attr, ())):
            continue
        loc = next((loc for loc in tracks.ev.located_on(("I", one.cls), attr)), None)
        if loc is None or loc in told or attr in anew | one.given or _MEANT.search(attr.lower()):
            continue
        uses = _from_outside(tracks, fn, loc, attr) if one.always else _on_the_copy(tracks, fn, one, copy, attr)
        if uses:
            told.add(loc)
            made = tracks.call(one.function, one.call, "copy")
            also = tuple(("change", use) for use in uses[1:4])
            container = tracks.container(loc, tracks.ev.container_kind(loc) or "dict", made)
            sure = "medium" if one.always else "high"
            yield container, Sharing(CODE, uses[0], "change", made, "copy", sure, "object", also)


def _result(fn: Fn, number: int) -> str:
    """What the copy is called in the function."""
    at = fn.facts.calls[number].at
    births = (n for n, birth in enumerate(fn.facts.births) if birth.at == at)
    return next((f"#{n}" for n in births), f"!{number}")


def _on_the_copy(tracks: Tracks, fn: Fn, one: Copying, copy: str, attr: str) -> list[Use]:
    """What the function itself puts into a container of the copy, or lets a method of the copy put in."""
    accesses = fn.facts.accesses
    found = [tracks.access(fn.gid, i) for i, a in enumerate(accesses) if a.path == f"{copy}.{attr}" and a.op in CHANGES]
    for call in fn.facts.calls:
        base, name = split(call.callee)
        method = tracks.ev.symbols.method(one.cls, name) if base == copy and name else None
        if method is not None:
            called = tracks.ev.symbols.fns[method]
            path = f"%{called.self_name}.{attr}"
            rebound = any(bind.target == path for bind in called.facts.binds)
            found += [
                tracks.access(method, i)
                for i, a in enumerate(called.facts.accesses)
                if a.path == path and a.op in CHANGES and not rebound
            ]
    return found


def _from_outside(tracks: Tracks, fn: Fn, loc: Loc, attr: str) -> list[Use]:
    """Changes in place that the object's own methods do not make: of objects that all are copies of one."""
    found = []
    for fid, number in tracks.by_name(attr):
        other = tracks.ev.symbols.fns[fid]
        access: Access = other.facts.accesses[number]
        if access.op not in CHANGES or "[" in access.path or access.path == f"%{other.self_name}.{attr}":
            continue
        if fid != fn.gid and loc in tracks.ev.locs(fid, access.path) and not tracks.is_call(fid, access):
            found.append(tracks.access(fid, number))
    return found


def _handed_on(tracks: Tracks, cls: Cls, fid: int, told: set[Loc]) -> Iterator[tuple[Container, Sharing]]:
    """A method that copies its object gives the copy the very containers, and other methods change them in place."""
    fn = tracks.ev.symbols.fns[fid]
    handed = dict(handed_on(tracks, cls, fid))
    if not handed or locks_of(tracks, cls.gid) or is_value(cls):
        return
    own = f"%{fn.self_name}"
    for attr, made in handed.items():
        told_anew = any(
            split(bind.target)[1] == attr and split(bind.target)[0] != own and f"{own}.{attr}" not in bind.values
            for bind in fn.facts.binds
        )
        loc = next((loc for loc in tracks.ev.located_on(("I", cls.gid), attr)), None)
        if loc is None or loc in told or told_anew or _MEANT.search(attr.lower()) or not _makes_its_own(tracks, loc):
            continue
        changes = [at for at in tracks.touching(loc) if _is_of_the_object(tracks, cls, at, attr)]
        if changes:
            told.add(loc)
            uses = [tracks.access(*at) for at in changes]
            also = tuple(("change", use) for use in uses[1:4])
            container = tracks.container(loc, tracks.ev.container_kind(loc) or "dict", made)
            yield container, Sharing(CODE, uses[0], "change", made, "copy", "medium", "given", also)


def _makes_its_own(tracks: Tracks, loc: Loc) -> bool:
    """Whether objects make what is kept there themselves, once, and are not told to keep somebody else's."""
    binds = tracks.ev.binds(loc)
    if any(tracks.ev.symbols.fns[fid].facts.name not in _MAKING | COPYING for fid, _ in binds):
        return False
    values = [path for _, bind in binds for path in bind.values]
    return any(map(is_birth, values)) and not any(path[:1] == "%" and path[1:].isidentifier() for path in values)


def _is_of_the_object(tracks: Tracks, cls: Cls, at: tuple[int, int], attr: str) -> bool:
    """Whether a method changes it for its own object, other than when that is made, or to keep what it has computed;
    `cell[0] = x` is a value that all shall see.
    """
    fn = tracks.ev.symbols.fns[at[0]]
    name, access = fn.facts.name, fn.facts.accesses[at[1]]
    if name in _MAKING | COPYING or access.path != f"%{fn.self_name}.{attr}" or access.key.isdigit():
        return False
    kept = any(c.second == at[1] and c.kind in ("get-create", "except-create") for c in fn.facts.compounds)
    return not kept and fn.cls in tracks.ev.symbols.family(cls.gid)
