"""Where control can go in one function: is a statement reached after another one, on the same object?"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import libcst

Lines = tuple[int, int]  # first and last line, counted from the function's own first line


class Part(NamedTuple):
    """A statement with the blocks inside it. `kind`: `loop`, `if`, `try`, `with`, `return`, `raise`, `break`,
    `continue`, `other`. `finals`: which of the blocks is a `finally`, -1 none. `body`: the block that is repeated.
    """

    kind: str
    lines: Lines
    blocks: tuple[tuple[Part, ...], ...] = ()
    finals: int = -1


def goes_on(block: str, start: int, then: int, born: int) -> bool:
    """Whether control comes from line `start` to line `then` without passing `born`, where the object is made anew
    (0: it is not made here). Lines count from 1 in the text of the function.
    """
    shift = 1  # the line before the text, see `_parts`
    path = _path(_parts(block), start + shift)
    return bool(path) and _reaches(path, then + shift, born + shift if born else 0)


def is_conditional(block: str, line: int) -> bool:
    """Whether a statement runs on some condition: in a branch, a loop or a handler."""
    path = _path(_parts(block), line + 1)
    around = [(parts[at], path[depth + 1][2]) for depth, (parts, at, _) in enumerate(path[:-1])]
    return any(
        part.kind in ("if", "loop", "match") or (part.kind == "try" and 0 < n != part.finals) for part, n in around
    )


def is_final(block: str, line: int) -> bool:
    """Whether a statement stands in a `finally`."""
    path = _path(_parts(block), line + 1)
    around = [(parts[at], path[depth + 1][2]) for depth, (parts, at, _) in enumerate(path[:-1])]
    return any(part.kind == "try" and number == part.finals for part, number in around)


def only_refuses(block: str, test: int, act: int) -> bool:
    """Whether all that the condition on line `test` decides is whether line `act` is reached or an error is raised at
    once: `if k not in d: raise`, or the act in the `if` and the raise in its `else` or after it.
    """
    path = _path(_parts(block), test + 1)
    if not path:
        return False
    parts, at, _ = path[-1]
    one = parts[at]
    if one.kind != "if":
        return False
    if not _within(one, act + 1):
        return _raises(one.blocks[0])
    if any(_within(part, act + 1) for part in one.blocks[0]):
        other = one.blocks[1] if len(one.blocks) > 1 else parts[at + 1 : at + 2]
        return _raises(other) and (len(one.blocks) > 1 or _block_ends(one.blocks[0]) == "leave")
    return False


def _raises(block: tuple[Part, ...]) -> bool:
    return len(block) == 1 and block[0].kind == "raise"


def in_one_turn(block: str, line: int, other: int) -> bool:
    """Whether two statements stand in the same innermost loop, so that each turn runs both."""
    path = _path(_parts(block), line + 1)
    loops = [parts[at] for parts, at, _ in path if parts[at].kind == "loop"]
    return bool(loops) and _within(loops[-1], other + 1)


def _reaches(path: list[tuple[tuple[Part, ...], int, int]], then: int, born: int) -> bool:
    """Walk on from the innermost statement; `path` holds, from the outside, blocks with the position in them and the
    number of the block in the statement around it."""
    how = "next"
    for depth in range(len(path) - 1, -1, -1):
        parts, at, number = path[depth]
        if how == "next":
            for part in parts[at + 1 :]:
                if _within(part, then):
                    return True
                how = _ends(part)
                if how != "next":
                    break
        if not depth:
            break
        outer = path[depth - 1][0][path[depth - 1][1]]
        if outer.kind == "loop" and number == 0:
            if how != "break" and how != "leave":
                if _within(outer, then):
                    return not (born and _within(outer, born))
                how = "next"
            elif how == "break":
                how = "next"
        elif _is_final(outer, number, then):
            return True
    return False


def _is_final(outer: Part, number: int, line: int) -> bool:
    """Whether a line stands in the `finally` that every way out of a block leads through."""
    if outer.finals < 0 or number == outer.finals:
        return False
    return any(_within(part, line) for part in outer.blocks[outer.finals])


def _within(part: Part, line: int) -> bool:
    return part.lines[0] <= line <= part.lines[1]


def _ends(part: Part) -> str:
    """How control leaves a statement: `next`, or `leave`, `break`, `continue` where it never goes on after it."""
    if part.kind in ("return", "raise"):
        return "leave"
    if part.kind in ("break", "continue"):
        return part.kind
    if part.kind in ("if", "with") and part.blocks:
        ends = {_block_ends(block) for block in part.blocks}
        if part.kind == "if" and len(part.blocks) < 2:
            return "next"
        return ends.pop() if len(ends) == 1 else "next"
    return "next"


def _block_ends(block: tuple[Part, ...]) -> str:
    return next((how for how in map(_ends, block) if how != "next"), "next")


def _path(parts: tuple[Part, ...], line: int, number: int = 0) -> list[tuple[tuple[Part, ...], int, int]]:
    for at, part in enumerate(parts):
        if _within(part, line):
            here = (parts, at, number)
            for inner, block in enumerate(part.blocks):
                deeper = _path(block, line, inner)
                if deeper:
                    return [here, *deeper]
            return [here]
    return []


@lru_cache(maxsize=256)
def _parts(block: str) -> tuple[Part, ...]:
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    # A block that stands indented is parsed as it stands: what looks like indentation may be part of a string.
    text = f"if 1:\n{block}" if block[:1].isspace() else f"if 1: pass\n{block}"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
    except (libcst.ParserSyntaxError, RecursionError):
        return ()
    places = wrapper.resolve(PositionProvider)
    first, *rest = wrapper.module.body
    assert isinstance(first, libcst.If)
    statements = list(rest or first.body.body)
    if len(statements) == 1 and isinstance(statements[0], libcst.FunctionDef):
        statements = list(statements[0].body.body)
    return _block(statements, places)


def _block(statements: object, places: object) -> tuple[Part, ...]:
    return tuple(_part(statement, places) for statement in statements)  # type: ignore[attr-defined]


def _part(node: libcst.CSTNode, places: object) -> Part:
    import libcst

    place = places[node]  # type: ignore[index]
    lines = (place.start.line, place.end.line)

    def inside(suite: libcst.BaseSuite) -> tuple[Part, ...]:
        return _block(suite.body, places)

    if isinstance(node, libcst.SimpleStatementLine):
        return Part(_simple(node), lines)
    if isinstance(node, (libcst.For, libcst.While)):
        rest = (inside(node.orelse.body),) if node.orelse else ()
        return Part("loop", lines, (inside(node.body), *rest))
    if isinstance(node, libcst.If):
        blocks = [inside(node.body)]
        if isinstance(node.orelse, libcst.If):
            blocks.append((_part(node.orelse, places),))
        elif node.orelse is not None:
            blocks.append(inside(node.orelse.body))
        return Part("if", lines, tuple(blocks))
    if isinstance(node, (libcst.Try, libcst.TryStar)):
        blocks = [inside(node.body), *(inside(handler.body) for handler in node.handlers)]
        blocks += [inside(node.orelse.body)] if node.orelse else []
        finals = len(blocks) if node.finalbody else -1
        blocks += [inside(node.finalbody.body)] if node.finalbody else []
        return Part("try", lines, tuple(blocks), finals)
    if isinstance(node, libcst.With):
        return Part("with", lines, (inside(node.body),))
    if isinstance(node, libcst.Match):
        return Part("match", lines, tuple(inside(case.body) for case in node.cases))
    return Part("other", lines)


def _simple(node: libcst.SimpleStatementLine) -> str:
    import libcst

    for small in node.body:
        if isinstance(small, libcst.Return):
            return "return"
        if isinstance(small, libcst.Raise):
            return "raise"
        if isinstance(small, libcst.Break):
            return "break"
        if isinstance(small, libcst.Continue):
            return "continue"
    return "other"


def goes_straight(block: str, start: int, then: int) -> bool:
    """Whether control that has passed line `start` always comes to line `then`, but for exceptions and early ends:
    `then` stands further down in a block around `start`, not under a condition of its own. Lines as in `goes_on`.
    """
    parts = _parts(block)
    first, last = _path(parts, start + 1), _path(parts, then + 1)
    for depth, (one, other) in enumerate(zip(first, last)):
        if one[0] is not other[0]:
            return False
        if one[1] != other[1]:
            inner = [(around[0][around[1]], below[2]) for around, below in zip(last[depth:], last[depth + 1 :])]
            return one[1] < other[1] and all(part.kind in ("with", "try") and not number for part, number in inner)
    return False
