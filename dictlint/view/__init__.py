"""The libcst view of the code that a candidate stands in; libcst is imported only when a judgement asks for it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dictlint.view.tree import below, is_named, only_target

if TYPE_CHECKING:
    import libcst

_OPERATOR = re.compile(r"\s*(?:[-+*/%@&|^]|//|\*\*|<<|>>)=")
_ASSIGNMENT = re.compile(r"\s*\w+\s*=[^=]")  # what may be one; the tree knows


@lru_cache(maxsize=4096)
def parsed(code: str) -> libcst.BaseExpression | None:
    """An expression's concrete tree, or None where the text is no expression (a statement, a cut line)."""
    import libcst

    try:
        return libcst.parse_expression(code)
    except (libcst.ParserSyntaxError, RecursionError):
        return None


def names_called(code: str) -> frozenset[str]:
    """The last names of everything that an expression calls: `{'get_ident'}` for `d[threading.get_ident()]`."""
    if "(" not in code:
        return frozenset()
    tree = parsed(code)
    if tree is None:
        return frozenset()
    import libcst

    found = set()
    for call in below(tree, libcst.Call):
        assert isinstance(call, libcst.Call)
        func = call.func
        if isinstance(func, libcst.Attribute):
            found.add(func.attr.value)
        elif isinstance(func, libcst.Name):
            found.add(func.value)
    return frozenset(found)


@lru_cache(maxsize=256)
def function_tree(block: str) -> libcst.Module | None:
    """A function's concrete tree from its own lines."""
    import textwrap

    import libcst

    try:
        return libcst.parse_module(textwrap.dedent(block))
    except (libcst.ParserSyntaxError, RecursionError):
        return None


def names_called_for(block: str, name: str) -> frozenset[str]:
    """The last names called in every one of the values that a function assigns to a local name."""
    tree = function_tree(block)
    if tree is None:
        return frozenset()
    import libcst

    found = [
        names_called(tree.code_for_node(node.value)) for node in below(tree, libcst.Assign) if only_target(node) == name
    ]
    return frozenset.intersection(*found) if found else frozenset()


@lru_cache(maxsize=256)
def is_read_later(block: str, line: int) -> bool:
    """Whether what the statement on a line of a function computes is looked at: anything but a plain assignment to a
    local name that nobody reads.
    """
    lines = block.splitlines()
    if line < len(lines) and _ASSIGNMENT.match(lines[line]) is None:
        return True
    tree = function_tree(block)
    if tree is None:
        return True
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    wrapper = MetadataWrapper(tree)
    places = wrapper.resolve(PositionProvider)
    for node in below(wrapper.module, libcst.Assign):
        name = only_target(node)
        here = places[node].start.line <= line + 1 <= places[node].end.line
        if name and here and isinstance(node.value, libcst.Call):
            stored = [one for one in below(wrapper.module, libcst.AssignTarget) if is_named(one.target, name)]
            return sum(is_named(one, name) for one in below(wrapper.module, libcst.Name)) > len(stored)
    return True


def is_changed_by_name(code: str) -> bool:
    """Whether an operation is done to what a plain variable holds: `entry["x"]`, `entry.update(y)`; not `m[k]["x"]`."""
    import libcst

    tree = parsed(_OPERATOR.split(code, maxsplit=1)[0])
    if isinstance(tree, libcst.Call) and isinstance(tree.func, libcst.Attribute):
        return isinstance(tree.func.value, libcst.Name)
    return isinstance(tree, (libcst.Subscript, libcst.Attribute)) and isinstance(tree.value, libcst.Name)
