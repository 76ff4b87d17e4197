"""Where a function acquires something and may end, by an exception or a return, without releasing it.

Asked only of functions that call `acquire` and, later in their text, release the same thing: what one function acquires
and another one releases is a protocol, and nobody can tell from here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn

from dictlint.index.frame import Frame, span_of
from dictlint.model.body import Leak
from dictlint.model.site import Span

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_CATCH_ALL = frozenset(("Exception", "BaseException"))
# What hardly ever raises, by its last name: it would be pedantic to say that it might.
_QUIET = frozenset(
    {
        "abs", "bool", "bytes", "callable", "dict", "enumerate", "float", "format", "frozenset", "hasattr", "hash",
        "id", "isinstance", "issubclass", "iter", "len", "list", "max", "min", "print", "range", "repr", "reversed",
        "round", "set", "sorted", "str", "sum", "super", "tuple", "type", "zip", "any", "all", "object", "getattr",
        "int", "vars", "add", "append", "appendleft", "clear", "copy", "discard", "extend", "get", "items", "keys",
        "values", "update", "setdefault", "notify", "notify_all", "notifyAll", "is_set", "isSet", "is_alive", "wait",
        "sleep", "time", "monotonic", "perf_counter", "debug", "info", "warning", "warn", "error", "critical",
        "exception", "log", "get_ident", "current_thread", "currentThread", "locked", "acquire", "release", "join",
        "lower", "upper", "strip", "split", "startswith", "endswith", "encode", "now", "utcnow", "cancel",
        "cancelled", "done", "count", "deque", "defaultdict", "OrderedDict", "Counter", "Event", "Condition", "Lock",
        "RLock", "bytearray", "rstrip", "lstrip", "rsplit", "partition", "rpartition", "splitlines", "as_posix",
        "isoformat", "total_seconds", "byref", "qsize", "empty", "full", "Future", "create_future",
    }
)  # fmt: skip


MOST_WAYS = 6  # ways out of a function that are told of one acquire


class _Left(Exception):
    """Control leaves the function with the lock held."""


class _Released(Exception):
    """From here on it is released, or nobody can tell."""


def leaks(f: Frame) -> tuple[Leak, ...]:
    """The acquires of a function after which it may end without a release."""
    found: dict[tuple[int, int], Leak] = {}
    for path, node in f.acquired:
        place = (node.lineno, node.col_offset)
        if place not in found:
            leak = _Walk(f.node, node).leak(path)
            if leak is not None:
                found[place] = leak
    return tuple(found.values())


class _Walk:
    """The search that starts at one acquire."""

    def __init__(self, function: Any, acquire: ast.Call) -> None:
        self.function = function
        self.acquire = acquire
        self.receiver = ast.dump(acquire.func.value)  # type: ignore[attr-defined]  # it is an attribute
        self.result = ""  # the name that tells whether it was acquired
        self.ways: dict[Span, str] = {}  # where it may be left, and how

    def leak(self, path: str) -> Leak | None:
        release = self._later_release()
        around = [] if release is None else _path_to(self.function, self.acquire)
        if not around or self._is_protected(around):
            return None
        with suppress(_Left, _Released):
            self._go_on(around)
        ways = tuple([(how, at) for at, how in self.ways.items()][:MOST_WAYS])
        return Leak(path, span_of(self.acquire), ways, span_of(release)) if ways else None

    def _may_leave(self, how: str, node: Any) -> None:
        """Something may raise here; where it does not, the walk goes on."""
        self.ways.setdefault(span_of(node), how)

    def _leave(self, node: Any) -> NoReturn:
        self._may_leave("return" if type(node) is ast.Return else "raise", node)
        raise _Left

    def _later_release(self) -> Any:
        """A release of the same thing, further down in the function itself; None where an inner function has one, or
        where one stands before all acquires: then the callers hold it, and get it back. Where handlers alone release
        it, who called holds it when all goes well.
        """
        later = None
        acquired = False
        handled = self._in_other_handlers()
        for node, inner in _nodes(self.function):
            if self._releases(node):
                if inner or not acquired:
                    return None
                if (node.lineno, node.col_offset) > (self.acquire.lineno, self.acquire.col_offset):
                    later = node if later is None or later in handled else later
            acquired = acquired or self._acquires(node)
        return later if later not in handled else None

    def _in_other_handlers(self) -> set[Any]:
        """The releases in handlers, but for that in which it is acquired."""
        found: set[Any] = set()
        for handler in ast.walk(self.function):
            if type(handler) is ast.ExceptHandler:
                inside = list(ast.walk(handler))
                if self.acquire not in inside:
                    found.update(node for node in inside if self._releases(node))
        return found

    def _releases(self, node: Any) -> bool:
        func = getattr(node, "func", None)
        if type(func) is not ast.Attribute or "release" not in func.attr:
            return False
        return ast.dump(func.value) == self.receiver

    def _has_release(self, nodes: Any) -> bool:
        return any(self._releases(inner) for node in nodes for inner in ast.walk(node))

    def _is_protected(self, around: list[tuple[Any, str, int]]) -> bool:
        """Whether a `try` around it releases it on the way out."""
        return any(field != "finalbody" and self._cleans_up(node) for node, field, _ in around if _is_try(node))

    def _cleans_up(self, node: Any) -> bool:
        if self._has_release(node.finalbody):
            return True
        return any(_catches_all(handler) and self._has_release(handler.body) for handler in node.handlers)

    def _go_on(self, around: list[tuple[Any, str, int]]) -> None:
        """From the statement that acquires to the end of the function, block by block from the inside."""
        node, field, at = around[-1]
        self._begin(getattr(node, field)[at])
        for node, field, at in reversed(around):
            if field == "handlers":
                continue
            self._block(getattr(node, field)[at + 1 :])
            if _is_try(node) and field != "finalbody":
                self._block([*(node.orelse if field == "body" else ()), *node.finalbody])
            if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
                raise _Released  # the next turn begins: whether that is meant cannot be told
        raise _Released

    def _begin(self, statement: Any) -> None:
        """The rest of the statement in which it is acquired."""
        kind = type(statement)
        if kind is ast.If or kind is ast.While:
            test = statement.test
            test = test.value if type(test) is ast.Await else test
            if test is self.acquire and kind is ast.If:
                self._block(statement.body)
            elif type(test) is not ast.UnaryOp or self.acquire not in ast.walk(test):
                raise _Released
        elif kind is ast.Assign and type(statement.targets[0]) is ast.Name:
            self.result = statement.targets[0].id
        elif kind is not ast.Expr or self.acquire.args or self.acquire.keywords:
            raise _Released  # nobody looks whether it was acquired: that is another matter

    def _block(self, statements: list[Any]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: Any) -> None:
        kind = type(node)
        if kind in _FUNCTIONS or kind is ast.ClassDef:
            return
        if _is_try(node):
            self._try(node)
        elif kind is ast.If:
            self._if(node)
        elif kind in (ast.For, ast.AsyncFor, ast.While):
            self._expressions([getattr(node, "iter", None) or node.test])
            if kind is ast.AsyncFor:
                self._may_leave("pause", node.iter)
            self._block(node.body)
            self._block(node.orelse)
        elif kind in (ast.With, ast.AsyncWith):
            self._expressions([item.context_expr for item in node.items])
            if kind is ast.AsyncWith:
                self._may_leave("pause", node.items[0].context_expr)
            self._block(node.body)
        elif kind is ast.Match:
            raise _Released
        else:
            self._simple(node)

    def _if(self, node: ast.If) -> None:
        self._expressions([node.test])
        if self.result and any(getattr(each, "id", "") == self.result for each in ast.walk(node.test)):
            if type(node.test) is ast.Name:
                self._block(node.body)  # the other branch is where it was not acquired
            elif type(node.test) is not ast.UnaryOp:
                raise _Released
            return
        released = False
        for branch in (node.body, node.orelse):
            try:
                self._block(branch)
            except _Released:
                released = released or not _leaves(branch)
        if released:
            raise _Released

    def _try(self, node: Any) -> None:
        if self._cleans_up(node):
            raise _Released
        if not node.handlers:
            self._block(node.body)
        elif self._has_release(node.body):
            raise _Released  # which of the handlers meets it released is more than can be told
        for handler in node.handlers:
            self._quietly(handler.body)
        self._block(node.orelse)
        self._block(node.finalbody)

    def _quietly(self, statements: list[Any]) -> None:
        """What a handler does: only that it leaves the function counts."""
        last = statements[-1]
        if type(last) in (ast.Return, ast.Raise) and not self._has_release(statements):
            self._leave(last)
        if self._has_release(statements) and not _leaves(statements):
            raise _Released

    def _simple(self, node: Any) -> None:
        kind = type(node)
        if self._has_release([node]):
            raise _Released
        if kind is ast.Return or kind is ast.Raise:
            self._leave(node)
        if kind is ast.Break or kind is ast.Continue or any(self._acquires(each) for each in ast.walk(node)):
            raise _Released
        if kind is ast.Delete and any(type(target) is ast.Subscript for target in node.targets):
            self._may_leave("key", node)
        self._expressions([node])

    def _acquires(self, node: Any) -> bool:
        func = getattr(node, "func", None)
        return type(func) is ast.Attribute and "acquire" in func.attr and ast.dump(func.value) == self.receiver

    def _expressions(self, nodes: list[Any]) -> None:
        """What an expression runs, and what of that may well raise."""
        if self._has_release(nodes):
            raise _Released
        for each in nodes:
            for node, inner in _nodes(each):
                if not inner and (how := _risk(node)):
                    self._may_leave(how, node)


def _risk(node: Any) -> str:
    """How an expression may end the function; empty where that is far-fetched."""
    kind = type(node)
    if kind is ast.Await:
        return "pause"
    if kind is ast.Yield or kind is ast.YieldFrom:
        return "yield"
    if kind is ast.Call:
        func = node.func
        name = getattr(func, "attr", getattr(func, "id", ""))
        if name in ("pop", "next"):
            return "key" if len(node.args) == 1 else ""
        return "" if name in _QUIET else "call"
    if kind is ast.Subscript and type(node.ctx) is ast.Load and type(node.slice) in (ast.Name, ast.Attribute):
        return "key"
    return ""


def _is_try(node: Any) -> bool:
    return type(node).__name__ in ("Try", "TryStar")


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if type(handler.type) is ast.Tuple else [handler.type]
    return any(each is None or getattr(each, "attr", getattr(each, "id", "")) in _CATCH_ALL for each in kinds)


def _leaves(statements: list[Any]) -> bool:
    return bool(statements) and type(statements[-1]) in (ast.Return, ast.Raise, ast.Continue, ast.Break)


def _path_to(function: Any, node: Any) -> list[tuple[Any, str, int]]:
    """(statement, which of its blocks, position there) from the function down to the statement that holds a node."""
    wanted = (node.lineno, node.col_offset)
    found: list[tuple[Any, str, int]] = []
    here = function
    while here is not None:
        below = next((each for each in _blocks(here, wanted)), None)
        if below is not None and below[0] is not here:
            found.append((here, "handlers", 0))
        here = below
        if here is not None:
            found.append(here)
            owner, field, at = here
            here = getattr(owner, field)[at]
    return found


def _blocks(owner: Any, wanted: tuple[int, int]) -> Iterator[Any]:
    for holder in (owner, *getattr(owner, "handlers", ())):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(holder, field, None)
            for at, statement in enumerate(block if type(block) is list else ()):
                start = (statement.lineno, statement.col_offset)
                if start <= wanted < (statement.end_lineno, statement.end_col_offset):
                    yield holder, field, at


def _nodes(root: Any, inner: bool = False) -> Iterator[tuple[Any, bool]]:
    """Every node below, in the order of the text, and whether it belongs to an inner function."""
    for node in ast.iter_child_nodes(root) if isinstance(root, (*_FUNCTIONS, ast.Module)) else (root,):
        yield from _below(node, inner)


def _below(node: Any, inner: bool) -> Iterator[tuple[Any, bool]]:
    inner = inner or isinstance(node, _FUNCTIONS)
    if type(node) is ast.Await:
        yield node, inner  # more is said by this than by the call that is awaited
    for child in ast.iter_child_nodes(node):
        yield from _below(child, inner)
    yield node, inner
