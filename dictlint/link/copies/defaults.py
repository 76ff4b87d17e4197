"""DCT204: a default argument or a class attribute is made once, and changed as if each call or object had its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.knowledge.operations import GROWING, TAKING
from dictlint.link.active_classes import made_often
from dictlint.link.concern import HOPS
from dictlint.link.copies.tracks import CHANGES, Place, Tracks
from dictlint.link.paths import call_of, given, is_birth, leaf_name, split
from dictlint.link.question import CONTAINER_KINDS
from dictlint.link.symbols import Cls, Fn, is_class_side
from dictlint.model.body import Access, Bind
from dictlint.model.facts import Param
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT204"
_DEFAULT = re.compile(r"\^(\d+):#(\d+)")
# Names by which people say that everybody is meant to share it.
_MEANT = re.compile(
    r"cache|memo|regist|shared|global|singleton|known|seen|^all_|_all$|borg|pool|instances|intern|lock|token"
)

_OF_RUNS = re.compile(r"(already_)?(seen|known)(_\w+)?")
_DEFAULTS = re.compile(r"^_*defaults?(_|$)|_defaults?$", re.IGNORECASE)
_KEEPING = frozenset(("add", "append", "discard", "remove", "rebind"))  # changes that tell nothing of the others
_OPENING = frozenset(("open", "fdopen", "urlopen", "suppress", "closing", "redirect_stdout", "catch_warnings"))


def shared_defaults(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Every such default that something is put into."""
    for fn in tracks.ev.symbols.fns:
        if "<locals>" in fn.facts.qualname:
            continue  # its defaults are made with it, by every call of the function around
        for number, param in enumerate(fn.facts.params):
            for path in param.default:
                born = _DEFAULT.fullmatch(path)
                if born is not None:
                    yield from _argument(tracks, fn, number, param, int(born[2]))
    for cls in tracks.ev.symbols.classes:
        if cls.facts.parent > 0:
            continue
        for attr, binds in cls.names.items():
            yield from _attribute(tracks, cls, attr, binds)
    yield from _renamed(tracks)


# -- arguments ------------------------------------------------------------------------------------------------------


def _argument(tracks: Tracks, fn: Fn, number: int, param: Param, birth: int) -> Iterator[tuple[Container, Sharing]]:
    outer = fn.mod.first_function + max(fn.facts.parent, 0)
    made = tracks.ev.symbols.fns[outer].facts.births[birth]
    if not fn.facts.at.line <= made.at.line <= fn.facts.at.end_line:
        return  # a container that has a name of its own
    if made.kind not in CONTAINER_KINDS or param.name.startswith("_"):
        return
    if _MEANT.search(param.name.lower()) and not _is_of_one_run(tracks, fn, number, param):
        return
    omitted = _is_omitted(tracks, fn, number, param)
    if omitted is False and fn.facts.name[:1] == "_":
        return
    changes = _put_in(tracks, fn, param)
    if changes:
        use = tracks.born(outer, birth, "default")
        container = tracks.container(("v", fn.gid, param.name), made.kind, use)
        sure = "medium" if omitted is False else "high"
        also = tuple(("change", one) for one in changes[1:])
        yield container, Sharing(CODE, changes[0], "change", use, "default", sure, "argument", also)


def _is_of_one_run(tracks: Tracks, fn: Fn, number: int, param: Param) -> bool:
    """Whether what has been seen is that of one run: the caller is given it whole, or it is passed on from call to
    call. Other calls then begin with what this one has seen.
    """
    if _OF_RUNS.fullmatch(param.name.lower()) is None:
        return False
    path = f"%{param.name}"
    if path in fn.facts.returns:
        return True
    calls = ((n, call) for n, call in enumerate(fn.facts.calls) if fn.gid in tracks.ev.functions(fn.gid, n))
    return any(path in given(call, number - tracks.ev.shift(fn, fn.gid, n), param.name) for n, call in calls)


def _is_omitted(tracks: Tracks, fn: Fn, number: int, param: Param) -> bool | None:
    """Whether some call of the program leaves the argument out; None where nobody calls it."""
    found: bool | None = None
    for caller, at in tracks.ev.callers(fn.gid):
        if at < 0:
            continue
        call = tracks.ev.symbols.fns[caller].facts.calls[at]
        position = number - tracks.ev.shift(fn, caller, at)
        spread = any(name == "**" for name, _ in call.kwargs) or any(v[:1] == "*" for g in call.args for v in g)
        names = [name for name, _ in call.kwargs]
        handed = spread or param.name in names or position < len(call.args) or bool(given(call, position, param.name))
        found = bool(found) or not handed
    return found


def _put_in(tracks: Tracks, fn: Fn, param: Param) -> list[Use]:
    """What puts something into the argument: the function itself, functions inside it, an object that keeps it."""
    path = f"%{param.name}"
    found = [
        tracks.access(fn.gid, i) for i, a in enumerate(fn.facts.accesses) if a.path == path and _grows(tracks, fn, a)
    ]
    for bind in fn.facts.binds:
        if bind.values == (path,) and fn.self_name and bind.target.startswith(f"%{fn.self_name}."):
            for loc in tracks.ev.located(fn.gid, bind.target):
                found += [use for use in _kept(tracks, loc, bind) if use.access.path.count(".") == 1]
    return list(dict.fromkeys(found))


def _kept(tracks: Tracks, loc: tuple[object, ...], bind: Bind) -> Iterator[Use]:
    """Changes of the attribute that keeps it, where the attribute never gets anything else."""
    if loc[0] != "i" or len(tracks.ev.binds(loc)) > 1:
        return
    for fid, number in tracks.by_name(str(loc[2])):
        fn = tracks.ev.symbols.fns[fid]
        access = fn.facts.accesses[number]
        if _grows(tracks, fn, access) and loc in tracks.ev.located(fid, access.path):
            yield tracks.access(fid, number)


def _grows(tracks: Tracks, fn: Fn, access: Access) -> bool:
    """Whether it puts something in; `cell[0] = x` keeps something, on purpose."""
    cell = access.op == "setitem" and access.key.isdigit()
    return access.op in GROWING and not cell and not tracks.is_call(fn.gid, access)


# -- defaults under another name ------------------------------------------------------------------------------------


def _renamed(tracks: Tracks) -> Iterator[tuple[Container, Sharing]]:
    """Defaults of a module that a function changes; whether under a name of its own, the code tells."""
    for name, places in tracks.named(_DEFAULTS):
        for fid, number in places:
            fn = tracks.ev.symbols.fns[fid]
            access = fn.facts.accesses[number]
            if fn.facts.parent < 0 or access.path != name or not _grows(tracks, fn, access) or access.locks:
                continue
            for loc in tracks.ev.locs(fid, access.path):
                made = _made_with_entries(tracks, loc)
                if made is not None and loc[0] == "g":
                    use, container = tracks.access(fid, number), tracks.container(loc, made[1], made[0])
                    yield container, Sharing(CODE, use, "change", made[0], "default", "medium", "renamed")


def _made_with_entries(tracks: Tracks, loc: tuple[object, ...]) -> tuple[Use, str] | None:
    """Where the module makes it, once and with something in it."""
    binds = tracks.ev.binds(loc)
    births = [(fid, int(path[1:])) for fid, bind in binds for path in bind.values if is_birth(path)]
    if len(binds) != 1 or len(births) != 1:
        return None
    fid, number = births[0]
    birth = tracks.ev.symbols.fns[fid].facts.births[number]
    if birth.kind not in CONTAINER_KINDS or birth.empty:
        return None
    return tracks.born(fid, number, "default"), birth.kind


# -- class attributes -----------------------------------------------------------------------------------------------


def _attribute(
    tracks: Tracks, cls: Cls, attr: str, binds: list[tuple[int, Bind]]
) -> Iterator[tuple[Container, Sharing]]:
    births = [(fid, int(path[1:])) for fid, bind in binds for path in bind.values if is_birth(path)]
    if len(binds) != 1 or len(births) != 1 or attr.isupper() or attr.startswith("__"):
        return
    fid, number = births[0]
    birth = tracks.ev.symbols.fns[fid].facts.births[number]
    if birth.kind not in CONTAINER_KINDS or _bound_on_objects(tracks, cls, attr):
        return
    loc = ("c", cls.gid, attr)
    changes = _changes_of(tracks, loc)
    growing = [at for at in changes if _access(tracks, *at).op in GROWING]
    if not growing or _is_meant(tracks, changes, growing):
        return
    made = tracks.born(fid, number, "attribute")
    found = [tracks.access(*at) for at in growing]
    also = tuple(("change", use) for use in [*found[1:], *(tracks.access(*at) for at in changes if at not in growing)])
    sure = "high" if made_often(tracks.ev, cls.gid) else "medium"
    if _may_be_meant(tracks, attr, changes, growing) or _made_once(tracks, cls) or _only_keeps(tracks, attr):
        sure = "low"
    if all(_follows_foreign_constructor(tracks, *at) for at in growing):
        sure = "low"  # which may have given the object one of its own
    container = tracks.container(loc, birth.kind, made)
    at = binds[0][1].at
    yield container, Sharing(CODE, found[0], "change", made, "attribute", sure, "attribute", also[:6], (), at)


def _changes_of(tracks: Tracks, loc: tuple[str, int, str]) -> list[Place]:
    """What changes it through objects; nothing where it is reached through the class as well."""
    uses = [at for at in tracks.by_name(loc[2]) if loc in tracks.ev.located(at[0], _bare(tracks, *at))]
    if any(_is_of_class(tracks, *at, loc[2]) for at in uses):
        return []
    return [
        at
        for at in uses
        if (access := _access(tracks, *at)).op in CHANGES and "[" not in access.path
        if not tracks.is_call(at[0], access)
    ]


def _follows_foreign_constructor(tracks: Tracks, fid: int, number: int) -> bool:
    """Whether a change comes after the constructor of a class that the program does not show has been called."""
    fn = tracks.ev.symbols.fns[fid]
    if fn.facts.name != "__init__" or fn.cls < 0 or not tracks.ev.symbols.classes[fn.cls].outside:
        return False
    before = (n for n, call in enumerate(fn.facts.calls) if call.seq < fn.facts.accesses[number].seq)
    made = (n for n in before if split(fn.facts.calls[n].callee)[1] == "__init__")
    return any(not tracks.ev.functions(fid, n) for n in made)


def _is_meant(tracks: Tracks, changes: list[Place], growing: list[Place]) -> bool:
    """Whether it is shared on purpose: under a lock, or as a registry."""
    if any(_is_under_a_lock(tracks, *at) for at in changes) or _registers_itself(tracks, growing):
        return True
    return all(_is_of_the_object(tracks, *at) for at in growing)


def _is_under_a_lock(tracks: Tracks, fid: int, number: int) -> bool:
    """Whether something is held there that may be a lock: an open file is not."""
    facts = tracks.ev.symbols.fns[fid].facts
    held = [one.path for one in facts.locksets[facts.accesses[number].locks]]
    calls = [facts.calls[call_of(path)].callee if call_of(path) >= 0 else "" for path in held]
    return any(leaf_name(callee) not in _OPENING for callee in calls)


def _may_be_meant(tracks: Tracks, attr: str, changes: list[Place], growing: list[Place]) -> bool:
    """Whether it looks like a cache for all that nobody empties for himself; each object may want one as well."""
    emptied = any(_access(tracks, *at).op == "clear" for at in changes)
    if all(_is_looked_up(tracks, *at) for at in growing):
        return not any(_access(tracks, *at).op in TAKING | {"clear"} for at in changes)
    return bool(_MEANT.search(attr.lower())) and not emptied


def _only_keeps(tracks: Tracks, attr: str) -> bool:
    """Whether objects do no more than keep alive there what is theirs: nobody looks into it, under any name."""
    if not attr.startswith("_") or tracks.ev.flow.closure({attr}, HOPS) != {attr}:
        return False
    return all(_access(tracks, *at).op in _KEEPING for at in tracks.by_name(attr))


def _is_of_the_object(tracks: Tracks, fid: int, number: int) -> bool:
    """Whether an object stores something under its own name: a dict of its own would need no such key."""
    fn = tracks.ev.symbols.fns[fid]
    return _access(tracks, fid, number).key.startswith((f"%{fn.self_name}.", f"{fn.self_name}."))


def _is_looked_up(tracks: Tracks, fid: int, number: int) -> bool:
    """Whether it fills in what was found missing, or no longer good: a value that is computed once for all."""
    facts = tracks.ev.symbols.fns[fid].facts
    kinds = {c.kind for c in facts.compounds if c.second == number}
    if not kinds.isdisjoint(("get-create", "except-create")):
        return True
    store = facts.accesses[number]
    asked = (a for a in facts.accesses if a.op == "contains" and a.path == store.path and a.seq < store.seq)
    return "read-write" not in kinds and bool(store.key) and any(a.key == store.key for a in asked)


def _access(tracks: Tracks, fid: int, number: int) -> Access:
    return tracks.ev.symbols.fns[fid].facts.accesses[number]


def _bare(tracks: Tracks, fid: int, number: int) -> str:
    path = _access(tracks, fid, number).path.partition("|")[0]
    while path.endswith(("[]", "<>")):
        path = path[:-2]
    return path


def _bound_on_objects(tracks: Tracks, cls: Cls, attr: str) -> bool:
    """Whether objects, or classes below, get one of their own."""
    symbols = tracks.ev.symbols
    family = symbols.family(cls.gid)
    if any(attr in symbols.classes[cid].attrs for cid in family):
        return True
    if any(attr in symbols.classes[cid].names for cid in family if cid != cls.gid):
        return True
    return bool(symbols.attr_binds.get(attr))


def _is_of_class(tracks: Tracks, fid: int, number: int, attr: str) -> bool:
    """Whether it is reached through the class, in a class method, or while a class is made: then it is meant so."""
    fn = tracks.ev.symbols.fns[fid]
    path = _bare(tracks, fid, number)
    own = f"%{fn.self_name}.{attr}"
    return path != own or is_class_side(fn)


def _registers_itself(tracks: Tracks, growing: list[Place]) -> bool:
    """Whether objects enter themselves, or what is made anew for all: a registry, or the state that all share."""
    for fid, number in growing:
        fn = tracks.ev.symbols.fns[fid]
        access = _access(tracks, fid, number)
        own = f"%{fn.self_name}"
        if own in access.values or access.key.partition("@")[0] in (own, fn.self_name):
            return True
        if fn.facts.name in ("__new__", "__init_subclass__", "__set_name__", "__del__"):
            return True
    return False


def _made_once(tracks: Tracks, cls: Cls) -> bool:
    """Whether the program makes one object of the class: it keeps its only one, or is called where it is imported."""
    maker = tracks.ev.symbols.method(cls.gid, "__new__")
    if maker is not None:
        facts = tracks.ev.symbols.fns[maker].facts
        kept = facts.params[0].name if facts.params else ""
        if any(bind.target.startswith((f"%{kept}.", f"{cls.facts.name}.")) for bind in facts.binds):
            return True
    sites = [site for site in tracks.ev.calls_named(cls.facts.name) if ("C", cls.gid) in tracks.ev.targets(*site)]
    fns = tracks.ev.symbols.fns
    if len(sites) != 1 or tracks.ev.symbols.subclasses.get(cls.gid):
        return False
    fid, number = sites[0]
    call = fns[fid].facts.calls[number]
    return fns[fid].facts.parent < 0 and not call.loops
