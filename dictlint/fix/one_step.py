"""Let one operation do what a test and an act did: `pop(k, None)`, `get(k, default)`, `setdefault(k, value)`."""

from __future__ import annotations

import re

import libcst as cst

from dictlint.fix.plan import Fix, is_cheap, own
from dictlint.fix.tree import Statement, Tree, argument, expression, statement
from dictlint.model.finding import Finding

CODES = ("DCT102", "DCT103", "DCT105", "DCT106")
KINDS = frozenset(("dict", "defaultdict", "Counter", "OrderedDict"))
Test = tuple[cst.BaseExpression, cst.BaseExpression, bool]  # container, key, whether the key is there


def plan(finding: Finding, tree: Tree) -> Fix | None:
    """By the form of the code around the finding's own place."""
    node = tree.expression(own(finding)[0]) if finding.accesses else None
    if node is None or finding.container.kind not in KINDS:
        return None
    for one in tree.around(node):
        if isinstance(one, cst.IfExp):
            return _choice(finding, tree, one)
        if isinstance(one, cst.If) and (test := _test(one.test)):
            return _branch(finding, tree, one, test)
        if isinstance(one, cst.If) and finding.code == "DCT103":
            return _fetched(finding, tree, one)
        if isinstance(one, cst.Try):
            return _caught(finding, tree, one)
        if isinstance(one, (cst.FunctionDef, cst.Lambda, cst.ClassDef)):
            return None
    return None


def _test(node: cst.BaseExpression) -> Test | None:
    """`k in d` or `k not in d`."""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        [one] = node.comparisons
        if isinstance(one.operator, (cst.In, cst.NotIn)):
            return one.comparator, node.left, isinstance(one.operator, cst.In)
    return None


# -- d[k] if k in d else x ---------------------------------------------------------------------------------------------


def _choice(finding: Finding, tree: Tree, node: cst.IfExp) -> Fix | None:
    test = _test(node.test)
    if test is None:
        return None
    there, otherwise = (node.body, node.orelse) if test[2] else (node.orelse, node.body)
    if not _is_entry(tree, there, test) or not is_cheap(otherwise):
        return None
    code = _get(tree, test, otherwise)
    return Fix(finding, "use `get`", True, (node,), (lambda updated: _parenthesised(expression(code), updated),))


def _parenthesised(made: cst.BaseExpression, like: cst.BaseExpression) -> cst.BaseExpression:
    return made.with_changes(lpar=like.lpar, rpar=like.rpar)


def _get(tree: Tree, test: Test, default: cst.BaseExpression) -> str:
    value = "" if tree.code(default) == "None" else f", {argument(tree.code(default), default)}"
    return f"{tree.code(test[0])}.get({argument(tree.code(test[1]), test[1])}{value})"


# -- if k in d: ... ----------------------------------------------------------------------------------------------------


def _branch(finding: Finding, tree: Tree, node: cst.If, test: Test) -> Fix | None:
    body = _only(node.body)
    is_elif = isinstance(tree.parent(node), cst.If)
    if body is None or is_elif or tree.has_comment(node):
        return _bound(finding, tree, node, test)
    if node.orelse is None:
        code = _removed(tree, body, test) if test[2] else _created(tree, body, test)
        if code and not test[2] and (merged := _merged(finding, tree, node, code, test, body)):
            return merged
        if code:
            safe = test[2] or is_cheap(_value(body))
            title = "use `pop` with a default" if test[2] else "use `setdefault`"
            return Fix(finding, title, safe, (node,), (lambda _: statement(code, node),))
    return _returned(finding, tree, node, body, test) or _bound(finding, tree, node, test)


def _merged(
    finding: Finding, tree: Tree, node: cst.If, code: str, test: Test, body: cst.BaseSmallStatement
) -> Fix | None:
    """`d.setdefault(k, []).append(x)`, and `return d.setdefault(k, [])`, where `d[k]` follows in a statement alone."""
    siblings = list(tree.siblings(node))
    after = siblings[siblings.index(node) + 1 : siblings.index(node) + 2] if node in siblings else []
    if not after or not isinstance(after[0], cst.SimpleStatementLine) or len(after[0].body) != 1:
        return None
    entries = [one for one in tree.below(after[0]) if _is_entry(tree, one, test)]
    small = after[0].body[0]
    first = small.value if isinstance(small, (cst.Expr, cst.Return)) else None
    while isinstance(first, (cst.Call, cst.Attribute)):
        first = first.func if isinstance(first, cst.Call) else first.value
    if len(entries) != 1 or first is not entries[0] or any(line.comment for line in after[0].leading_lines):
        return None
    text = tree.code(small).replace(tree.code(entries[0]), code, 1)
    how = (lambda _: statement(text, node, after[0]), lambda _: cst.RemoveFromParent())
    return Fix(finding, "use `setdefault`", is_cheap(_value(body)), (node, after[0]), how)


def _only(block: cst.BaseSuite) -> cst.BaseSmallStatement | None:
    """The one small statement of a block."""
    lines = block.body if isinstance(block, cst.IndentedBlock) else [block]
    if len(lines) == 1 and isinstance(lines[0], (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        small = lines[0].body
        return small[0] if len(small) == 1 else None
    return None


def _is_entry(tree: Tree, node: cst.CSTNode | None, test: Test) -> bool:
    """Whether it is `d[k]`."""
    if not isinstance(node, cst.Subscript) or len(node.slice) != 1 or not isinstance(node.slice[0].slice, cst.Index):
        return False
    return tree.same(node.value, test[0]) and tree.same(node.slice[0].slice.value, test[1])


def _removed(tree: Tree, small: cst.BaseSmallStatement, test: Test) -> str:
    """`d.pop(k, None)` for `del d[k]` and `d.pop(k)`."""
    call = small.value if isinstance(small, cst.Expr) else None
    pops = (
        isinstance(call, cst.Call)
        and isinstance(call.func, cst.Attribute)
        and call.func.attr.value == "pop"
        and tree.same(call.func.value, test[0])
        and len(call.args) == 1
        and tree.same(call.args[0].value, test[1])
    )
    if pops or (isinstance(small, cst.Del) and _is_entry(tree, small.target, test)):
        return f"{tree.code(test[0])}.pop({argument(tree.code(test[1]), test[1])}, None)"
    return ""


def _value(small: cst.BaseSmallStatement) -> cst.BaseExpression:
    assert isinstance(small, cst.Assign)
    return small.value


def _created(tree: Tree, small: cst.BaseSmallStatement, test: Test) -> str:
    """`d.setdefault(k, value)` for `d[k] = value`."""
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and _is_entry(tree, small.targets[0].target, test):
        if any(isinstance(one, (cst.Await, cst.Yield)) for one in tree.below(small.value)):
            return ""
        value = argument(tree.code(small.value), small.value)
        return f"{tree.code(test[0])}.setdefault({argument(tree.code(test[1]), test[1])}, {value})"
    return ""


def _returned(finding: Finding, tree: Tree, node: cst.If, small: cst.BaseSmallStatement, test: Test) -> Fix | None:
    """`return d.get(k, x)` for `if k in d: return d[k]`, with the `return x` that follows; `v = ...` alike."""
    then, otherwise = small, _otherwise(tree, node)
    if otherwise is None:
        return None
    small_other, extra = otherwise
    if not test[2]:
        then, small_other = small_other, then
    if isinstance(then, cst.Return) and isinstance(small_other, cst.Return):
        there, default, head = then.value, small_other.value or cst.Name("None"), "return "
    elif _assigns_alike(tree, then, small_other) and not extra:
        assert isinstance(then, cst.Assign)
        assert isinstance(small_other, cst.Assign)
        there, default, head = then.value, small_other.value, f"{tree.code(then.targets[0].target)} = "
    else:
        return None
    if not _is_entry(tree, there, test) or not is_cheap(default):
        return None
    code = head + _get(tree, test, default)
    last = extra[0] if extra else node
    nodes = (node, *extra)
    how = (lambda _: statement(code, node, last), *(lambda _: cst.RemoveFromParent() for _ in extra))
    return Fix(finding, "use `get`", True, nodes, how)


def _otherwise(tree: Tree, node: cst.If) -> tuple[cst.BaseSmallStatement, tuple[Statement, ...]] | None:
    """What is done where the test fails: in the `else`, or in the statement that follows a `return`."""
    if isinstance(node.orelse, cst.Else):
        small = _only(node.orelse.body)
        return None if small is None else (small, ())
    siblings = list(tree.siblings(node))
    after = siblings[siblings.index(node) + 1 : siblings.index(node) + 2] if node in siblings else []
    if node.orelse is not None or not after or not isinstance(after[0], cst.SimpleStatementLine):
        return None
    told = any(line.comment for line in after[0].leading_lines)
    small = after[0].body[0]
    return (small, (after[0],)) if isinstance(small, cst.Return) and not told else None


def _assigns_alike(tree: Tree, one: cst.BaseSmallStatement, other: cst.BaseSmallStatement) -> bool:
    if not isinstance(one, cst.Assign) or not isinstance(other, cst.Assign):
        return False
    return len(one.targets) == len(other.targets) == 1 and tree.same(one.targets[0], other.targets[0])


# -- if (value := d.get(k)) is not None: ... ---------------------------------------------------------------------------


def _bound(finding: Finding, tree: Tree, node: cst.If, test: Test) -> Fix | None:
    """One `get`, whose result takes the place of every `d[k]` in the body; wrong where `None` is stored."""
    if not test[2] or finding.code != "DCT102":
        return None
    entries = [one for one in tree.below(node.body) if _is_entry(tree, one, test)]
    if not entries or any(_is_target(tree, one) for one in entries):
        return None
    name = _free_name(tree, node)
    found = f"({name} := {tree.code(test[0])}.get({argument(tree.code(test[1]), test[1])})) is not None"
    how = (lambda updated: _parenthesised(expression(found), updated), *(lambda _: cst.Name(name) for _ in entries))
    return Fix(finding, "fetch the entry once", False, (node.test, *entries), how)


def _is_target(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether an entry is assigned or deleted."""
    parent = tree.parent(node)
    return isinstance(parent, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del, cst.NamedExpr)) and (
        getattr(parent, "value", None) is not node
    )


def _free_name(tree: Tree, node: cst.CSTNode) -> str:
    function = tree.function(node) or tree.module
    used = set(re.findall(r"\w+", tree.code(function)))
    return next(name for name in ("found", "value", "entry", "present", "found_entry") if name not in used)


# -- v = d.get(k); if v is None: v = d[k] = ... ------------------------------------------------------------------------


def _fetched(finding: Finding, tree: Tree, node: cst.If) -> Fix | None:
    """`v = d.setdefault(k, value)`; the value is made each time, and `None` stays where it is stored."""
    siblings = list(tree.siblings(node))
    before = siblings[siblings.index(node) - 1] if node in siblings and siblings.index(node) else None
    name = _tested_for_none(node.test)
    fetch = before.body[0] if isinstance(before, cst.SimpleStatementLine) and len(before.body) == 1 else None
    if not name or node.orelse is not None or before is None or tree.has_comment(node):
        return None
    if any(line.comment for line in node.leading_lines) or not isinstance(fetch, cst.Assign):
        return None
    test = _get_call(fetch.value)
    made = _made(tree, node, name, test) if test and tree.code(fetch.targets[0].target) == name else None
    if test is None or made is None:
        return None
    key, value = argument(tree.code(test[1]), test[1]), argument(tree.code(made), made)
    code = f"{name} = {tree.code(test[0])}.setdefault({key}, {value})"
    how = (lambda _: statement(code, before, node), lambda _: cst.RemoveFromParent())
    return Fix(finding, "use `setdefault`", False, (before, node), how)


def _tested_for_none(node: cst.BaseExpression) -> str:
    """The name in `v is None` or `not v`."""
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return node.expression.value if isinstance(node.expression, cst.Name) else ""
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1 and isinstance(node.left, cst.Name):
        [one] = node.comparisons
        is_none = isinstance(one.comparator, cst.Name) and one.comparator.value == "None"
        return node.left.value if isinstance(one.operator, cst.Is) and is_none else ""
    return ""


def _get_call(node: cst.BaseExpression) -> Test | None:
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.func.attr.value != "get":
        return None
    plain = len(node.args) == 1 and not node.args[0].star and node.args[0].keyword is None
    return (node.func.value, node.args[0].value, False) if plain else None


def _made(tree: Tree, node: cst.If, name: str, test: Test) -> cst.BaseExpression | None:
    """The value in `v = d[k] = value`, or in `v = value` and `d[k] = v`."""
    body = node.body.body if isinstance(node.body, cst.IndentedBlock) else ()
    small = [part for line in body if isinstance(line, cst.SimpleStatementLine) for part in line.body]
    if len(small) != sum(1 for _ in body) or not all(isinstance(one, cst.Assign) for one in small):
        return None
    assigns = [one for one in small if isinstance(one, cst.Assign)]
    targets = [[target.target for target in one.targets] for one in assigns]
    if len(assigns) == 1 and len(targets[0]) == 2:
        named = sum(tree.code(target) == name for target in targets[0])
        stored = sum(_is_entry(tree, target, test) for target in targets[0])
        return assigns[0].value if named == stored == 1 else None
    if len(assigns) == 2 and len(targets[0]) == len(targets[1]) == 1:
        binds = tree.code(targets[0][0]) == name and tree.code(assigns[1].value) == name
        return assigns[0].value if binds and _is_entry(tree, targets[1][0], test) else None
    return None


# -- try: v = d[k] except KeyError: v = d[k] = ... ---------------------------------------------------------------------


def _caught(finding: Finding, tree: Tree, node: cst.Try) -> Fix | None:
    """`d.setdefault(k, value)` for `try: d[k]` with `except KeyError: d[k] = value`."""
    if finding.code != "DCT103" or len(node.handlers) != 1 or node.orelse or node.finalbody or tree.has_comment(node):
        return None
    [handler] = node.handlers
    tried, made = _only(node.body), _only(handler.body)
    if handler.type is None or tree.code(handler.type) != "KeyError" or not isinstance(made, cst.Assign):
        return None
    entry = tried.value if isinstance(tried, cst.Expr) else None
    if not isinstance(entry, cst.Subscript) or not isinstance(entry.slice[0].slice, cst.Index):
        return None
    test = (entry.value, entry.slice[0].slice.value, False)
    code = _created(tree, made, test)
    if not code:
        return None
    return Fix(finding, "use `setdefault`", is_cheap(made.value), (node,), (lambda _: statement(code, node),))
