"""Which accesses in a source file belong together: a test and the act that relies on it, a read and the write of what was made of it.

    if k in d:                d[k] = d.get(k, 0) + 1            try:
        use(d[k])                                                   return d[k]
                              v = d.get(k)                      except KeyError:
    if k not in d:            if v is None:                         d[k] = make()
        d[k] = make()             d[k] = v = make()

At run time the map sees single operations. Only from the source can it know that one relies on the other, and only where both say so
in the same words (`d` and `k` are written alike, and neither is bound anew in between). What it cannot know it does not claim.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import CodeType
from typing import Any, NamedTuple

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

_of_code: dict[int, tuple[CodeType, Roles]] = {}
_of_file: dict[str, dict[tuple[Any, ...], Role]] = {}
POSITIONS = sys.version_info >= (3, 11)


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
    if in_file:
        ops = {place[0] for place in in_file}
        for offset, place in _places(code):
            for op in ops:
                found = in_file.get((op, *place))
                if found is not None:
                    roles.setdefault(offset, {})[op] = found
    return roles


def _places(code: CodeType) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Where each instruction stands: the end of its expression, or on Python 3.10 its first line."""
    if POSITIONS:
        for index, (_, line, _, column) in enumerate(code.co_positions()):  # type: ignore[attr-defined]
            if line is not None and column is not None:
                yield 2 * index, (line, column)
    else:
        for start, end, number in code.co_lines():
            if number is not None:
                for offset in range(start, end, 2):
                    yield offset, (number,)


def _read(path: str) -> dict[tuple[Any, ...], Role]:
    import linecache  # both are dear to import, and few programs come here

    from dictlint.runtime.pairs import roles_in

    text = "".join(linecache.getlines(path))
    return roles_in(text) if text else {}
