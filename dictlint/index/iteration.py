"""Iterating: what a loop, comprehension or consumer reads, and what it gets."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import msgspec

from dictlint.index.arguments import GENERATORS, arguments, record
from dictlint.index.calls import CONSUME
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import USED, Frame, Values, add_access, add_lazy, add_pause
from dictlint.index.paths import items_of
from dictlint.knowledge.operations import op_of


class Source(msgspec.Struct, frozen=True, gc=False):
    """What an iterable expression stands for: the live paths it reads (views marked), the items it gives, and the lazy
    builtin it is wrapped in. `live`: accesses that go on as long as it is consumed (a generator expression's own)."""

    paths: Values
    items: Values
    wrapper: str = ""
    live: tuple[int, ...] = ()


def source(f: Frame, node: Any) -> Source:
    """Follow an iterable that is about to be consumed."""
    kind = type(node)
    if kind is ast.Call:
        func = node.func
        if type(func) is ast.Name:
            lazy = _LAZY.get(func.id)
            if lazy is not None and func.id not in f.module.bound and func.id not in f.env and node.args:
                f.role = USED
                return lazy(f, node)
    elif kind is ast.GeneratorExp:
        items = GENERATORS[0](f, node)
        return Source((), items, "comprehension", f.last_live)
    paths = EVAL[kind](f, node)
    return Source(paths, _items(f, paths))


def _items(f: Frame, paths: Values) -> Values:
    if not paths:
        return ()
    if len(paths) == 1:
        return items_of(f, paths[0])
    return tuple(dict.fromkeys([item for path in paths for item in items_of(f, path)]))[:4]


def _enumerate(f: Frame, node: ast.Call) -> Source:
    inner = source(f, node.args[0])
    for each in node.args[1:]:
        EVAL[type(each)](f, each)
    return Source(inner.paths, tuple([f"(?;{item})" for item in inner.items]), "enumerate")


def _zip(f: Frame, node: ast.Call) -> Source:
    inner = [source(f, each) for each in node.args]
    items = ";".join([one.items[0] if one.items else "?" for one in inner])
    known = any(one.items for one in inner) and not any(type(a) is ast.Starred for a in node.args)
    return Source(tuple([path for one in inner for path in one.paths]), (f"({items})",) if known else (), "zip")


def _same(f: Frame, node: ast.Call) -> Source:
    inner = source(f, node.args[0])
    for each in node.args[1:]:
        EVAL[type(each)](f, each)
    return Source(inner.paths, inner.items, inner.wrapper or "reversed")


def _filter(f: Frame, node: ast.Call) -> Source:
    if len(node.args) < 2:
        return _same(f, node)
    given = EVAL[type(node.args[0])](f, node.args[0])
    inner = source(f, node.args[1])
    _runs(f, node, "filter", given)
    return Source(inner.paths, inner.items, "filter")


def _map(f: Frame, node: ast.Call) -> Source:
    given = EVAL[type(node.args[0])](f, node.args[0])
    inner = [source(f, each) for each in node.args[1:]]
    _runs(f, node, "map", given)
    return Source(tuple([path for one in inner for path in one.paths]), (), "map")


def _runs(f: Frame, node: ast.Call, name: str, given: Values) -> None:
    """The function given to map or filter is called: the linker needs the edge."""
    if given:
        record(f, node, (name,), (given,), (), USED)


_LAZY: dict[str, Callable[[Frame, Any], Source]] = {
    "enumerate": _enumerate,
    "zip": _zip,
    "reversed": _same,
    "iter": _same,
    "filter": _filter,
    "map": _map,
}
LAZY_NAMES = tuple(_LAZY)


def open_iteration(f: Frame, node: Any, form: str) -> tuple[Values, tuple[int, ...], dict[str, int]]:
    """A loop over `node` begins: the items it gives, the accesses that are live, and for each container whose keys it
    enumerates the access that does."""
    found = source(f, node)
    paths = found.paths
    live = list(found.live)
    keys: dict[str, int] = {f.accesses[index].path: index for index in live}
    for path in paths:
        if path[0] in "(&":
            continue
        base, _, view = path.partition("|")
        call = f.view_calls.get(base, -1) if view else -1
        index = add_access(f, base, "iterate", f"{form}:{view or 'keys'}", node, "", (), call)
        live.append(index)
        origin = f.holds.get(base, index)
        keys[f.accesses[origin].path] = origin
    return found.items, tuple(live), keys


def consume(f: Frame, node: Any, consumer: str, at: Any) -> tuple[Values, Values, int]:
    """A builtin or library function reads an iterable whole: the items, the containers read, the last access."""
    found = source(f, node)
    last = -1
    bases: list[str] = []
    for path in found.paths:
        if path[0] in "(&*=":
            continue
        base, _, view = path.partition("|")
        how = f"{found.wrapper or consumer}:{view or 'keys'}"
        call = f.view_calls.get(base, -1) if view else -1
        last = add_access(f, base, op_of(how), how, at, "", (), call)
        bases.append(base)
    return found.items, tuple(bases), last


CONSUME.append(consume)


def yielded_from(f: Frame, node: ast.YieldFrom) -> Values:
    """`yield from x`: its items are yielded; its value is what a generator called here returns."""
    f.is_generator = True
    start = len(f.calls)
    items, bases, _ = consume(f, node.value, "yield from", node)
    for each in items:
        f.yields.setdefault(each, (node, f.locks))
    add_pause(f, "yield from", node)
    return tuple([path for path in bases if path[0] == "!" and path[1:].isdigit() and int(path[1:]) >= start])


EVAL[ast.YieldFrom] = yielded_from


def lazy_value(f: Frame, node: Any, path: str, role: tuple[str, bool]) -> Values | None:
    """`enumerate(d)` and the like as a value that travels: nothing is read yet."""
    if not node.args or type(node.func) is not ast.Name:
        return None
    args, _ = arguments(f, node)
    if path in ("map", "filter") and args:
        _runs(f, node, path, args[0])
        args = args[1:]
    elif path == "iter" and len(node.args) > 1:
        return ()
    live = [f"{value.partition('|')[0]}|iter" for values in args for value in values if value[0] not in "(=*&"]
    f.switches += 1
    made = tuple(dict.fromkeys(live))[:4]
    if made and (f.attempt >= 0 or f.locks):
        add_lazy(f, made, node)
    return made
