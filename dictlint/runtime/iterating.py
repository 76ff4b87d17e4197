"""Iterations of a map while somebody else adds and removes entries: always an operation made of several steps."""

from __future__ import annotations

from types import FrameType

from dictlint.runtime.activity import Token
from dictlint.runtime.frames import Stack, top
from dictlint.runtime.remembered import FEW, Write
from dictlint.runtime.settings import settings
from dictlint.runtime.shadow import Access, Found, Shadow, Walk
from dictlint.runtime.strict import resized_under

ITERATION = "iteration-while-resized"


class IterationShadow(Shadow):
    """The part of the python contract that is about the map as a whole."""

    __slots__ = ("resizes", "walks")

    def __init__(self, kind: str, name: str, birth: Stack, fails: bool) -> None:
        super().__init__(kind, name, birth, fails)
        self.resizes: list[Write] = []  # the last insertions and removals of each activity
        self.walks: list[Walk] = []

    def read_all(self, token: Token, op: str, frame: FrameType, torn: bool = False) -> list[Found] | None:
        if not torn or settings.target == "gil":
            return None
        begun = self.access(token, op, frame)
        walk = Walk(begun, self.version, self._last_resize())
        found: list[Found] = []
        self._foresee_resize(begun, found, "free-threaded")
        walk.steps = -1  # one step with the interpreter lock
        self._keep(walk)
        return found or None

    def resize(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        self.version += 1
        access = self.access(token, op, frame)
        found: list[Found] = []
        self._resize(Write(access, False, True, self.version), found)
        self.writers.append((self.version, access))
        return found or None

    reorder = resize

    def _resize(self, write: Write, found: list[Found]) -> None:
        token = write.access.token
        for walk in self.walks:
            if walk.access.activity is not token.activity and not token.covers(walk.access.token):
                breaks_on = "free-threaded" if walk.steps < 0 else "gil"
                found.append(Found(ITERATION, "order", walk.access, write.access, walk.begun, breaks_on))
        resizes = self.resizes
        mine = token.activity
        for place, old in enumerate(resizes):
            if old.access.token.activity is mine:
                del resizes[place]
                break
        resizes.append(write)
        if len(resizes) > FEW:
            del resizes[0]

    def _last_resize(self) -> int:
        return self.resizes[-1].version if self.resizes else 0

    def _foresee_resize(self, begun: Access, found: list[Found], breaks_on: str = "gil") -> None:
        token = begun.token
        for write in self.resizes:
            other = write.access
            if other.activity is not token.activity and not token.covers(other.token):
                found.append(Found(ITERATION, "order", other, begun, begun, breaks_on))

    def iterate(self, token: Token, op: str, frame: FrameType) -> tuple[Walk, list[Found] | None]:
        begun = self.access(token, op, frame)
        walk = Walk(begun, self.version, self._last_resize())
        found: list[Found] = []
        self._foresee_resize(begun, found)
        self._keep(walk)
        return walk, found or None

    def _keep(self, walk: Walk) -> None:
        place = (top(walk.begun.stack), walk.begun.activity)
        self.walks = [old for old in self.walks if (top(old.begun.stack), old.begun.activity) != place][-FEW + 1 :]
        self.walks.append(walk)

    def step(self, walk: Walk, token: Token, frame: FrameType, ended: bool) -> list[Found] | None:
        found: list[Found] = []
        access = self.access(token, walk.begun.op, frame)
        for write in self.resizes:
            if write.version > walk.resized and write.access.activity is not token.activity:
                note = "the map was changed in the middle of an iteration; its size is the same, so nothing was raised"
                found.append(Found(ITERATION, "window", write.access, access, walk.begun, "gil", note))
        walk.access = access
        walk.resized = self._last_resize()
        walk.version = self.version
        return found or None

    def broken(self, walk: Walk, token: Token, frame: FrameType) -> list[Found] | None:
        last = next((write.access for write in reversed(self.resizes) if write.version > walk.resized), None)
        if last is None:
            return resized_under(self, walk, token, frame)
        access = self.access(token, walk.begun.op, frame)
        kind = "self-invalidation" if last.activity is token.activity else ITERATION
        return [Found(kind, "damage", last, access, walk.begun, "gil", "RuntimeError was raised in the iterator")]
