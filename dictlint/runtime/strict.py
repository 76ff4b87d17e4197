"""The strict contract: two accesses by different threads, one of them a write, that nothing orders, are a violation.

As in FastTrack, of the reads only those are kept that a later write could still meet unordered: usually one.
"""

from __future__ import annotations

from types import FrameType
from typing import Any

from dictlint.runtime.activity import Token
from dictlint.runtime.frames import Stack
from dictlint.runtime.roles import Role
from dictlint.runtime.shadow import Access, Found, Shadow, Walk

UNORDERED = "unordered-access"


class StrictShadow(Shadow):
    __slots__ = ("last", "reads", "seen")
    contract = "strict"

    def __init__(self, kind: str, name: str, birth: Stack, fails: bool) -> None:
        super().__init__(kind, name, birth, fails)
        self.last: Access | None = None
        self.reads: dict[int, Access] = {}  # slot -> the last read there
        self.seen: set[Token] = set()  # tokens under which a read is recorded already

    def read(
        self, token: Token, key: Any, op: str, present: bool, frame: FrameType, known: Role | None = None
    ) -> list[Found] | None:
        self.fast = token
        if token in self.seen:
            return None
        access = self.access(token, op, frame, key)
        reads = self.reads
        if reads and (len(reads) > 1 or token.slot not in reads):
            for slot, old in list(reads.items()):
                if token.covers(old.token):
                    del reads[slot]
                    self.seen.discard(old.token)
        reads[token.slot] = access
        self.seen.add(token)
        last = self.last
        if last is None or token.covers(last.token):
            return None
        return [Found(UNORDERED, "order", last, access)]

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
        self.version += 1
        access = self.access(token, op, frame, key)
        found = [Found(UNORDERED, "order", old, access) for old in self.reads.values() if not token.covers(old.token)]
        last = self.last
        if last is not None and not token.covers(last.token):
            found.append(Found(UNORDERED, "order", last, access))
        self.reads.clear()
        self.seen.clear()
        self.last = access
        self.writers.append((self.version, access))
        self.fast = self.fastw = token
        return found or None

    def read_all(self, token: Token, op: str, frame: FrameType, torn: bool = False) -> list[Found] | None:
        return self.read(token, None, op, True, frame)

    def write_all(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        return self.write(token, None, op, True, True, frame)

    def iterate(self, token: Token, op: str, frame: FrameType) -> tuple[Walk, list[Found] | None]:
        found = self.read(token, None, op, True, frame)
        return Walk(self.access(token, op, frame), self.version, 0), found

    def step(self, walk: Walk, token: Token, frame: FrameType, ended: bool) -> list[Found] | None:
        walk.version = self.version
        return self.read(token, None, walk.begun.op, True, frame)

    def broken(self, walk: Walk, token: Token, frame: FrameType) -> list[Found] | None:
        return resized_under(self, walk, token, frame)


def resized_under(shadow: Shadow, walk: Walk, token: Token, frame: FrameType) -> list[Found] | None:
    """RuntimeError in an iterator: by whom, if the map's own record says so."""
    access = shadow.access(token, walk.begun.op, frame)
    culprit = next((write for version, write in reversed(shadow.writers) if version > walk.version), None)
    culprit = culprit or (shadow.writers[-1][1] if shadow.writers else walk.begun)
    own = culprit.activity is token.activity
    kind = "self-invalidation" if own else "iteration-while-resized"
    return [Found(kind, "damage", culprit, access, walk.begun, "gil", "RuntimeError was raised in the iterator")]
