"""Statements that guard others: `with`, `try`, `match`."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.compounds import make_except_tests
from dictlint.index.conditions import condition, make_test
from dictlint.index.dispatch import EVAL, STMT
from dictlint.index.flow import block, meet, restore, save
from dictlint.index.frame import Frame, Values, add_access, add_pause, hold, span_of, union
from dictlint.index.givens import end
from dictlint.index.locks import enter, given_or_own, one_lock, pure, released_by
from dictlint.index.stores import store
from dictlint.model.body import Attempt, Handler

_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "critical", "log", "print_exc", "print", "msg"})
_SIMPLE = {ast.Return: "return", ast.Raise: "raise", ast.Continue: "continue", ast.Break: "break"}
_NESTING = frozenset({ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.ExceptHandler})
_MISSING = ("KeyError", "LookupError", "Exception", "BaseException", "IndexError")


def with_statement(f: Frame, node: Any) -> bool:
    """`with` and `async with`."""
    how = "async with" if type(node) is ast.AsyncWith else "with"
    region = f.regions
    attempt = f.attempt
    for item in node.items:
        expr = item.context_expr
        values = EVAL[type(expr)](f, expr)
        if type(expr) is ast.Call and _is_suppress(f, values):
            _suppress(f, node, expr)
        path, instead = (one_lock(f, values), "") if values else ("", "")
        if not path and values:
            path, instead = given_or_own(values)
        if path:
            enter(f, path, how, expr, instead)
        f.switches += 1
        if how != "with":
            add_pause(f, how, expr)
        if item.optional_vars is not None:
            store(f, item.optional_vars, values)
    ended = block(f, node.body)
    f.attempt = attempt
    held = f.held
    if held:
        kept = tuple([h for h in held if h.region <= region or "acquire" in h.how])
        if len(kept) != len(held):
            hold(f, kept)
    f.switches += 1
    if how != "with":
        expr = node.items[-1].context_expr
        add_pause(f, "async with end", expr, len(f.calls) - 1 if type(expr) is ast.Call else -1)
    return ended


def _is_suppress(f: Frame, values: Values) -> bool:
    if not values or values[0][0] != "!" or not values[0][1:].isdigit():
        return False
    return f.calls[int(values[0][1:])].callee in ("@contextlib.suppress", "suppress")


def _suppress(f: Frame, node: Any, call: ast.Call) -> None:
    types = f.calls[-1].args
    handler = Handler(tuple([v for values in types for v in values if v[0] != "="]), span_of(call), ("pass",))
    f.tries.append(Attempt(span_of(node), (handler,), False, f.attempt, 0, f.loops, f.whiles))
    f.attempt = len(f.tries) - 1


def try_statement(f: Frame, node: Any) -> bool:
    """`try` with all its clauses."""
    outer_attempt = f.attempt
    before = save(f)
    types = [_types(f, handler.type) for handler in node.handlers]
    _open(f, node, types)
    finals = f.finals
    if node.finalbody:
        f.finals += released_by(f, node.finalbody)
    start = len(f.accesses)
    if len(node.body) == 1 and any(path.rpartition(".")[2] == "AttributeError" for paths in types for path in paths):
        _probe(f, node.body[0])
    leaves = f.leaves
    if node.handlers:
        f.leaves = False if f.loops and not _handlers_leave(node) else leaves
    known = len(f.givens)
    ended = block(f, node.body)
    stop = len(f.accesses)
    if len(f.givens) > known:
        end(f, known)
    f.attempt = outer_attempt
    f.leaves = leaves
    body_end = save(f)
    known = len(f.givens)
    if not ended and node.orelse:
        ended = block(f, node.orelse)
        if node.handlers and len(f.givens) > known:
            end(f, known)
    finished = None if ended else save(f)
    for handler, caught in zip(node.handlers, types):
        met = _follow_handler(f, before, body_end, handler, caught, start, stop)
        if met is not None:
            if finished is None:
                finished = met
            else:
                restore(f, finished)
                meet(f, met)
                if f.tests != before[3]:
                    f.tests = before[3]
                finished = save(f)
    f.finals = finals
    restore(f, finished if finished is not None else (*body_end[:3], before[3], *body_end[4:]))
    if node.finalbody and block(f, node.finalbody):
        return True
    return finished is None


def _probe(f: Frame, statement: Any) -> None:
    """`try: return self.x` / `except AttributeError` asks whether the attribute is there."""
    value = getattr(statement, "value", None)
    if type(value) is ast.Attribute:
        for path in pure(f, value):
            add_access(f, path, "truth", "hasattr", value)


def _handlers_leave(node: Any) -> bool:
    return all(type(h.body[-1]) in (ast.Return, ast.Raise, ast.Break) for h in node.handlers)


def _types(f: Frame, node: Any) -> Values:
    if node is None:
        return ()
    if type(node) is ast.Tuple:
        return tuple([path for each in node.elts for path in EVAL[type(each)](f, each)])
    return EVAL[type(node)](f, node)


def _open(f: Frame, node: Any, types: list[Values]) -> None:
    handlers = tuple([Handler(t, span_of(h), _does(h.body)) for h, t in zip(node.handlers, types)])
    if handlers or node.finalbody:
        final = node.finalbody[0].lineno if node.finalbody else 0
        f.tries.append(Attempt(span_of(node), handlers, final > 0, f.attempt, final, f.loops, f.whiles))
        f.attempt = len(f.tries) - 1


def _follow_handler(f: Frame, before: Any, body_end: Any, handler: Any, caught: Values, start: int, stop: int) -> Any:
    """Follow one handler: control came from somewhere in the body. Its end state, or None when it does not end."""
    env, info, held, tests, awaits, switches = before
    restore(f, (dict(env), dict(info), held, tests, awaits, switches))
    for name, values in body_end[0].items():
        old = f.env.get(name)
        f.env[name] = values if old is None else union(old, values)
    f.awaits = max(awaits, body_end[4])
    missing = not caught or any(path.rpartition(".")[2] in _MISSING for path in caught)
    if missing:
        f.tests += make_except_tests(f, start, stop)
    elif start < stop and f.accesses[start].how == "hasattr":
        f.tests += (make_test(f, start, False, "exists"),)
    if handler.name:
        f.env[handler.name] = ()
        f.versions[handler.name] = f.seq + 1
    known = len(f.givens)
    ended = block(f, handler.body)
    if len(f.givens) > known:
        end(f, known)
    return None if ended else save(f)


def _does(body: list[Any]) -> tuple[str, ...]:
    """What the body of a handler contains."""
    if len(body) == 1 and type(body[0]) in (ast.Pass, ast.Expr) and not _is_call(body[0]):
        return ("pass",)
    found: dict[str, None] = {}
    stack: list[Any] = list(reversed(body))
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.FunctionDef or kind is ast.Lambda or kind is ast.AsyncFunctionDef:
            continue
        if kind in _SIMPLE:
            found[_SIMPLE[kind]] = None
        elif kind is ast.AugAssign:
            found["count"] = None
        elif kind is ast.Assign or kind is ast.AnnAssign or kind is ast.Delete:
            found["store"] = None
        value = getattr(node, "value", None)
        if type(value) is ast.Await:
            value = value.value
        if type(value) is ast.Call:
            found[_called(value)] = None
        if kind in _NESTING:
            for field in ("finalbody", "handlers", "orelse", "body"):
                stack += reversed(getattr(node, field, ()))
            if type(getattr(node, "test", None)) is ast.Call:
                found["call"] = None
    return tuple(found) or ("pass",)


def _is_call(statement: Any) -> bool:
    return type(getattr(statement, "value", None)) in (ast.Call, ast.Await, ast.Yield)


def _called(node: ast.Call) -> str:
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    if name == "exception" or (name in _LOGGING and any(word.arg == "exc_info" for word in node.keywords)):
        return "log-exception"
    if name == "print_exc" or name == "format_exc":
        return "log-exception"
    return "log" if name in _LOGGING else "wait" if name in ("sleep", "wait") else "call"


def match_statement(f: Frame, node: Any) -> bool:
    """`match`: every case starts from the same state."""
    subject = node.subject
    values = EVAL[type(subject)](f, subject)
    before = save(f)
    finished = None
    total = False
    for case in node.cases:
        restore(f, (dict(before[0]), dict(before[1]), *before[2:]))
        _pattern(f, case.pattern, values)
        if case.guard is not None:
            f.tests += condition(f, case.guard)
        elif type(case.pattern).__name__ == "MatchAs" and case.pattern.pattern is None:
            total = True
        known = len(f.givens)
        ended = block(f, case.body)
        if len(f.givens) > known:
            end(f, known)
        if not ended:
            if finished is not None:
                meet(f, finished)
            finished = save(f)
    if not total:
        restore(f, before)
        if finished is not None:
            meet(f, finished)
    elif finished is not None:
        restore(f, finished)
    f.tests = before[3]
    return total and finished is None


def _pattern(f: Frame, pattern: Any, values: Values) -> None:
    name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
    if isinstance(name, str):
        whole = type(pattern).__name__ == "MatchAs"
        store(f, ast.Name(id=name, ctx=ast.Store(), **_place(pattern)), values if whole else ())
    for field in pattern._fields:
        inner = getattr(pattern, field, None)
        if isinstance(inner, ast.pattern):
            _pattern(f, inner, values if type(pattern).__name__ == "MatchAs" else ())
        elif type(inner) is list:
            for each in inner:
                if isinstance(each, ast.pattern):
                    _pattern(f, each, values if type(pattern).__name__ == "MatchOr" else ())
                elif isinstance(each, ast.expr):
                    EVAL[type(each)](f, each)
        elif isinstance(inner, ast.expr):
            EVAL[type(inner)](f, inner)


def _place(node: Any) -> dict[str, int]:
    return {
        "lineno": node.lineno,
        "col_offset": node.col_offset,
        "end_lineno": node.end_lineno,
        "end_col_offset": node.end_col_offset,
    }


STMT[ast.With] = with_statement
STMT[ast.AsyncWith] = with_statement
STMT[ast.Try] = try_statement
STMT[ast.Match] = match_statement
if hasattr(ast, "TryStar"):
    STMT[ast.TryStar] = try_statement
