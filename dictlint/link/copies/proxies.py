"""DCT207: what a manager's proxy gives out is a copy; to change it changes nothing unless it is assigned back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dictlint.knowledge.containers import PROXIES
from dictlint.knowledge.operations import GROWING
from dictlint.link.copies.tracks import CHANGES, Tracks
from dictlint.link.paths import is_birth, leaf_name, split
from dictlint.link.symbols import Value
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT207"


def lost_updates(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Every change of a copy that the manager's process never hears of."""
    fns = tracks.ev.symbols.fns
    if not any(leaf_name(call.callee) in ("Manager", "SyncManager") for fn in fns for call in fn.facts.calls):
        return
    stored = _stored(tracks)
    for fn in fns:
        seen: set[str] = set()
        for number, access in enumerate(fn.facts.accesses):
            base = _fetched_from(access.path) if access.op in CHANGES else ""
            if not base or access.path in seen or not (proxies := _proxies(tracks, fn.gid, base)):
                continue
            sure = _sure(tracks, stored, proxies)
            if sure:
                goes_on = _is_given_back(fn.facts, access, base) or fn.facts.passes_on(access.path)
                seen.add(access.path)
                use = tracks.access(fn.gid, number)
                origin = _made(tracks, proxies) or use
                kind = PROXIES[proxies[0][1]]
                container = tracks.container(("x", use.name.removesuffix("[...]")), kind, origin)
                said = (("goes on", "yes" if goes_on else ""),)
                yield container, Sharing(CODE, use, "change", origin, "proxy", sure, kind, (), said)


def _fetched_from(path: str) -> str:
    """The proxy that something was fetched from: `m[k]`, `namespace.x`."""
    if path.endswith("[]") and "<" not in path:
        return path[:-2]
    return split(path)[0] if split(path)[1] else ""


def _proxies(tracks: Tracks, fid: int, path: str) -> list[Value]:
    found = [v for v in tracks.ev.values(fid, path) if v[0] == "XI" and v[1] in PROXIES]
    return found if len(found) == len(tracks.ev.values(fid, path)) else []


def _made(tracks: Tracks, proxies: list[Value]) -> Use | None:
    return next((tracks.call(v[2], v[3], "proxy") for v in proxies if v[3] >= 0), None)


def _stored(tracks: Tracks) -> defaultdict[Value, list[tuple[int, str]]]:
    """What the program puts into each proxy: (function, path)."""
    found: defaultdict[Value, list[tuple[int, str]]] = defaultdict(list)
    for fn in tracks.ev.symbols.fns:
        for access in fn.facts.accesses:
            if access.op in GROWING and access.values and access.path[:1] != "#":
                for proxy in _proxies(tracks, fn.gid, access.path):
                    found[proxy] += [(fn.gid, path) for path in access.values]
        for bind in fn.facts.binds:
            base, attr = split(bind.target)
            for proxy in _proxies(tracks, fn.gid, base) if attr and base else ():
                found[proxy] += [(fn.gid, path) for path in bind.values]
    return found


def _sure(tracks: Tracks, stored: defaultdict[Value, list[tuple[int, str]]], proxies: list[Value]) -> str:
    """How sure it is that a copy is fetched: proxies may hold proxies, which are handed out as such."""
    unknown = False
    for proxy in proxies:
        for fid, path in stored[proxy]:
            values = tracks.ev.values(fid, path)
            if any(v[0] == "XI" and v[1] in PROXIES for v in values):
                return ""
            unknown = unknown or not values
    return "low" if unknown else "high"


def _is_given_back(facts: FunctionFacts, change: Access, base: str) -> bool:
    """Whether what was fetched is stored in the proxy again, after the change."""
    again = [
        a
        for a in facts.accesses
        if a.path == base and a.seq > change.seq and any(change.path in _held(facts, path) for path in a.values)
    ]
    bound = [b for b in facts.binds if b.target == change.path and b.seq > change.seq]
    return bool(again or bound)


def _held(facts: FunctionFacts, path: str) -> tuple[str, ...]:
    """A value, and what it holds where it is a display."""
    return (path, *facts.births[int(path[1:])].items) if is_birth(path) else (path,)
