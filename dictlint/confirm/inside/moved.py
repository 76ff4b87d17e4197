"""Places in a file that has changed since it was analysed: found again by their text, the nearest one first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from dictlint.confirm.inside.planned import File, Place

Operation = ast.expr | ast.AugAssign | ast.ExceptHandler
Function = (ast.FunctionDef, ast.AsyncFunctionDef)


def moved(tree: ast.Module, source: bytes, file: File) -> File:
    """The file with its places and births where they are now; without those that are gone."""
    lines = source.splitlines()
    wanted = {place.text for place in file.places}
    found: dict[str, list[tuple[str, Operation]]] = {}
    for symbol, node in _expressions(tree, "<module>"):
        text = _text(lines, node)
        if text in wanted:
            found.setdefault(text, []).append((symbol, node))
    places = []
    for place in file.places:
        last = place.symbol.rpartition(".")[2]
        nodes: list[Any] = [node for symbol, node in found.get(place.text, ()) if symbol == last]
        if place.op == "def":
            nodes = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name == last]
        elif place.op == "capture":
            nodes = list(_made_in(tree, last))
        if nodes:
            places.append(_at(place, min(nodes, key=lambda node: abs(node.lineno - place.line))))
    births = []
    for birth in file.births:
        numbers = [number for number, line in enumerate(lines, 1) if _bare(line) == birth.text]
        if numbers:
            births.append(birth._replace(line=min(numbers, key=lambda number: abs(number - birth.line))))
    return file._replace(places=tuple(places), births=tuple(births))


def _expressions(node: ast.AST, symbol: str) -> Iterator[tuple[str, Operation]]:
    """With the name of the function in which they run; the body of a class runs where the class is made."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.expr, ast.AugAssign, ast.ExceptHandler)):  # `d[k] += v` is an operation as a whole
            yield symbol, child
        yield from _expressions(child, child.name if isinstance(child, Function) else symbol)


def _made_in(tree: ast.Module, name: str) -> Iterator[ast.AST]:
    """Functions that are made in one of that name; in the module where it has none."""
    outer: list[ast.AST] = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name == name]
    for each in outer or [tree]:
        yield from (n for n in ast.walk(each) if n is not each and isinstance(n, (*Function, ast.Lambda)))


def _text(lines: list[bytes], node: Operation) -> str:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return between(lines, node.lineno, node.col_offset, end_line, end_column)


def between(lines: list[bytes], line: int, column: int, end_line: int, end_column: int) -> str:
    """The text of a span, white space made one."""
    part = lines[line - 1 : end_line]
    if not part:
        return ""
    part[-1] = part[-1][:end_column]
    part[0] = part[0][column:]
    return " ".join(b" ".join(part).decode(errors="replace").split())


def _bare(line: bytes) -> str:
    return " ".join(line.decode(errors="replace").split())


def _at(place: Place, node: Any) -> Place:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return place._replace(line=node.lineno, column=node.col_offset, end_line=end_line, end_column=end_column)
