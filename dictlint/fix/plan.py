"""What a fix is, and what the planners of all rules share."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst
import msgspec

from dictlint.fix.tree import Place, Replace, Statement, Tree
from dictlint.model.finding import AccessRef, Finding

# Calls that only compute: under a lock they take no time and no other lock.
# fmt: off
PURE = frozenset((
    "abs", "all", "any", "bool", "dict", "enumerate", "float", "frozenset", "hash", "id", "int", "isinstance", "len",
    "list", "max", "min", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum", "tuple", "type", "zip",
))
OF_CONTAINERS = frozenset((
    "add", "append", "appendleft", "clear", "copy", "discard", "extend", "format", "get", "items", "join", "keys",
    "lower", "pop", "popitem", "popleft", "remove", "setdefault", "split", "strip", "update", "upper", "values",
))
EMPTY = frozenset((
    "Condition", "Counter", "Event", "Lock", "OrderedDict", "Queue", "RLock", "Semaphore", "SimpleQueue", "bytearray",
    "count", "defaultdict", "deque", "dict", "float", "frozenset", "int", "list", "object", "set", "str", "tuple",
))
# fmt: on
MOST_LINES = 8


class Fix(msgspec.Struct, frozen=True):
    """The edits that mend one finding. `nodes` and `how`: what takes the place of which node."""

    finding: Finding
    title: str
    safe: bool
    nodes: tuple[cst.CSTNode, ...]
    how: tuple[Replace, ...]

    def overlaps(self, other: Fix, tree: Tree) -> bool:
        """Whether both touch the same code."""
        return any(_overlap(tree.place(one), tree.place(two)) for one in self.nodes for two in other.nodes)


def _overlap(one: Place, other: Place) -> bool:
    return one[:2] <= other[2:] and other[:2] <= one[2:]


def own(finding: Finding) -> list[AccessRef]:
    """The steps of the activity that the finding is about, in its own function."""
    first = finding.accesses[0]
    mine = first.path, first.symbol, first.activity
    return [one for one in finding.accesses if (one.path, one.symbol, one.activity) == mine]


def is_cheap(node: cst.BaseExpression) -> bool:
    """Whether computing a value that is not used does no harm: constants, names, empty containers, locks."""
    if isinstance(node, (cst.Name, cst.SimpleString, cst.Integer, cst.Float, cst.ConcatenatedString)):
        return True
    if isinstance(node, cst.UnaryOperation):
        return is_cheap(node.expression)
    if isinstance(node, (cst.List, cst.Set, cst.Tuple)):
        return all(isinstance(one, cst.Element) and is_cheap(one.value) for one in node.elements)
    if isinstance(node, cst.Dict):
        pairs = [one for one in node.elements if isinstance(one, cst.DictElement)]
        return len(pairs) == len(node.elements) and all(is_cheap(one.key) and is_cheap(one.value) for one in pairs)
    if isinstance(node, cst.Call):
        name = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
        known = isinstance(name, cst.Name) and name.value in EMPTY
        return known and all(not one.star and is_cheap(one.value) for one in node.args)
    return False


def is_quick(tree: Tree, nodes: Sequence[cst.CSTNode]) -> bool:
    """Whether statements may be put under a lock without a second thought: a few lines that call nothing else."""
    first, last = tree.place(nodes[0])[0], tree.place(nodes[-1])[2]
    return last - first < MOST_LINES and all(_is_plain(one) for node in nodes for one in tree.below(node))


def _is_plain(node: cst.CSTNode) -> bool:
    if isinstance(node, (cst.Await, cst.Yield, cst.With, cst.FunctionDef, cst.ClassDef, cst.Lambda, cst.While)):
        return False
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Name):
            return node.func.value in PURE
        return isinstance(node.func, cst.Attribute) and node.func.attr.value in OF_CONTAINERS
    return True


def blocks(tree: Tree, nodes: Sequence[cst.CSTNode]) -> list[Statement]:
    """The fewest neighbouring statements of one block in which all nodes stand; empty where there are none."""
    chains = [[one for one in tree.around(node) if _has_lines(one)] for node in nodes]
    for block_of in chains[0]:
        siblings = list(tree.siblings(block_of))  # type: ignore[arg-type]
        at = [next((n for n, one in enumerate(siblings) if one in chain), -1) for chain in chains]
        if siblings and min(at) >= 0:
            return siblings[min(at) : max(at) + 1]
    return []


def _has_lines(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
