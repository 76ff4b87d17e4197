"""Calls: what is called with what, and the methods that every container has."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dictlint.index.arguments import Args, Kwargs, Role, arguments, interesting, record
from dictlint.index.compounds import add_act, entrust, pair_fill_of_entry, pair_with_key
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import (
    LONGEST_PATH,
    USED,
    WITH_MORE,
    Frame,
    Values,
    add_access,
    add_birth,
    add_call,
    span_of,
    union,
)
from dictlint.index.keys import key_text
from dictlint.index.locks import LOCK_METHODS
from dictlint.index.names import load, resolve
from dictlint.index.paths import entry_values, items_of, own_birth
from dictlint.knowledge.operations import BIRTHS, GROWING, METHODS, QUIET_BUILTINS, VIEW_FUNCTIONS, VIEWS
from dictlint.model.body import TEXT, Birth

KNOWN: dict[str, Callable[[Frame, Any, str, Role], Values | None]] = {}
"""Functions with a meaning of their own, by path; they return None when the call turns out to be an ordinary one
(then nothing has been followed yet)."""

_UNBOUND = frozenset(
    {
        "dict",
        "set",
        "list",
        "@collections.OrderedDict",
        "@collections.defaultdict",
        "@collections.Counter",
        "@collections.UserDict",
        "@collections.deque",
    }
)
_CONVERTING = frozenset({"int", "float", "complex", "ord", "chr"})
_TEXTS = (ast.Constant, ast.JoinedStr)
_HASHED = frozenset({"get", "pop", "setdefault"})
_UNHASHABLE = frozenset({ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp})
# They give back None: what is awaited, or has attributes, is the result of some other class's method.
_TELLS_NOTHING = frozenset(
    {
        "update",
        "clear",
        "move_to_end",
        "add",
        "discard",
        "remove",
        "append",
        "appendleft",
        "extend",
        "insert",
        "sort",
        "reverse",
    }
)
_STORING = frozenset({"setdefault", "append", "appendleft", "add", "insert", "extend", "update"})
_KEYED = frozenset(
    {
        "get",
        "pop",
        "pop-default",
        "setdefault",
        "add",
        "discard",
        "remove",
        "append",
        "appendleft",
        "getitem",
        "setitem",
        "delitem",
        "contains",
        "move_to_end",
    }
)
"""Methods whose first argument is the key (or the element, which plays its part)."""


def call(f: Frame, node: ast.Call) -> Values:
    """Any call."""
    role = f.role
    f.role = USED
    func: Any = node.func
    kind = type(func)
    if kind is ast.Attribute:
        inner = func.value
        if type(inner) is ast.Name:
            name = inner.id
            base = f.env.get(name)
            if base is None:
                base = f.outer.get(name)
                if base is None:
                    base = resolve(f, name)
        else:
            f.role = WITH_MORE
            base = EVAL[type(inner)](f, inner)
            f.role = USED
        attr = func.attr
        if attr[:2] == "__" and f.mangle and attr[-2:] != "__":
            attr = f"_{f.mangle}{attr}"
        method = _METHODS.get(attr)
        if method is not None and not (base and base[0] in f.module.plain_modules):
            found = method(f, node, base, attr, role)
            if found is not None:
                return found
        if not base:
            callee: Values = ()
        elif len(base) == 1:
            path = f"{base[0]}.{attr}"
            known = KNOWN.get(path)
            if known is not None:
                found = known(f, node, path, role)
                if found is not None:
                    return found
            callee = (path,) if len(path) < LONGEST_PATH else ()
        else:
            callee = tuple([f"{path}.{attr}" for path in base])
    elif kind is ast.Name:
        callee = f.env.get(func.id) or load(f, func)
        if len(callee) == 1:
            path = callee[0]
            known = KNOWN.get(path)
            if known is not None and (path[0] == "@" or path not in f.module.bound):
                found = known(f, node, path, role)
                if found is not None:
                    return found
            elif path in QUIET_BUILTINS and path not in f.module.bound:
                arguments(f, node)
                if path in _CONVERTING and node.args and type(node.args[0]) is not ast.Constant:
                    f.converts.append((f.attempt, node.lineno))
                if path != "isinstance" and path != "len":
                    f.switches += 1
                return ()
        if func.id in VIEW_FUNCTIONS and len(node.args) == 1:
            return _view_function(f, node, func.id)
    else:
        made = _parametrised(f, node, func.value, role) if kind is ast.Subscript else None
        if made is not None:
            return made
        callee = EVAL[kind](f, func)
        f.role = USED
    if node.args or node.keywords:
        args, kwargs = arguments(f, node)
    else:
        args = kwargs = ()
    if not callee and kind is ast.Attribute and type(func.value) in _TEXTS and interesting(args, kwargs):
        callee = (f"{TEXT}.{func.attr}",)
    values = record(f, node, callee, args, kwargs, role)
    if (f.tests or f.info) and len(callee) == 1 and (args or kwargs):
        entrust(f, node, len(f.calls) - 1)
    return values


def _parametrised(f: Frame, node: ast.Call, made: Any, role: Role) -> Values | None:
    """`dict[str, int]()`: made as by `dict()`."""
    if (getattr(made, "id", "") or getattr(made, "attr", "")) not in BIRTHS:
        return None
    values = EVAL[type(made)](f, made)
    f.role = USED
    known = KNOWN.get(values[0]) if len(values) == 1 else None
    if known is None or (values[0][0] != "@" and values[0] in f.module.bound):
        return None
    return known(f, node, values[0], role)


def _view_function(f: Frame, node: ast.Call, name: str) -> Values:
    inner = node.args[0]
    paths = [path.partition("|")[0] for path in EVAL[type(inner)](f, inner)]
    for path in paths:
        f.view_calls.pop(path, None)
    return tuple([f"{path}|{VIEW_FUNCTIONS[name]}" for path in paths])


def _compatible_view(f: Frame, node: ast.Call, path: str, role: Role) -> Values | None:
    """`six.iteritems(d)`."""
    return _view_function(f, node, path.rpartition(".")[2]) if len(node.args) == 1 else None


def _method(f: Frame, node: Any, base: Values, attr: str, role: Role) -> Values | None:
    """A call of a method that containers have. It is an access for each value of the receiver, and a call, because
    only the linker knows whether the receiver is a container."""
    op, fewest, most = METHODS[attr]
    given = node.args
    if given and base and base[0] in _UNBOUND and base[0] not in f.module.bound and base[0] not in f.versions:
        return _unbound(f, node, attr, role)
    if not fewest <= len(given) <= most or (op in _HASHED and _is_no_lookup(node)):
        return None
    if op in _TELLS_NOTHING and (role is WITH_MORE or role[1] or not (given or most == fewest or node.keywords)):
        return None
    if op == "pop" and len(given) == 2:
        op = "pop-default"
    takes_all = op == "update" or op == "extend"
    args, kwargs = arguments(f, node, takes_all)
    if not base:
        return record(f, node, (), args, kwargs, role)
    if takes_all:
        _read_argument(f, node, args)
    key_node = given[0] if given and op in _KEYED else None
    if op == "update" and len(given) == 1 and type(given[0]) is ast.Dict and len(given[0].keys) == 1:
        key_node = given[0].keys[0]
    key = key_text(f, key_node) if key_node is not None else ""
    values = _stored(f, op, args, kwargs)
    result: Values = ()
    for path in base:
        if "|" in path or path[0] == "(":
            continue
        call_index = -1
        if not own_birth(path) or _carries_code(args, kwargs):
            call_index = add_call(f, f"{path}.{attr}", node, args, kwargs, role)
        if op == "snapshot":
            result = union(result, _copied(f, path, attr, node, call_index))
            continue
        second = add_act(f, path, op, attr, node, key, values, call_index)
        if f.info and key_node is not None:
            pair_with_key(f, second, key_node)
        if op in GROWING:
            if f.published:
                pair_fill_of_entry(f, second, node.func.value)
            if own_birth(path):
                _remember(f, path, op, values, key_node)
            _publish(f, path, op, values, second)
    f.switches += 1
    return result if op == "snapshot" else _result(f, op, base, args, kwargs, key)


def _is_no_lookup(node: ast.Call) -> bool:
    """`settings.get(["server", "port"], merged=True)`: a key that has no hash, or a word that no mapping knows."""
    if node.args and type(node.args[0]) in _UNHASHABLE:
        return True
    return any(word.arg is not None and word.arg != "default" for word in node.keywords)


def _unbound(f: Frame, node: Any, attr: str, role: Role) -> Values | None:
    """`dict.__setitem__(d, k, v)`: the method of the first argument, or what `super()` has where that is `self`."""
    first, *rest = node.args
    base = EVAL[type(first)](f, first)
    if f.owner >= 0 and f.params and base == ("%" + next(iter(f.params)),):
        base = ("<super>",)
    place = (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
    bound = ast.Call(node.func, rest, node.keywords)
    bound.lineno, bound.col_offset, bound.end_lineno, bound.end_col_offset = place
    found = _method(f, bound, base, attr, role)
    if found is None:
        args, kwargs = arguments(f, bound)
        found = record(f, node, tuple([f"{path}.{attr}" for path in base]), args, kwargs, role)
    return found


def _carries_code(args: Args, kwargs: Kwargs) -> bool:
    for values in args:
        for value in values:
            if value[0] == "&":
                return True
    return any(value[0] == "&" for _, values in kwargs for value in values) if kwargs else False


def _stored(f: Frame, op: str, args: Args, kwargs: Kwargs) -> Values:
    if op not in _STORING or not args:
        return ()
    if op == "setdefault" or op == "insert":
        return tuple([v for v in args[1] if v[0] != "="]) if len(args) > 1 else ()
    if op == "extend" or op == "update":
        return tuple([v.partition("|")[0] for v in args[0] if v[0] not in "=*"])
    return tuple([v for v in args[0] if v[0] != "="])


def _read_argument(f: Frame, node: ast.Call, args: Args) -> None:
    """`d.update(e)` and `l.extend(d)` read their argument whole."""
    for each, values in zip(node.args, args):
        if type(each) is ast.GeneratorExp:
            continue
        for path in values:
            if path[0] in "=(*" or (path[0] == "#" and "|" not in path):
                continue
            base, _, view = path.partition("|")
            how = f"update:{view or 'keys'}"
            add_access(f, base, "iterate" if view else "snapshot", how, each)


def _remember(f: Frame, path: str, op: str, values: Values, key_node: Any) -> None:
    """Keep in mind what a local container holds, and which enumeration its elements came from."""
    f.parts.pop(path, None)
    if values and op != "extend" and op != "update":
        known = f.contents.get(path, ())
        f.contents[path] = (known + tuple([v for v in values if v not in known]))[:6]
    elif op == "extend" and values:
        known = f.contents.get(path, ())
        f.contents[path] = (known + tuple([i for v in values if v[0] != "*" for i in items_of(f, v)]))[:6]
    if type(key_node) is ast.Name and f.info:
        origin = f.info.get(key_node.id)
        if origin is not None and origin.key_of >= 0:
            f.holds[path] = origin.key_of


def _publish(f: Frame, path: str, op: str, values: Values, second: int) -> None:
    if values and path[0] != "#" and op in ("append", "add", "setitem", "setdefault"):
        for value in values:
            if own_birth(value) and f.births[int(value[1:])].empty:
                f.published[value] = second


def _copied(f: Frame, path: str, attr: str, node: ast.Call, call_index: int) -> Values:
    how = "most_common:keys" if attr == "most_common" else "copy:keys"
    index = add_access(f, path, "snapshot", how, node, "", (), call_index)
    kind = "list" if attr == "most_common" else f.births[int(path[1:])].kind if own_birth(path) else "dict"
    born = add_birth(f, Birth(kind, span_of(node), (path,)))
    f.holds[born] = index
    return (born,)


def _result(f: Frame, op: str, base: Values, args: Args, kwargs: Kwargs, key: str) -> Values:
    if op == "get" or op == "pop" or op == "pop-default" or op == "getitem":
        values = entry_values(f, base, key)
        default = args[1] if len(args) > 1 else dict(kwargs).get("default", ())
        return union(values, default) if default and default[0][0] != "=" else values
    if op == "setdefault":
        default = tuple([v for v in args[1] if v[0] != "="]) if len(args) > 1 else ()
        return union(entry_values(f, base), default) if base[0][0] == "#" else entry_values(f, base)
    if op == "popleft":
        return entry_values(f, base)
    if op == "popitem":
        entry = entry_values(f, base)
        return (f"(?;{entry[0]})",) if entry else ()
    return ()


def _view(f: Frame, node: ast.Call, base: Values, attr: str, role: Role) -> Values | None:
    """`d.items()`: a live view, read where it is consumed."""
    if node.args or node.keywords or not base:
        return _view_function(f, node, attr) if len(node.args) == 1 and attr in VIEW_FUNCTIONS else None
    view = VIEWS[attr]
    result: list[str] = []
    for path in base:
        if "|" in path or path[0] == "(":
            continue
        if not own_birth(path):
            f.view_calls[path] = add_call(f, f"{path}.{attr}", node, (), (), role)
        result.append(f"{path}|{view}")
    f.switches += 1
    return tuple(result)


def _join(f: Frame, node: ast.Call, base: Values, attr: str, role: Role) -> Values | None:
    """`", ".join(d)`; a thread's `join` has a receiver with a path, or no argument that is iterable."""
    if base or len(node.args) != 1 or node.keywords:
        return None
    CONSUME[0](f, node.args[0], "join", node)
    f.switches += 1
    return ()


CONSUME: list[Callable[[Frame, Any, str, Any], Any]] = []
"""`iteration.consume` (set there)."""

_METHODS: dict[str, Callable[[Frame, Any, Values, str, Role], Values | None]] = {
    **dict.fromkeys(METHODS, _method),
    **dict.fromkeys(VIEWS, _view),
    **LOCK_METHODS,
    "join": _join,
}

KNOWN.update({f"@{layer}.{name}": _compatible_view for layer in ("six", "future.utils") for name in VIEW_FUNCTIONS})
EVAL[ast.Call] = call
