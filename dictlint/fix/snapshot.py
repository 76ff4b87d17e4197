"""Iterate a copy: `for key in d` -> `for key in list(d)`."""

from __future__ import annotations

import re

import libcst as cst

from dictlint.fix.plan import Fix
from dictlint.fix.tree import Tree, expression
from dictlint.model.finding import Finding

CODES = ("DCT101", "DCT110")
KINDS = frozenset(("dict", "defaultdict", "Counter", "OrderedDict", "set"))
SHADOWED = re.compile(r"\blist\s*[=:][^=]|\bimport\b.*\blist\b|\b(?:def|class|for|as)\s+list\b")


def plan(finding: Finding, tree: Tree) -> Fix | None:
    """`list` copies a dict, or one of its views, in a single step."""
    at = next((one for one in finding.accesses if one.op == "iterate" and one.path == finding.path), None)
    node = tree.expression(at) if at else None
    if node is None or finding.container.kind not in KINDS or SHADOWED.search(tree.module.code):
        return None
    if isinstance(node, cst.Call) and (node.args or not _is_view(node)):
        return None
    parent = tree.parent(node)
    if isinstance(parent, (cst.For, cst.CompFor)) and (parent.iter is not node or parent.asynchronous is not None):
        return None
    if isinstance(parent, cst.Arg) and parent.star:
        return None
    code = tree.code(node.with_changes(lpar=(), rpar=()))
    made = expression(f"list({code})").with_changes(lpar=node.lpar, rpar=node.rpar)
    return Fix(finding, "iterate a snapshot", True, (node,), (lambda _: made,))


def _is_view(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in ("items", "keys", "values")
