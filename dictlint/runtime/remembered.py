"""What is remembered of one entry: reads that may become compound operations, complete ones, and writes."""

from __future__ import annotations

from dictlint.runtime.activity import Activity, Token
from dictlint.runtime.roles import GET_OR_CREATE, LOST_UPDATE, Role
from dictlint.runtime.shadow import Access

WARM = 4
"""So many times an access goes the long way under one token before it may go the short one: until then every line of
code that touches the entry has most likely been seen."""
FEW = 12
"""How many unordered writes, compound operations and iterations are remembered of one entry or map."""


class Cell:
    """What is remembered of one key."""

    __slots__ = ("compounds", "fast", "fastw", "heat", "reads", "warm", "writes")

    def __init__(self) -> None:
        self.fast: Token | None = None
        self.fastw: Token | None = None
        self.warm: Token | None = None
        self.heat = 0
        self.reads: dict[Activity, Read] | None = None
        self.writes: tuple[Write, ...] = ()
        self.compounds: list[Compound] | None = None


class Read:
    """The beginning of a compound operation: what was seen, and when."""

    __slots__ = ("access", "acted", "present", "version")

    def __init__(self, access: Access, present: bool, version: int) -> None:
        self.access = access
        self.present = present
        self.version = version
        self.acted = False


class Write:
    __slots__ = ("access", "after", "before", "version")

    def __init__(self, access: Access, before: bool, after: bool, version: int) -> None:
        self.access = access
        self.before = before
        self.after = after
        self.version = version


class Compound:
    """A compound operation that is complete."""

    __slots__ = ("begin", "end", "kind", "role")

    def __init__(self, kind: str, begin: Access, end: Access, role: Role) -> None:
        self.kind = kind
        self.begin = begin
        self.end = end
        self.role = role

    def replaces(self, old: Compound) -> bool:
        """Whether every write that is unordered with the old one, and falsifies it, does so with this one, too."""
        if old.kind != self.kind:
            return False
        if old.end.activity is self.end.activity:
            return True
        mine, other = self.role, old.role
        alike = mine is other or (mine.on_value == other.on_value and mine.on_gil == other.on_gil)
        return alike and self.end.token.covers(old.end.token)


def is_warm(cell: Cell, token: Token) -> bool:
    if cell.warm is not token:
        cell.warm = token
        cell.heat = 0
    cell.heat += 1
    return cell.heat > WARM


def falsifies(kind: str, on_value: bool, write: Write, struck: bool) -> bool:
    """Whether this write makes the answer untrue on which the operation relies."""
    if kind == LOST_UPDATE or on_value:
        return True
    if kind == GET_OR_CREATE:
        return write.after and (not struck or not write.before)
    return write.before and not write.after
