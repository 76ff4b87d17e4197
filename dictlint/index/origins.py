"""Where the values of local names came from: reads, and enumerations of keys."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.compounds import direct_read, reads_in
from dictlint.index.frame import Frame, Values
from dictlint.index.keys import key_text
from dictlint.index.paths import is_tuple, split_tuple
from dictlint.index.states import Origin


def trace(f: Frame, name: str, value: Any, start: int) -> None:
    """Remember which reads a name's value came from."""
    if value is None:
        f.info.pop(name, None)
        return
    direct = direct_read(f, value, start)
    reads = reads_in(f, value, start) if start >= 0 else ()
    key_of = f.info[value.id].key_of if type(value) is ast.Name and value.id in f.info else -1
    if direct < 0 and len(f.accesses) > start >= 0 and f.accesses[-1].how == "next-iter" and type(value) is ast.Call:
        direct = len(f.accesses) - 1
    if direct >= 0 or reads or key_of >= 0:
        missed = type(value) is ast.Compare and type(value.ops[0]) is ast.NotIn
        f.info[name] = Origin(direct, reads, key_of, missed)
    else:
        f.info.pop(name, None)


def read_with_default(f: Frame, value: ast.Call, start: int, length: int) -> int:
    """The access of `a, b = d.get(k, (None, None))`, where each name then tells whether there was an entry; else -1."""
    default = value.args[1] if len(value.args) == 2 else None
    if type(default) is not ast.Tuple or len(default.elts) != length or start < 0:
        return -1
    read = direct_read(f, value, start)
    return read if read >= 0 and f.accesses[read].op == "get" else -1


def trace_parts(f: Frame, target: Any, value: Any, read: int) -> None:
    """Remember it for the names which have None where there was none."""
    for each, default in zip(target.elts, value.args[1].elts):
        if type(each) is ast.Name and type(default) is ast.Constant and default.value is None:
            f.info[each.id] = Origin(read)


def set_key_origin(f: Frame, target: Any, values: Values, sources: dict[str, int]) -> None:
    """Remember which enumeration the keys in a loop's target came from."""
    kind = type(target)
    if kind is ast.Name:
        for path in values:
            if path[-2:] == "<>" and path[:-2] in sources:
                f.info[target.id] = Origin(-1, (), sources[path[:-2]])
                return
        f.info.pop(target.id, None)
    elif (kind is ast.Tuple or kind is ast.List) and values and is_tuple(values[0]):
        for each, part in zip(target.elts, split_tuple(values[0])):
            set_key_origin(f, each, part, sources)
    elif kind is ast.Tuple and len(values) == 1 and values[0][-2:] == "<>" and values[0][:-2] in sources:
        key = key_text(f, target)  # put together again, its parts are the key
        if key:
            f.info[key] = Origin(-1, (), sources[values[0][:-2]])
