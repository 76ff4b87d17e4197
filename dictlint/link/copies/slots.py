"""DCT203: `dict.fromkeys(ks, {})`, `[{}] * n`: one object in every slot, which is then changed for one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.link.copies.tracks import CHANGES, Place, Tracks
from dictlint.link.paths import is_birth
from dictlint.link.question import CONTAINER_KINDS, Loc
from dictlint.model.body import Birth
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT203"
VARIABLE = re.compile(r"(\w+)@\d")  # in the text of a key
_STORES = frozenset(("setitem", "append", "add"))


def same_in_every_slot(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Every such container and the first change of an entry."""
    for fn in tracks.ev.symbols.fns:
        births = fn.facts.births
        for number, birth in enumerate(births):
            if birth.same and birth.items:
                yield from _changed(tracks, fn.gid, number, birth)
        again = _stored_in_loops(fn.facts) if births else {}
        for number, stores in again.items():
            if births[number].kind in CONTAINER_KINDS and not births[number].same:
                yield from _stored_again(tracks, fn.gid, number, births[number], stores)


def _stored_in_loops(facts: FunctionFacts) -> dict[int, list[int]]:
    """What every turn of a loop stores in a place of its own: birth -> accesses."""
    found: dict[int, list[int]] = {}
    for number, access in enumerate(facts.accesses):
        if not access.loops or access.leaves or access.op not in _STORES or len(access.values) != 1:
            continue
        if is_birth(access.values[0]) and (access.op != "setitem" or _by_varying_key(access.key)):
            found.setdefault(int(access.values[0][1:]), []).append(number)
    return found


def _changed(tracks: Tracks, fid: int, number: int, birth: Birth) -> Iterator[tuple[Container, Sharing]]:
    """Of a container that is filled with one object on the spot."""
    ev = tracks.ev
    item = birth.items[0]
    inner = ev.values(fid, item)
    kinds = [str(v[1]) for v in inner if v[0] == "K"]
    if len(birth.items) > 1 or not kinds or len(kinds) < len(inner):
        return  # slots that get another object one by one, or something that is no container
    template = ev.symbols.fns[fid].facts.births[int(item[1:])].name if is_birth(item) else ""
    direct = _uses(tracks, fid, item) if is_birth(item) else []
    locs = [loc for loc in ev.canonical(("b", fid, number)) if loc[0] in "bgicv"]
    if any((by, path) != (fid, item) for loc in locs for by, path in ev.stores(loc)):
        return
    slots = [tracks.access(*at) for loc in locs for at in _touching_slots(tracks, loc)]
    changes = list(dict.fromkeys([*slots, *direct]))
    if changes:
        made = tracks.born(fid, number)
        loc: Loc = locs[0] if locs else ("b", fid, number)
        yield tracks.container(loc, birth.kind, made), _sharing(changes, made, "fill", template)


def _touching_slots(tracks: Tracks, loc: Loc) -> list[Place]:
    """What changes an entry, or something further down in one: the slots share all that is in there."""
    entry: Loc = ("e", loc)
    return [*tracks.touching(entry), *tracks.touching(("e", entry))]


def _uses(tracks: Tracks, fid: int, path: str) -> list[Use]:
    accesses = tracks.ev.symbols.fns[fid].facts.accesses
    return [tracks.access(fid, i) for i, access in enumerate(accesses) if access.path == path and access.op in CHANGES]


def _sharing(changes: list[Use], made: Use, form: str, template: str) -> Sharing:
    """`template`: the name of the object before it got into the slots; who changes it by that name means all slots."""
    changes.sort(key=lambda use: (use.path != made.path, use.path, use.access.at.line))
    others = tuple(("change", use) for use in changes[1:])
    return Sharing(CODE, changes[0], "change", made, "birth", "high", form, others, (("template", template),))


def _stored_again(
    tracks: Tracks, fid: int, number: int, birth: Birth, stores: list[int]
) -> Iterator[tuple[Container, Sharing]]:
    """One object that is changed and stored in every turn of a loop, though made before it."""
    path = f"#{number}"
    accesses = tracks.ev.symbols.fns[fid].facts.accesses
    changes = [use for use in _uses(tracks, fid, path) if use.access.loops and use.access.op == "setitem"]
    if not changes and accesses[stores[0]].op == "setitem":
        yield from _changed_in_a_slot(tracks, fid, number, birth, accesses[stores[0]].path, stores[0])
    elif changes:
        made, stored = tracks.born(fid, number), tracks.access(fid, stores[0])
        said = (("template", birth.name),)
        sharing = Sharing(
            CODE, changes[0], "change", stored, "store", "high", "loop", (("birth", made),), said, birth.at
        )
        yield tracks.container(("b", fid, number), birth.kind, made), sharing


def _changed_in_a_slot(
    tracks: Tracks, fid: int, number: int, birth: Birth, holder: str, store: int
) -> Iterator[tuple[Container, Sharing]]:
    """One template under many keys, changed under one of them."""
    locs = [loc for loc in tracks.ev.locs(fid, holder) if loc[0] in "gic"]
    mine = {(fid, f"#{number}")}
    if any(set(tracks.ev.stores(loc)) - mine for loc in locs):
        return  # some slots get another object
    changes = [tracks.access(*at) for loc in locs for at in _touching_slots(tracks, loc)]
    if changes:
        made, stored = tracks.born(fid, number), tracks.access(fid, store)
        also = (("birth", made), *(("change", use) for use in changes[1:4]))
        said = (("template", birth.name),)
        sharing = Sharing(CODE, changes[0], "change", stored, "store", "high", "template", also, said, birth.at)
        yield tracks.container(locs[0], birth.kind, made), sharing


def _by_varying_key(key: str) -> bool:
    """Whether a local variable is part of it: an imported name (`@package.NAME`) is one slot only."""
    return VARIABLE.search(key) is not None
