"""A value for each slot, each task and each entry behind a proxy."""

from __future__ import annotations

import libcst as cst

from dictlint.fix.headers import Edits, importing
from dictlint.fix.plan import Fix, is_cheap
from dictlint.fix.tree import Replace, Tree, argument, expression, statement
from dictlint.model.finding import Finding


def plan_slots(finding: Finding, tree: Tree) -> Fix | None:
    """`[{} for _ in range(n)]` for `[{}] * n`, `{key: {} for key in keys}` for `dict.fromkeys(keys, {})`."""
    birth = next((one for one in finding.accesses if one.role == "birth" and one.path == finding.path), None)
    node = tree.expression(birth) if birth else None
    code = ""
    if isinstance(node, cst.Call) and tree.code(node.func).rpartition(".")[2] == "fromkeys" and len(node.args) == 2:
        keys, value = node.args[0].value, node.args[1].value
        if tree.code(node.func) == "dict.fromkeys" and _is_made(value):
            code = f"{{key: {argument(tree.code(value), value)} for key in {tree.code(keys)}}}"
    elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        slots, times = (node.left, node.right) if isinstance(node.left, cst.List) else (node.right, node.left)
        if isinstance(slots, cst.List) and len(slots.elements) == 1 and _is_made(slots.elements[0].value):
            code = f"[{tree.code(slots.elements[0].value)} for _ in range({tree.code(times)})]"
    if not code or node is None or "#" in tree.code(node):
        return None
    return Fix(finding, "make a value for each slot", True, (node,), (lambda _: expression(code),))


def _is_made(node: cst.BaseExpression) -> bool:
    """Whether an expression makes a container each time that it is evaluated."""
    return isinstance(node, (cst.List, cst.Dict, cst.Set, cst.Call)) and is_cheap(node)


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


# -- copies of what is handed out --------------------------------------------------------------------------------------

COPIES = {"dict": "dict", "set": "set", "list": "list", "deque": "list"}


def plan_nested(finding: Finding, tree: Tree) -> Fix | None:
    """The inner dict replaced instead of changed; else a deep copy where there was a shallow one."""
    node = tree.expression(finding)
    line = tree.statement(node) if node is not None else None
    if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and not tree.has_comment(line):
        code = _stored(tree, line.body[0]) or _appended(tree, line.body[0])
        if code:
            return Fix(finding, "replace the inner one", False, (line,), (lambda _: statement(code, line),))
    at = next((one for one in finding.accesses if one.role == "copy" and one.path == finding.path), None)
    copied = tree.expression(at) if at else None
    edits = importing("copy", tree)
    original = _original(tree, copied)
    if copied is None or edits is None or not original:
        return None
    edits = [(copied, lambda _: expression(f"copy.deepcopy({original})")), *edits]
    return Fix(finding, "make a deep copy", False, *_split(edits))


def _original(tree: Tree, node: cst.BaseExpression | None) -> str:
    """What `dict(d)`, `d.copy()` and `copy.copy(d)` copy."""
    if not isinstance(node, cst.Call):
        return ""
    name = tree.code(node.func)
    if (
        name in ("dict", "list", "copy.copy")
        and len(node.args) == 1
        and not node.args[0].star
        and not node.args[0].keyword
    ):
        return tree.code(node.args[0].value)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value == "copy" and not node.args:
        return tree.code(node.func.value)
    return ""


def _split(edits: Edits) -> tuple[tuple[cst.CSTNode, ...], tuple[Replace, ...]]:
    return tuple(node for node, _ in edits), tuple(how for _, how in edits)


def plan_cached(finding: Finding, tree: Tree) -> Fix | None:
    """A copy of what a cached function returns, for the caller that changes it."""
    at = next((one for one in finding.accesses if one.role == "call" and one.path == finding.path), None)
    return _copied(finding, tree, tree.expression(at) if at else None, "copy the result")


def plan_escape(finding: Finding, tree: Tree) -> Fix | None:
    """`return dict(self._d)` for `return self._d` under a lock."""
    at = finding.accesses[0]
    for node in tree.below(tree.module):
        place = (at.line, at.column, at.end_line, at.end_column)
        if isinstance(node, cst.Return) and tree.place(node) == place and node.value is not None:
            name = (
                tree.code(node.value.value) + "[...]"
                if isinstance(node.value, cst.Subscript)
                else tree.code(node.value)
            )
            return _copied(finding, tree, node.value, "hand out a copy") if name == finding.container.name else None
    return None


def plan_handoff(finding: Finding, tree: Tree) -> Fix | None:
    """`put(dict(d))` for `put(d)`: the receiver gets one of its own."""
    at = next((one for one in finding.accesses if one.role == "handoff" and one.path == finding.path), None)
    call = tree.expression(at) if at else None
    if not isinstance(call, cst.Call):
        return None
    given = [one.value for one in call.args if not one.star and tree.code(one.value) == finding.container.name]
    return _copied(finding, tree, given[0], "hand over a copy") if len(given) == 1 else None


def _copied(finding: Finding, tree: Tree, node: cst.BaseExpression | None, title: str) -> Fix | None:
    maker = COPIES.get(finding.container.kind, "")
    if node is None or not maker:
        return None
    code = argument(tree.code(node), node)
    return Fix(finding, title, False, (node,), (lambda _: expression(f"{maker}({code})"),))


# -- defaults ----------------------------------------------------------------------------------------------------------


def plan_default(finding: Finding, tree: Tree) -> Fix | None:
    """`def f(d=None):` and `if d is None: d = {}` for `def f(d={})`."""
    at = next((one for one in finding.accesses if one.role == "default" and one.path == finding.path), None)
    node = tree.expression(at) if at else None
    param = tree.parent(node) if node is not None else None
    function = tree.function(node) if node is not None else None
    if node is None or not isinstance(param, cst.Param) or function is None or not is_cheap(node):
        return None
    if not isinstance(function.body, cst.IndentedBlock) or param.annotation is not None:
        return None
    name, first = param.name.value, _behind_docstring(function.body)
    if first is None:
        return None
    test = cst.parse_statement(f"if {name} is None:\n    {name} = {tree.code(node)}")
    how = (lambda _: cst.Name("None"), lambda updated: cst.FlattenSentinel([test, updated]))
    return Fix(finding, "make the default in each call", False, (node, first), how)


def _behind_docstring(block: cst.IndentedBlock) -> cst.CSTNode | None:
    """The first statement of a function that does something."""
    for one in block.body:
        small = one.body[0] if isinstance(one, cst.SimpleStatementLine) else None
        if not isinstance(small, cst.Expr) or not isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString)):
            return one
    return None
