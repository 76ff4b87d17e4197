"""A value for each slot, each task and each entry behind a proxy."""

from __future__ import annotations

import libcst as cst

from dictlint.fix.plan import Fix, is_cheap
from dictlint.fix.tree import Tree, argument, expression, statement
from dictlint.model.finding import Finding


def plan_slots(finding: Finding, tree: Tree) -> Fix | None:
    """`[{} for _ in range(n)]` for `[{}] * n`, `{key: {} for key in keys}` for `dict.fromkeys(keys, {})`."""
    birth = next((one for one in finding.accesses if one.role == "birth" and one.path == finding.path), None)
    node = tree.expression(birth) if birth else None
    code = ""
    if isinstance(node, cst.Call) and tree.code(node.func).rpartition(".")[2] == "fromkeys" and len(node.args) == 2:
        keys, value = node.args[0].value, node.args[1].value
        if tree.code(node.func) == "dict" + ".fromkeys" and is_cheap(value):
            code = f"{{key: {argument(tree.code(value), value)} for key in {tree.code(keys)}}}"
    elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        slots, times = (node.left, node.right) if isinstance(node.left, cst.List) else (node.right, node.left)
        if isinstance(slots, cst.List) and len(slots.elements) == 1 and is_cheap(slots.elements[0].value):
            code = f"[{tree.code(slots.elements[0].value)} for _ in range({tree.code(times)})]"
    if not code or node is None or "#" in tree.code(node):
        return None
    return Fix(finding, "make a value for each slot", True, (node,), (lambda _: expression(code),))


def plan_capture(finding: Finding, tree: Tree) -> Fix | None:
    """`lambda item=item: work(item)`: the value of now, not the variable."""
    name = next((one for one in finding.accesses if one.role == "bind"), None)
    start = tree.expression(finding)
    if name is None or start is None or name.path != finding.path:
        return None
    bound = tree.expression(name)
    lambdas = [one for one in tree.below(start) if isinstance(one, cst.Lambda)]
    if not isinstance(bound, cst.Name) or len(lambdas) != 1:
        return None
    [node] = lambdas
    params = node.params
    plain = not (params.params or params.kwonly_params or params.posonly_params or params.star_kwarg)
    if not plain or not isinstance(params.star_arg, cst.MaybeSentinel):
        return None
    code = f"lambda {bound.value}={bound.value}: {tree.code(node.body)}"
    return Fix(finding, f"bind `{bound.value}` now", True, (node,), (lambda updated: _like(code, updated),))


def _like(code: str, node: cst.Lambda) -> cst.BaseExpression:
    return expression(code).with_changes(lpar=node.lpar, rpar=node.rpar)


def plan_proxy(finding: Finding, tree: Tree) -> Fix | None:
    """`m[k] = {**m[k], j: v}` for `m[k][j] = v`; `m[k] = [*m[k], v]` for `m[k].append(v)`."""
    node = tree.expression(finding)
    line = tree.statement(node) if node is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1 or tree.has_comment(line):
        return None
    code = _stored(tree, line.body[0]) or _appended(tree, line.body[0])
    if not code:
        return None
    return Fix(finding, "assign the changed value back", True, (line,), (lambda _: statement(code, line),))


def _stored(tree: Tree, small: cst.BaseSmallStatement) -> str:
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return ""
    outer = small.targets[0].target
    if not isinstance(outer, cst.Subscript) or not isinstance(outer.value, cst.Subscript):
        return ""
    index = outer.slice[0].slice if len(outer.slice) == 1 else None
    if not isinstance(index, cst.Index):
        return ""
    entry, key = tree.code(outer.value), argument(tree.code(index.value), index.value)
    return f"{entry} = {{**{entry}, {key}: {argument(tree.code(small.value), small.value)}}}"


def _appended(tree: Tree, small: cst.BaseSmallStatement) -> str:
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or len(call.args) != 1:
        return ""
    if call.func.attr.value != "append" or not isinstance(call.func.value, cst.Subscript) or call.args[0].star:
        return ""
    entry = tree.code(call.func.value)
    return f"{entry} = [*{entry}, {argument(tree.code(call.args[0].value), call.args[0].value)}]"
