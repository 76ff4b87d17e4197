"""Reads a source file for accesses that belong together (see `roles`). The only part of the runtime that parses.

`accesses` says what an access is, `tested` what a test says, and this module goes along the code.
"""

from __future__ import annotations

import ast
import sys
from contextlib import suppress
from typing import Any

from dictlint.runtime.accesses import Access, alike, bound_names, own_accesses, subscript, targets
from dictlint.runtime.roles import CHECK_THEN_ACT, GET_OR_CREATE, LOST_UPDATE, NOTHING, FileRoles, Role
from dictlint.runtime.tested import ABSENT, PRESENT, VALUE, Guard, Names

SWITCHING = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)


def roles_in(text: str) -> FileRoles:
    """What a source says; nothing where it is not Python that this interpreter reads."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return NOTHING
    return roles_of(tree)


def roles_of(tree: ast.AST) -> FileRoles:
    pairs = _Pairs()
    with suppress(RecursionError):  # a deeply nested expression: what was found until here is right
        pairs.scope(tree)
    return pairs.roles()


class _Pairs:
    """Walks a file in the order of its execution and collects what belongs together."""

    def __init__(self) -> None:
        self._opens: dict[Access, set[str]] = {}
        self._closes: dict[Access, set[str]] = {}
        self._on_value: set[Access] = set()
        self._on_gil: set[Access] = set()
        self._order: dict[tuple[str, int], list[tuple[str, int, int]]] = {}

    def roles(self) -> FileRoles:
        roles = {}
        for access in {*self._opens, *self._closes}:
            roles[access.at] = Role(
                frozenset(self._opens.get(access, ())),
                frozenset(self._closes.get(access, ())),
                access in self._on_value,
                access in self._on_gil,
            )
        return FileRoles(roles, self._order)

    def scope(self, node: ast.AST) -> None:
        body = getattr(node, "body", [])
        if isinstance(body, list):
            _Scope(self).block(body, [])
        elif isinstance(body, ast.expr):
            _Scope(self).expression(body, [])

    def seen(self, access: Access) -> None:
        places = self._order.setdefault((access.op, access.line), [])
        if access.at not in places:
            places.append(access.at)

    def pair(self, kind: str, first: Access, last: Access, on_gil: bool, on_value: bool = False) -> None:
        self._opens.setdefault(first, set()).add(kind)
        self._closes.setdefault(last, set()).add(kind)
        if on_value:
            self._on_value |= {first, last}
        if on_gil:
            self._on_gil |= {first, last}


class _Scope:
    """One function body."""

    def __init__(self, pairs: _Pairs) -> None:
        self._pairs = pairs
        self._names = Names()
        self._switches = 0  # places so far at which threads are switched on every build: calls, awaits, loops
        self._switches_at: dict[Access, int] = {}

    # Statements

    def block(self, body: list[ast.stmt], guards: list[Guard]) -> None:
        guards = list(guards)
        for statement in body:
            guards = self.statement(statement, guards)

    def statement(self, node: ast.stmt, guards: list[Guard]) -> list[Guard]:
        """Returns the guards that hold for what follows."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            after: list[Guard] = method(node, guards)
        else:
            self._plain(node, guards)
            after = guards
        return self._without_bound(node, after)

    def _plain(self, node: ast.AST, guards: list[Guard]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child, guards)
            elif isinstance(child, ast.expr):
                self.expression(child, guards)
            else:
                self._plain(child, guards)

    def _functiondef(self, node: ast.FunctionDef, guards: list[Guard]) -> list[Guard]:
        self._pairs.scope(node)
        return guards

    _asyncfunctiondef = _functiondef

    def _classdef(self, node: ast.ClassDef, guards: list[Guard]) -> list[Guard]:
        self._pairs.scope(node)
        return guards

    def _assign(self, node: ast.Assign, guards: list[Guard]) -> list[Guard]:
        made_of = self.expression(node.value, guards)
        for target in node.targets:
            self._store(target, made_of, guards)
            if isinstance(target, ast.Name) and isinstance(node.value, ast.Attribute):
                self._names.methods[target.id] = node.value
        return guards

    def _annassign(self, node: ast.AnnAssign, guards: list[Guard]) -> list[Guard]:
        if node.value is not None:
            self._store(node.target, self.expression(node.value, guards), guards)
        return guards

    def _augassign(self, node: ast.AugAssign, guards: list[Guard]) -> list[Guard]:
        switches = self._switches  # the entry is read before the right side is evaluated
        if isinstance(node.target, ast.Subscript):
            self._pairs.seen(subscript(node.target, "getitem"))
        made_of = self.expression(node.value, guards)
        if isinstance(node.target, ast.Subscript):
            read = subscript(node.target, "getitem")
            self._switches_at[read] = switches
            self._store(node.target, made_of | {read}, guards)
        elif isinstance(node.target, ast.Name):
            self._names.made_of[node.target.id] = self._names.made_of.get(node.target.id, set()) | made_of
        return guards

    def _store(self, target: ast.expr, made_of: set[Access], guards: list[Guard]) -> None:
        if isinstance(target, ast.Subscript):
            self.expression(target.value, guards)
            self.expression(target.slice, guards)
            act = subscript(target, "setitem")
            self._pairs.seen(act)
            for read in made_of:
                if alike(read, act):
                    self._pair(LOST_UPDATE, read, act)
            self._guarded(act, guards)
        elif isinstance(target, ast.Name):
            self._names.made_of[target.id] = made_of
            self._names.methods.pop(target.id, None)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._store(element, set(), guards)

    def _delete(self, node: ast.Delete, guards: list[Guard]) -> list[Guard]:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                self.expression(target.value, guards)
                self.expression(target.slice, guards)
                act = subscript(target, "delitem")
                self._pairs.seen(act)
                self._guarded(act, guards)
        return guards

    def _if(self, node: ast.If, guards: list[Guard]) -> list[Guard]:
        self.expression(node.test, guards)
        when, otherwise = self._names.said(node.test)
        before = self._switches
        self.block(node.body, [*guards, *when])
        after, self._switches = self._switches, before
        self.block(node.orelse, [*guards, *otherwise])
        self._switches = self._switches if _leaves(node.body) else max(after, self._switches)
        if _leaves(node.body):
            return [*guards, *otherwise]
        if node.orelse and _leaves(node.orelse):
            return [*guards, *when]
        return guards

    def _while(self, node: ast.While, guards: list[Guard]) -> list[Guard]:
        self._switches += 1
        self.expression(node.test, guards)
        when, otherwise = self._names.said(node.test)
        self.block(node.body, [*guards, *when])
        self.block(node.orelse, [*guards, *otherwise])
        return guards

    def _assert(self, node: ast.Assert, guards: list[Guard]) -> list[Guard]:
        self.expression(node.test, guards)
        return [*guards, *self._names.said(node.test)[0]]

    def _try(self, node: ast.Try, guards: list[Guard]) -> list[Guard]:
        self.block(node.body, guards)
        if sys.version_info < (3, 11):
            self._switches += 1  # on entering `except`
        # `try: d[k]` is the test, `except KeyError:` its answer.
        tried = [
            Guard(access, ABSENT)
            for statement in node.body[:1]
            for access in own_accesses(statement)
            if access.op == "getitem"
        ]
        for handler in node.handlers:
            answers = tried if _catches_missing(handler.type) else []
            self.block(handler.body, [*guards, *answers])
        self.block(node.orelse, guards)
        self.block(node.finalbody, guards)
        return guards

    def _with(self, node: ast.With, guards: list[Guard]) -> list[Guard]:
        self._switches += 1
        for item in node.items:
            self.expression(item.context_expr, guards)
        for statement in node.body:
            guards = self.statement(statement, guards)
        return guards

    _asyncwith = _with

    def _for(self, node: ast.For, guards: list[Guard]) -> list[Guard]:
        self.expression(node.iter, guards)
        self._switches += 1
        self._store(node.target, set(), guards)
        inside = self._names.without(bound_names(node.target), guards)
        self.block(node.body, inside)
        self.block(node.orelse, guards)
        return guards

    _asyncfor = _for

    # Expressions

    def expression(self, node: ast.expr, guards: list[Guard]) -> set[Access]:
        """The reads from which the value is made; acts that stand in it are paired on the way."""
        if isinstance(node, ast.Lambda):
            self._pairs.scope(node)
            return set()
        if isinstance(node, ast.Name):
            return set(self._names.made_of.get(node.id, ()))
        if isinstance(node, ast.NamedExpr):
            made_of = self.expression(node.value, guards)
            self._names.made_of[node.target.id] = made_of
            return made_of
        if isinstance(node, ast.IfExp):
            made_of = self.expression(node.test, guards)
            when, otherwise = self._names.said(node.test)
            return (
                made_of
                | self.expression(node.body, [*guards, *when])
                | self.expression(node.orelse, [*guards, *otherwise])
            )
        if isinstance(node, ast.BoolOp):
            return self._boolop(node, guards)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self._comprehension(node, guards)
        made_of = set()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                made_of |= self.expression(child, guards)
            elif isinstance(child, ast.keyword):
                made_of |= self.expression(child.value, guards)
        access = self._names.access(node)
        if access is not None:
            self._pairs.seen(access)
            self._guarded(access, guards)
            if access.op in ("get", "getitem", "contains"):
                self._switches_at[access] = self._switches
                made_of.add(access)
        if isinstance(node, SWITCHING):
            self._switches += 1
        return made_of

    def _boolop(self, node: ast.BoolOp, guards: list[Guard]) -> set[Access]:
        made_of: set[Access] = set()
        inner = list(guards)
        for value in node.values:
            made_of |= self.expression(value, inner)
            when, otherwise = self._names.said(value)
            inner += when if isinstance(node.op, ast.And) else otherwise
        return made_of

    def _comprehension(self, node: Any, guards: list[Guard]) -> set[Access]:
        inner = list(guards)
        for generator in node.generators:
            self.expression(generator.iter, inner)
            inner = self._names.without(bound_names(generator.target), inner)
            for test in generator.ifs:
                self.expression(test, inner)
                inner += self._names.said(test)[0]
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self.expression(getattr(node, part), inner)
        return set()

    def _guarded(self, act: Access, guards: list[Guard]) -> None:
        """Which tests does this access rely on?"""
        for guard in guards:
            read, polarity = guard
            if not alike(read, act) or read == act:
                continue
            if polarity == ABSENT:
                if act.op == "setitem":
                    self._pair(GET_OR_CREATE, read, act)
            elif act.op == "setitem":
                self._pair(CHECK_THEN_ACT, read, act, on_value=polarity == VALUE)
            elif act.op in ("getitem", "delitem", "pop") and polarity in (PRESENT, VALUE):
                self._pair(CHECK_THEN_ACT, read, act)

    def _pair(self, kind: str, read: Access, act: Access, on_value: bool = False) -> None:
        self._pairs.pair(kind, read, act, self._switches > self._switches_at.get(read, 0), on_value)

    # Names that are bound anew

    def _without_bound(self, node: ast.stmt, guards: list[Guard]) -> list[Guard]:
        bound = set()
        for target in targets(node):
            bound |= bound_names(target)
        return self._names.without(bound, guards) if bound else guards


def _catches_missing(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    names = {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(caught)}
    return bool(names & {"KeyError", "LookupError", "Exception", "BaseException"})


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether what follows is not reached after this block."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _leaves(last.body)
    return isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break))
