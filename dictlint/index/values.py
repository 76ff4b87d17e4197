"""Expressions that neither call nor iterate: what they read and what they may denote."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.compounds import add_act, pair_with_key
from dictlint.index.conditions import condition, negated
from dictlint.index.copies import keep
from dictlint.index.dispatch import EVAL, nothing
from dictlint.index.frame import (
    AWAITED_DROPPED,
    AWAITED_USED,
    DROPPED,
    LONGEST_PATH,
    USED,
    Frame,
    Values,
    add_access,
    add_birth,
    add_pause,
    span_of,
    union,
)
from dictlint.index.keys import key_text
from dictlint.index.names import resolve
from dictlint.index.paths import as_tuple, entry_values, own_birth, split_tuple
from dictlint.model.body import Birth


def attribute(f: Frame, node: ast.Attribute) -> Values:
    """`x.attr`."""
    inner = node.value
    if type(inner) is ast.Name:
        name = inner.id
        base = f.env.get(name)
        if base is None:
            base = f.outer.get(name)
            if base is None:
                base = resolve(f, name)
    else:
        base = EVAL[type(inner)](f, inner)
    if not base:
        return ()
    attr = node.attr
    if attr == "data" and f.owner in f.module.user_dicts and base == ("%" + next(iter(f.params), ""),):
        return ("<super>",)
    if attr[:2] == "__" and f.mangle and attr[-2:] != "__":
        attr = f"_{f.mangle}{attr}"
    if len(base) == 1:
        path = base[0]
        return (f"{path}.{attr}",) if len(path) < LONGEST_PATH else ()
    return tuple([f"{each}.{attr}" for each in base])


def subscript(f: Frame, node: ast.Subscript) -> Values:
    """`x[k]` that is read."""
    inner = node.value
    base = EVAL[type(inner)](f, inner)
    key = node.slice
    if type(key) is ast.Slice:
        return _slice(f, node, base)
    if type(key) is not ast.Constant:
        EVAL[type(key)](f, key)
    if not base:
        return ()
    if base[0][0] == "(" and base[0][-1] == ")":
        return _tuple_item(base[0], key)
    text = key_text(f, key)
    for path in base:
        if "|" not in path:
            second = add_act(f, path, "getitem", "[]", node, text)
            if f.info:
                pair_with_key(f, second, key)
    if f.replaced and len(base) == 1 and type(key) is ast.Constant and _is_copied(f, base[0], text):
        return (base[0] + "[]",)
    return entry_values(f, base, text)


def _is_copied(f: Frame, path: str, key: str) -> bool:
    """Whether an entry of a copy still is that of the original: other entries alone have been replaced."""
    keys = f.replaced.get(path, ())
    return bool(keys) and key not in keys and all(each[:1] in ("'", '"') for each in keys)


def _tuple_item(path: str, key: Any) -> Values:
    parts = split_tuple(path)
    value = getattr(key, "value", None)
    if type(value) is int and value < len(parts):
        return parts[value]
    return ()


def _slice(f: Frame, node: ast.Subscript, base: Values) -> Values:
    bounds: Any = node.slice
    for each in (bounds.lower, bounds.upper, bounds.step):
        if each is not None:
            EVAL[type(each)](f, each)
    if not base or bounds.lower is not None or bounds.upper is not None:
        return base if len(base) == 1 and own_birth(base[0]) else ()
    for path in base:
        add_access(f, path, "snapshot", "slice:keys", node)
    items = tuple([path + "<>" for path in base])
    return (add_birth(f, Birth("list", span_of(node), base, False, items)),)


def bool_op(f: Frame, node: ast.BoolOp) -> Values:
    """`a or b` and `a and b` as values: the later operands run only when the earlier ones allow."""
    is_or = type(node.op) is ast.Or
    before = f.tests
    values: Values = ()
    *early, last = node.values
    for each in early:
        start = len(f.accesses)
        kind = type(each)
        if kind is ast.Name or kind is ast.Attribute or kind is ast.Subscript or kind is ast.NamedExpr:
            found = EVAL[kind](f, each)
            tests = condition(f, each, found, start)
        else:
            tests = condition(f, each)
            found = f.returned
        if is_or:
            values = union(values, found)
        if tests:
            f.tests += negated(tests) if is_or else tests
    values = union(values, EVAL[type(last)](f, last))
    f.tests = before
    return values


def if_expression(f: Frame, node: ast.IfExp) -> Values:
    """`a if test else b`."""
    before = f.tests
    tests = condition(f, node.test)
    f.tests = before + tests
    yes = EVAL[type(node.body)](f, node.body)
    f.tests = before + negated(tests)
    no = EVAL[type(node.orelse)](f, node.orelse)
    f.tests = before
    return union(yes, no)


def compare(f: Frame, node: ast.Compare) -> Values:
    """Comparisons; `in` is a read of its right side."""
    left = node.left
    if type(left) is not ast.Constant:
        f.returned = EVAL[type(left)](f, left)
    start = len(f.accesses)
    f.fresh = (start, start)
    for op, right in zip(node.ops, node.comparators):
        if type(right) is ast.Constant:
            left = right
            continue
        values = EVAL[type(right)](f, right)
        if values and (type(op) is ast.In or type(op) is ast.NotIn):
            _contains(f, node, left, values)
        left = right
    return ()


def _contains(f: Frame, node: ast.Compare, item: Any, values: Values) -> None:
    start = len(f.accesses)
    key = key_text(f, item)
    for path in values:
        if path[0] == "(":
            continue
        base, _, view = path.partition("|")
        if view == "values" or view == "iter":
            add_access(f, base, "iterate", f"in:{view}", node)
        else:
            add_act(f, base, "contains", "in:" + view if view else "in", node, key)
    f.fresh = (start, len(f.accesses))


def binary(f: Frame, node: ast.BinOp) -> Values:
    """Operators; `d | e` and `[x] * n` make containers."""
    left = node.left
    right = node.right
    before: Values = ()
    after: Values = ()
    if type(left) is not ast.Constant:
        before = EVAL[type(left)](f, left)
    if type(right) is not ast.Constant:
        after = EVAL[type(right)](f, right)
    if not before and not after:
        return ()
    op = type(node.op)
    born = (before and before[0] in f.contents) or _is_birth(before) or _is_birth(after)
    if op is ast.BitOr:
        for path in before + after:
            add_access(f, path, "snapshot", "|:keys", node)
        if born:
            return (add_birth(f, Birth(_kind(f, before + after), span_of(node), before + after)),)
    elif born and op is ast.Mult:
        path = (before or after)[0]
        items = f.contents.get(path, ())
        if not items:
            return ()
        made = add_birth(f, Birth("list", span_of(node), (), False, items, "<none>", False, True))
        keep(f, made)
        return (made,)
    elif born and op is ast.Add:
        items = tuple(
            dict.fromkeys(
                f.contents.get(before[0] if before else "", ()) + f.contents.get(after[0] if after else "", ())
            )
        )
        return (add_birth(f, Birth("list", span_of(node), (), False, items)),)
    return ()


def _is_birth(values: Values) -> bool:
    return len(values) == 1 and own_birth(values[0])


def _kind(f: Frame, values: Values) -> str:
    for path in values:
        if own_birth(path):
            return f.births[int(path[1:])].kind
    return "dict"


def tuple_display(f: Frame, node: ast.Tuple) -> Values:
    """`a, b`."""
    parts = [() if type(e) is ast.Constant else EVAL[type(e)](f, e) for e in node.elts]
    return as_tuple(parts)


def unary(f: Frame, node: ast.UnaryOp) -> Values:
    """`not x` reads x's truth; the others are arithmetic."""
    if type(node.op) is ast.Not:
        condition(f, node.operand)
    else:
        EVAL[type(node.operand)](f, node.operand)
    return ()


def await_value(f: Frame, node: ast.Await) -> Values:
    """`await x`."""
    inner = node.value
    f.role = AWAITED_DROPPED if f.role is DROPPED else AWAITED_USED
    calls = len(f.calls)
    values = EVAL[type(inner)](f, inner)
    awaited = type(inner) is ast.Call and len(f.calls) > calls and f.calls[-1].awaited
    path = values[0] if len(values) == 1 and type(inner) is not ast.Call and values[0][0] not in "#(" else ""
    add_pause(f, "await", node, len(f.calls) - 1 if awaited else -1, path)
    return values


def yielded(f: Frame, node: ast.Yield) -> Values:
    """`yield x`."""
    f.is_generator = True
    f.role = USED
    inner = node.value
    if inner is not None and type(inner) is not ast.Constant:
        for each in EVAL[type(inner)](f, inner):
            f.yields.setdefault(each, (node, f.locks))
    add_pause(f, "yield", node)
    return ()


def formatted(f: Frame, node: ast.JoinedStr) -> Values:
    """f-strings (and t-strings): only what stands in braces."""
    each: Any
    for each in node.values:
        if type(each) is not ast.Constant:
            inner = each.value
            EVAL[type(inner)](f, inner)
            spec = getattr(each, "format_spec", None)
            if spec is not None:
                EVAL[type(spec)](f, spec)
    return ()


def starred(f: Frame, node: ast.Starred) -> Values:
    """`*x` inside a display."""
    EVAL[type(node.value)](f, node.value)
    return ()


EVAL.update(
    {
        ast.Constant: nothing,
        ast.Attribute: attribute,
        ast.Subscript: subscript,
        ast.BoolOp: bool_op,
        ast.IfExp: if_expression,
        ast.Compare: compare,
        ast.BinOp: binary,
        ast.Tuple: tuple_display,
        ast.UnaryOp: unary,
        ast.Await: await_value,
        ast.Yield: yielded,
        ast.JoinedStr: formatted,
        ast.Starred: starred,
    }
)
