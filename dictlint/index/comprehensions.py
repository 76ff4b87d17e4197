"""Comprehensions and generator expressions."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.arguments import GENERATORS
from dictlint.index.conditions import condition
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_birth, add_lazy, add_pause, span_of
from dictlint.index.iteration import open_iteration, source
from dictlint.index.origins import set_key_origin
from dictlint.index.paths import unpacked
from dictlint.index.states import Origin
from dictlint.model.body import Birth


def bound_names(target: Any, into: list[str]) -> list[str]:
    """The plain names in a target."""
    kind = type(target)
    if kind is ast.Name:
        into.append(target.id)
    elif kind is ast.Tuple or kind is ast.List:
        for each in target.elts:
            bound_names(each, into)
    elif kind is ast.Starred:
        bound_names(target.value, into)
    return into


def _bind(f: Frame, target: Any, values: Values) -> None:
    kind = type(target)
    if kind is ast.Name:
        f.env[target.id] = values
        f.versions[target.id] = f.seq + 1
        if values:
            f.local_binds.append((target.id, values, target, f.seq, f.locks, f.loops, f.awaits))
    elif kind is ast.Starred:
        _bind(f, target.value, ())
    elif kind is ast.Tuple or kind is ast.List:
        for each, part in zip(target.elts, unpacked(values, len(target.elts))):
            _bind(f, each, part)
    else:
        EVAL[kind](f, target)


def _run(f: Frame, node: Any, lazy: bool) -> tuple[Values, Values]:
    """Follow the clauses and the element; the element's values and, for a lazy one, what is read later."""
    generators = node.generators
    names: list[str] = []
    for each in generators:
        bound_names(each.target, names)
    env, versions, info = f.env, f.versions, f.info
    saved = [(name, env.get(name), versions.get(name), info.get(name)) for name in names]
    state = (f.tests, f.during, f.over, f.loops, f.leaves, f.shadowing)
    f.shadowing += tuple(names)
    f.leaves = False
    later: Values = ()
    for each in generators:
        keys: dict[str, int] = {}
        if lazy:
            found = source(f, each.iter)
            items = found.items
            later += tuple([f"{p.partition('|')[0]}|iter" for p in found.paths if p[0] not in "(&"])
        else:
            items, live, keys = open_iteration(f, each.iter, "comprehension")
            if each.is_async:
                add_pause(f, "async for", each.iter)
            f.during += live
            f.over += ((live, keys, f.loops + 1),)
        f.loops += 1
        f.switches += 1
        _bind(f, each.target, items)
        set_key_origin(f, each.target, items, keys)
        for test in each.ifs:
            f.tests += condition(f, test)
    if type(node) is ast.DictComp:
        EVAL[type(node.key)](f, node.key)
        element = node.value
    else:
        element = node.elt
    values = EVAL[type(element)](f, element)
    if type(element) is ast.Name:
        f.last_key = f.info.get(element.id, Origin()).key_of
    else:
        f.last_key = -1
    f.last_live = f.during[len(state[1]) :]
    f.tests, f.during, f.over, f.loops, f.leaves, f.shadowing = state
    for name, old, version, origin in saved:
        _restore(env, name, old)
        _restore(versions, name, version)
        _restore(info, name, origin)
    return values, later


def _restore(table: dict[str, Any], name: str, old: Any) -> None:
    if old is not None:
        table[name] = old
    else:
        table.pop(name, None)


def _made(f: Frame, node: Any, kind: str) -> Values:
    values, _ = _run(f, node, False)
    source_access = f.last_key
    born = add_birth(f, Birth(kind, span_of(node), (), False, tuple([v for v in values if v[0] != "="])))
    if source_access >= 0:
        f.holds[born] = source_access
    return (born,)


def list_comprehension(f: Frame, node: ast.ListComp) -> Values:
    """`[x for x in d]`."""
    return _made(f, node, "list")


def set_comprehension(f: Frame, node: ast.SetComp) -> Values:
    """`{x for x in d}`."""
    return _made(f, node, "set")


def dict_comprehension(f: Frame, node: ast.DictComp) -> Values:
    """`{k: v for k, v in d.items()}`."""
    return _made(f, node, "dict")


def generator(f: Frame, node: ast.GeneratorExp) -> Values:
    """`(x for x in d)` that travels: it reads `d` where it is consumed."""
    _, later = _run(f, node, True)
    made = tuple(dict.fromkeys(later))[:4]
    if made and (f.attempt >= 0 or f.locks):
        add_lazy(f, made, node)
    return made


def consumed_generator(f: Frame, node: ast.GeneratorExp) -> Values:
    """`sum(x for x in d)`: consumed on the spot. Returns what its items may be."""
    values, _ = _run(f, node, False)
    return values


GENERATORS.append(consumed_generator)
EVAL[ast.ListComp] = list_comprehension
EVAL[ast.SetComp] = set_comprehension
EVAL[ast.DictComp] = dict_comprehension
EVAL[ast.GeneratorExp] = generator
