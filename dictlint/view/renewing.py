"""What a function has put somewhere itself before it comes to a line: on every way there, as its text tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dictlint.view import function_tree, parsed
from dictlint.view.tree import below, mentions

if TYPE_CHECKING:
    import libcst

_COPIES = frozenset({"dict", "list", "set", "copy", "deepcopy"})


def places_within(code: str, attribute: str) -> tuple[str, ...]:
    """What an operation goes through, from the outside: `s.parts[key]`, `s.parts` of `s.parts[key].update(more)`, as
    far as an attribute of that name is part of it.
    """
    import libcst

    node: Any = parsed(code)
    found = []
    while isinstance(node, (libcst.Call, libcst.Attribute, libcst.Subscript)):
        node = node.func if isinstance(node, libcst.Call) else node.value
        if isinstance(node, (libcst.Attribute, libcst.Subscript)) and mentions(node, attribute):
            found.append(_text(node))
    return tuple(found)


def is_renewed_before(block: str, line: int, places: Iterable[str], attribute: str) -> bool:
    """Whether one of the places has got something else on every way to a line, which counts from 1 in `block`, the text
    of the function: an entry something that is made there, an attribute what does not come from itself.
    """
    wanted = frozenset(places)
    if not any("=" in one and attribute in one for one in block.splitlines()[: line - 1]):
        return False
    tree = function_tree(block)
    if tree is None:
        return False
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    wrapper = MetadataWrapper(tree)
    lines = wrapper.resolve(PositionProvider)
    for suite in below(wrapper.module, libcst.IndentedBlock):
        before = [one for one in suite.body if lines[one].end.line < line]
        around = any(lines[one].start.line <= line <= lines[one].end.line for one in suite.body)
        if around and any(_renews(one, wanted, attribute) for one in before):
            return True
    return False


def _renews(node: libcst.CSTNode, places: frozenset[str], attribute: str) -> bool:
    """Whether a statement does so on every way through it. `if a: ... elif b: ...` without an `else` counts where none
    of the conditions is about the attribute: one of them holds, or nothing is asked for.
    """
    import libcst

    if isinstance(node, libcst.SimpleStatementLine):
        return any(_stores(one, places, attribute) for one in node.body)
    if isinstance(node, (libcst.With, libcst.IndentedBlock, libcst.Else)):
        body = node.body if isinstance(node, libcst.IndentedBlock) else node.body.body
        return any(_renews(one, places, attribute) for one in body)
    if not isinstance(node, libcst.If) or node.orelse is None or mentions(node.test, attribute):
        return False
    rest: libcst.CSTNode = node.orelse
    if isinstance(rest, libcst.If) and rest.orelse is None and not mentions(rest.test, attribute):
        rest = rest.body
    return _renews(node.body, places, attribute) and _renews(rest, places, attribute)


def _stores(node: libcst.CSTNode, places: frozenset[str], attribute: str) -> bool:
    import libcst

    if not isinstance(node, libcst.Assign):
        return False
    targets = [one.target for one in node.targets if _text(one.target) in places]
    of_another = not mentions(node.value, attribute)
    return any(of_another if isinstance(one, libcst.Attribute) else _is_made(node.value, attribute) for one in targets)


def _is_made(node: libcst.CSTNode, attribute: str) -> bool:
    """Whether a value is an object of its own."""
    import libcst

    if isinstance(node, (libcst.BaseDict, libcst.BaseList, libcst.BaseSet)):
        return True
    if not isinstance(node, libcst.Call):
        return False
    func = node.func
    name = func.attr.value if isinstance(func, libcst.Attribute) else getattr(func, "value", "")
    return name in _COPIES or not mentions(node, attribute)


def _text(node: libcst.CSTNode) -> str:
    import libcst

    return libcst.Module([]).code_for_node(node)
