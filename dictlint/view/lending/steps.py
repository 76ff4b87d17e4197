"""An expression as the steps that matter to one object, in the order of evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dictlint.knowledge.pools import (
    CONTAINER_GIVES,
    DISCARDING,
    EMPTYING,
    FILLING,
    HARMLESS,
    KEEPING,
    RETURNING,
    STARTING,
)
from dictlint.view.lending.nodes import compares_to_none, given_to, last_name, place_of, text_of
from dictlint.view.lending.values import Place, Question
from dictlint.view.tree import below, mentions

_LOGS = frozenset(("debug", "info", "warning", "error", "exception", "log", "print", "id", "isinstance", "type"))
_LISTS = frozenset(("remove", "discard", "index", "count"))  # who keeps a list of what is lent looks it up there
_WAITS = frozenset(("join", "result", "wait", "gather", "shutdown"))
_TAKING_OUT = frozenset(("pop", "popitem", "discard", "remove"))


class Steps:
    """One object in the text of one function."""

    def __init__(self, question: Question, places: Any, name: str) -> None:
        self.question = question
        self.name = name
        self._places = places
        self._gives = dict(question.gives)
        self.body: Any = None
        self._orders = question.resets | EMPTYING | DISCARDING

    def place(self, node: Any) -> Place:
        """Where a node stands."""
        return place_of(self._places, node)

    def steps(self, node: Any) -> Iterator[tuple[str, Any]]:
        """What matters in an expression, in the order of evaluation."""
        import libcst

        if isinstance(node, libcst.Name):
            if node.value == self.name:
                yield "use", node
            else:
                yield "part", node
        elif isinstance(node, libcst.Call):
            yield from self._call(node)
        elif isinstance(node, libcst.Lambda):
            if self.mentions(node):
                yield "hide" if self.gives_inside(node) else "use", node
        elif isinstance(node, libcst.Attribute):
            yield from self.steps(node.value)
        elif isinstance(node, libcst.Await):
            yield from self.steps(node.expression)
            yield "wait", node
            called = node.expression.func if isinstance(node.expression, libcst.Call) else node.expression
            if isinstance(called, libcst.Name) or last_name(called) in STARTING:
                yield "joined", node
            yield "risk", node
            yield from self._awaited(node.expression)
        elif isinstance(node, libcst.Yield):
            if node.value is not None:
                yield from self.steps(node.value)
            yield "wait", node
            if self.question.managed:
                yield "risk", node
        elif isinstance(node, libcst.Assert) or (isinstance(node, libcst.Comparison) and compares_to_none(node)):
            pass
        elif isinstance(node, libcst.CSTNode):
            for child in node.children:
                if isinstance(child, (libcst.Arg, libcst.BaseExpression, libcst.Element, libcst.DictElement)) or (
                    child.children and not isinstance(child, libcst.BaseParenthesizableWhitespace)
                ):
                    yield from self.steps(child)

    def _awaited(self, node: Any) -> Iterator[tuple[str, Any]]:
        """`await conn.fetch()` uses the object for as long as it waits."""
        import libcst

        func = node.func if isinstance(node, libcst.Call) else None
        if isinstance(func, libcst.Attribute) and self.is_it(func.value) and self.place(node) not in self._gives:
            yield "use", func.value

    def _call(self, node: Any) -> Iterator[tuple[str, Any]]:
        import libcst

        name = last_name(node.func)
        position = self._gives.get(self.place(node))
        given = given_to(node, position) if position is not None else None
        giving = isinstance(given, libcst.Name) and given.value == self.name
        if not (giving and position == -1) and isinstance(node.func, libcst.Attribute):
            yield from self.steps(node.func.value)
        mine = [arg for arg in node.args if self.is_it(arg.value)]
        for arg in node.args:
            if not (giving and arg.value is given) and not (mine and name in _LOGS | _LISTS):
                yield from self.steps(arg.value)
        if giving:
            yield "give", node
            return
        receiver = node.func.value if isinstance(node.func, libcst.Attribute) else None
        if self.place(node) in self.question.takes:
            if node.args or name not in ("get", "acquire"):
                yield "risk", node
            return
        if name in _WAITS:
            yield "joined", node
        if mine and (name in DISCARDING or name in KEEPING):
            yield ("drop" if name in DISCARDING else "hide"), node
        orders = receiver is not None and self.is_it(receiver) and name in self._orders
        if name not in HARMLESS and not orders:
            yield "risk", node
        if mine and name in self.question.helpers:
            yield "fill", node
        if receiver is not None:
            yield from self._method(node, receiver, name)
        if name in STARTING and any(self.mentions(arg) for arg in node.args):
            yield "start", node
        elif name in KEEPING and not mine:
            for arg in node.args:
                yield "keep", arg.value

    def _method(self, node: Any, receiver: Any, name: str) -> Iterator[tuple[str, Any]]:
        question = self.question
        if self.is_it(receiver):
            if name in DISCARDING and name not in question.resets:
                yield "drop", node
            elif name in question.resets or (name in EMPTYING and name not in question.fills):
                yield "reset", node
            elif name in question.fills or (name in FILLING and "" in question.state):
                yield "fill", node
            elif name in _TAKING_OUT:
                yield "reset", node
            return
        part = self.part_of(receiver)
        if part is not None and part in question.state and self.is_whole(receiver):
            if name in FILLING:
                yield "fill", node
            elif name in EMPTYING or name in _TAKING_OUT:
                yield "reset", node

    # -- the object in the text -------------------------------------------------------------------------------------

    def is_it(self, node: Any) -> bool:
        import libcst

        return isinstance(node, libcst.Name) and node.value == self.name

    def holds_it(self, node: Any) -> bool:
        """Whether a display or a call's argument list has the object in it."""
        import libcst

        if isinstance(node, (libcst.Tuple, libcst.List, libcst.Set)):
            return any(self.is_it(e.value) for e in node.elements)
        if isinstance(node, libcst.Dict):
            return any(isinstance(e, libcst.DictElement) and self.is_it(e.value) for e in node.elements)
        if isinstance(node, libcst.Call):
            return any(self.is_it(arg.value) for arg in node.args) and last_name(node.func)[:1].isupper()
        return False

    def root(self, node: Any) -> str:
        import libcst

        while isinstance(node, (libcst.Attribute, libcst.Subscript)):
            node = node.value
        return str(node.value) if isinstance(node, libcst.Name) else ""

    def part_of(self, node: Any) -> str | None:
        """The attribute of the object that an expression begins with; "" for an entry of the object itself."""
        import libcst

        inner = None
        while isinstance(node, (libcst.Attribute, libcst.Subscript)):
            inner, node = node, node.value
        if not (isinstance(node, libcst.Name) and node.value == self.name):
            return None
        return str(inner.attr.value) if isinstance(inner, libcst.Attribute) else ""

    def is_whole(self, node: Any) -> bool:
        """Whether it is the object's container itself: `ctx.headers`, not an entry of it."""
        import libcst

        if isinstance(node, libcst.Attribute):
            return self.is_it(node.value)
        return self.is_it(node)

    def gives_inside(self, node: Any) -> bool:
        """Whether a function inside has the object and gives it back, or throws it away."""
        import libcst

        calls = below(node, libcst.Call)
        return any(self.mentions(call) and _ends_loan(last_name(call.func)) for call in calls)

    def mentioned(self, text: str) -> int:
        """How often the function names something."""
        import libcst

        nodes = below(self.body, libcst.Name, libcst.Attribute) if self.body is not None else ()
        return sum(text_of(node) == text for node in nodes)

    def mentions(self, node: Any) -> bool:
        return mentions(node, self.name)


def _ends_loan(name: str) -> bool:
    return name in CONTAINER_GIVES or name in DISCARDING or RETURNING.search(name) is not None
