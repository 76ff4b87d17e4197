"""The concrete tree of one file, looked up by the places that findings name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from dictlint.model.finding import AccessRef, Finding

Place = tuple[int, int, int, int]
Replace = Callable[[Any], Any]
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Tree:
    """A parsed file. Raises `ParserSyntaxError` where libcst is stricter than Python."""

    def __init__(self, source: bytes) -> None:
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
        self.module = wrapper.module
        self._ranges = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._by_place: defaultdict[Place, list[cst.CSTNode]] = defaultdict(list)
        for node, at in self._ranges.items():
            self._by_place[_place(at)].append(node)

    def place(self, node: cst.CSTNode) -> Place:
        """Lines and columns of a node, both from 1 as findings have them."""
        return _place(self._ranges[node])

    def expression(self, at: AccessRef | Finding) -> cst.BaseExpression | None:
        """The expression that stands exactly there."""
        nodes = self._by_place.get((at.line, at.column, at.end_line, at.end_column), [])
        found = [node for node in nodes if isinstance(node, cst.BaseExpression)]
        return found[0] if found else None

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self._parents.get(node)

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The node, then everything that it stands in, from the inside to the outside."""
        at: cst.CSTNode | None = node
        while at is not None:
            yield at
            at = self._parents.get(at)

    def statement(self, node: cst.CSTNode) -> Statement | None:
        """The innermost statement with lines of its own in which a node stands."""
        for one in self.around(node):
            if isinstance(one, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                return one
        return None

    def siblings(self, statement: Statement) -> Sequence[Statement]:
        """The statements of the same block; none where the block stands on the line of its head."""
        block = self.parent(statement)
        return block.body if isinstance(block, (cst.IndentedBlock, cst.Module)) else ()  # type: ignore[return-value]

    def function(self, node: cst.CSTNode) -> cst.FunctionDef | None:
        """The function in which a node stands."""
        return next((one for one in self.around(node) if isinstance(one, cst.FunctionDef)), None)

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node."""
        return self.module.code_for_node(node)

    def same(self, one: cst.CSTNode, other: cst.CSTNode) -> bool:
        """Whether two expressions are written alike."""
        return one.deep_equals(other) or "".join(self.code(one).split()) == "".join(self.code(other).split())

    def below(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The node and everything in it."""
        yield node
        for child in node.children:
            yield from self.below(child)

    def has_comment(self, node: cst.CSTNode) -> bool:
        """Whether a comment stands in a node, but for those in front of a statement and behind its last line."""
        comments = [one for one in self.below(node) if isinstance(one, cst.Comment)]
        return len(comments) > len(self._outer_comments(node))

    def _outer_comments(self, node: cst.CSTNode) -> list[cst.Comment]:
        found: list[cst.Comment] = [line.comment for line in getattr(node, "leading_lines", ()) if line.comment]
        tail = getattr(last_line(node), "trailing_whitespace", None)
        return found + ([tail.comment] if tail is not None and tail.comment else [])

    def replaced(self, replacements: dict[cst.CSTNode, Replace]) -> cst.Module:
        """The tree with other nodes in some places."""
        return self.module.visit(_Replacer(replacements))


class _Replacer(cst.CSTTransformer):
    def __init__(self, replacements: dict[cst.CSTNode, Replace]) -> None:
        super().__init__()
        self._replacements = {id(node): how for node, how in replacements.items()}

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        how = self._replacements.get(id(original_node))
        return super().on_leave(original_node, updated_node) if how is None else how(updated_node)


def _place(at: CodeRange) -> Place:
    return at.start.line, at.start.column + 1, at.end.line, at.end.column + 1


def last_line(node: cst.CSTNode) -> cst.CSTNode:
    """The simple statement with which a statement ends."""
    while True:
        if isinstance(node, cst.If) and node.orelse is not None:
            node = node.orelse
        elif isinstance(node, cst.Try) and (node.finalbody or node.orelse or node.handlers):
            node = node.finalbody or node.orelse or node.handlers[-1]
        else:
            block = getattr(node, "body", None)
            if not isinstance(block, cst.IndentedBlock) or not block.body:
                return node
            node = block.body[-1]


def expression(code: str) -> cst.BaseExpression:
    """An expression from its text."""
    return cst.parse_expression(code)


def statement(code: str, like: Statement, last: cst.CSTNode | None = None) -> cst.SimpleStatementLine:
    """A simple statement in the place of others: with the comments in front of the first and behind the last."""
    made = cst.parse_statement(code)
    assert isinstance(made, cst.SimpleStatementLine)
    tail = getattr(last_line(last or like), "trailing_whitespace", made.trailing_whitespace)
    return made.with_changes(leading_lines=like.leading_lines, trailing_whitespace=tail)


def argument(code: str, node: cst.BaseExpression) -> str:
    """The text of an expression as it may stand among the arguments of a call."""
    bare = isinstance(node, (cst.Tuple, cst.NamedExpr, cst.GeneratorExp, cst.Yield)) and not node.lpar
    return f"({code})" if bare else code
