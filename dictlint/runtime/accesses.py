"""Accesses of dicts as they stand in a source: operation, container and key, in the words of the source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

READS = {"get": "get", "__getitem__": "getitem", "__contains__": "contains", "has_key": "contains"}
ACTS = {"pop": "pop", "__setitem__": "setitem", "__delitem__": "delitem", "popitem": "popitem"}


class Access(NamedTuple):
    """One access in the source. `at` tells it from all others."""

    op: str
    container: str
    key: str
    names: frozenset[str]
    line: int
    at: tuple[str, int, int]


def access_of(node: ast.AST) -> Access | None:
    """The access that an expression is, if it is one."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
        return subscript(node, "getitem")
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        container = node.comparators[0]
        if isinstance(container, ast.Call) and not container.args and _method(container) == "keys":
            container = container.func.value  # type: ignore[attr-defined]
        if isinstance(container, (ast.Name, ast.Attribute, ast.Subscript)):
            return _made("contains", container, node.left, node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return called(node.func, node)
    return None


def called(method: ast.Attribute, node: ast.Call) -> Access | None:
    """That of a call of a method, which may have a name of its own."""
    name = method.attr
    if not node.args or (name == "pop" and len(node.args) + len(node.keywords) > 1):
        return None
    op = READS.get(name) or ACTS.get(name)
    return None if op is None else _made(op, method.value, node.args[0], node)


def subscript(node: ast.Subscript, op: str) -> Access:
    return _made(op, node.value, node.slice, node)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _made(op: str, container: ast.expr, key: ast.expr, node: ast.expr) -> Access:
    names = {part.id for whole in (container, key) for part in ast.walk(whole) if isinstance(part, ast.Name)}
    names |= {
        ast.unparse(part) for whole in (container, key) for part in ast.walk(whole) if isinstance(part, ast.Attribute)
    }
    at = (op, node.end_lineno or 0, node.end_col_offset or 0)
    return Access(op, ast.unparse(container), ast.unparse(key), frozenset(names), node.lineno, at)


def alike(read: Access, act: Access) -> bool:
    """Whether both say in the same words which entry they mean."""
    return read.container == act.container and read.key == act.key


def own_accesses(statement: ast.stmt) -> Iterator[Access]:
    """Those of a simple statement."""
    if isinstance(statement, (ast.Return, ast.Assign, ast.Expr, ast.AnnAssign)):
        for node in ast.walk(statement):
            access = access_of(node)
            if access is not None:
                yield access


def targets(node: ast.stmt) -> Iterable[ast.expr]:
    """What a statement binds."""
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        return [node.target]
    return []


def bound_names(target: ast.expr) -> set[str]:
    """Names and attributes (`x`, `self.x`) that this target binds; items (`d[k]`) are no names."""
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Attribute):
        return {ast.unparse(target)}
    if isinstance(target, (ast.Tuple, ast.List)):
        return set().union(*map(bound_names, target.elts))
    return bound_names(target.value) if isinstance(target, ast.Starred) else set()
