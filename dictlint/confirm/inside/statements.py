"""Puts the calls in at places that are no operations: handlers, functions, and what is captured by these.

try: ...                 try: __dictlint_covers__(1, lambda: KeyError); ...; __dictlint_uncovers__(1)
except KeyError: ...     except KeyError: __dictlint_caught__(1); ...
def f(): ...             def f(): try: __dictlint_entered__(2); ... except BaseException: __dictlint_raised__(2); raise
lambda: x                __dictlint_captured__(3)(lambda: (__dictlint_ran__(3), x)[1])
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from typing import Any

from dictlint.confirm.inside.planned import Place

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
OPS = ("except", "def", "capture", "leave", "rebind", "raise")
RISKY = (ast.Call, ast.Subscript, ast.Await, ast.Yield, ast.YieldFrom, ast.Raise, ast.Assert, ast.Import)
TRIES: tuple[type[ast.AST], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))


def put_in(tree: ast.Module, places: Iterable[Place]) -> set[int]:
    """At which of the places something was put in."""
    wanted = [place for place in places if place.op in OPS]
    if not wanted:
        return set()
    putter = _Putter(wanted)
    putter.visit(tree)
    return putter.placed


def call(helper: str, *args: Any) -> ast.Call:
    given = [arg if isinstance(arg, ast.expr) else ast.Constant(arg) for arg in args]
    return ast.Call(ast.Name(f"__dictlint_{helper}__", ast.Load()), given, [])


class _Putter(ast.NodeTransformer):
    def __init__(self, places: Sequence[Place]) -> None:
        self._spans = {(one.op, one.line, one.column, one.end_line, one.end_column): one for one in places}
        self._heads = {(one.op, one.line, one.column): one for one in places}
        self._inner = [place for place in places if place.op in ("leave", "raise")]
        self.placed: set[int] = set()

    def _at(self, op: str, node: Any) -> Place | None:
        place = self._spans.get((op, node.lineno, node.col_offset, node.end_lineno, node.end_col_offset))
        if place is not None:
            self.placed.add(place.id)
        return place

    def _head(self, op: str, node: Any) -> Place | None:
        place = self._heads.get((op, node.lineno, node.col_offset))
        if place is not None:
            self.placed.add(place.id)
        return place

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, TRIES):
            return self._try(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._with(node)
        if isinstance(node, Function):
            return self._function(node)
        if isinstance(node, ast.Lambda):
            return self._lambda(node)
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            return self._simple(node)
        return self.generic_visit(node)

    # Handlers

    def _try(self, node: Any) -> Any:
        at = [(handler, place) for handler in node.handlers if (place := self._at("except", handler)) is not None]
        self.generic_visit(node)
        for handler, place in at:
            kinds = () if handler.type is None else (_later(handler.type),)
            first = node.body[0]
            begins = _statement(call("covers", place.id, *kinds), first)
            node.body = [begins, *node.body, _statement(call("uncovers", place.id), node.body[-1])]
            handler.body.insert(0, _statement(call("caught", place.id), handler.body[0]))
        return node

    def _with(self, node: Any) -> Any:
        """`suppress(KeyError)` is a handler, too."""
        at = [(item.context_expr, place) for item in node.items if (place := self._at("except", item.context_expr))]
        self.generic_visit(node)
        for expression, place in at:
            kinds = (_later(ast.Tuple(list(expression.args), ast.Load())),) if isinstance(expression, ast.Call) else ()
            first = node.body[0]
            guarded = _guarded(node.body, _statement(call("caught", place.id), first))
            node.body = [_statement(call("covers", place.id, *kinds), first), guarded]
            node.body.append(_statement(call("uncovers", place.id), first))
        return node

    # Functions

    def _function(self, node: Any) -> Any:
        worker, captured = self._head("def", node), self._head("capture", node)
        self.generic_visit(node)
        if worker is not None:
            _before_risk(node.body, call("entered", worker.id))
            _around(node, lambda body: [_guarded(body, _statement(call("raised", worker.id), body[0]))])
        if captured is not None:
            node.decorator_list.append(ast.copy_location(_placed(call("captured", captured.id), node), node))
            _around(node, lambda body: [_statement(call("ran", captured.id), body[0]), *body])
        for place in self._contained("leave", node):
            self.placed.add(place.id)
            _around(node, lambda body, place=place: [_finally(body, _statement(call("left", place.id), body[0]))])
        return node

    def _contained(self, op: str, node: Any) -> list[Place]:
        """Places of the innermost function, or simple statement, that contains them."""
        last = node.end_lineno or node.lineno
        found = (one for one in self._inner if one.op == op and one.id not in self.placed)
        return [one for one in found if node.lineno <= one.line <= one.end_line <= last]

    def _lambda(self, node: ast.Lambda) -> ast.expr:
        captured = self._head("capture", node)
        self.generic_visit(node)
        if captured is None:
            return node
        body = node.body
        both = ast.Tuple([_placed(call("ran", captured.id), body), body], ast.Load())
        node.body = ast.copy_location(ast.Subscript(ast.copy_location(both, body), ast.Constant(1), ast.Load()), body)
        made = _placed(call("captured", captured.id), node)
        return ast.copy_location(ast.Call(made, [node], []), node)

    # Simple statements

    def _simple(self, node: ast.stmt) -> Any:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        bound = [
            (target, place)
            for target in targets
            if isinstance(target, ast.Attribute) and (place := self._at("rebind", target)) is not None
        ]
        self.generic_visit(node)
        result: list[ast.stmt] = [node]
        for target, place in bound:
            if _is_path(target.value):
                before = _placed(call("before", place.id), node)
                result.append(_statement(call("seen", place.id, before, _loaded(target.value)), node))
        for place in self._contained("raise", node):
            self.placed.add(place.id)
            result = [_guarded(result, _statement(call("raised", place.id), node))]
        return result if len(result) > 1 else result[0]


def _before_risk(body: list[ast.stmt], made: ast.Call) -> bool:
    """Before the first thing that may raise, inside of the blocks that stand around it."""
    for number, statement in enumerate(body):
        inner = getattr(statement, "body", None)
        if isinstance(statement, (*Function, ast.ClassDef)) or (number == 0 and _is_docstring(statement)):
            continue
        if inner and not any(isinstance(node, RISKY) for part in _head(statement) for node in ast.walk(part)):
            if _before_risk(inner, made):
                return True
        elif any(isinstance(node, RISKY) for node in ast.walk(statement)):
            body.insert(number, _statement(made, statement))
            return True
    return False


def _head(statement: Any) -> list[ast.AST]:
    """What runs of a compound statement before its body."""
    parts = [getattr(statement, name, None) for name in ("test", "iter", "subject")]
    return [*filter(None, parts), *getattr(statement, "items", ())]


def _around(node: Any, make: Any) -> None:
    """The body of a function is replaced, its docstring stays."""
    start = 1 if _is_docstring(node.body[0]) and len(node.body) > 1 else 0
    node.body[start:] = make(node.body[start:])


def _is_docstring(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant and isinstance(statement.value.value, str)  # type: ignore[attr-defined]


def _guarded(body: list[ast.stmt], said: ast.stmt) -> ast.stmt:
    """Whatever is raised there is told, and goes on."""
    kind = ast.Name("BaseException", ast.Load())
    handler = ast.ExceptHandler(kind, None, [said, ast.copy_location(ast.Raise(None, None), said)])
    guarded = ast.Try(body, [ast.copy_location(handler, said)], [], [])
    return ast.fix_missing_locations(ast.copy_location(guarded, body[0]))


def _finally(body: list[ast.stmt], said: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(ast.Try(body, [], [], [said]), body[0]))


def _statement(made: ast.Call, near: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(ast.Expr(ast.copy_location(made, near)), near))


def _placed(made: ast.Call, near: ast.AST) -> ast.Call:
    return ast.fix_missing_locations(ast.copy_location(made, near))


def _later(kinds: ast.expr) -> ast.expr:
    """Asked for when it is needed."""
    nothing = ast.arguments([], [], None, [], [], None, [])
    return ast.Lambda(nothing, copy.deepcopy(kinds))


def _is_path(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_path(node.value))


def _loaded(node: ast.expr) -> ast.expr:
    made = copy.deepcopy(node)
    for each in ast.walk(made):
        if isinstance(each, (ast.Name, ast.Attribute)):
            each.ctx = ast.Load()
    return made
