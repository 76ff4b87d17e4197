"""The text of a key: equal texts in one function mean equal keys, as long as nothing else changed them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dictlint.index.frame import Frame
from dictlint.index.names import load
from dictlint.knowledge.callables import MINTING
from dictlint.model.body import FRESH

_LONGEST = 80
_PURE = frozenset({"id", "str", "int", "type", "hash", "repr", "tuple", "frozenset", "len", "float", "bytes", "bool"})
_IDENTITIES = frozenset({"get_ident", "current_thread", "getpid", "current_task", "getcurrent", "get_native_id"})

# Methods of strings, bytes and numbers that give the same each time, for the same arguments.
_PURE_METHODS = frozenset(
    [
        "capitalize",
        "casefold",
        "decode",
        "encode",
        "hex",
        "isoformat",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "strip",
        "swapcase",
        "title",
        "upper",
        "zfill",
    ]
)


def is_fresh(node: Any) -> bool:
    """Whether a call, or its argument's text, is a name that is new in the world: `str(uuid.uuid4())`."""
    name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
    if name in MINTING:
        return True
    return name == "str" and len(node.args) == 1 and type(node.args[0]) is ast.Call and is_fresh(node.args[0])


def key_text(f: Frame, node: Any) -> str:
    """The normalised text of a key expression, or "" when it has none."""
    kind = type(node)
    if kind is ast.Constant:
        text = repr(node.value)
        return text if len(text) <= _LONGEST else ""
    if kind is ast.Name:
        return _name(f, node)
    known = _KEYS.get(kind)
    if known is None:
        return ""
    text = known(f, node)
    return text if len(text) <= _LONGEST else ""


def _name(f: Frame, node: ast.Name) -> str:
    name = node.id
    version = f.versions.get(name)
    if version is not None:
        text = f"{name}@{version}"
        return text + FRESH if text in f.minted else text
    if name in f.params:
        return "%" + name
    values = load(f, node)
    return values[0] if len(values) == 1 and values[0][0] not in "#!(" else ""


def _attribute(f: Frame, node: ast.Attribute) -> str:
    base = key_text(f, node.value)
    return f"{base}.{node.attr}" if base else ""


def _several(f: Frame, nodes: list[Any]) -> str:
    texts = [key_text(f, node) for node in nodes]
    return ", ".join(texts) if all(texts) else ""


def _tuple(f: Frame, node: ast.Tuple) -> str:
    inner = _several(f, node.elts)
    return f"({inner})" if inner else ""


def _fstring(f: Frame, node: ast.JoinedStr) -> str:
    inner = _several(f, [getattr(v, "value", v) if type(v) is ast.FormattedValue else v for v in node.values])
    return f"f({inner})" if inner else ""


def _operation(f: Frame, node: ast.BinOp) -> str:
    left = key_text(f, node.left)
    right = key_text(f, node.right) if left else ""
    return f"({left} {type(node.op).__name__} {right})" if right else ""


def _negative(f: Frame, node: ast.UnaryOp) -> str:
    inner = key_text(f, node.operand)
    return f"-{inner}" if inner and type(node.op) is ast.USub else ""


def _entry(f: Frame, node: ast.Subscript) -> str:
    base = key_text(f, node.value) if type(node.value) is ast.Name else ""
    inner = key_text(f, node.slice) if base else ""
    return f"{base}[{inner}]" if inner else ""


def _call(f: Frame, node: ast.Call) -> str:
    callee = key_text(f, node.func)
    base, _, last = callee.rpartition(".")
    of_text = last in _PURE_METHODS and base[:1] not in ("", "@")
    if node.keywords or not (of_text or last.lstrip("@") in _IDENTITIES or callee in _PURE):
        return ""
    inner = _several(f, node.args)
    if node.args and not inner:
        return ""
    return f"{callee}({inner})" + (FRESH if of_text and base.endswith(FRESH) else "")


_KEYS: dict[type, Callable[[Frame, Any], str]] = {
    ast.Attribute: _attribute,
    ast.Tuple: _tuple,
    ast.JoinedStr: _fstring,
    ast.BinOp: _operation,
    ast.UnaryOp: _negative,
    ast.Subscript: _entry,
    ast.Call: _call,
}
