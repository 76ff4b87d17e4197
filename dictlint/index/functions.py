"""Functions with a meaning of their own: builtins and library functions that read containers or stand for something."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.arguments import Role, arguments, constant_text, interesting, record
from dictlint.index.calls import KNOWN
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_access, add_birth, span_of, union
from dictlint.index.iteration import LAZY_NAMES, consume, lazy_value
from dictlint.index.paths import items_of
from dictlint.index.stores import put_literal
from dictlint.model.body import Birth


def _length(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 1:
        return None
    inner = node.args[0]
    for each in EVAL[type(inner)](f, inner):
        if each[0] != "(":
            add_access(f, each.partition("|")[0], "len", "len", node)
    return ()


def _truth(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 1:
        return None
    inner = node.args[0]
    for each in EVAL[type(inner)](f, inner):
        if each[0] != "(" and "|" not in each:
            add_access(f, each, "truth", "bool", node)
    return ()


def _whole(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`sorted(d)`, `sum(d.values())`, `tuple(d)`: consumers that return no alias of what they read."""
    if not node.args or type(node.args[0]) is ast.Starred:
        return None
    consumer = path
    keyed = [word for word in node.keywords if word.arg == "key"]
    if len(node.args) > 1 and path in ("min", "max"):
        return None
    extra: Values = ()
    if keyed:
        consumer += "-key"
        extra = EVAL[type(keyed[0].value)](f, keyed[0].value)
    items, bases, index = consume(f, node.args[0], consumer, node)
    for each in node.args[1:]:
        EVAL[type(each)](f, each)
    if extra:
        record(f, node, (path,), (), (("key", extra),), role)
    f.switches += 1
    if path in ("sorted", "tuple"):
        kept = tuple([v for v in items if v[0] != "="])
        born = add_birth(f, Birth("list", span_of(node), bases, False, kept))
        if index >= 0:
            f.holds[born] = f.holds.get(f.accesses[index].path, index)
        return (born,)
    return items if path in ("min", "max") else ()


def _text(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 1:
        return None
    inner = node.args[0]
    for each in EVAL[type(inner)](f, inner):
        if each[0] not in "#(&~=" and "|" not in each and "." in each:
            add_access(f, each, "snapshot", f"{path}:keys", node)
    f.switches += 1
    return ()


def _next(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`next(iter(d))` is one step: it peeks at some entry; `next(k for k in d if k > 3)` goes on until it finds one."""
    if not node.args:
        return None
    inner: Any = node.args[0]
    made = type(inner) is ast.GeneratorExp
    searched = made and (len(inner.generators) > 1 or bool(inner.generators[0].ifs))
    values = consume(f, inner, "next", node)[0] if searched else EVAL[type(inner)](f, inner)
    default: Values = ()
    for each in node.args[1:]:
        default = EVAL[type(each)](f, each)
    result: Values = values if searched else ()
    live = [value for value in values if "|" in value and not searched]
    if not live and not made:
        return record(f, node, (path,), (values,), (), role)
    view = _view_of(inner)
    for value in live:
        base = value.partition("|")[0]
        add_access(f, base, "getitem", "next-iter", node)
        result = union(result, () if made else items_of(f, f"{base}|{view}"))
    f.switches += 1
    return union(result, tuple([v for v in default if v[0] != "="]))


def _view_of(node: Any) -> str:
    """Which view `iter(d.values())` goes over."""
    while type(node) is ast.Call and node.args:
        node = node.args[0]
    attr = getattr(getattr(node, "func", None), "attr", "keys")
    return attr if attr in ("values", "items") else "keys"


def _literal(node: Any) -> str:
    value = node.value if type(node) is ast.Constant else None
    return value if isinstance(value, str) and value.isidentifier() else ""


def _getattr(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if not 2 <= len(node.args) <= 3:
        return None
    attr = _literal(node.args[1])
    if not attr:
        args, kwargs = arguments(f, node)
        return record(f, node, (path,), args, kwargs, role) if interesting(args, kwargs) else ()
    base = EVAL[type(node.args[0])](f, node.args[0])
    values = tuple([f"{each}.{attr}" for each in base])
    if len(node.args) == 3 and type(node.args[2]) is not ast.Constant:
        values = union(values, EVAL[type(node.args[2])](f, node.args[2]))
    f.switches += 1
    return values


def _setattr(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 3:
        return None
    target, name, value = node.args
    base = EVAL[type(target)](f, target)
    attr = _literal(name)
    if not attr:
        EVAL[type(name)](f, name)
    values = () if type(value) is ast.Constant else EVAL[type(value)](f, value)
    if attr:
        put_literal(f, node, base, attr, values, constant_text(value))
    else:
        for each in base:
            add_access(f, f"{each}.__dict__", "setitem", "setattr", node, "", values)
    f.switches += 1
    return ()


def _delattr(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 2:
        return None
    attr = _literal(node.args[1])
    for each in EVAL[type(node.args[0])](f, node.args[0]):
        if attr:
            add_access(f, f"{each}.{attr}", "unbind", "delattr", node)
        else:
            add_access(f, f"{each}.__dict__", "delitem", "delattr", node)
    f.switches += 1
    return ()


def _hasattr(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 2:
        return None
    attr = _literal(node.args[1])
    base = EVAL[type(node.args[0])](f, node.args[0])
    if attr:
        for each in base:
            add_access(f, f"{each}.{attr}", "truth", "hasattr", node)
    else:
        EVAL[type(node.args[1])](f, node.args[1])
    f.switches += 1
    return ()


def _vars(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 1:
        return ()
    return tuple([f"{each}.__dict__" for each in EVAL[type(node.args[0])](f, node.args[0])])


def _type(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    if len(node.args) != 1:
        return None
    return tuple([f"{each}.__class__" for each in EVAL[type(node.args[0])](f, node.args[0])])


def _super(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    return ("<super>",)


def _library(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """A library function that reads one of its arguments whole."""
    at, consumer = _LIBRARY[path]
    if len(node.args) <= at:
        return None
    if path == "@json.dumps" and any(word.arg in ("indent", "default", "cls") for word in node.keywords):
        consumer = "json.dumps-indent"
    if any(word.arg == "key" for word in node.keywords):
        consumer += "-key"
    if consumer == "pprint" and any(word.arg in ("sort_dicts", None) for word in node.keywords):
        consumer += "-unsorted"
    values: list[Values] = []
    items: Values = ()
    source = -1
    for index, each in enumerate(node.args):
        if index == at:
            items, bases, source = consume(f, each, consumer, node)
            values.append(bases)
        else:
            values.append(EVAL[type(each)](f, each))
    kwargs = tuple([(w.arg or "**", EVAL[type(w.value)](f, w.value)) for w in node.keywords])
    result = record(f, node, (path,), tuple(values), tuple([k for k in kwargs if k[1]]), role)
    if path == "@random.choice":
        return items
    if path not in _CHOOSING:
        return result
    born = add_birth(f, Birth("list", span_of(node), (), False, tuple([v for v in items if v[0] != "="])))
    if source >= 0:
        f.holds[born] = f.holds.get(f.accesses[source].path, source)
    return (born,)


_LIBRARY: dict[str, tuple[int, str]] = {
    "@json.dump": (0, "json.dump"),
    "@json.dumps": (0, "json.dumps"),
    "@simplejson.dumps": (0, "json.dumps-indent"),
    "@simplejson.dump": (0, "json.dump"),
    "@pickle.dump": (0, "pickle.dump"),
    "@pickle.dumps": (0, "pickle.dumps"),
    "@marshal.dumps": (0, "marshal.dumps"),
    "@yaml.dump": (0, "yaml.dump"),
    "@yaml.safe_dump": (0, "yaml.dump"),
    "@pprint.pprint": (0, "pprint"),
    "@pprint.pformat": (0, "pprint"),
    "@functools.reduce": (1, "reduce"),
    "@random.sample": (0, "random.sample"),
    "@random.choice": (0, "random.choice"),
    "@heapq.nlargest": (1, "nlargest"),
    "@heapq.nsmallest": (1, "nsmallest"),
    "@itertools.groupby": (0, "groupby"),
    "@statistics.mean": (0, "mean"),
    "@math.fsum": (0, "sum"),
    "reduce": (1, "reduce"),
}
_CHOOSING = frozenset({"@random.sample", "@heapq.nlargest", "@heapq.nsmallest"})
_CHAINS = tuple([f"@itertools.{name}" for name in ("chain", "islice", "cycle", "takewhile", "chain.from_iterable")])


def _chain(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    args, _ = arguments(f, node)
    found: list[str] = []
    for value in (value for values in args for value in values):
        found += items_of(f, value[1:]) if value[0] == "*" else (value,)  # `chain(*d.values())` goes through the values
    live = [f"{each.partition('|')[0]}|iter" for each in found if each[0] not in "(=&*"]
    f.switches += 1
    return tuple(dict.fromkeys(live))[:4]


KNOWN.update(dict.fromkeys(_LIBRARY, _library))
KNOWN.update(dict.fromkeys(_CHAINS, _chain))
KNOWN.update(dict.fromkeys(LAZY_NAMES, lazy_value))
KNOWN.update(dict.fromkeys(("sorted", "tuple", "frozenset", "sum", "min", "max", "any", "all"), _whole))
KNOWN.update(
    {
        "len": _length,
        "bool": _truth,
        "str": _text,
        "repr": _text,
        "next": _next,
        "getattr": _getattr,
        "setattr": _setattr,
        "object.__setattr__": _setattr,
        "delattr": _delattr,
        "hasattr": _hasattr,
        "vars": _vars,
        "type": _type,
        "super": _super,
    }
)
