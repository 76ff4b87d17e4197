"""Put what belongs together under the lock that guards the dict elsewhere; `with` for acquire and release."""

from __future__ import annotations

import re

import libcst as cst

from dictlint.fix.headers import importing
from dictlint.fix.plan import Fix, blocks, is_quick, own
from dictlint.fix.tree import Replace, Statement, Tree, expression
from dictlint.model.finding import Finding

CODES = ("DCT102", "DCT103", "DCT104", "DCT105", "DCT101")
NAME = re.compile(r"[A-Za-z_]\w*")
WAITING = (cst.While, cst.Await, cst.Yield, cst.FunctionDef, cst.ClassDef)
OF_TWO_STEPS = 2


def plan(finding: Finding, tree: Tree) -> Fix | None:
    """`with guard:` around the steps of the finding."""
    nodes = [node for one in own(finding) if (node := tree.expression(one)) is not None]
    if not finding.guard or not nodes or any(one.locks for one in own(finding)):
        return None
    if not _is_in_reach(finding, tree, nodes[0]):
        return None
    found = blocks(tree, nodes)
    function = tree.function(nodes[0])
    if not found or function is None or not _can_be_held(tree, found, function):
        return None
    guard = finding.guard
    return Fix(
        finding,
        f"hold `{guard}`",
        is_quick(tree, found),
        tuple(found),
        _under(guard, found),
    )


def _under(lock: str, found: list[Statement]) -> tuple[Replace, ...]:
    """The first statement becomes the block with all of them, the others go."""

    def wrapped(_: object) -> cst.With:
        first = found[0].with_changes(leading_lines=())
        return cst.With(
            items=[cst.WithItem(expression(lock))],
            body=cst.IndentedBlock(body=[first, *found[1:]]),
            leading_lines=found[0].leading_lines,
        )

    return (wrapped, *((lambda _: cst.RemoveFromParent()) for _ in found[1:]))


def _is_in_reach(finding: Finding, tree: Tree, node: cst.CSTNode) -> bool:
    """Whether the guard's name means the guard here: an attribute of the same `self`, or a global of this file."""
    if finding.guard.startswith("self."):
        attribute = finding.guard.removeprefix("self.")
        of_self = finding.container.name.startswith("self.") and _has_self(tree, node)
        owner = finding.container.qualname.rpartition(".")[0]
        inside = bool(finding.symbol) and owner.endswith(finding.symbol.split(".")[0])
        written = re.search(rf"\bself\.{re.escape(attribute)}\s*(?::[^=\n]+)?=", tree.module.code)
        return bool(NAME.fullmatch(attribute)) and of_self and inside and written is not None
    is_global = re.search(rf"^{re.escape(finding.guard)}\s*(?::[^=\n]+)?=", tree.module.code, re.MULTILINE)
    return bool(NAME.fullmatch(finding.guard)) and is_global is not None


def _can_be_held(tree: Tree, found: list[Statement], function: cst.FunctionDef) -> bool:
    """Whether a lock may be held around statements of a function: not while it waits, and not around all of it."""
    if any(one is function for one in found) or function.asynchronous is not None:
        return False
    return not any(isinstance(one, WAITING) for node in found for one in tree.below(node))


# -- acquire and release -----------------------------------------------------------------------------------------------


def plan_release(finding: Finding, tree: Tree) -> Fix | None:
    """`with lock:` for `lock.acquire()`, some statements, `lock.release()`."""
    call = tree.expression(finding)
    first = tree.statement(call) if call is not None else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "acquire":
        return None
    outer = tree.parent(call)
    awaited = isinstance(outer, cst.Await)
    whole = tree.parent(outer) if outer is not None and awaited else outer
    if (
        call.args
        or not isinstance(first, cst.SimpleStatementLine)
        or len(first.body) != 1
        or first.body[0] is not whole
    ):
        return None
    lock = call.func.value
    siblings = list(tree.siblings(first))
    start = siblings.index(first) if first in siblings else -1
    stop = next((n for n in range(start + 1, len(siblings)) if _releases(tree, siblings[n], lock)), -1)
    inside = siblings[start + 1 : stop]
    if start < 0 or stop < 0 or not inside or any(_speaks_of(tree, one, lock) for one in inside):
        return None
    if tree.has_comment(first) or any(line.comment for line in siblings[stop].leading_lines):
        return None
    wrapped, *removed = _under(tree.code(lock), [first, *inside])

    def block(node: object) -> cst.With:
        made: cst.With = wrapped(node)
        body = [inside[0].with_changes(leading_lines=_without_blank(inside[0])), *inside[1:]]
        asynchronous = cst.Asynchronous() if awaited else None
        return made.with_changes(body=cst.IndentedBlock(body=body), asynchronous=asynchronous)

    how = (block, *removed, lambda _: cst.RemoveFromParent())
    safe = _is_known_lock(tree, lock)
    return Fix(finding, f"use `with {tree.code(lock)}`", safe, (first, *inside, siblings[stop]), how)


def _is_known_lock(tree: Tree, lock: cst.BaseExpression) -> bool:
    """Whether this very file makes it a lock of the standard library, which a `with` takes and gives back."""
    name = re.escape(tree.code(lock).rpartition(".")[2])
    kinds = "Lock|RLock|Condition|Semaphore|BoundedSemaphore"
    return re.search(rf"\b{name}\s*(?::[^=\n]+)?=\s*(?:\w+\.)*(?:{kinds})\(", tree.module.code) is not None


def _without_blank(statement: Statement) -> list[cst.EmptyLine]:
    lines = list(statement.leading_lines)
    while lines and lines[0].comment is None:
        del lines[0]
    return lines


def _releases(tree: Tree, node: Statement, lock: cst.BaseExpression) -> bool:
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1 or not isinstance(node.body[0], cst.Expr):
        return False
    return "".join(tree.code(node.body[0]).split()) == "".join(tree.code(lock).split()) + ".release()"


def _speaks_of(tree: Tree, node: cst.CSTNode, lock: cst.BaseExpression) -> bool:
    """Whether the lock is mentioned, or the block is left where it must not be."""
    names = [one for one in tree.below(node) if isinstance(one, (cst.Name, cst.Attribute))]
    return any(tree.same(one, lock) for one in names)


# -- a lock where there is none ----------------------------------------------------------------------------------------


def plan_new(finding: Finding, tree: Tree) -> Fix | None:
    """A lock made next to the dict, held around the steps on both sides; whether it suffices, people must judge."""
    container = finding.container
    if finding.guard or container.path != finding.path or any(one.path != finding.path for one in finding.accesses):
        return None
    if any(one.locks for one in finding.accesses):
        return None
    birth = _birth(tree, container.name, container.line)
    groups = _groups(finding, tree)
    if (
        birth is None
        or not groups
        or len(own(finding)) < OF_TWO_STEPS
        or not _comes_first(tree, container.name, birth, groups)
    ):
        return None
    lock = _lock_name(tree, container.name)
    made = cst.parse_statement(f"{lock} = threading.Lock()")
    nodes: list[cst.CSTNode] = [birth]
    how: list[Replace] = [lambda updated: cst.FlattenSentinel([updated, made])]
    for found in groups:
        nodes += found
        how += _under(lock, found)
    edits = importing("threading", tree)
    if edits is None:
        return None
    nodes += [node for node, _ in edits]
    how += [change for _, change in edits]
    return Fix(finding, f"create `{lock}` and hold it", False, tuple(nodes), tuple(how))


def _comes_first(tree: Tree, name: str, birth: Statement, groups: list[list[Statement]]) -> bool:
    """Whether the lock, made beside the container, is there by that name for all who hold it."""
    function = tree.function(birth)
    if name.startswith("self."):
        home = _class_of(tree, birth)
        made = function is not None and function.name.value == "__init__" and home is not None
        return made and all(_class_of(tree, found[0]) is home and _has_self(tree, found[0]) for found in groups)
    if function is None:
        return True
    inside = any(one is birth for found in groups for node in found for one in tree.below(node))
    return not inside and all(function in set(tree.around(found[0])) for found in groups)


def _class_of(tree: Tree, node: cst.CSTNode) -> cst.ClassDef | None:
    return next((one for one in tree.around(node) if isinstance(one, cst.ClassDef)), None)


def _has_self(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether `self` is the object here: the first parameter of the method around."""
    functions = [one for one in tree.around(node) if isinstance(one, cst.FunctionDef)]
    params = functions[-1].params.params if functions else ()
    return bool(params) and params[0].name.value == "self"


def _groups(finding: Finding, tree: Tree) -> list[list[Statement]]:
    """The statements of each function that takes part; none where one of them cannot hold a lock."""
    groups: list[list[Statement]] = []
    for symbol in dict.fromkeys(one.symbol for one in finding.accesses):
        there = [tree.expression(one) for one in finding.accesses if one.symbol == symbol]
        nodes = [node for node in there if node is not None]
        found = blocks(tree, nodes) if len(nodes) == len(there) else []
        function = tree.function(nodes[0]) if nodes else None
        if not found or function is None or not _can_be_held(tree, found, function):
            return []
        groups.append(found)
    return groups


def _birth(tree: Tree, name: str, line: int) -> cst.SimpleStatementLine | None:
    """The statement that makes the container: `self._d = {}`, `D: dict[str, int] = {}`."""
    for node in tree.below(tree.module):
        if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 and tree.place(node)[0] == line:
            small = node.body[0]
            targets = [one.target for one in small.targets] if isinstance(small, cst.Assign) else []
            targets += [small.target] if isinstance(small, cst.AnnAssign) and small.value is not None else []
            if [tree.code(target) for target in targets] == [name]:
                return node
    return None


def _lock_name(tree: Tree, name: str) -> str:
    holder, dot, last = name.rpartition(".")
    bare = last.strip("_")
    wanted = f"{bare}_LOCK" if bare.isupper() else f"_{bare}_lock"
    while re.search(rf"\b{wanted}\b", tree.module.code):
        wanted += "_"
    return f"{holder}{dot}{wanted}"


# -- one lock in the place of two --------------------------------------------------------------------------------------


def plan_other(finding: Finding, tree: Tree) -> Fix | None:
    """`with` the lock that the other side holds; whether it suffices for what else is under it, people must judge."""
    mine, rival = finding.accesses[0], finding.accesses[-1]
    node = tree.expression(mine)
    if node is None or rival.path != mine.path or len(mine.locks) != 1 or len(rival.locks) != 1:
        return None
    [lock], [other] = mine.locks, rival.locks
    same_class = mine.symbol.split(".")[:-1] == rival.symbol.split(".")[:-1]
    if (
        lock.startswith("self.") != other.startswith("self.")
        or not same_class
        or not NAME.fullmatch(other.split(".")[-1])
    ):
        return None
    for one in tree.around(node):
        if isinstance(one, cst.With) and len(one.items) == 1 and tree.code(one.items[0].item) == lock:
            item = one.items[0].item
            body = tree.code(one.body)
            if one.asynchronous is not None or lock in body or other in body or _is_of_loop(tree, other):
                return None
            return Fix(finding, f"hold `{other}`", False, (item,), (lambda _: expression(other),))
    return None


def _is_of_loop(tree: Tree, lock: str) -> bool:
    name = re.escape(lock.rpartition(".")[2])
    return re.search(rf"\b{name}\s*(?::[^=\n]+)?=\s*asyncio\.", tree.module.code) is not None
