"""What the source says about functions: how they use their parameters, what callers give them, where they store."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from typing import Any

NUMBERS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
KEYS = ("get", "pop", "setdefault", "add", "discard", "remove", "__getitem__", "__setitem__", "__delitem__")
STORES = ("setdefault", "update", "append", "add")


def definition(function: Any, tree: ast.Module) -> Any:
    """The syntax of a function, or of the constructor of a class, in this file."""
    if inspect.isclass(function):
        found = next((node for node in ast.walk(tree)
                      if isinstance(node, ast.ClassDef) and node.name == function.__name__), None)  # fmt: skip
        body = found.body if found else []
        return next((node for node in body if getattr(node, "name", "") == "__init__"), None)
    code = getattr(inspect.unwrap(function), "__code__", None)
    lines = () if code is None else (code.co_firstlineno,)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == getattr(code, "co_name", ""):
            starts = {node.lineno, *(each.lineno for each in node.decorator_list)}
            if starts & set(lines):
                return node
    return None


def literals(name: str, tree: ast.Module) -> dict[Any, str]:
    """What callers in this file give, where it is written down: by position and by name."""
    found: dict[Any, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == name:
            for key, value in [*enumerate(node.args), *((word.arg, word.value) for word in node.keywords)]:
                try:
                    ast.literal_eval(value)
                except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                    continue
                found.setdefault(key, ast.unparse(value))
    return found


def called(node: ast.Call) -> str:
    func = node.func
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def uses(node: Any, name: str) -> set[str]:
    """How a function uses its parameter."""
    uses: set[str] = set()
    for each in ast.walk(node) if node is not None else ():
        if _is_key(each, name):
            uses.add("key")
        elif isinstance(each, ast.Call) and is_named(each.func, name):
            uses.add("called")
        elif isinstance(each, ast.BinOp) and isinstance(each.op, NUMBERS) and _is_operand(each, name):
            uses.add("number")
        elif isinstance(each, (ast.For, ast.comprehension)) and is_named(each.iter, name):
            uses.add("iterated")
        elif isinstance(each, ast.Attribute) and is_named(each.value, name):
            uses.add("attribute")
    return uses


def compared(node: Any, name: str) -> Iterator[str]:
    """The constants with which a function compares its parameter."""
    for each in ast.walk(node) if node is not None else ():
        if isinstance(each, ast.Compare) and any(is_named(one, name) for one in (each.left, *each.comparators)):
            for part in (each.left, *each.comparators):
                if isinstance(part, ast.Constant) and part.value is not None:
                    yield repr(part.value)


def _is_key(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Compare):
        return isinstance(node.ops[0], (ast.In, ast.NotIn)) and is_named(node.left, name)
    if isinstance(node, ast.Call):
        return called(node) in KEYS and bool(node.args) and is_named(node.args[0], name)
    return isinstance(node, ast.Subscript) and is_named(node.slice, name)


def _is_operand(node: ast.BinOp, name: str) -> bool:
    """Of a calculation; not of a text that is put together."""
    other = node.right if is_named(node.left, name) else node.left
    texts = isinstance(other, ast.JoinedStr) or (isinstance(other, ast.Constant) and isinstance(other.value, str))
    return not texts and (is_named(node.left, name) or is_named(node.right, name))


def is_named(node: ast.expr, name: str) -> bool:
    """Whether it stands for `name`, or for `self.name`."""
    own, _, attribute = name.partition(".")
    if attribute:
        return isinstance(node, ast.Attribute) and node.attr == attribute and is_named(node.value, own)
    return isinstance(node, ast.Name) and node.id == name


def stores(node: ast.FunctionDef, attribute: str) -> bool:
    for each in ast.walk(node):
        if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store) and _last(each.value) == attribute:
            return True
        changed = each.func if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) else None
        if changed is not None and changed.attr in STORES and _last(changed.value) == attribute:
            return True
    return False


def offers(node: Any, name: str, holder: Any) -> bool:
    """Whether what a function wants of its parameter is what the shared object has."""
    walked = ast.walk(node) if node is not None else ()
    wanted = {each.attr for each in walked if isinstance(each, ast.Attribute) and is_named(each.value, name)}
    return bool(wanted) and all(hasattr(holder, attribute) for attribute in wanted)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def loops_forever(node: ast.AST) -> bool:
    return any(isinstance(each, ast.While) for each in ast.walk(node))


def uses_of_kept(node: Any, name: str, trees: Iterable[ast.Module]) -> set[str]:
    """How methods use what the constructor keeps of its parameter."""
    if getattr(node, "name", "") != "__init__":
        return set()
    kept = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Assign) and is_named(each.value, name):
            kept |= {one.attr for one in each.targets if isinstance(one, ast.Attribute) and is_named(one.value, "self")}
    owner = _class_of(node, trees)
    if owner is None:
        return set()
    return set[str]().union(*(uses(owner, f"self.{attribute}") for attribute in kept))


def _class_of(node: ast.AST, trees: Iterable[ast.Module]) -> ast.ClassDef | None:
    for tree in trees:
        for each in ast.walk(tree):
            if isinstance(each, ast.ClassDef) and node in each.body:
                return each
    return None


def members(tree: ast.Module, kind: Any) -> list[ast.stmt]:
    """What stands in a class and its bases, as far as they are in this file."""
    names = [each.__name__ for each in kind.__mro__]
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    return [each for node in classes for each in node.body]
