"""What a function does because it has just marked something as seen: whether more than a message comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dictlint.view import function_tree
from dictlint.view.tree import below, holds

if TYPE_CHECKING:
    import libcst

# Calls that do nothing but say something, and what is called to make up the text.
_TALK = frozenset(
    {
        "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "getLogger", "format",
        "format_exc", "join", "str", "repr", "len", "type", "getattr", "isinstance", "ascii",
    }
)  # fmt: skip


def only_tells(block: str, test: int, mark: int) -> bool:
    """Whether a message is all that follows from a test and the mark made after it; lines count from 1 in `block`, the
    text of the function. Where the test leaves the function, what stands behind it follows; else what it decides.
    """
    tree = function_tree(block)
    if tree is None:
        return False
    from libcst.metadata import MetadataWrapper, PositionProvider

    wrapper = MetadataWrapper(tree)
    places = wrapper.resolve(PositionProvider)
    body = _statements_around(wrapper.module, mark, places)
    following = [one for one in body if places[one].start.line >= test]
    return bool(following) and _talks(following, mark, places)


def _statements_around(tree: libcst.Module, line: int, places: object) -> list[libcst.CSTNode]:
    """The statements of the innermost block in which a line stands."""
    import libcst

    found: list[libcst.CSTNode] = []
    for block in below(tree, libcst.IndentedBlock):
        assert isinstance(block, libcst.IndentedBlock)
        if any(_lines(one, places)[0] <= line <= _lines(one, places)[1] for one in block.body):
            found = list(block.body)
    return found


def _lines(node: libcst.CSTNode, places: object) -> tuple[int, int]:
    place = places[node]  # type: ignore[index]
    return place.start.line, place.end.line


def _talks(statements: list[libcst.CSTNode], mark: int, places: object) -> bool:
    """Whether they only call what says something, keep no result, and tell the caller nothing."""
    import libcst

    for one in statements:
        if holds(one, libcst.Assign, libcst.AugAssign, libcst.AnnAssign, libcst.Raise, libcst.Yield, libcst.Await):
            return False
        if holds(one, libcst.Del, libcst.FunctionDef, libcst.ClassDef, libcst.With, libcst.Try):
            return False
        if any(isinstance(back, libcst.Return) and _tells_caller(back) for back in below(one, libcst.Return)):
            return False
        if any(_called(call) not in _TALK and _lines(call, places)[0] != mark for call in below(one, libcst.Call)):
            return False
    return True


def _tells_caller(back: libcst.Return) -> bool:
    import libcst

    return back.value is not None and not (isinstance(back.value, libcst.Name) and back.value.value == "None")


def _called(call: libcst.CSTNode) -> str:
    import libcst

    assert isinstance(call, libcst.Call)
    func = call.func
    if isinstance(func, libcst.Attribute):
        return func.attr.value
    return func.value if isinstance(func, libcst.Name) else ""
