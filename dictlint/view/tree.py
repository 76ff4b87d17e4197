"""Going through a concrete tree: libcst's own visitors rebuild what they visit, which costs ten times as much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import libcst

    Node = TypeVar("Node", bound=libcst.CSTNode)

# What holds no code: blanks, comments, parentheses, commas.
_BLANK = ("whitespace", "lpar", "rpar", "leading_lines", "lines_after", "comma", "semicolon", "header", "footer")


def below(node: libcst.CSTNode, *kinds: type[Node]) -> Iterator[Node]:
    """The node itself and all nodes in it that are of these kinds, outer ones before inner ones."""
    import libcst

    todo: list[Any] = [node]
    while todo:
        one = todo.pop()
        if isinstance(one, kinds):
            yield one
        kind: Any = type(one)
        for name in _fields(kind):
            value = getattr(one, name)
            if isinstance(value, libcst.CSTNode):
                todo.append(value)
            elif isinstance(value, (list, tuple)):
                todo.extend(item for item in reversed(value) if isinstance(item, libcst.CSTNode))


def holds(node: libcst.CSTNode, *kinds: type[Node]) -> bool:
    """Whether there is a node of these kinds."""
    return next(below(node, *kinds), None) is not None


@cache
def _fields(kind: Any) -> tuple[str, ...]:
    """The fields that may hold code, the last one first."""
    names = [field.name for field in fields(kind) if not field.name.startswith(_BLANK)]
    return tuple(reversed(names))


def mentions(node: libcst.CSTNode, name: str) -> bool:
    """Whether a name stands anywhere in it, an attribute's included."""
    import libcst

    return any(one.value == name for one in below(node, libcst.Name))


def is_named(node: libcst.CSTNode, name: str) -> bool:
    """Whether the node is the plain name."""
    import libcst

    return isinstance(node, libcst.Name) and node.value == name


def only_target(node: libcst.Assign) -> str:
    """The variable that an assignment is for, where it is for one alone; else an empty string."""
    import libcst

    target = node.targets[0].target
    return target.value if len(node.targets) == 1 and isinstance(target, libcst.Name) else ""
