"""Annotations: what a type says about containers and classes, without Optional, unions and scalars."""

from __future__ import annotations

import ast
import warnings
from typing import Any

from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_bind
from dictlint.index.names import load, mangled

_SCALARS = frozenset(
    ["str", "int", "float", "bool", "bytes", "complex", "object", "None", "type", "Any", "bytearray", "memoryview"]
)
_TYPING = ("@typing.", "@typing_extensions.", "@collections.", "@types.", "@weakref.", "@builtins.")
_KINDS = {
    "Dict": "dict",
    "dict": "dict",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "TypedDict": "dict",
    "List": "list",
    "list": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Iterable": "list",
    "Collection": "list",
    "Iterator": "list",
    "Generator": "list",
    "Set": "set",
    "set": "set",
    "MutableSet": "set",
    "AbstractSet": "set",
    "DefaultDict": "defaultdict",
    "defaultdict": "defaultdict",
    "OrderedDict": "OrderedDict",
    "Counter": "Counter",
    "ChainMap": "ChainMap",
    "Deque": "deque",
    "deque": "deque",
    "UserDict": "UserDict",
    "WeakKeyDictionary": "WeakKeyDictionary",
    "WeakValueDictionary": "WeakValueDictionary",
    "WeakSet": "WeakSet",
    "Tuple": "tuple",
    "tuple": "tuple",
    "FrozenSet": "frozenset",
    "frozenset": "frozenset",
}
_IGNORED_TYPING = frozenset(
    ["Any", "Text", "AnyStr", "NoReturn", "Never", "Hashable", "Callable", "LiteralString", "Literal"]
)
_WRAPPERS = frozenset(
    [
        "Optional",
        "Union",
        "Annotated",
        "Final",
        "ClassVar",
        "Required",
        "NotRequired",
        "ReadOnly",
        "InitVar",
        "Awaitable",
        "Type",
    ]
)
_MAPPINGS = frozenset(
    ["dict", "defaultdict", "OrderedDict", "ChainMap", "UserDict", "WeakKeyDictionary", "WeakValueDictionary"]
)


def types_of(f: Frame, node: Any) -> Values:
    """The type paths of an annotation."""
    if node is None:
        return ()
    kind = type(node)
    if kind is ast.Name:
        if node.id in _SCALARS:
            return ()
        return _named(load(f, node))
    if kind is ast.Constant:
        return _text(f, node.value) if isinstance(node.value, str) else ()
    if kind is ast.Attribute:
        return _named(EVAL[kind](f, node))
    if kind is ast.BinOp:
        return tuple(dict.fromkeys(types_of(f, node.left) + types_of(f, node.right)))
    if kind is ast.Subscript:
        return _generic(f, node)
    return ()


def _text(f: Frame, text: str) -> Values:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inner = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return types_of(f, inner)


def _named(values: Values) -> Values:
    return tuple([named for named in [_normal(path) for path in values] if named])


def _normal(path: str) -> str:
    last = path.rpartition(".")[2].lstrip("@")
    known = path.startswith(_TYPING) or (path.isidentifier() and path.islower())
    if known:
        if last in _IGNORED_TYPING:
            return ""
        return _KINDS.get(last, path)
    return path


def _generic(f: Frame, node: ast.Subscript) -> Values:
    base = node.value
    name = getattr(base, "attr", getattr(base, "id", ""))
    inner = node.slice
    if name in _WRAPPERS:
        if name == "Annotated" and type(inner) is ast.Tuple:
            return types_of(f, inner.elts[0])
        parts = inner.elts if type(inner) is ast.Tuple else [inner]
        return tuple(dict.fromkeys([path for part in parts for path in types_of(f, part)]))
    kinds = types_of(f, base)
    if not kinds:
        return ()
    kind = kinds[0]
    parts = inner.elts if type(inner) is ast.Tuple else [inner]
    if kind in _MAPPINGS:
        wanted = parts[1:2]
    elif kind == "Counter":
        wanted = []
    else:
        wanted = parts[:1]
    held = [path for part in wanted for path in types_of(f, part)]
    return tuple([f"{kind}[{path}]" for path in held]) or (kind,)


def bind_types(f: Frame, node: ast.AnnAssign, types: Values) -> None:
    """Write down an annotation that stands alone, or that of a local variable."""
    target = node.target
    if not types:
        return
    if type(target) is ast.Attribute:
        for path in EVAL[ast.Attribute](f, target):
            add_bind(f, path, (), node, types)
    elif type(target) is ast.Name:
        if f.class_body >= 0:
            name = f"~{f.class_body}.{mangled(f, target.id)}"
        else:
            name = f":{target.id}" if f.number else target.id
        add_bind(f, name, (), node, types)
