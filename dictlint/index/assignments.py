"""Assignment statements: what is evaluated, where it goes, and what the target tells the call on the right."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.annotations import bind_types, types_of
from dictlint.index.dispatch import EVAL, STMT
from dictlint.index.frame import Frame, Values, span_of
from dictlint.index.keys import is_fresh, key_text
from dictlint.index.origins import trace
from dictlint.index.states import Test
from dictlint.index.stores import store


def assign(f: Frame, node: ast.Assign) -> bool:
    """`a = b = value`."""
    value: Any = node.value
    targets: list[Any] = node.targets
    start = len(f.accesses)
    kind = type(value)
    first = targets[0]
    tests = f.tests
    if kind is ast.Constant:
        values: Values = ()
    elif kind is ast.Tuple and type(first) is ast.Tuple and _parallel(f, node, value, first):
        return False
    else:
        if kind is ast.Call or kind is ast.Await:
            _expect(f, first)
        elif kind is ast.BoolOp and type(value.op) is ast.Or:
            values = _defaulting(f, value, start)
            for target in targets:
                store(f, target, values, value, start)
            f.tests = tests
            return False
        values = EVAL[kind](f, value)
    if type(first) is ast.Name and f.number and f.class_body < 0 and not f.declared and len(targets) == 1:
        name = first.id  # by far the commonest target
        f.env[name] = values
        f.versions[name] = f.seq + 1
        if kind is ast.Call and is_fresh(value):
            f.minted += (key_text(f, first),)
        if values:
            f.local_binds.append((name, values, first, f.seq, f.locks, f.loops, f.awaits))
        if f.info or len(f.accesses) > start:
            trace(f, name, value, start)
        return False
    for target in targets:
        store(f, target, values, value, start)
    return False


def _defaulting(f: Frame, value: Any, start: int) -> Values:
    """`d[k] = d.get(k) or make()`: the store happens because the first operand was missing."""
    values = EVAL[ast.BoolOp](f, value)
    first = value.values[0]
    for index in range(start, len(f.accesses)):
        access = f.accesses[index]
        if access.at == span_of(first):
            kind = {"get": "get", "getitem": "get", "truth": "truth"}.get(access.op)
            if kind:
                test = Test(index, False, kind, access.path, access.key, f.moments[index], access.awaits)
                f.tests += (test,)
    return values


def _expect(f: Frame, target: Any) -> None:
    """Tell the call that follows where its result goes."""
    if type(target) is ast.Attribute and type(target.value) is ast.Name:
        path = EVAL[ast.Attribute](f, target)
        if path:
            f.role = (path[0], False)
    elif type(target) is ast.Name and (not f.number or target.id in f.declared) and f.class_body < 0:
        f.role = (f.declared.get(target.id, target.id), False)


def _parallel(f: Frame, node: ast.Assign, value: ast.Tuple, target: ast.Tuple) -> bool:
    """`a, b = x, y` element by element: all values are read before anything is stored."""
    if len(node.targets) != 1 or len(value.elts) != len(target.elts):
        return False
    if any(type(e) is ast.Starred for e in value.elts) or any(type(e) is ast.Starred for e in target.elts):
        return False
    found = []
    for each in value.elts:
        start = len(f.accesses)
        found.append((() if type(each) is ast.Constant else EVAL[type(each)](f, each), each, start))
    pairs = list(zip(target.elts, found))
    for plain in (True, False):  # names first: an alias taken in a swap must see the attribute change after it
        for one, (values, each, start) in pairs:
            if (type(one) is ast.Name) is plain:
                store(f, one, values, each, start)
    return True


def annotated(f: Frame, node: ast.AnnAssign) -> bool:
    """`x: T = value`: the bind carries the annotation."""
    value = node.value
    types = types_of(f, node.annotation)
    if value is None:
        bind_types(f, node, types)
        return False
    start = len(f.accesses)
    values: Values = ()
    if type(value) is not ast.Constant:
        if type(value) is ast.Call:
            _expect(f, node.target)
        values = EVAL[type(value)](f, value)
    if type(node.target) is ast.Name and f.number and f.class_body < 0:
        bind_types(f, node, types)
        types = ()
    f.types = types
    store(f, node.target, values, value, start)
    f.types = ()
    return False


def walrus(f: Frame, node: ast.NamedExpr) -> Values:
    """`(x := value)`."""
    start = len(f.accesses)
    value = node.value
    values = () if type(value) is ast.Constant else EVAL[type(value)](f, value)
    store(f, node.target, values, value, start)
    return values


EVAL[ast.NamedExpr] = walrus
STMT[ast.Assign] = assign
STMT[ast.AnnAssign] = annotated
