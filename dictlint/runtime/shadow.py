"""What is remembered of one map: the base of the contracts."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from dictlint.runtime.activity import PatientLock, Token, local
from dictlint.runtime.frames import Stack, capture
from dictlint.runtime.roles import Role
from dictlint.runtime.settings import settings

_numbers = itertools.count(1)
WRITERS = 8
observers: list[Callable[[Access, str, Any], None]] = []
"""Called for every access that is recorded, with the name of its map and the key."""


class Access:
    """One operation: who, knowing what, from where, holding which locks."""

    __slots__ = ("activity", "locks", "op", "stack", "token")

    def __init__(self, token: Token, op: str, stack: Stack, locks: tuple[Any, ...]) -> None:
        self.token = token
        self.activity = token.activity
        self.op = op
        self.stack = stack
        self.locks = locks


class Found(NamedTuple):
    """A violation, before it is reported: two sides, and `since`, where the compound operation began."""

    kind: str
    evidence: str
    first: Access
    last: Access
    since: Access | None = None
    breaks_on: str = "free-threaded"
    note: str = ""


class Shadow(PatientLock):
    """Beside every checked map. Its lock is taken for a few steps only, never while code of the user can run."""

    __slots__ = (
        "again", "birth", "building", "depth", "fails", "fast", "fastw", "forgotten", "kind", "name", "number", "odd",
        "recent", "version", "writers",
    )  # fmt: skip
    contract: str

    def __init__(self, kind: str, name: str, birth: Stack, fails: bool) -> None:
        super().__init__()
        self.number = next(_numbers)
        self.kind = kind
        self.name = name
        self.birth = birth
        self.fails = fails
        self.depth = settings.depth
        self.version = 0
        self.forgotten = 0
        self.building = False  # what a constructor does to its own map is seen by nobody
        self.fast: Token | None = None
        self.fastw: Token | None = None
        self.recent: Access | None = None
        self.again: dict[tuple[int, int], Walk] = {}  # place -> the last loop there that came to its end
        self.odd: dict[Any, Any] = {}
        self.writers: deque[tuple[int, Access]] = deque(maxlen=WRITERS)

    def begin(self) -> Token | None:
        """The caller's token, with the lock taken; None where nothing can be recorded."""
        token = local.token
        if token.__class__ is not Token:
            token = token.settle()
            if token is None:
                return None
        if self.building or not self.enter():
            return None
        return token  # type: ignore[no-any-return]

    def access(self, token: Token, op: str, frame: FrameType, key: Any = None) -> Access:
        """One object stands for all accesses in a row of the same thread, from the same place, in the same state."""
        stack, held, recent = capture(frame, self.depth), token.activity.held, self.recent
        if (
            recent is None
            or recent.token is not token
            or recent.op != op
            or recent.stack != stack
            or len(recent.locks) != len(held)  # a lock that nobody had before tells nothing: the state stays
        ):
            recent = self.recent = Access(token, op, stack, tuple(held) if held else ())
        for observe in observers:
            observe(recent, self.name or f"{self.kind} {self.number}", key)
        return recent

    def last_writes(self) -> list[Access]:
        """Newest first. Others go on writing while a report is made."""
        inside = self.enter()
        try:
            return [access for _, access in reversed(list(self.writers))]
        finally:
            if inside:
                self.leave()

    def open_reads(self, key: Any) -> list[Access]:
        """Where somebody may be in the middle of something that began with a look at this entry."""
        return []

    # What a contract makes of the operations. Each is called between `begin` and `leave`.

    def read(
        self, token: Token, key: Any, op: str, present: bool, frame: FrameType, known: Role | None = None
    ) -> list[Found] | None:
        """One entry was looked at."""
        raise NotImplementedError

    def write(
        self,
        token: Token,
        key: Any,
        op: str,
        before: bool,
        after: bool,
        frame: FrameType,
        known: Role | None = None,
    ) -> list[Found] | None:
        """One entry is set or removed; `before` and `after`: whether it was and will be there."""
        raise NotImplementedError

    def read_all(self, token: Token, op: str, frame: FrameType, torn: bool = False) -> list[Found] | None:
        """The whole map was looked at in one step. `torn`: on free-threaded builds it is not one step."""
        raise NotImplementedError

    def write_all(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        """Any number of entries are removed or changed in one step."""
        raise NotImplementedError

    def write_many(
        self, token: Token, entries: list[tuple[Any, bool]], op: str, frame: FrameType
    ) -> list[Found] | None:
        """Several entries are set by one operation; beside each key whether it was there."""
        return self.write_all(token, op, frame)

    def resize(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        """Entries are added whose keys are not told of."""
        return self.write_all(token, op, frame)

    def reorder(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        """The order is changed, no entry is."""
        return self.write_all(token, op, frame)

    def forget(self, key: Any) -> None:
        """This key does not exist any more; another one takes its place."""

    def iterate(self, token: Token, op: str, frame: FrameType) -> tuple[Walk, list[Found] | None]:
        """An iterator was made that Python code will step through."""
        raise NotImplementedError

    def step(self, walk: Walk, token: Token, frame: FrameType, ended: bool) -> list[Found] | None:
        """The iterator went on, and something happened since it last did."""
        raise NotImplementedError

    def broken(self, walk: Walk, token: Token, frame: FrameType) -> list[Found] | None:
        """The iterator raised RuntimeError: the map was resized under it."""
        raise NotImplementedError


class Walk:
    """An iterator that is open."""

    __slots__ = ("__weakref__", "access", "begun", "resized", "steps", "version")

    def __init__(self, begun: Access, version: int, resized: int) -> None:
        self.begun = begun
        self.access = begun
        self.version = version
        self.resized = resized
        self.steps = 0
