"""What a function makes: does the container that it returns hold anything?"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dictlint.view.tree import below, is_named

_FILLING = frozenset(("update", "setdefault", "append", "add", "extend", "insert", "appendleft", "__setitem__"))

_EMPTY = frozenset(("dict", "list", "set", "deque", "OrderedDict", "Counter"))


@lru_cache(maxsize=256)
def returns_something(block: str) -> bool:
    """Whether a function returns more than an empty container, which somebody else is meant to fill."""
    import textwrap

    import libcst

    try:
        tree = libcst.parse_module(textwrap.dedent(block))
    except (libcst.ParserSyntaxError, RecursionError):
        return False
    returned = [node.value for node in below(tree, libcst.Return) if isinstance(node, libcst.Return)]
    names = {node.value for node in returned if isinstance(node, libcst.Name)}
    if any(node is not None and not isinstance(node, libcst.Name) and not _is_empty(node) for node in returned):
        return True
    return any(_is_filled(tree, name) for name in names)


def _is_empty(node: Any) -> bool:
    import libcst

    if isinstance(node, (libcst.Dict, libcst.List)):
        return not node.elements
    if not isinstance(node, libcst.Call) or not isinstance(node.func, (libcst.Name, libcst.Attribute)):
        return False
    name = node.func.value if isinstance(node.func, libcst.Name) else node.func.attr.value
    return name == "defaultdict" or (name in _EMPTY and not node.args)


def _is_filled(tree: Any, name: str) -> bool:
    import libcst

    nodes: list[Any] = list(below(tree, libcst.Assign, libcst.AnnAssign, libcst.AugAssign))
    for node in nodes:
        targets = [target.target for target in node.targets] if isinstance(node, libcst.Assign) else [node.target]
        for target in targets:
            if isinstance(target, libcst.Subscript) and is_named(target.value, name):
                return True
            if is_named(target, name) and node.value is not None and not _is_empty(node.value):
                return True
    methods = [call.func for call in below(tree, libcst.Call) if isinstance(call.func, libcst.Attribute)]
    return any(is_named(method.value, name) and method.attr.value in _FILLING for method in methods)
