"""Imports that a fix needs."""

from __future__ import annotations

import re

import libcst as cst

from dictlint.fix.tree import Replace, Tree

Edits = list[tuple[cst.CSTNode, Replace]]


def importing(module: str, tree: Tree) -> Edits | None:
    """The edit that makes a file import a module of the standard library: none if it does, None if there is no way."""
    if re.search(rf"^import {module}\b", tree.module.code, re.MULTILINE):
        return []
    first = _first_import(tree)
    if first is None:
        return None
    wanted = cst.parse_statement(f"import {module}").with_changes(leading_lines=first.leading_lines)
    return [(first, lambda updated: cst.FlattenSentinel([wanted, updated.with_changes(leading_lines=())]))]


def _first_import(tree: Tree) -> cst.SimpleStatementLine | None:
    """The first import that another one can stand in front of."""
    for node in tree.module.body:
        if isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Import, cst.ImportFrom)):
            one = node.body[0]
            module = one.module.value if isinstance(one, cst.ImportFrom) and isinstance(one.module, cst.Name) else ""
            if module != "__future__":
                return node
    return None
