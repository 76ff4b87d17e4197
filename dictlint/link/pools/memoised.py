"""DCT407: what a cached function returns is the same object for every caller, and one of them changes it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from dictlint.knowledge.containers import MAPPINGS, SEQUENCES, SETS
from dictlint.link.copies.tracks import CHANGES, Tracks, step
from dictlint.link.paths import call_of, is_birth, leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Sharing, Use
from dictlint.model.site import Span

CODE = "DCT407"
_KINDS = MAPPINGS | SETS | SEQUENCES | {"deque"}
_CACHES = frozenset(("functools", "cachetools", "async_lru", "methodtools", "cached_property", "asyncstdlib"))
_CACHING = frozenset(("lru_cache", "cache", "cached", "cachedmethod", "ttl_cache", "lfu_cache", "alru_cache"))
_PROPERTIES = frozenset(("cached_property", "cachedproperty"))
_OWN = re.compile(
    r"^_?(memo(i[sz]ed?)?|cached?(_(result|call|func|function|method|value)s?)?|lru_?cached?)$", re.IGNORECASE
)
_MEMO = re.compile(r"cache|memo", re.IGNORECASE)
# Library functions that make a new dict or list for each call.
_MAKERS = frozenset(
    ("json.load", "json.loads", "yaml.safe_load", "yaml.load", "tomllib.load", "tomllib.loads", "tomli.loads",
     "tomli.load", "toml.load", "toml.loads", "ast.literal_eval", "urllib.parse.parse_qs", "copy.deepcopy", "copy.copy")
)  # fmt: skip
_TAKING_OUT = frozenset(("delitem", "pop", "pop-default", "popitem", "remove", "discard", "clear"))
DEEPEST = 3  # functions that hand a result on to their own callers


class Kept(NamedTuple):
    """A function whose results are kept: how (`cached`, `property`, `memo`), and what kind of container one is."""

    function: int
    how: str
    kind: str


def changed_results(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """The first change of a kept result in every function that asked for it."""
    kept = list(_kept(tracks))
    for one in kept:
        if one.how != "property":
            yield from _by_callers(tracks, one)
    yield from _of_properties(tracks, [one for one in kept if one.how == "property"])


# -- what is kept ---------------------------------------------------------------------------------------------------


def _kept(tracks: Tracks) -> Iterator[Kept]:
    for fn in tracks.ev.symbols.fns:
        if not fn.facts.returns:
            continue
        how = _decorated(tracks, fn) if fn.facts.decorators else ""
        if how and (kind := _kind(tracks, fn, fn.facts.returns)):
            yield Kept(fn.gid, how, kind)
        elif not how and fn.facts.compounds and (kind := _memo(tracks, fn)):
            yield Kept(fn.gid, "memo", kind)


def _decorated(tracks: Tracks, fn: Fn) -> str:
    """How a decorator keeps what the function returns, if it does."""
    outer = tracks.ev.symbols.fns[fn.mod.first_function + max(fn.facts.parent, 0)]
    for path in (path for group in fn.facts.decorators for path in group):
        name = path
        if call_of(path) >= 0:
            name = outer.facts.calls[call_of(path)].callee
        last = leaf_name(name)
        if last in _PROPERTIES:
            return "property"
        if last in _CACHING and name[:1] == "@" and not _CACHES.isdisjoint(name[1:].split(".")):
            return "cached"
        if _OWN.match(last) and any(v[0] == "F" for v in tracks.ev.values(outer.gid, name)):
            return "cached"
    return ""


def _kind(tracks: Tracks, fn: Fn, paths: tuple[str, ...]) -> str:
    """The kind of the container that a function makes and returns; empty where it returns something else."""
    for path in paths:
        if is_birth(path):
            kind = fn.facts.births[int(path[1:])].kind
            if kind in _KINDS:
                return kind
        elif call_of(path) >= 0:
            call = fn.facts.calls[call_of(path)]
            if call.callee[:1] == "@" and call.callee[1:] in _MAKERS:
                return "dict"
            if (found := _made_by(tracks, fn.gid, int(path[1:]))) in _KINDS:
                return found
    return ""


def _made_by(tracks: Tracks, fid: int, number: int) -> str:
    """The kind of container that functions of the program make for a call."""
    for callee in tracks.ev.functions(fid, number):
        fn = tracks.ev.symbols.fns[callee]
        for path in fn.facts.returns:
            if is_birth(path):
                return fn.facts.births[int(path[1:])].kind
            if call_of(path) >= 0 and fn.facts.calls[call_of(path)].callee[1:] in _MAKERS:
                return "dict"
    return ""


def _memo(tracks: Tracks, fn: Fn) -> str:
    """The kind of what a function stores in a memo of the module and returns."""
    facts = fn.facts
    for compound in facts.compounds:
        if compound.kind not in ("get-create", "except-create"):
            continue
        store = facts.accesses[compound.second]
        if store.op != "setitem" or not store.key or not _MEMO.search(leaf_name(store.path)):
            continue
        if f"{store.path}[]" in facts.returns or set(store.values) & set(facts.returns):
            fresh = tuple(p for p in store.values if not (is_birth(p) and facts.births[int(p[1:])].empty))
            return _kind(tracks, fn, fresh)
    return ""


# -- who changes it -------------------------------------------------------------------------------------------------


def _by_callers(tracks: Tracks, one: Kept) -> Iterator[tuple[Container, Sharing]]:
    seen: set[int] = set()
    for caller, number in _results(tracks, one.function):
        facts = tracks.ev.symbols.fns[caller].facts
        for access, at in _changes(tracks, caller, f"!{number}"):
            if access.function not in seen:
                seen.add(access.function)
                got = tracks.call(caller, number, "call")
                sure = "high" if tracks.ev.symbols.fns[one.function].facts.params else "medium"
                if _is_inside(tracks, caller, one.function, facts.calls[number].callee):
                    sure = "medium" if _takes_from_inside(access) else "low"
                also = () if at is None else (("argument", at),)
                yield _sharing(tracks, one, access, got, sure, also)


def _is_inside(tracks: Tracks, caller: int, kept: int, callee: str) -> bool:
    """Whether the object itself asks: it may know that the result is its own."""
    fn, other = tracks.ev.symbols.fns[caller], tracks.ev.symbols.fns[kept]
    return other.cls >= 0 and fn.cls == other.cls and split(callee)[0] == f"%{fn.self_name}"


def _takes_from_inside(change: Use) -> bool:
    """Whether something is taken out of what lies inside: the next one who asks does not find it."""
    return change.access.op in _TAKING_OUT and change.access.path.endswith(("[]", "<>"))


def _results(tracks: Tracks, fid: int) -> Iterator[tuple[int, int]]:
    """The calls that get a kept result, directly or from functions that hand it on."""
    fns = tracks.ev.symbols.fns
    todo, seen = [(fid, 0)], {fid}
    while todo:
        function, depth = todo.pop()
        for caller, number in tracks.ev.callers(function):
            if number < 0:
                continue
            yield caller, number
            if f"!{number}" in fns[caller].facts.returns and caller not in seen and depth < DEEPEST:
                seen.add(caller)
                todo.append((caller, depth + 1))


def _changes(tracks: Tracks, fid: int, path: str) -> Iterator[tuple[Use, Use | None]]:
    """What a function changes under a path: itself, through an attribute, or by handing it to a helper."""
    facts = tracks.ev.symbols.fns[fid].facts
    for number in _changing(facts, path):
        if not any(tracks.ev.functions(fid, c) for c in (facts.accesses[number].call,) if c >= 0):
            yield tracks.access(fid, number), None
    for number, call in enumerate(facts.calls):
        for position, values in enumerate(call.args[:4]):
            if path in values:
                yield from _by_helper(tracks, fid, number, position)
    for bind in facts.binds:
        if path in bind.values and (bind.target.startswith("%self.") or bind.target.isidentifier()):
            yield from _through(tracks, fid, bind.target, bind.seq)


def _changing(facts: FunctionFacts, path: str) -> list[int]:
    nested = (f"{path}[]", f"{path}<>")  # an entry, an element that a loop goes through
    return [
        number
        for number, access in enumerate(facts.accesses)
        if access.op in CHANGES and (access.path == path or access.path.startswith(nested))
    ]


def _by_helper(tracks: Tracks, fid: int, number: int, position: int) -> Iterator[tuple[Use, Use | None]]:
    for callee in tracks.ev.functions(fid, number):
        fn = tracks.ev.symbols.fns[callee]
        index = position + tracks.ev.shift(fn, fid, number)
        if index < len(fn.facts.params):
            for changing in _changing(fn.facts, f"%{fn.facts.params[index].name}"):
                if fn.facts.accesses[changing].call < 0 or not tracks.ev.functions(
                    callee, fn.facts.accesses[changing].call
                ):
                    yield tracks.access(callee, changing), tracks.call(fid, number, "argument")


def _through(tracks: Tracks, fid: int, target: str, since: int) -> Iterator[tuple[Use, Use | None]]:
    """Changes under the attribute or variable of the module in which the result is kept on."""
    fn = tracks.ev.symbols.fns[fid]
    for other in fn.mod.facts.functions:
        same = other.owner == fn.facts.owner if target[:1] == "%" else True
        if same and not any(b.target == target and other is not fn.facts for b in other.binds):
            gid = fn.mod.first_function + next(i for i, f in enumerate(fn.mod.facts.functions) if f is other)
            for number in _changing(other, target):
                if gid != fid or other.accesses[number].seq > since:
                    yield tracks.access(gid, number), None


def _of_properties(tracks: Tracks, kept: list[Kept]) -> Iterator[tuple[Container, Sharing]]:
    """Changes of what a cached property returns, made by others than its own class."""
    fns = tracks.ev.symbols.fns
    named: defaultdict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        named[fns[one.function].facts.name].append(one)
    for fn in fns if named else ():
        for number, access in enumerate(fn.facts.accesses):
            if access.op not in CHANGES:
                continue
            path = access.path
            while path.endswith("[]"):
                path = path[:-2]
            base, attr = split(path)
            for one in named.get(attr, ()):
                if base and base != f"%{fn.self_name}" and _is_of(tracks, fn.gid, base, one.function):
                    got = step(tracks.ev, fn.gid, Access(path, "call", "call", access.at, access.seq))
                    sure = "medium" if _goes_on_with(fn.facts, path, access.seq) else "low"
                    yield _sharing(tracks, one, tracks.access(fn.gid, number), got, sure, ())


def _goes_on_with(facts: FunctionFacts, path: str, since: int) -> bool:
    """Whether the function works with what it has changed: then it wanted a version of its own."""
    read = any(a.path == path and a.seq > since and a.op not in CHANGES for a in facts.accesses)
    given = (values for call in facts.calls if call.seq > since for values in call.args)
    return read or path in facts.returns or any(path in values for values in given)


def _is_of(tracks: Tracks, fid: int, base: str, method: int) -> bool:
    symbols = tracks.ev.symbols
    name = symbols.fns[method].facts.name
    return any(v[0] == "I" and symbols.method(v[1], name) == method for v in tracks.ev.values(fid, base))


def _sharing(
    tracks: Tracks, one: Kept, change: Use, got: Use, sure: str, also: tuple[tuple[str, Use], ...]
) -> tuple[Container, Sharing]:
    fn = tracks.ev.symbols.fns[one.function]
    head = Span(fn.facts.at.line, fn.facts.at.column, fn.facts.at.line, fn.facts.at.column + 4 + len(fn.facts.name))
    kept = step(tracks.ev, one.function, Access("", "cached", "call", head, 0))
    container = Container(
        f"kept:{one.function}", fn.facts.name, one.kind, f"result of `{fn.facts.name}`", fn.mod.file.path, head.line,
        (), (), "", None,
    )  # fmt: skip
    form = "property" if one.how == "property" else "memo" if one.how == "memo" else "cached"
    return container, Sharing(CODE, change, "change", got, "call", sure, form, (*also, ("cached", kept)))
