"""DCT202: a value type carries a dict; copies of the value share it, and one of them changes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dictlint.link.copies.objects import Copying
from dictlint.link.copies.splits import is_made_anew
from dictlint.link.copies.tracks import CHANGES, Tracks, step
from dictlint.link.paths import call_of, leaf_name
from dictlint.link.question import CONTAINER_KINDS
from dictlint.link.symbols import Cls
from dictlint.model.body import Access
from dictlint.model.program import Container, Sharing, Use

CODE = "DCT202"
_FROZEN_NAMES = ("frozen", "attrs.frozen", "attr.frozen")
_VALUE_BASES = ("NamedTuple",)
_MAKING = frozenset(("__init__", "__post_init__", "__new__", "__attrs_post_init__"))


def changed_values(tracks: Tracks, copied: Iterable[Copying]) -> Iterator[tuple[Container, Sharing]]:
    """Every container of a value type that is changed in place, though values are copied with it."""
    by_class: dict[int, list[Copying]] = {}
    for one in copied:
        if one.how != "deepcopy":
            by_class.setdefault(one.cls, []).append(one)
    for cls in tracks.ev.symbols.classes:
        if not (cls.facts.decorators or cls.facts.bases) or not is_value(cls):
            continue
        for attr, kind in _fields(tracks, cls):
            copies = [one for one in by_class.get(cls.gid, ()) if attr not in one.given]
            changes = [*_changes(tracks, cls, attr), *_on_copies(tracks, copies, attr)]
            if changes:
                handed = [(one.function, one.call) for one in copies] or _handed_on(tracks, cls, attr)
                other = tracks.call(*handed[0], "copy") if handed else _field(tracks, cls, attr)
                container = tracks.container(("i", cls.gid, attr), kind, other)
                also = tuple(("change", use) for use in changes[1:])
                said = (("target", f"`{cls.facts.name}`"),)
                form, sure, role = ("change", "high", "copy") if handed else ("possible", "low", "field")
                instead = tuple(tracks.call(*one, "copy") for one in handed[1:])
                yield (
                    container,
                    Sharing(CODE, changes[0], "change", other, role, sure, form, also, said, instead=instead),
                )


def _handed_on(tracks: Tracks, cls: Cls, attr: str) -> list[tuple[int, int]]:
    """Where a method makes another value and gives it the very container of its own: a copy made by hand."""
    found = []
    for fid, number in tracks.ev.calls_named(cls.facts.name):
        fn = tracks.ev.symbols.fns[fid]
        call = fn.facts.calls[number]
        given = (path for group in call.groups for path in group)
        if fn.cls == cls.gid and f"{fn.own}.{attr}" in given and ("C", cls.gid) in tracks.ev.targets(fid, number):
            found.append((fid, number))
    return found


def is_value(cls: Cls) -> bool:
    """Whether the class makes values that cannot be changed: frozen dataclasses, named tuples."""
    facts = cls.facts
    calls = cls.mod.facts.functions[facts.parent].calls
    for path in (path for group in facts.decorators for path in group):
        if call_of(path) >= 0:
            call = calls[call_of(path)]
            if ("frozen", ("=True",)) in call.kwargs or leaf_name(call.callee) == "frozen":
                return True
        elif path.lstrip("@").endswith(_FROZEN_NAMES):
            return True
    return any(path.endswith(_VALUE_BASES) for group in facts.bases for path in group)


def _fields(tracks: Tracks, cls: Cls) -> Iterator[tuple[str, str]]:
    """The fields that hold a container, by annotation or default, and that a copy takes over."""
    for attr in dict.fromkeys([*cls.attrs, *cls.names]):
        binds = [*cls.attrs.get(attr, ()), *cls.names.get(attr, ())]
        if any(is_made_anew(tracks, fid, bind) for fid, bind in binds):
            continue
        kind = next((name.partition("[")[0] for _, bind in binds for name in bind.types), "")
        if kind in CONTAINER_KINDS:
            yield attr, kind


def _field(tracks: Tracks, cls: Cls, attr: str) -> Use:
    fid, bind = [*cls.attrs.get(attr, ()), *cls.names.get(attr, ())][0]
    return step(tracks.ev, fid, Access(bind.target, "rebind", "=", bind.at, bind.seq))


def _on_copies(tracks: Tracks, copies: list[Copying], attr: str) -> list[Use]:
    """What is changed on the copy where it is made."""
    found = []
    for one in copies:
        path = f"!{one.call}.{attr}"
        for number, access in enumerate(tracks.ev.symbols.fns[one.function].facts.accesses):
            if access.path == path and access.op in CHANGES:
                found.append(tracks.access(one.function, number))
    return found


def _changes(tracks: Tracks, cls: Cls, attr: str) -> list[Use]:
    """What changes the container in place, other than while the value is made."""
    locs = {("i", cls.gid, attr), ("c", cls.gid, attr)}
    found = []
    for fid, number in tracks.by_name(attr):
        access = tracks.ev.symbols.fns[fid].facts.accesses[number]
        if access.op not in CHANGES or "[" in access.path or tracks.ev.symbols.fns[fid].facts.name in _MAKING:
            continue
        if not tracks.is_call(fid, access) and locs & set(tracks.ev.located(fid, access.path)):
            found.append(tracks.access(fid, number))
    return found
