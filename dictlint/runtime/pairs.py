"""Reads a source file for accesses that belong together (see `roles`). The only part of the runtime that parses."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from dictlint.runtime.roles import CHECK_THEN_ACT, GET_OR_CREATE, LOST_UPDATE, NOTHING, FileRoles, Role

PRESENT, ABSENT, VALUE = "present", "absent", "value"
SWITCHING = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom)

READS = {"get": "get", "__getitem__": "getitem", "__contains__": "contains", "has_key": "contains"}
ACTS = {"pop": "pop", "__setitem__": "setitem", "__delitem__": "delitem", "popitem": "popitem"}


class Access(NamedTuple):
    """One access in the source. `at` tells it from all others."""

    op: str
    container: str
    key: str
    names: frozenset[str]
    line: int
    at: tuple[str, int, int]


class Guard(NamedTuple):
    """In this region of the code, `read` has said `polarity`."""

    read: Access
    polarity: str


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
    """One function body. `derived`: local names, and the reads from which their values were made."""

    def __init__(self, pairs: _Pairs) -> None:
        self._pairs = pairs
        self._derived: dict[str, set[Access]] = {}
        self._switches = 0  # places so far at which threads are switched on every build: calls, awaits, loops
        self._switches_at: dict[Access, int] = {}
        self._methods: dict[str, ast.Attribute] = {}
        """Local names for bound methods: `get = d.get`."""

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
                self._methods[target.id] = node.value
        return guards

    def _annassign(self, node: ast.AnnAssign, guards: list[Guard]) -> list[Guard]:
        if node.value is not None:
            self._store(node.target, self.expression(node.value, guards), guards)
        return guards

    def _augassign(self, node: ast.AugAssign, guards: list[Guard]) -> list[Guard]:
        switches = self._switches  # the entry is read before the right side is evaluated
        if isinstance(node.target, ast.Subscript):
            self._pairs.seen(_subscript(node.target, "getitem"))
        made_of = self.expression(node.value, guards)
        if isinstance(node.target, ast.Subscript):
            read = _subscript(node.target, "getitem")
            self._switches_at[read] = switches
            self._store(node.target, made_of | {read}, guards)
        elif isinstance(node.target, ast.Name):
            self._derived[node.target.id] = self._derived.get(node.target.id, set()) | made_of
        return guards

    def _store(self, target: ast.expr, made_of: set[Access], guards: list[Guard]) -> None:
        if isinstance(target, ast.Subscript):
            self.expression(target.value, guards)
            self.expression(target.slice, guards)
            act = _subscript(target, "setitem")
            self._pairs.seen(act)
            for read in made_of:
                if _alike(read, act):
                    self._pair(LOST_UPDATE, read, act)
            self._guarded(act, guards)
        elif isinstance(target, ast.Name):
            self._derived[target.id] = made_of
            self._methods.pop(target.id, None)
        elif isinstance(target, (ast.Tuple, ast.List)):
            for element in target.elts:
                self._store(element, set(), guards)

    def _delete(self, node: ast.Delete, guards: list[Guard]) -> list[Guard]:
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                self.expression(target.value, guards)
                self.expression(target.slice, guards)
                act = _subscript(target, "delitem")
                self._pairs.seen(act)
                self._guarded(act, guards)
        return guards

    def _if(self, node: ast.If, guards: list[Guard]) -> list[Guard]:
        self.expression(node.test, guards)
        when, otherwise = self.said(node.test)
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
        when, otherwise = self.said(node.test)
        self.block(node.body, [*guards, *when])
        self.block(node.orelse, [*guards, *otherwise])
        return guards

    def _assert(self, node: ast.Assert, guards: list[Guard]) -> list[Guard]:
        self.expression(node.test, guards)
        return [*guards, *self.said(node.test)[0]]

    def _try(self, node: ast.Try, guards: list[Guard]) -> list[Guard]:
        self.block(node.body, guards)
        if sys.version_info < (3, 11):
            self._switches += 1  # on entering `except`
        # `try: d[k]` is the test, `except KeyError:` its answer.
        tried = [
            Guard(access, ABSENT)
            for statement in node.body[:1]
            for access in _own_accesses(statement)
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
        inside = self._without(_bound_names(node.target), guards)
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
            return set(self._derived.get(node.id, ()))
        if isinstance(node, ast.NamedExpr):
            made_of = self.expression(node.value, guards)
            self._derived[node.target.id] = made_of
            return made_of
        if isinstance(node, ast.IfExp):
            made_of = self.expression(node.test, guards)
            when, otherwise = self.said(node.test)
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
        access = self._access(node)
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
            when, otherwise = self.said(value)
            inner += when if isinstance(node.op, ast.And) else otherwise
        return made_of

    def _comprehension(self, node: Any, guards: list[Guard]) -> set[Access]:
        inner = list(guards)
        for generator in node.generators:
            self.expression(generator.iter, inner)
            inner = self._without(_bound_names(generator.target), inner)
            for test in generator.ifs:
                self.expression(test, inner)
                inner += self.said(test)[0]
        for part in ("elt", "key", "value"):
            if hasattr(node, part):
                self.expression(getattr(node, part), inner)
        return set()

    def _guarded(self, act: Access, guards: list[Guard]) -> None:
        """Which tests does this access rely on?"""
        for guard in guards:
            read, polarity = guard
            if not _alike(read, act) or read == act:
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

    # Tests

    def said(self, test: ast.expr) -> tuple[list[Guard], list[Guard]]:
        """What is known where the test holds, and where it does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            when, otherwise = self.said(test.operand)
            return otherwise, when
        if isinstance(test, ast.BoolOp):
            answers = [self.said(value) for value in test.values]
            if isinstance(test.op, ast.And):
                return [guard for when, _ in answers for guard in when], []
            return [], [guard for _, otherwise in answers for guard in otherwise]
        if isinstance(test, ast.NamedExpr):
            return self.said(test.value)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._compared(test)
        reads = [read for read in self._value_of(test) if read.op != "contains"]
        reads += [access for access in (self._access(test),) if access and access.op == "contains"]
        reads += [read for read in self._value_of(test) if read.op == "contains" and isinstance(test, ast.Name)]
        return [Guard(read, PRESENT) for read in reads], [Guard(read, ABSENT) for read in reads]

    def _compared(self, test: ast.Compare) -> tuple[list[Guard], list[Guard]]:
        op, right = test.ops[0], test.comparators[0]
        access = self._access(test)
        if access is not None:  # `k in d`, `k not in d`
            present, absent = [Guard(access, PRESENT)], [Guard(access, ABSENT)]
            return (absent, present) if isinstance(op, ast.NotIn) else (present, absent)
        if (
            isinstance(right, ast.Constant)
            and right.value is None
            and isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
        ):
            reads = self._value_of(test.left)
            present, absent = [Guard(read, PRESENT) for read in reads], [Guard(read, ABSENT) for read in reads]
            return (absent, present) if isinstance(op, (ast.Is, ast.Eq)) else (present, absent)
        reads = self._value_of(test.left) + self._value_of(right)
        values = [Guard(read, VALUE) for read in reads if read.op != "contains"]
        return values, values

    def _value_of(self, node: ast.expr) -> list[Access]:
        """The reads whose value this is, by itself or by the name that it was given."""
        if isinstance(node, ast.NamedExpr):
            return self._value_of(node.value)
        if isinstance(node, ast.Name):
            return sorted(self._derived.get(node.id, ()), key=lambda read: read.at)
        access = self._access(node)
        return [access] if access is not None and access.op in ("get", "getitem") else []

    def _access(self, node: ast.AST) -> Access | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            method = self._methods.get(node.func.id)
            return None if method is None else _called(method, node)
        return _access(node)

    # Names that are bound anew

    def _without_bound(self, node: ast.stmt, guards: list[Guard]) -> list[Guard]:
        bound = set()
        for target in _targets(node):
            bound |= _bound_names(target)
        return self._without(bound, guards) if bound else guards

    def _without(self, bound: set[str], guards: list[Guard]) -> list[Guard]:
        for name, reads in list(self._derived.items()):
            self._derived[name] = {read for read in reads if not read.names & bound}
        return [guard for guard in guards if not guard.read.names & bound]


def _targets(node: ast.stmt) -> Iterable[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        return [node.target]
    return []


def _bound_names(target: ast.expr) -> set[str]:
    """Names and attributes (`x`, `self.x`) that this target binds; items (`d[k]`) are no names."""
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Attribute):
        return {ast.unparse(target)}
    if isinstance(target, (ast.Tuple, ast.List)):
        return set().union(*map(_bound_names, target.elts))
    return _bound_names(target.value) if isinstance(target, ast.Starred) else set()


def _access(node: ast.AST) -> Access | None:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
        return _subscript(node, "getitem")
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        container = node.comparators[0]
        if isinstance(container, ast.Call) and not container.args and _method(container) == "keys":
            container = container.func.value  # type: ignore[attr-defined]
        if isinstance(container, (ast.Name, ast.Attribute, ast.Subscript)):
            return _made("contains", container, node.left, node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _called(node.func, node)
    return None


def _called(method: ast.Attribute, node: ast.Call) -> Access | None:
    name = method.attr
    if not node.args or (name == "pop" and len(node.args) + len(node.keywords) > 1):
        return None
    op = READS.get(name) or ACTS.get(name)
    return None if op is None else _made(op, method.value, node.args[0], node)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _subscript(node: ast.Subscript, op: str) -> Access:
    return _made(op, node.value, node.slice, node)


def _made(op: str, container: ast.expr, key: ast.expr, node: ast.expr) -> Access:
    names = {part.id for whole in (container, key) for part in ast.walk(whole) if isinstance(part, ast.Name)}
    names |= {
        ast.unparse(part) for whole in (container, key) for part in ast.walk(whole) if isinstance(part, ast.Attribute)
    }
    at = (op, node.end_lineno or 0, node.end_col_offset or 0)
    return Access(op, ast.unparse(container), ast.unparse(key), frozenset(names), node.lineno, at)


def _alike(read: Access, act: Access) -> bool:
    return read.container == act.container and read.key == act.key


def _own_accesses(statement: ast.stmt) -> Iterator[Access]:
    if isinstance(statement, (ast.Return, ast.Assign, ast.Expr, ast.AnnAssign)):
        for node in ast.walk(statement):
            access = _access(node)
            if access is not None:
                yield access


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
