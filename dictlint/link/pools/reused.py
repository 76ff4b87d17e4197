"""What is only likely: one helper whose state all calls use (DCT406), one dict in every request's record (DCT408)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from dictlint.knowledge.containers import MAPPINGS, SETS
from dictlint.knowledge.operations import READS
from dictlint.link.copies.tracks import Tracks, step
from dictlint.link.paths import call_of, is_birth, split
from dictlint.link.symbols import Cls, Fn
from dictlint.model.body import Access
from dictlint.model.program import Container, Sharing

_KINDS = MAPPINGS | SETS | {"list"}
_MAKING = frozenset(("__init__", "__new__", "__post_init__"))
_RECORDS = re.compile(r"scope|environ|context|ctx|request|event", re.IGNORECASE)
_STATES = re.compile(r"^['\"](state|session|context|ctx|store|data|extra|extras|locals|attributes)['\"]$")
_FEWEST = 4  # entries of a record


def likely(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Every such place."""
    yield from _helpers(tracks)
    yield from _records(tracks)


# -- one helper for all calls ---------------------------------------------------------------------------------------


def _helpers(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """An object that is made once, empties its results whenever it begins, and is asked for them afterwards."""
    ev = tracks.ev
    fresh = _emptied(tracks)
    if not fresh:
        return
    owned = {(cls.gid, attr): made for cls in ev.symbols.classes for attr, made in _held(tracks, cls, fresh)}
    attrs = {attr for _, attr in owned}
    for fn in ev.symbols.fns if owned else ():
        told: set[str] = set()
        for number, access in enumerate(fn.facts.accesses):
            base, part = split(access.path)
            holder, attr = split(base)
            if attr not in attrs or attr in told or holder != fn.own or access.op not in READS:
                continue
            made = next((owned[c, attr] for c in ev.symbols.classes[fn.cls].mro if (c, attr) in owned), None)
            call = _running(fn, base, access)
            if made is not None and part in fresh[made] and call >= 0:
                told.add(attr)
                use = tracks.access(fn.gid, number)
                container = Container(
                    f"reused:{fn.gid}:{attr}", use.name, "dict", "", use.path, use.access.at.line, (), (), "", None
                )
                said = (("constant", ""), ("resets", ""))
                yield (
                    container,
                    Sharing("DCT406", use, "read", tracks.call(fn.gid, call, "run"), "run", "low", "reused", (), said),
                )


def _emptied(tracks: Tracks) -> dict[int, set[str]]:
    """Classes with methods that begin anew: the attributes that these bind to empty containers."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for fn in tracks.ev.symbols.fns:
        if fn.cls < 0 or not fn.facts.births or fn.facts.name in _MAKING:
            continue
        for bind in fn.facts.binds:
            base, attr = split(bind.target)
            if base == fn.own and len(bind.values) == 1 and is_birth(bind.values[0]):
                birth = fn.facts.births[int(bind.values[0][1:])]
                if birth.empty and birth.kind in _KINDS:
                    found[fn.cls].add(attr)
    for cid in list(found):
        for below in tracks.ev.symbols.subclasses.get(cid, ()):
            found[below] |= found[cid]
    return found


def _held(tracks: Tracks, cls: Cls, fresh: dict[int, set[str]]) -> Iterator[tuple[str, int]]:
    """The attributes that hold such an object from the beginning: (attribute, its class)."""
    for attr, binds in cls.attrs.items():
        if len(binds) != 1:
            continue
        fid, bind = binds[0]
        path = bind.values[0] if len(bind.values) == 1 else ""
        if call_of(path) >= 0 and tracks.ev.symbols.fns[fid].facts.name == "__init__":
            yield from ((attr, v[1]) for v in tracks.ev.targets(fid, int(path[1:])) if v[0] == "C" and v[1] in fresh)


def _running(fn: Fn, base: str, access: Access) -> int:
    """The call that lets the helper run before it is asked."""
    calls = enumerate(fn.facts.calls)
    return next((n for n, call in calls if call.seq < access.seq and base in (call.callee, split(call.callee)[0])), -1)


# -- one dict for all records ---------------------------------------------------------------------------------------


def _records(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """A record that is made for each request, by an object that has been given a dict for good."""
    ev = tracks.ev
    for fn in ev.symbols.fns:
        if fn.cls < 0 or fn.facts.name in _MAKING:
            continue
        for number, birth in enumerate(fn.facts.births):
            named = len(birth.keys) >= _FEWEST and _RECORDS.search(birth.name) is not None
            if not named or not any(_STATES.match(key) for key in birth.keys):
                continue
            attrs = [attr for attr in ev.symbols.classes[fn.cls].attrs if _is_given(tracks, fn.cls, attr)]
            if attrs:
                use = tracks.born(fn.gid, number, "make")
                other = step(ev, fn.gid, Access(f"%self.{attrs[0]}", "change", "call", birth.at, 0))
                container = Container(
                    f"record:{fn.gid}:{number}", attrs[0], "dict", "", use.path, birth.at.line, (), (), "", None
                )
                said = (("attribute", ""), ("again", ""), ("given", " ".join(attrs)))
                yield container, Sharing("DCT408", use, "make", other, "change", "low", "record", (), said)


def _is_given(tracks: Tracks, cid: int, attr: str) -> bool:
    """Whether the constructor keeps a mapping that it is handed, as it is."""
    for fid, bind in tracks.ev.symbols.classes[cid].attrs[attr]:
        fn = tracks.ev.symbols.fns[fid]
        for param in fn.facts.params if fn.facts.name == "__init__" else ():
            if bind.values == (f"%{param.name}",) and any(kind.partition("[")[0] in MAPPINGS for kind in param.types):
                return True
    return False
