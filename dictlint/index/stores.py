"""Assignment targets: names, attributes, entries, tuples of them."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.arguments import constant_text
from dictlint.index.births import field_factory
from dictlint.index.compounds import add_act, emit, pair_with_key, pair_with_reads, reads_in
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import Frame, Values, add_access, add_bind
from dictlint.index.givens import renewed
from dictlint.index.keys import key_text
from dictlint.index.names import mangled
from dictlint.index.origins import read_with_default, trace, trace_parts
from dictlint.index.paths import keep_part, own_birth, unpacked
from dictlint.index.states import Origin


def store(f: Frame, target: Any, values: Values, value: Any = None, start: int = -1) -> None:
    """Store `values` in a target. `value` is the expression they came from and `start` the number of accesses before
    it, when it is known; then the store may be paired with the reads in it."""
    kind = type(target)
    if kind is ast.Name:
        store_name(f, target, values, value, start)
    elif kind is ast.Attribute:
        _store_attribute(f, target, values, value, start)
    elif kind is ast.Subscript:
        _store_entry(f, target, values, value, start)
    elif kind is ast.Starred:
        store(f, target.value, (), None)
    elif kind is ast.Tuple or kind is ast.List:
        read = read_with_default(f, value, start, len(target.elts)) if type(value) is ast.Call else -1
        _unpack(f, target, values)
        if read >= 0:
            trace_parts(f, target, value, read)


def _unpack(f: Frame, target: Any, values: Values) -> None:
    targets = target.elts
    for path in values:
        if "|" in path and path[0] not in "(&":
            base, _, view = path.partition("|")
            add_access(f, base, "iterate", f"unpack:{view}", target, "", (), f.view_calls.get(base, -1))
    if len(values) == 1 and values[0][0] not in "(=!":
        known = f.contents.get(values[0])
        parts = [known if known is not None else (values[0].partition("|")[0] + "<>",)] * len(targets)
    elif len(values) == 1 and _is_call(f, values[0], (".get", ".get_nowait")):  # taken out of what may be a queue
        parts = [(values[0] + "<>",)] * len(targets)
    elif len(values) == 1 and len(targets) == 2 and _is_call(f, values[0], ".accept"):
        parts = [(), (values[0] + "<>",)]  # who connects, by which others may be told apart
    elif len(values) == 1 and _is_call(f, values[0], "") and all(_is_local(f, each) for each in targets):
        parts = [(f"{values[0]}.{position}",) for position in range(len(targets))]
    else:
        parts = unpacked(values, len(targets))
    for each, part in zip(targets, parts):
        store(f, each, part)


def _is_local(f: Frame, target: Any) -> bool:
    """Whether it is a plain name of this function's own."""
    return type(target) is ast.Name and f.number > 0 and f.class_body < 0 and target.id not in f.declared


def _is_call(f: Frame, path: str, name: str | tuple[str, ...]) -> bool:
    """Whether it is what a method of that name has given."""
    return path[0] == "!" and path[1:].isdigit() and f.calls[int(path[1:])].callee.endswith(name)


def store_name(f: Frame, target: Any, values: Values, value: Any = None, start: int = -1) -> None:
    """Store to a plain name."""
    name = target.id
    constant = constant_text(value)
    if f.class_body >= 0:
        path = f"~{f.class_body}.{mangled(f, name)}"
        f.env[name] = (path,)
        if type(value) is ast.Call:
            values = field_factory(f, value) or values
    elif f.number and name not in f.declared:
        set_local(f, name, values, target)
        if f.info or (start >= 0 and len(f.accesses) > start):
            trace(f, name, value, start)
        return
    else:
        path = f.declared.get(name, name)
    f.versions[name] = f.seq + 1
    if f.info or (start >= 0 and len(f.accesses) > start):
        trace(f, name, value, start)
    if values or constant or f.types:
        add_bind(f, path, values, target, f.types, constant)
        if f.class_body < 0 and (f.number or f.tests):
            _rebind(f, path, values, target, value, start, constant)


def set_local(f: Frame, name: str, values: Values, target: Any) -> None:
    """A local name has new values."""
    f.env[name] = values
    f.versions[name] = f.seq + 1
    if values:
        f.local_binds.append((name, values, target, f.seq, f.locks, f.loops, f.awaits))


def _store_attribute(f: Frame, target: ast.Attribute, values: Values, value: Any, start: int) -> None:
    inner = target.value
    base = EVAL[type(inner)](f, inner)
    if not base:
        return
    constant = constant_text(value)
    attr = mangled(f, target.attr)
    for path in base:
        path = f"{path}.{attr}"
        if values or constant or f.types:
            add_bind(f, path, values, target, f.types, constant)
        if path in f.published:
            del f.published[path]
        _rebind(f, path, values, target, value, start, constant)
        if path[0] == "%" and f.name != "__init__":
            renewed(f, path, f.binds[-1].seq if values or constant or f.types else -1)
        if f.env:
            _forget_aliases(f, path, values)
        if target.attr in f.module.setters or not _is_own(f, path):
            add_access(f, path, "set", "=", target)


def _is_own(f: Frame, path: str) -> bool:
    """Whether a path is an attribute of the method's own object."""
    return f.owner >= 0 and bool(f.params) and path.rpartition(".")[0] == "%" + next(iter(f.params))


def _rebind(f: Frame, path: str, values: Values, target: Any, value: Any, start: int, constant: str) -> None:
    """Assigning a name or attribute is an access when something in this function depends on it."""
    born = [v for v in values if v[0] == "#"]
    if constant and not _tested(f, path):
        return
    reads = reads_in(f, value, start) if value is not None and 0 <= start < len(f.accesses) else ()
    copied = any(f.accesses[i].op == "snapshot" and f.accesses[i].path == path for i in reads)
    dull = f.name == "__init__" or not values or values[0][0] in "=&~("
    if dull and not born and not copied and not _tested(f, path):
        return
    second = add_act(f, path, "rebind", "=", target, "", values)
    if reads:
        pair_with_reads(f, second, reads)
    for each in born:
        if own_birth(each) and f.births[int(each[1:])].empty:
            f.published[each] = second
            f.published[path] = second


def _before(reads: tuple[int, ...], index: int) -> tuple[int, ...]:
    return tuple([each for each in reads if each < index])


def _tested(f: Frame, path: str) -> bool:
    return any(test.path == path for test in f.tests) if f.tests else False


def _forget_aliases(f: Frame, path: str, values: Values) -> None:
    """After `self.d = new` a local that was read from `self.d` before, or a view or entry of it, belongs to the old
    object, which has no path."""
    length = len(path)
    for name, known in f.env.items():
        for each in known:
            if each.startswith(path) and (len(each) == length or each[length] in "|[<."):
                if known != values:
                    f.env[name] = tuple([v for v in known if not (v == path or v.startswith(_inside(path)))])
                break


def _inside(path: str) -> tuple[str, ...]:
    return (path + "|", path + "[", path + "<", path + ".")


def _store_entry(f: Frame, target: ast.Subscript, values: Values, value: Any, start: int) -> None:
    inner = target.value
    base = EVAL[type(inner)](f, inner)
    key = target.slice
    if type(key) is not ast.Constant:
        EVAL[type(key)](f, key)
    if not base:
        return
    if type(inner) is ast.Attribute and inner.attr == "__dict__" and type(key) is ast.Constant:
        _store_in_namespace(f, base, key.value, values, target)
    text = key_text(f, key)
    how = "slice" if type(key) is ast.Slice else "[]"
    reads = _before(reads_in(f, value, start), len(f.accesses)) if value is not None and start >= 0 else ()
    for path in base:
        if "|" in path or path[0] == "(":
            continue
        second = add_act(f, path, "setitem", how, target, text, values)
        if reads:
            pair_with_reads(f, second, reads)
        if f.info:
            pair_with_key(f, second, key)
            if f.held and text and not _is_kept_by(f, values, f"{path}[]"):
                _forget_taken(f, path, text)
        if values and own_birth(path):
            if f.births[int(path[1:])].copy_of:
                f.replaced[path] = (*f.replaced.get(path, ()), text)
            known = f.contents.get(path, ())
            f.contents[path] = (known + tuple([v for v in values if v not in known]))[:6]
            if path in f.parts:
                keep_part(f, path, text, values)
        elif values:
            _publish(f, path, text, values, second)


def _is_kept_by(f: Frame, values: Values, entry: str) -> bool:
    """Whether the entry that was there lives on in what is stored instead, or may do so."""
    return any(each.lstrip("*").startswith(entry) for path in values for each in _made_of(f, path))


def _made_of(f: Frame, path: str) -> Values:
    """What a new container or the result of a call may hold; of anything else that itself."""
    if not path[1:].isdigit() or path[0] not in "#!":
        return (path,)
    if path[0] == "#":
        birth = f.births[int(path[1:])]
        return birth.items + birth.copy_of
    call = f.calls[int(path[1:])]
    given = [*call.args, *[group for _, group in call.kwargs]]
    return (call.callee, *[each for group in given for each in group])


def _forget_taken(f: Frame, path: str, key: str) -> None:
    """After `d[k] = new` a local that was read from `d[k]` while the same lock was held is the old object: whoever
    comes to the entry with that lock finds the new one."""
    entry = f"{path}[]"
    for name, known in f.env.items():
        if entry in known and _is_read_of(f, name, path, key):
            f.env[name] = tuple([v for v in known if not (v == entry or v.startswith(_inside(entry)))])


def _is_read_of(f: Frame, name: str, path: str, key: str) -> bool:
    """Whether a local is what that entry gave under a lock that has been held since."""
    origin = f.info.get(name)
    if origin is None or origin.direct < 0:
        return False
    read = f.accesses[origin.direct]
    held = list(f.lock_index)[read.locks]
    return read.path == path and read.key == key and any(one in f.held for one in held)


def _store_in_namespace(f: Frame, base: Values, name: Any, values: Values, target: Any) -> None:
    """`self.__dict__["x"] = v`: the attribute is set, past what the class does when attributes are set."""
    if values and type(name) is str and name.isidentifier():
        for path in base:
            add_bind(f, f"{path.removesuffix('.__dict__')}.{name}", values, target, f.types, "")


def _publish(f: Frame, path: str, key: str, values: Values, second: int) -> None:
    for value in values:
        if own_birth(value) and f.births[int(value[1:])].empty:
            f.published[value] = second
            if key:
                f.published[f"{path}[{key}]"] = second


def augment(f: Frame, node: ast.AugAssign) -> bool:
    """`x += v`, `d[k] += v`."""
    target: Any = node.target
    kind = type(target)
    if kind is ast.Subscript:
        _augment_entry(f, node, target)
        return False
    start = len(f.accesses)
    old = EVAL[kind](f, target)
    if old and old[0][0] == "(":
        old = ()
    value = node.value
    values = () if type(value) is ast.Constant else EVAL[type(value)](f, value)
    op = type(node.op)
    if old and op is ast.BitOr:
        for path in old:
            add_act(f, path, "update", "|=", node, "", values)
    elif old and op is ast.Add and (values or type(value) is ast.List) and not all(v[0] == "=" for v in values):
        for path in old:
            add_act(f, path, "extend", "+=", node, "", values)
    elif old and (op is ast.Sub or op is ast.BitAnd) and any(v[0] == "#" for v in values):
        for path in old:
            add_act(f, path, "update", "-=", node, "", values)
    if kind is ast.Name and f.number and target.id not in f.declared:
        f.versions[target.id] = f.seq + 1
        if len(f.accesses) > start or f.info:
            name = target.id
            before = f.info.get(name, Origin()).reads
            reads = before + reads_in(f, value, start)
            f.info.pop(name, None)
            if reads:
                f.info[name] = Origin(-1, reads, -1)
        if target.id not in f.env:
            f.env[target.id] = ()
    return False


def _augment_entry(f: Frame, node: ast.AugAssign, target: Any) -> None:
    inner = target.value
    base = EVAL[type(inner)](f, inner)
    key = target.slice
    if type(key) is not ast.Constant:
        EVAL[type(key)](f, key)
    text = key_text(f, key)
    paths = [path for path in base if "|" not in path and path[0] != "("]
    how = "-=" if type(node.op) is ast.Sub else "+="
    firsts = [add_act(f, path, "getitem", how, node, text) for path in paths]
    if f.info:
        for first in firsts:
            pair_with_key(f, first, key)
    value = node.value
    values = () if type(value) is ast.Constant else EVAL[type(value)](f, value)
    for path, first in zip(paths, firsts):
        second = add_act(f, path, "setitem", how, node, text, values)
        if text:
            pair_with_reads(f, second, (first,))
        else:
            emit(f, "read-write", first, second)


def delete(f: Frame, node: ast.Delete) -> bool:
    """`del x, d[k], self.d`."""
    target: Any
    for target in node.targets:
        kind = type(target)
        if kind is ast.Subscript:
            _delete_entry(f, target)
        elif kind is ast.Attribute:
            for path in EVAL[kind](f, target):
                add_act(f, path, "unbind", "del", target)
        elif kind is ast.Name:
            name = target.id
            if f.number and f.class_body < 0 and name not in f.declared:
                set_local(f, name, (), target)
            elif f.class_body < 0:
                add_act(f, f.declared.get(name, name), "unbind", "del", target)
        else:
            for each in getattr(target, "elts", ()):
                delete(f, ast.Delete(targets=[each]))
    return False


def _delete_entry(f: Frame, target: Any) -> None:
    inner = target.value
    base = EVAL[type(inner)](f, inner)
    key = target.slice
    if type(key) is not ast.Constant:
        EVAL[type(key)](f, key)
    peek = len(f.accesses) - 1
    text = key_text(f, key)
    whole = type(key) is ast.Slice and key.lower is None and key.upper is None
    for path in base:
        if "|" in path or path[0] == "(":
            continue
        second = add_act(f, path, "clear" if whole else "delitem", "slice" if whole else "del", target, text)
        if f.info:
            pair_with_key(f, second, key)
        if (
            peek >= 0
            and f.accesses[peek].how == "next-iter"
            and f.accesses[peek].path == path
            and type(key) is ast.Call
        ):
            emit(f, "test-act", peek, second)


def put_literal(f: Frame, node: Any, base: Values, attr: str, values: Values, constant: str) -> None:
    """`setattr(x, "attr", v)`."""
    for path in base:
        full = f"{path}.{attr}"
        if values or constant:
            add_bind(f, full, values, node, (), constant)
        _rebind(f, full, values, node, None, -1, constant)
