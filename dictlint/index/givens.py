"""What a branch knows of parameters and of attributes that are compared with constants."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeAlias

from dictlint.index.arguments import constant
from dictlint.index.frame import Frame
from dictlint.index.names import mangled
from dictlint.knowledge.containers import CLASSES
from dictlint.model.body import Given

Atom: TypeAlias = tuple[str, str, bool]  # path, value, whether it is that value
Known: TypeAlias = tuple[list[Atom], list[Atom]]  # when the test holds, when it fails
Facts: TypeAlias = tuple[tuple[Given, ...], tuple[Given, ...], tuple[Given, ...], tuple[Given, ...]]

NOTHING: Known = ([], [])
OPEN = -1
_TRUE = "true"
_IS_A = "is a "
_IS_NEW = "is new "
_IN_TURN = "in turn "
_WORDS = ("", _IS_A, _IS_NEW, _IN_TURN)
_NEW = 2
_EQUAL = {ast.Is: True, ast.Eq: True, ast.IsNot: False, ast.NotEq: False}


def known_by(f: Frame, test: Any) -> Known:
    """What holds in the two branches of a test."""
    reader = _READERS.get(type(test))
    return reader(f, test) if reader is not None and f.number else NOTHING


def begin(f: Frame, atoms: list[Atom]) -> None:
    """From here on the atoms are known."""
    for path, value, holds in atoms:
        f.givens.append((path, value, holds, f.seq, OPEN, f.locks))


def begin_turn(f: Frame, test: Any) -> None:
    """Every turn of a `while` begins with what its test says of attributes."""
    atoms = known_by(f, test)[0]
    begin(f, [(path, _IN_TURN + value, holds) for path, value, holds in atoms if "." in path and value[:3] != "is "])


def begin_again(f: Frame, mark: int, binds: int) -> None:
    """What has been known since before there were `mark` of them is known as before where control comes that did not
    go through the branch which has bound an attribute anew, and left.
    """
    bound = {bind.target for bind in f.binds[binds:]}
    for path, value, holds, start, stop, locks in f.givens[:mark]:
        if stop == OPEN and path in bound and not any(b.target == path and b.seq >= start for b in f.binds[:binds]):
            f.givens.append((path, value, holds, f.seq, OPEN, locks))


def renewed(f: Frame, path: str, bind: int) -> None:
    """From here on the attribute `path` is what the bind at the step `bind` gave it, -1 where that is unknown."""
    f.givens.append((path, f"{_IS_NEW}{bind}", True, f.seq, OPEN, f.locks))


def remember_flags(f: Frame, node: ast.If, holds: list[Atom], fails: list[Atom]) -> None:
    """A variable that begins as one truth value, and gets the other one where a test of parameters holds, stands for
    that test wherever it is asked later.
    """
    for statement in node.body:
        if type(statement) is ast.Assign and type(statement.value) is ast.Constant and not f.loops:
            target, value = statement.targets[0], statement.value.value
            if type(target) is ast.Name and type(value) is bool and _begins_otherwise(f.node, target, value):
                known = [[a for a in atoms if _is_of_parameter(a)] for atoms in (holds, fails)]
                f.flags[target.id] = (known[0], known[1]) if value else (known[1], known[0])


def _is_of_parameter(atom: Atom) -> bool:
    return "." not in atom[0] and not atom[1].startswith(_IS_A)


def _begins_otherwise(function: Any, target: ast.Name, value: bool) -> bool:
    """Whether the only other assignment gives it the opposite, at the top of the function and before this one."""
    name = target.id
    stores = [n for n in ast.walk(function) if type(n) is ast.Name and n.id == name and type(n.ctx) is ast.Store]
    if len(stores) != 2 or stores[0] is target:
        return False
    firsts = (one.value for one in function.body if type(one) is ast.Assign and one.targets == stores[:1])
    return any(type(first) is ast.Constant and first.value is (not value) for first in firsts)


def is_new(f: Frame, path: str, step: int) -> bool:
    """Whether the attribute was bound here, whatever branch was taken, before the step."""
    return any(
        of == path and stop == OPEN and start <= step and value.startswith(_IS_NEW)
        for of, value, _, start, stop, _ in f.givens
    )


def of_types(atoms: list[Atom]) -> list[Atom]:
    """Those that speak of types."""
    return [atom for atom in atoms if atom[1].startswith(_IS_A)]


def end(f: Frame, mark: int) -> None:
    """What has become known since there were `mark` of them is known no longer."""
    givens = f.givens
    kept = [
        (path, value, holds, start, f.seq if stop == OPEN else stop, locks)
        for path, value, holds, start, stop, locks in givens[mark:]
        if stop != OPEN or start != f.seq
    ]
    givens[mark:] = kept


def facts_of(f: Frame) -> Facts:
    """The facts, once the function has been followed: what is known of values, of their types, of what is new, and in
    the turns of a loop.
    """
    end(f, 0)
    found: tuple[list[Given], ...] = ([], [], [], [])
    for path, value, holds, start, stop, locks in f.givens:
        what = next((n for n, word in enumerate(_WORDS) if n and value.startswith(word)), 0)
        if what == _NEW and not locks:
            continue
        found[what].append(Given(path, value[len(_WORDS[what]) :], holds, start, stop, locks))
    return tuple(found[0]), tuple(found[1]), tuple(found[2]), tuple(found[3])


def _plain(f: Frame, node: Any) -> Known:
    if f.flags and type(node) is ast.Name and node.id in f.flags:
        return f.flags[node.id]
    path = _path(f, node)
    return ([(path, _TRUE, True)], [(path, _TRUE, False)]) if path else NOTHING


def _not(f: Frame, node: ast.UnaryOp) -> Known:
    if type(node.op) is not ast.Not:
        return NOTHING
    holds, fails = known_by(f, node.operand)
    return fails, holds


def _compare(f: Frame, node: ast.Compare) -> Known:
    equal = _EQUAL.get(type(node.ops[0]))
    if equal is None or len(node.ops) > 1:
        return NOTHING
    if type(node.left) is ast.Call and getattr(node.left.func, "id", "") == "type" and len(node.left.args) == 1:
        same = _is_a(f, node.left.args[0], [node.comparators[0]])[0]  # another type may be one derived from it
        return (same, []) if equal else ([], same)
    path, value = _path(f, node.left), _constant(f, node.comparators[0])
    return ([(path, value, equal)], [(path, value, not equal)]) if path and value else NOTHING


def _call(f: Frame, node: ast.Call) -> Known:
    """`isinstance(x, T)`, where a container may be a T or not."""
    if getattr(node.func, "id", "") != "isinstance" or len(node.args) != 2:
        return NOTHING
    asked = node.args[1]
    return _is_a(f, node.args[0], asked.elts if type(asked) is ast.Tuple else [asked])


def _is_a(f: Frame, node: Any, asked: list[ast.expr]) -> Known:
    """Whether something is of one of these types."""
    types = [_type_name(f, each) for each in asked]
    path = _asked(f, node) if not CLASSES.keys().isdisjoint(types) else ""
    value = _IS_A + ",".join(types)
    return ([(path, value, True)], [(path, value, False)]) if path else NOTHING


def _type_name(f: Frame, node: Any) -> str:
    """The last name of a type; `?` where it is none, or may be another one of that name."""
    name: str = getattr(node, "attr", getattr(node, "id", ""))
    if imported := f.module.imports.get(name):
        return imported.rpartition(".")[2]
    return "?" if not name or name in f.env or name in f.module.bound else name


def _bool_op(f: Frame, node: ast.BoolOp) -> Known:
    """`a and b` says something where it holds, `a or b` where it fails."""
    parts = [known_by(f, each) for each in node.values]
    if type(node.op) is ast.And:
        return [atom for holds, _ in parts for atom in holds], []
    return [], [atom for _, fails in parts for atom in fails]


def _path(f: Frame, node: Any) -> str:
    """A parameter as it was handed in, or an attribute of one; empty for anything else."""
    if type(node) is ast.Name:
        values = f.env.get(node.id)
        return values[0] if values and len(values) == 1 and values[0] == "%" + node.id else ""
    if type(node) is ast.Attribute and type(node.value) is ast.Name:
        base = _path(f, node.value)
        return f"{base}.{mangled(f, node.attr)}" if base else ""
    return ""


def _asked(f: Frame, node: Any) -> str:
    """What a variable holds, or an attribute of that: `isinstance` stays true of a value."""
    if type(node) is ast.Attribute:
        base = _asked(f, node.value)
        return f"{base}.{mangled(f, node.attr)}" if base else ""
    values = f.env.get(node.id, ()) if type(node) is ast.Name else ()
    return values[0] if len(values) == 1 and values[0][0] not in "#(&~=" and "|" not in values[0] else ""


def _constant(f: Frame, node: Any) -> str:
    """A constant, or a name that by its capitals is one."""
    if type(node) is ast.Constant:
        return "".join(constant(node.value))
    name = getattr(node, "attr", getattr(node, "id", ""))
    if not name.isupper():
        return ""
    base = getattr(node, "value", None)
    return f"{base.id}.{name}" if type(base) is ast.Name else name if base is None else ""


_READERS: dict[type, Callable[[Frame, Any], Known]] = {
    ast.Name: _plain,
    ast.Attribute: _plain,
    ast.UnaryOp: _not,
    ast.Compare: _compare,
    ast.BoolOp: _bool_op,
    ast.Call: _call,
}
