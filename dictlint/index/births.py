"""Expressions that make a container: displays, constructors, copies, field factories."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.arguments import Role, arguments, record
from dictlint.index.calls import KNOWN
from dictlint.index.copies import keep
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_access, add_birth, span_of
from dictlint.index.iteration import consume
from dictlint.index.paths import own_birth
from dictlint.knowledge.operations import BIRTH_MODULES, BIRTHS
from dictlint.model.body import Birth

_MANY = 6
_MOST_KEYS = 24


def dict_display(f: Frame, node: ast.Dict) -> Values:
    """`{k: v, **d}`."""
    items: dict[str, None] = {}
    copied: dict[str, None] = {}
    parts: dict[str, Values] = {}
    for key, value in zip(node.keys, node.values):
        if key is None:
            for path in EVAL[type(value)](f, value):
                base = path.partition("|")[0]
                add_access(f, base, "snapshot", "**:keys", node)
                copied[base] = None
            continue
        if type(key) is not ast.Constant:
            EVAL[type(key)](f, key)
        if type(value) is not ast.Constant:
            found = EVAL[type(value)](f, value)
            if found:
                items.update(dict.fromkeys(found))
                if type(key) is ast.Constant:
                    parts[repr(key.value)] = found
    held = tuple(items)[:_MANY] if items else ()
    keys = _constant_keys(node.keys) if 0 < len(node.keys) <= _MOST_KEYS else ()
    made = Birth("dict", span_of(node), tuple(copied), False, held, "<none>", not node.values, False, keys)
    path = add_birth(f, made)
    if len(items) > 1 and keys:
        f.parts[path] = parts
    return (path,)


def _constant_keys(keys: Any) -> Values:
    """The texts of the keys of a display, when all of them are constants."""
    found = [repr(key.value) for key in keys if type(key) is ast.Constant]
    return tuple(found) if len(found) == len(keys) else ()


def _sequence(f: Frame, node: Any, kind: str) -> Values:
    items: dict[str, None] = {}
    copied: Values = ()
    for each in node.elts:
        inner = type(each)
        if inner is ast.Constant:
            continue
        if inner is ast.Starred:
            found, bases, _ = consume(f, each.value, "list", node)
            copied += bases
        else:
            found = EVAL[inner](f, each)
        if found:
            items.update(dict.fromkeys(found))
    held = tuple(items)[:_MANY] if items else ()
    return (add_birth(f, Birth(kind, span_of(node), copied, False, held, "<none>", not node.elts)),)


def list_display(f: Frame, node: ast.List) -> Values:
    """`[a, b]`."""
    return _sequence(f, node, "list")


def set_display(f: Frame, node: ast.Set) -> Values:
    """`{a, b}`."""
    return _sequence(f, node, "set")


def birth_kind(f: Frame, values: Values) -> str:
    """The kind of container that calling one of `values` makes, or ""."""
    if len(values) != 1:
        return ""
    path = values[0]
    module, _, last = path.lstrip("@").rpartition(".")
    kind = BIRTHS.get(last, "")
    if not kind:
        return ""
    if path[0] == "@":
        unmistakable = kind not in ("dict", "list", "set", "Counter")
        return kind if unmistakable or module.partition(".")[0] in BIRTH_MODULES else ""
    if module:
        return kind if module in BIRTH_MODULES else ""
    if last in ("dict", "list", "set"):
        return kind if last not in f.module.bound else ""
    targets = [target for name, target in f.module.import_list if name == last]
    return kind if any(target.partition(".")[0] in BIRTH_MODULES for target in targets) else ""


def construct(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`dict(...)`, `defaultdict(list)`, `deque()` and so on."""
    kind = birth_kind(f, (path,))
    if not kind:
        return None
    given = list(node.args)
    factory = "<none>"
    if kind == "defaultdict" and given:
        values = EVAL[type(given[0])](f, given.pop(0))
        factory = values[0] if values else "<none>"
    items: Values = ()
    copied: Values = ()
    source = -1
    for each in given:
        inner = each.value if type(each) is ast.Starred else each
        found, bases, last = consume(f, inner, kind, node)
        copied += bases
        source = max(source, last)
        if found and kind not in ("dict", "defaultdict", "OrderedDict", "Counter", "ChainMap"):
            items += tuple([v for v in found if v[0] != "="])
        if kind == "ChainMap" and bases:
            items += bases
    for word in node.keywords:
        value = EVAL[type(word.value)](f, word.value)
        if word.arg is None:
            for path in value:
                add_access(f, path, "snapshot", "**:keys", node)
            copied += value
        elif word.arg not in ("maxlen", "iterable"):
            items += tuple([v for v in value if v[0] != "="])
    f.switches += 1
    empty = not given and not node.keywords
    made = Birth(kind, span_of(node), copied[:4], False, tuple(dict.fromkeys(items))[:_MANY], factory, empty)
    born = add_birth(f, made)
    if source >= 0:
        origin = f.accesses[source]
        f.holds[born] = f.holds.get(origin.path, source)
    return (born,)


def from_keys(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`dict.fromkeys(ks, v)`: one value in every slot."""
    if not node.args:
        return None
    kind = birth_kind(f, (path.rpartition(".")[0],)) or "dict"
    consume(f, node.args[0], "list", node)
    items: Values = ()
    for each in node.args[1:]:
        items += EVAL[type(each)](f, each)
    f.switches += 1
    born = add_birth(f, Birth(kind, span_of(node), (), False, items[:_MANY], "<none>", False, bool(items)))
    if items:
        keep(f, born)
    return (born,)


def copy_call(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`copy.copy(x)` and `copy.deepcopy(x)`."""
    if not node.args:
        return None
    deep = path.endswith("deepcopy")
    how = "copy.deepcopy:keys" if deep else "copy.copy:keys"
    args, kwargs = arguments(f, node)
    values = tuple([v.partition("|")[0] for v in args[0] if v[0] not in "=("]) if args else ()
    if not values:
        return record(f, node, (path,), args, kwargs, role)
    record(f, node, (path,), args, kwargs, role)
    kind = "dict"
    for each in values:
        add_access(f, each, "iterate" if deep else "snapshot", how, node, "", (), len(f.calls) - 1)
        if own_birth(each):
            kind = f.births[int(each[1:])].kind
    return (add_birth(f, Birth(kind, span_of(node), values, deep)),)


def field_factory(f: Frame, node: Any) -> Values:
    """`field(default_factory=dict)` in a class body: every instance gets a container of that kind; () if it is none."""
    if type(node) is not ast.Call:
        return ()
    for word in node.keywords:
        if word.arg in ("default_factory", "factory"):
            return _made_by(f, node, word.value)
    each: Any
    for each in node.args:
        if _is_factory(each):
            return _made_by(f, node, each.args[0])
    for word in node.keywords:
        if word.arg == "default" and _is_factory(word.value):
            return _made_by(f, node, _first_argument(word.value))
    return ()


def _first_argument(node: Any) -> Any:
    return node.args[0]


def _is_factory(node: Any) -> bool:
    """attrs writes `attr.ib(default=attr.Factory(dict))`."""
    if type(node) is not ast.Call or not node.args:
        return False
    return getattr(node.func, "attr", getattr(node.func, "id", "")) == "Factory"


def _made_by(f: Frame, node: Any, maker: Any) -> Values:
    if type(maker) is ast.Lambda:
        body = maker.body
        if type(body) is ast.Dict or type(body) is ast.List or type(body) is ast.Set:
            return EVAL[type(body)](f, body)
        if type(body) is ast.Call:
            found = EVAL[ast.Call](f, body)
            return found if found and found[0][0] == "#" else ()
        return ()
    if type(maker) is ast.Name or type(maker) is ast.Attribute:
        kind = birth_kind(f, EVAL[type(maker)](f, maker))
        if kind:
            return (add_birth(f, Birth(kind, span_of(node), (), False, (), "<none>", True)),)
    return ()


for _name in BIRTHS:
    KNOWN[_name] = construct
    for _module in ("collections", "weakref", "typing", "builtins"):
        KNOWN[f"@{_module}.{_name}"] = construct
KNOWN["dict.fromkeys"] = from_keys
KNOWN["@collections.OrderedDict.fromkeys"] = from_keys
KNOWN["@copy.copy"] = copy_call
KNOWN["@copy.deepcopy"] = copy_call
EVAL[ast.Dict] = dict_display
EVAL[ast.List] = list_display
EVAL[ast.Set] = set_display
