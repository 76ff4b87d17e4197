"""Reading one function: its tree with places, the variables that hold borrowed objects, small questions on nodes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dictlint.view.lending.values import Place, Question
from dictlint.view.tree import below


@lru_cache(maxsize=256)
def read(text: str) -> tuple[Any, Any] | None:
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    # A block that stands indented is parsed as it stands: what looks like indentation may be part of a string.
    text = f"if 1:\n{text}" if text[:1].isspace() else f"if 1: pass\n{text}"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    places = wrapper.resolve(PositionProvider)
    first, *rest = wrapper.module.body
    assert isinstance(first, libcst.If)
    statements = list(rest or first.body.body)
    found = statements[0] if len(statements) == 1 else None
    return (found, places) if isinstance(found, libcst.FunctionDef) else None


def names(function: Any, places: Any, question: Question) -> list[str]:
    """The variables that hold borrowed objects."""
    import libcst

    found = [question.param] if question.param else []
    for call in below(function, libcst.Call):
        assert isinstance(call, libcst.Call)
        for place, position in question.gives:
            if place_of(places, call) == place:
                given = given_to(call, position)
                if isinstance(given, libcst.Name):
                    found.append(given.value)
    for item in below(function, libcst.WithItem):
        assert isinstance(item, libcst.WithItem)
        if place_of(places, bare(item.item)) in question.leases and item.asname is not None:
            name = item.asname.name
            if isinstance(name, libcst.Name):
                found.append(name.value)
    return list(dict.fromkeys(found))


def given_to(call: Any, position: int) -> Any:
    import libcst

    if position < 0:
        return call.func.value if isinstance(call.func, libcst.Attribute) else None
    plain = [arg for arg in call.args if not arg.star]
    return plain[position].value if position < len(plain) else None


def bare(node: Any) -> Any:
    import libcst

    return node.expression if isinstance(node, libcst.Await) else node


def place_of(places: Any, node: Any) -> Place:
    """With the line that stands before the text taken off."""
    at = places[node]
    return at.start.line - 1, at.start.column, at.end.line - 1, at.end.column


def last_name(node: Any) -> str:
    """The last name of what is called."""
    import libcst

    if isinstance(node, libcst.Attribute):
        return str(node.attr.value)
    return str(node.value) if isinstance(node, libcst.Name) else ""


def text_of(node: Any) -> str:
    import libcst

    return libcst.Module(()).code_for_node(node)


def constant_of(node: Any) -> bool | None:
    """The truth of a constant; None for anything else."""
    import libcst

    if isinstance(node, libcst.Name) and node.value in ("None", "False", "True"):
        return node.value == "True"
    return None


def compares_to_none(node: Any) -> bool:
    import libcst

    return len(node.comparisons) == 1 and any(
        isinstance(side, libcst.Name) and side.value == "None" for side in (node.left, node.comparisons[0].comparator)
    )
