"""Which accesses of a source belong together: a test and what relies on it, a read and the write of what came of it.

    if k in d:                d[k] = d.get(k, 0) + 1            try:
        use(d[k])                                                   return d[k]
                              v = d.get(k)                      except KeyError:
    if k not in d:            if v is None:                         d[k] = make()
        d[k] = make()             d[k] = v = make()

At run time the map sees single operations. Only from the source can it know that one relies on the other, and only
where both say so in the same words (`d` and `k` are written alike, and neither is bound anew in between). What it
cannot know it does not claim.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType
from typing import NamedTuple

CHECK_THEN_ACT = "check-then-act"
GET_OR_CREATE = "racy-get-or-create"
LOST_UPDATE = "lost-update"


class Role(NamedTuple):
    """What an access is part of: kinds of compound operations that it begins, and that it ends."""

    opens: frozenset[str] = frozenset()
    closes: frozenset[str] = frozenset()
    on_value: bool = False
    """The test is of the value, not of whether the entry is there: any write falsifies it."""
    on_gil: bool = False
    """Something is called or awaited in between, so that threads are switched there on every build."""

    @property
    def breaks_on(self) -> str:
        return "gil" if self.on_gil else "free-threaded"


Roles = dict[int, dict[str, Role]]
"""Offset in a code object -> operation -> role."""


class FileRoles(NamedTuple):
    """What a source file says. A place is an operation and the line and column where its expression ends."""

    roles: dict[tuple[str, int, int], Role]
    order: dict[tuple[str, int], list[tuple[str, int, int]]]
    """Operation and first line -> the places there, in the order in which they are evaluated."""


NOTHING = FileRoles({}, {})
_of_code: dict[int, tuple[CodeType, Roles]] = {}
_of_file: dict[str, FileRoles] = {}
POSITIONS = sys.version_info >= (3, 11)
OPCODES = {"BINARY_SUBSCR": "getitem", "STORE_SUBSCR": "setitem", "DELETE_SUBSCR": "delitem", "CONTAINS_OP": "contains"}


def role(code: CodeType, offset: int, op: str) -> Role | None:
    found = _of_code.get(id(code))
    if found is None or found[0] is not code:
        found = _of_code[id(code)] = (code, _roles(code))
    at = found[1].get(offset)
    return None if at is None else at.get(op)


def _roles(code: CodeType) -> Roles:
    in_file = _of_file.get(code.co_filename)
    if in_file is None:
        in_file = _of_file[code.co_filename] = _read(code.co_filename)
    roles: Roles = {}
    if in_file.roles:
        for offset, place in _places(code, in_file):
            found = in_file.roles.get(place)
            if found is not None:
                roles.setdefault(offset, {})[place[0]] = found
    return roles


def _read(path: str) -> FileRoles:
    import linecache  # both are dear to import, and few programs come here

    from dictlint.runtime.pairs import roles_in

    text = "".join(linecache.getlines(path))
    return roles_in(text) if text else NOTHING


def _places(code: CodeType, in_file: FileRoles) -> Iterator[tuple[int, tuple[str, int, int]]]:
    """Where each instruction stands, once for each operation that it could be."""
    if not POSITIONS:
        yield from _places_by_order(code, in_file)
        return
    ops = {place[0] for place in in_file.roles}
    for index, (_, line, _, column) in enumerate(code.co_positions()):  # type: ignore[attr-defined]
        if line is not None and column is not None:
            for op in ops:
                yield 2 * index, (op, line, column)


def _places_by_order(code: CodeType, in_file: FileRoles) -> Iterator[tuple[int, tuple[str, int, int]]]:
    """Python 3.10 knows lines only. Instructions of a kind are told apart by their turn; a call must be alone."""
    import dis

    offsets: dict[tuple[str, int], list[int]] = {}
    line = code.co_firstlineno
    for step in dis.get_instructions(code):
        line = step.starts_line or line
        op = OPCODES.get(step.opname)
        if op is not None:
            offsets.setdefault((op, line), []).append(step.offset)
        elif step.opname.startswith("CALL"):
            for called in ("get", "pop", "popitem", "getitem", "setitem", "delitem", "contains"):
                if len(in_file.order.get((called, line), ())) == 1 and (called, line) not in offsets:
                    yield step.offset, in_file.order[called, line][0]
    for at, places in in_file.order.items():
        if len(offsets.get(at, ())) == len(places):
            yield from zip(offsets[at], places)
