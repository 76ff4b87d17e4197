"""DCT205: the copy of an object has a lock of its own, but the very dict that the lock of the original guards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dictlint.knowledge.locks import LOCKS
from dictlint.link.concern import run_by
from dictlint.link.copies.objects import COPYING, Copying, containers_of, copies_its_own_way
from dictlint.link.copies.tracks import CHANGES, Tracks, step
from dictlint.link.paths import call_of, given, leaf_name, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Cls, Fn
from dictlint.model.body import Access, Bind
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT205"


def split_locks(tracks: Tracks, copied: Iterable[Copying]) -> Iterator[tuple[Container, Sharing]]:
    """Every way of copying after which two locks guard one container, and every copy of a lock that must fail."""
    for cls in tracks.ev.symbols.classes:
        for name in COPYING & cls.methods.keys():
            yield from _by_method(tracks, cls, cls.methods[name])
    for one in copied:
        if one.how == "replace":
            yield from _by_replace(tracks, one)
        elif one.how == "copy":
            yield from _by_state(tracks, one)
        else:
            yield from _fails(tracks, one)


def locks_of(tracks: Tracks, cid: int) -> dict[str, list[tuple[int, Bind]]]:
    """The attributes in which objects of a class keep locks, with what binds them."""
    found: dict[str, list[tuple[int, Bind]]] = {}
    for ancestor in tracks.ev.symbols.classes[cid].mro:
        for attr, binds in tracks.ev.symbols.classes[ancestor].attrs.items():
            made = [(fid, bind) for fid, bind in binds if _makes_lock(tracks, fid, bind)]
            if made:
                found.setdefault(attr, []).extend(made)
    return found


def _makes_lock(tracks: Tracks, fid: int, bind: Bind) -> bool:
    calls = tracks.ev.symbols.fns[fid].facts.calls
    for path in bind.values:
        if call_of(path) < 0:
            continue
        if any(v[0] == "XI" and v[1] in LOCKS for v in tracks.ev.values(fid, path)):
            return True
        factories = (
            p for name, values in calls[call_of(path)].kwargs if name in ("default_factory", "factory") for p in values
        )
        if any(v[0] == "X" and v[1] in LOCKS for p in factories for v in tracks.ev.values(fid, p)):
            return True
    return False


def _guarded(tracks: Tracks, cid: int, attr: str, locks: Iterable[str]) -> bool:
    """Whether objects of the class change what is in the attribute while they hold one of the locks."""
    names = set(locks)
    for fid, number in tracks.by_name(attr):
        fn = tracks.ev.symbols.fns[fid]
        access = fn.facts.accesses[number]
        held = {split(one.path)[1] for one in fn.facts.locksets[access.locks]}
        if access.op in CHANGES and fn.cls >= 0 and held & names and cid in tracks.ev.symbols.family(fn.cls):
            return True
    return False


# -- methods that copy ----------------------------------------------------------------------------------------------


def _by_method(tracks: Tracks, cls: Cls, fid: int) -> Iterator[tuple[Container, Sharing]]:
    """`copy()` makes a new object, which makes a new lock, and gives it its own dict."""
    locks = locks_of(tracks, cls.gid)
    if not locks:
        return
    fn = tracks.ev.symbols.fns[fid]
    handed = list(handed_on(tracks, cls, fid))
    for attr, use in handed:
        own = [name for name in locks if _gets_a_new_one(tracks, cls, fid, name, locks[name])]
        if own and _guarded(tracks, cls.gid, attr, own):
            binder, bind = locks[own[0]][0]
            lock = step(tracks.ev, binder, Access(bind.target, "rebind", "=", bind.at, bind.seq))
            yield _found(tracks, ("i", cls.gid, attr), use, lock, fn.facts.name, own[0], "method")
            return


def handed_on(tracks: Tracks, cls: Cls, fid: int) -> Iterator[tuple[str, Use]]:
    """The containers of `self` that the new object gets as they are: (attribute, where)."""
    fn = tracks.ev.symbols.fns[fid]
    mine = {f"%{fn.self_name}.{attr}": attr for attr in containers_of(tracks, cls.gid)}
    for bind in fn.facts.binds:
        base, attr = split(bind.target)
        if attr and base != f"%{fn.self_name}" and len(bind.values) == 1 and mine.get(bind.values[0]) == attr:
            yield attr, step(tracks.ev, fid, Access(bind.target, "rebind", "=", bind.at, bind.seq))
    for number in range(len(fn.facts.calls)):
        if any(v[0] == "C" and v[1] in tracks.ev.symbols.family(cls.gid) for v in tracks.ev.targets(fid, number)):
            yield from ((attr, tracks.call(fid, number, "copy")) for attr in _kept(tracks, fid, number, mine))
    for number, access in enumerate(fn.facts.accesses):
        whole = f"%{fn.self_name}.__dict__"
        if access.op == "update" and access.path.endswith(".__dict__") and access.values == (whole,) != (access.path,):
            yield from ((attr, tracks.access(fid, number)) for attr in mine.values() if not _anew(fn, attr, access.seq))


def _anew(fn: Fn, attr: str, seq: int) -> bool:
    """Whether the new object gets something else under the attribute later on."""
    own = f"%{fn.self_name}"
    later = (bind for bind in fn.facts.binds if bind.seq > seq and split(bind.target)[1] == attr)
    return any(split(bind.target)[0] != own and bind.values != (f"{own}.{attr}",) for bind in later)


def _kept(tracks: Tracks, fid: int, number: int, mine: dict[str, str]) -> Iterator[str]:
    """What of the arguments the constructor keeps as it is."""
    call = tracks.ev.symbols.fns[fid].facts.calls[number]
    for callee in tracks.ev.functions(fid, number):
        init = tracks.ev.symbols.fns[callee]
        for position, param in enumerate(init.facts.params[1:]):
            for path in given(call, position, param.name):
                kept = [b for b in init.facts.binds if b.values == (f"%{param.name}",)]
                for bind in kept:
                    attr = split(bind.target)[1]
                    if path in mine and attr == mine[path]:
                        yield attr


def _gets_a_new_one(tracks: Tracks, cls: Cls, fid: int, name: str, binds: list[tuple[int, Bind]]) -> bool:
    """Whether the copy has a lock of its own: it makes one, or its constructor does; and is not given this one."""
    fn = tracks.ev.symbols.fns[fid]
    own = f"%{fn.self_name}.{name}"
    told = [b for b in fn.facts.binds if split(b.target)[1] == name and split(b.target)[0] != f"%{fn.self_name}"]
    if told:
        return all(own not in bind.values and _makes_lock(tracks, fid, bind) for bind in told)
    if any(own in group for call in fn.facts.calls for group in call.groups):
        return False
    made = {
        callee
        for number in range(len(fn.facts.calls))
        if any(v[0] == "C" for v in tracks.ev.targets(fid, number))
        for callee in tracks.ev.functions(fid, number)
    }
    ran = run_by(tracks.ev, made)
    return any(binder in ran for binder, _ in binds)


def _found(tracks: Tracks, loc: Loc, use: Use, lock: Use, how: str, name: str, form: str) -> tuple[Container, Sharing]:
    kind = tracks.ev.container_kind(loc) or "dict"
    said = (("target", f"`{how}`"), ("lock", f"self.{name}"))
    sharing = Sharing(CODE, use, "copy", lock, "lock", "high", form, (), said)
    return tracks.container(loc, kind, lock), sharing


# -- calls that copy ------------------------------------------------------------------------------------------------


def _by_replace(tracks: Tracks, one: Copying) -> Iterator[tuple[Container, Sharing]]:
    """`replace()` hands all fields on except those that are made anew for each object."""
    locks = {
        name: binds
        for name, binds in locks_of(tracks, one.cls).items()
        if any(is_made_anew(tracks, fid, bind) for fid, bind in binds)
    }
    for attr in containers_of(tracks, one.cls):
        binds = tracks.ev.symbols.classes[one.cls].attrs.get(attr, [])
        handed = attr not in one.given and not any(is_made_anew(tracks, fid, bind) for fid, bind in binds)
        if handed and _guarded(tracks, one.cls, attr, locks):
            name = next(iter(locks))
            binder, bind = locks[name][0]
            lock = step(tracks.ev, binder, Access(bind.target, "rebind", "=", bind.at, bind.seq))
            use = tracks.call(one.function, one.call, "copy")
            yield _found(tracks, ("i", one.cls, attr), use, lock, "replace", name, "call")
            return


def is_made_anew(tracks: Tracks, fid: int, bind: Bind) -> bool:
    """A field that no constructor takes (`init=False`), or that is bound when the others have been."""
    facts = tracks.ev.symbols.fns[fid].facts
    if facts.name == "__post_init__":
        return True
    calls = [facts.calls[call_of(path)] for path in bind.values if call_of(path) >= 0]
    calls += [call for call in facts.calls if _within(call.at, bind) and leaf_name(call.callee) == "field"]
    return any(("init", ("=False",)) in call.kwargs for call in calls)


def _within(at: object, bind: Bind) -> bool:
    return getattr(at, "line", 0) == bind.at.line


def _by_state(tracks: Tracks, one: Copying) -> Iterator[tuple[Container, Sharing]]:
    """`copy.copy()` of what makes a new lock in `__setstate__`, which was written for pickles."""
    method = tracks.ev.symbols.method(one.cls, "__setstate__")
    if method is None or tracks.ev.symbols.method(one.cls, "__copy__") is not None:
        return
    fn = tracks.ev.symbols.fns[method]
    state = f"%{fn.facts.params[1].name}" if len(fn.facts.params) > 1 else ""
    whole = any(a.op == "update" and a.path.endswith(".__dict__") and a.values == (state,) for a in fn.facts.accesses)
    anew = [b for b in fn.facts.binds if _makes_lock(tracks, method, b)]
    for attr in containers_of(tracks, one.cls) if whole and anew else ():
        bound = any(split(b.target)[1] == attr for b in fn.facts.binds)
        name = split(anew[0].target)[1]
        if not bound and _guarded(tracks, one.cls, attr, [name]):
            lock = step(tracks.ev, method, Access(anew[0].target, "rebind", "=", anew[0].at, anew[0].seq))
            use = tracks.call(one.function, one.call, "copy")
            yield _found(tracks, ("i", one.cls, attr), use, lock, "copy", name, "call")
            return


def _fails(tracks: Tracks, one: Copying) -> Iterator[tuple[Container, Sharing]]:
    """`deepcopy` and `pickle` cannot copy a lock."""
    cls = tracks.ev.symbols.classes[one.cls]
    locks = locks_of(tracks, one.cls)
    values = tracks.ev.symbols.fns[one.function].facts.calls[one.call].args[0]
    sure = all(v[0] == "I" for path in values for v in tracks.ev.values(one.function, path))
    if not locks or not sure or copies_its_own_way(tracks, one.cls) or set(cls.outside) - {"object"}:
        return
    if any(copies_its_own_way(tracks, below) for below in tracks.ev.symbols.subclasses.get(one.cls, ())):
        return
    name, binds = next(iter(locks.items()))
    binder, bind = binds[0]
    lock = step(tracks.ev, binder, Access(bind.target, "rebind", "=", bind.at, bind.seq))
    use = tracks.call(one.function, one.call, "copy")
    yield _found(tracks, ("i", one.cls, name), use, lock, "deepcopy", name, "fails")
