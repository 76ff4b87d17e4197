"""Where the containers of findings are made: on the lines that the findings name, and wherever the same attribute or
variable is given a new one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from dictlint.confirm.inside.planned import Birth

CONSTRUCTORS = {
    "dict": ("dict",),
    "defaultdict": ("defaultdict", "DefaultDict"),
    "OrderedDict": ("OrderedDict",),
    "Counter": ("Counter",),
}
Functions = (ast.FunctionDef, ast.AsyncFunctionDef)
Assignments = (ast.Assign, ast.AnnAssign)


def births_by_line(tree: ast.Module, births: Sequence[Birth]) -> dict[int, list[Birth]]:
    found: dict[int, list[Birth]] = {}
    for birth in births:
        found.setdefault(birth.line, []).append(birth)
    for birth in births:
        for line in {*_made_before(tree, birth), *_made_anew(tree, birth)}:
            if birth not in found.setdefault(line, []):
                found[line].append(birth)
    return found


def makes(node: ast.expr, kind: str) -> bool:
    """Whether an expression makes a container of that kind."""
    if isinstance(node, (ast.Dict, ast.DictComp)):
        return kind == "dict"
    if isinstance(node, ast.Call):
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        if name in ("copy", "fromkeys") and isinstance(func, ast.Attribute):
            return kind in CONSTRUCTORS
        return name in CONSTRUCTORS.get(kind, ())
    return False


def _made_before(tree: ast.Module, birth: Birth) -> Iterator[int]:
    """`self.rows = rows` after `rows = {}`: what is kept was made before, under a name of its own."""
    for function in ast.walk(tree):
        if isinstance(function, Functions):
            made = [node for node in ast.walk(function) if isinstance(node, Assignments)]
            for kept in made:
                if kept.lineno == birth.line and isinstance(kept.value, ast.Name):
                    name = kept.value.id
                    before = [node for node in made if node.lineno < birth.line and name in _names(node)]
                    yield from [node.lineno for node in before if _is_made(node, birth)][-1:]


def _made_anew(tree: ast.Module, birth: Birth) -> Iterator[int]:
    """`self.rows = {}` in another method of the class, `ROWS = {}` in a function that says `global ROWS`."""
    owner, _, attr = birth.name.rpartition(".")
    if owner:
        around = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_in(birth.line, node)]
        scopes: list[Any] = around[-1:]
    else:
        functions = [node for node in ast.walk(tree) if isinstance(node, Functions)]
        scopes = [each for each in functions if any(attr in names for names in _declared(each))]
    for scope in scopes:
        for node in ast.walk(scope):
            if isinstance(node, Assignments) and _is_made(node, birth):
                known = _attributes(node) if owner else _names(node)
                if attr in known and node.value is not None:
                    yield node.value.lineno


def _is_made(node: Any, birth: Birth) -> bool:
    return node.value is not None and makes(node.value, birth.kind)


def _is_in(line: int, node: ast.ClassDef) -> bool:
    return node.lineno <= line <= (node.end_lineno or line)


def _declared(function: ast.AST) -> list[list[str]]:
    return [node.names for node in ast.walk(function) if isinstance(node, ast.Global)]


def _targets(node: Any) -> list[ast.expr]:
    return list(node.targets) if isinstance(node, ast.Assign) else [node.target]


def _names(node: Any) -> list[str]:
    return [target.id for target in _targets(node) if isinstance(target, ast.Name)]


def _attributes(node: Any) -> list[str]:
    """Of what has a name: `self`, `cls`."""
    targets = [target for target in _targets(node) if isinstance(target, ast.Attribute)]
    return [target.attr for target in targets if isinstance(target.value, ast.Name)]
