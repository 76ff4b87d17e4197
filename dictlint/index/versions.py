"""Branches for a Python that no longer runs the program: `if six.PY2:`, `if sys.version_info[0] < 3:`."""

from __future__ import annotations

import ast
from typing import Any

_OLD = frozenset(("PY2", "IS_PY2", "is_py2"))
_NEW = frozenset(("PY3", "IS_PY3", "is_py3"))
_SAYS = {  # by the major version that is asked for
    2: {ast.Eq: False, ast.LtE: False, ast.Gt: True, ast.NotEq: True},
    3: {ast.Lt: False, ast.Eq: True, ast.GtE: True, ast.NotEq: False},
}


def is_python3(test: Any) -> bool | None:
    """What a test that asks for Python 2 or 3 says on Python 3; None of any other test."""
    kind = type(test)
    if kind is ast.Name or kind is ast.Attribute:
        name = getattr(test, "attr", getattr(test, "id", ""))
        return False if name in _OLD else True if name in _NEW else None
    if kind is ast.UnaryOp and type(test.op) is ast.Not:
        said = is_python3(test.operand)
        return None if said is None else not said
    if kind is ast.Compare and len(test.ops) == 1:
        return _SAYS.get(_asked_for(test.left, test.comparators[0]), {}).get(type(test.ops[0]))
    return None


def _asked_for(left: Any, right: Any) -> int:
    """The major version with which that of the running Python is compared; 0 where it is anything else."""
    subscripted = type(left) is ast.Subscript and getattr(left.slice, "value", None) == 0
    if subscripted or getattr(left, "attr", "") == "major":
        left = left.value
    elif type(right) is ast.Tuple and [getattr(each, "value", None) for each in right.elts] in ([3], [3, 0]):
        right = right.elts[0]
    else:
        return 0
    asked = getattr(right, "value", None)
    return asked if type(asked) is int and getattr(left, "attr", getattr(left, "id", "")) == "version_info" else 0
