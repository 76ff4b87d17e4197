"""What must happen on every way out, and what a handler must let through."""

from __future__ import annotations

import re

import libcst as cst

from dictlint.fix.plan import Fix
from dictlint.fix.tree import Statement, Tree, expression
from dictlint.model.finding import Finding


def plan_put_back(finding: Finding, tree: Tree) -> Fix | None:
    """`try: ... finally: pool.put(x)` for what is put back at the end only."""
    take = next((one for one in finding.accesses if one.role == "take" and one.path == finding.path), None)
    put, taken = tree.expression(finding), tree.expression(take) if take else None
    last = tree.statement(put) if put is not None else None
    first = tree.statement(taken) if taken is not None else None
    if not isinstance(last, cst.SimpleStatementLine) or len(last.body) != 1 or first is None or put is None:
        return None
    siblings = list(tree.siblings(last))
    if tree.parent(put) is not last.body[0] or first not in siblings or last not in siblings:
        return None
    inside = siblings[siblings.index(first) + 1 : siblings.index(last)]
    if not inside or not isinstance(last.body[0], cst.Expr):
        return None

    def guarded(_: object) -> cst.Try:
        body: list[Statement] = [inside[0].with_changes(leading_lines=_comments(inside[0])), *inside[1:]]
        return cst.Try(
            body=cst.IndentedBlock(body=body),
            finalbody=cst.Finally(body=cst.IndentedBlock(body=[last.with_changes(leading_lines=_comments(last))])),
            leading_lines=[line for line in inside[0].leading_lines if line.comment is None],
        )

    removed = [(lambda _: cst.RemoveFromParent()) for _ in (*inside[1:], last)]
    return Fix(finding, "put it back in a `finally`", True, (*inside, last), (guarded, *removed))


def _comments(statement: Statement) -> list[cst.EmptyLine]:
    return [line for line in statement.leading_lines if line.comment is not None]


def plan_narrow(finding: Finding, tree: Tree) -> Fix | None:
    """`except Exception` for a handler that also catches the request to stop."""
    at = finding.line, finding.column
    handler = next(
        (one for one in tree.below(tree.module) if isinstance(one, cst.ExceptHandler) and tree.place(one)[:2] == at),
        None,
    )
    if handler is None:
        return None
    if handler.type is None:
        space = cst.SimpleWhitespace(" ")
        made = handler.with_changes(type=cst.Name("Exception"), whitespace_after_except=space)
        return Fix(finding, "catch `Exception`", False, (handler,), (lambda _: made,))
    if tree.code(handler.type) != "BaseException":
        return None
    return Fix(finding, "catch `Exception`", False, (handler.type,), (lambda _: cst.Name("Exception"),))


def plan_results(finding: Finding, tree: Tree) -> Fix | None:
    """`list(pool.map(...))`: going through the results raises what a job has raised, and waits for all."""
    call = tree.expression(finding)
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "map":
        return None
    if not isinstance(tree.parent(call), cst.Expr):
        return None
    code = tree.code(call)
    return Fix(finding, "go through the results", False, (call,), (lambda _: expression(f"list({code})"),))


def plan_clear(finding: Finding, tree: Tree) -> Fix | None:
    """`x.values.clear()` before `x` goes back to its pool."""
    fill = next((one for one in finding.accesses if one.role == "fill" and one.path == finding.path), None)
    entry = tree.expression(fill) if fill else None
    put = tree.expression(finding)
    line = tree.statement(put) if put is not None else None
    holder = entry.value if isinstance(entry, cst.Subscript) else getattr(getattr(entry, "func", None), "value", None)
    if holder is None or not isinstance(put, cst.Call) or len(put.args) != 1:
        return None
    held = tree.code(holder)
    if not isinstance(line, cst.SimpleStatementLine) or not held.startswith(tree.code(put.args[0].value) + "."):
        return None
    cleared = cst.parse_statement(f"{held}.clear()").with_changes(leading_lines=line.leading_lines)
    how = (lambda updated: cst.FlattenSentinel([cleared, updated.with_changes(leading_lines=())]),)
    return Fix(finding, "empty it first", False, (line,), how)


def plan_futures(finding: Finding, tree: Tree) -> Fix | None:
    """The futures of a loop are kept, and each is asked for its result after it."""
    call = tree.expression(finding)
    line = tree.statement(call) if call is not None else None
    if call is None or line is None or not isinstance(call, cst.Call) or not isinstance(tree.parent(call), cst.Expr):
        return None
    loop = next((one for one in tree.around(line) if isinstance(one, (cst.For, cst.FunctionDef))), None)
    if not isinstance(loop, cst.For) or loop.asynchronous is not None or not tree.siblings(loop):
        return None
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "submit":
        return None
    used = set(re.findall(r"\w+", tree.code(tree.function(loop) or tree.module)))
    if used & {"futures", "future"}:
        return None
    before = cst.parse_statement("futures = []").with_changes(leading_lines=loop.leading_lines)
    after = cst.parse_statement("for future in futures:\n    future.result()")
    kept = expression(f"futures.append({tree.code(call)})")

    def around(updated: cst.For) -> cst.FlattenSentinel[cst.BaseStatement]:
        return cst.FlattenSentinel([before, updated.with_changes(leading_lines=()), after])

    return Fix(finding, "ask each future", False, (call, loop), (lambda _: kept, around))
