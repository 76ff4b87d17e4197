"""The two tables that lead from a node's class to the function that follows it.

The other modules fill them when they are imported; classes that nobody knows are followed through their children,
so that a newer Python's syntax never breaks the index.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dictlint.index.frame import USED, Frame, Values

Evaluate = Callable[[Frame, Any], Values]
Follow = Callable[[Frame, Any], bool]

EVAL: dict[type, Evaluate] = {}
"""Expressions: records what happens inside and returns the values."""

STMT: dict[type, Follow] = {}
"""Statements: records what happens and returns True when control does not go on to the next statement."""


def nothing(f: Frame, node: Any) -> Values:
    """A leaf that means nothing to us."""
    return ()


def children(f: Frame, node: Any) -> Values:
    """Follow whatever stands inside a node and forget its value."""
    for field in node._fields:
        inner = getattr(node, field, None)
        if type(inner) is list:
            for each in inner:
                follow_any(f, each)
        elif inner is not None:
            follow_any(f, inner)
    return ()


def follow_any(f: Frame, node: Any) -> None:
    """Follow a node of unknown category."""
    if not isinstance(node, ast.AST):
        return
    f.role = USED
    kind = type(node)
    if kind in EVAL:
        EVAL[kind](f, node)
    elif kind in STMT:
        STMT[kind](f, node)
    else:
        children(f, node)


def unknown_statement(f: Frame, node: Any) -> bool:
    """Follow a statement of a newer Python."""
    children(f, node)
    return False


def fill_gaps() -> None:
    """Give every class of this interpreter's `ast` that has no function of its own the generic one."""
    for kind in list(vars(ast).values()):
        if isinstance(kind, type) and issubclass(kind, ast.expr):
            EVAL.setdefault(kind, children)
        elif isinstance(kind, type) and issubclass(kind, ast.stmt):
            STMT.setdefault(kind, unknown_statement)
