"""Conditions: evaluating one, and what is known when it holds or fails."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dictlint.index.compounds import direct_read, reads_in
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_access
from dictlint.index.keys import key_text
from dictlint.index.states import Test

Tests = tuple[Test, ...]

_FLIP = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
_ORDERINGS = (ast.Lt, ast.Gt, ast.LtE, ast.GtE, ast.Eq, ast.NotEq, ast.Is, ast.IsNot)
_KINDS = {"len": "size", "contains": "contains"}
_ENTRY_READS = frozenset({"getitem", "get"})


def negated(tests: Tests) -> Tests:
    """What is known when the condition does not hold."""
    if not tests:
        return ()
    return tuple([Test(t.first, not t.positive, t.kind, t.path, t.key, t.moment, t.awaits, t.keys) for t in tests])


def condition(f: Frame, node: Any, values: Values | None = None, start: int = 0) -> Tests:
    """Follow a condition and say what its truth means for the containers in it. An operand that has been evaluated
    already brings its values and the number of accesses before it. Leaves the operand's values in `f.returned`."""
    if values is not None:
        return _truth(f, node, values, start)
    known = _CONDITIONS.get(type(node))
    if known is not None:
        f.returned = ()
        return known(f, node)
    f.returned = EVAL[type(node)](f, node)
    return ()


def make_test(f: Frame, first: int, positive: bool, kind: str) -> Test:
    """A test on access `first`."""
    access = f.accesses[first]
    return Test(first, positive, kind, access.path, access.key, f.moments[first], access.awaits)


def _plain(f: Frame, node: Any) -> Tests:
    start = len(f.accesses)
    values = EVAL[type(node)](f, node)
    f.returned = values
    return _truth(f, node, values, start)


def _truth(f: Frame, node: Any, values: Values, start: int) -> Tests:
    tests: list[Test] = []
    direct = direct_read(f, node, start)
    if direct >= 0:
        tests.append(make_test(f, direct, not _missed(f, node), _KINDS.get(f.accesses[direct].op, "get")))
    for path in values:
        if path[0] not in "(&" and path[-1] != ")" and "|" not in path:
            tests.append(make_test(f, add_access(f, path, "truth", "truth", node), True, "truth"))
    return tuple(tests)


def _missed(f: Frame, node: Any) -> bool:
    origin = f.info.get(node.id) if type(node) is ast.Name else None
    return origin is not None and origin.missed


def _not(f: Frame, node: ast.UnaryOp) -> Tests:
    if type(node.op) is ast.Not:
        tests = negated(condition(f, node.operand))
        f.returned = ()
        return tests
    EVAL[ast.UnaryOp](f, node)
    return ()


def _bool_op(f: Frame, node: ast.BoolOp) -> Tests:
    is_or = type(node.op) is ast.Or
    before = f.tests
    found: Tests = ()
    for each in node.values:
        tests = condition(f, each)
        if tests:
            found += tests
            f.tests += negated(tests) if is_or else tests
    f.tests = before
    f.returned = ()
    return found


def _compare(f: Frame, node: ast.Compare) -> Tests:
    start = len(f.accesses)
    EVAL[ast.Compare](f, node)
    tests = _compared(f, node, start) if len(node.ops) == 1 else ()
    f.returned = ()
    return tests


def _compared(f: Frame, node: ast.Compare, start: int) -> Tests:
    op = type(node.ops[0])
    if op is ast.In or op is ast.NotIn:
        first, last = f.fresh
        positive = op is ast.In
        found = [i for i in range(first, last) if f.accesses[i].op == "contains"]
        return tuple([make_test(f, i, positive, "contains") for i in found])
    left, right = node.left, node.comparators[0]
    if type(right) is ast.Constant and right.value is None:
        return _none(f, left, start, op in (ast.IsNot, ast.NotEq))
    for one, other, kind in ((left, right, op), (right, left, _FLIP.get(op, op))):
        read = direct_read(f, one, start) if one is left or type(one) is ast.Name else _last_len(f, one, start)
        if read >= 0 and f.accesses[read].op == "len":
            return (make_test(f, read, _is_big(kind, other), "size"),)
    if len(f.accesses) == start and not f.info:
        return ()
    positive = op not in (ast.NotEq, ast.IsNot)
    entries = [i for i in reads_in(f, node, start) if f.accesses[i].op in _ENTRY_READS]
    return tuple([make_test(f, i, positive, "compare") for i in entries])


def _last_len(f: Frame, node: Any, start: int) -> int:
    if type(node) is ast.Call and len(f.accesses) > start and f.accesses[-1].op == "len":
        return len(f.accesses) - 1
    return -1


def _is_big(op: type, other: Any) -> bool:
    """Whether `len(d) <op> other` being true says that there is something to take."""
    zero = type(other) is ast.Constant and other.value == 0
    if op is ast.Eq:
        return not zero
    return op is ast.Gt or op is ast.GtE or op is ast.NotEq


def _none(f: Frame, node: Any, start: int, positive: bool) -> Tests:
    tests: list[Test] = []
    direct = direct_read(f, node, start)
    if direct >= 0:
        tests.append(make_test(f, direct, positive, "get"))
        if type(node) is not ast.NamedExpr:
            return tuple(tests)
    values = _pure_values(f, node)
    for path in values:
        if ("." in path or path[0] not in "%#!&(") and path[-1] not in "])>":
            first = add_access(f, path, "truth", "is-none", node)
            tests.append(make_test(f, first, positive, "exists"))
    return tuple(tests)


def _pure_values(f: Frame, node: Any) -> Values:
    """The values of a name or attribute chain that has been followed already: reading it twice records nothing."""
    if type(node) is ast.NamedExpr:
        node = node.target
    inner = node
    while type(inner) is ast.Attribute:
        inner = inner.value
    if type(inner) is ast.Name:
        return EVAL[type(node)](f, node)
    if type(inner) is ast.Call:
        return f.returned
    return ()


def _call(f: Frame, node: ast.Call) -> Tests:
    start = len(f.accesses)
    calls = len(f.calls)
    moment = f.switches
    values = EVAL[ast.Call](f, node)
    f.returned = values
    if len(f.accesses) > start:
        last = f.accesses[-1]
        if last.at.column == node.col_offset and last.at.line == node.lineno:
            if last.op in ("get", "pop-default", "contains"):
                return (make_test(f, len(f.accesses) - 1, True, "contains" if last.op == "contains" else "get"),)
            if last.op == "len" or last.how == "bool":
                return (make_test(f, len(f.accesses) - 1, True, "size"),)
            if last.how == "hasattr":
                return (make_test(f, len(f.accesses) - 1, True, "exists"),)
    if type(node.func) is ast.Name and values and values[0][0] != "!":
        return _truth(f, node, values, start)
    if len(f.calls) > calls and values == (f"!{len(f.calls) - 1}",):
        return _helper(f, node, moment)
    return ()


def _helper(f: Frame, node: ast.Call, moment: int) -> Tests:
    keys = tuple([text for text in [key_text(f, each) for each in node.args] if text])
    callee = f.calls[-1].callee
    if callee[:1] in ("", "@") or (node.args and not keys):
        return ()
    return (Test(len(f.calls) - 1, True, "helper", "", "", moment, f.awaits, keys),)


_CONDITIONS: dict[type, Callable[[Frame, Any], Tests]] = {
    ast.Name: _plain,
    ast.Attribute: _plain,
    ast.Subscript: _plain,
    ast.NamedExpr: _plain,
    ast.UnaryOp: _not,
    ast.BoolOp: _bool_op,
    ast.Compare: _compare,
    ast.Call: _call,
}
