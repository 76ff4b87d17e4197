"""What is made at one time and runs at another: variables have gone on by then, handlers and locks have been left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

from dictlint.confirm.inside.holders import reaches
from dictlint.confirm.inside.oracles.oracle import Kinds, Oracle, Telling, classes, differs, fault, here
from dictlint.confirm.inside.planned import Pair
from dictlint.runtime.activity import Activity, quiet
from dictlint.runtime.violation import describe, lock

KEPT = 8
MANY = 1_000
MISSING: Any = object()


class Captured(Oracle):
    """A function that captures a variable runs when the variable has another value than it had when it was made."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._made: dict[int, tuple[CodeType, Callable[[], Any], Any, int]] = {}

    def captured(self, place: int, who: Activity, function: Any) -> None:
        code = getattr(function, "__code__", None)
        if code is None or len(self._made) >= MANY:
            return
        read = _reader(function, self.pair.name)
        value = read()
        if value is MISSING:
            return
        function.__code__ = own = code.replace()  # by which its run is told from those of its like
        self._made[id(own)] = own, read, value, who.id

    def ran(self, place: int, who: Activity, code: CodeType) -> None:
        _, read, value, maker = self._made.get(id(code), (None, None, None, 0))
        if read is None or self.told:
            return
        if not differs(read(), value) and who.id != maker:
            self.wait_for(lambda: differs(read(), value))  # whoever has started it is given time to go on
        now = read()
        if now is not MISSING and differs(now, value):
            name = self.pair.name
            self.tell("damage", f"{describe(who)} runs what was made for one `{name}` when `{name}` is another one")


def _reader(function: Any, name: str) -> Callable[[], Any]:
    names = function.__code__.co_freevars
    if name not in names:
        return lambda: function.__globals__.get(name, MISSING)
    cell = function.__closure__[names.index(name)]

    def read() -> Any:
        try:
            return cell.cell_contents
        except ValueError:
            return MISSING

    return read


class RunLater(Oracle):
    """A generator, view or coroutine runs where the handler, or the lock, around its making does not reach."""

    def __init__(self, pair: Pair, telling: Telling) -> None:
        super().__init__(pair, telling)
        self._kinds: Kinds | None = None
        self._inside: dict[int, CodeType] = {}
        """Frames, by their identity, that stand in the block of the handler."""
        self._made: list[tuple[Any, tuple[Any, ...]]] = []
        """With the locks that were held then."""
        self._walks: list[Walk] = []
        self._lock = "lock" in pair.parts

    def covers(self, place: int, who: Activity, kinds: Kinds, frame: FrameType) -> None:
        self._kinds = kinds
        self._inside[id(frame)] = frame.f_code

    def uncovers(self, place: int, who: Activity, frame: FrameType) -> None:
        self._inside.pop(id(frame), None)

    def caught(self, place: int, who: Activity, error: BaseException, frame: FrameType) -> None:
        self._inside.pop(id(frame), None)

    def after(self, role: str, place: int, who: Activity, value: Any) -> None:
        if role == "made":
            self._made = [*self._made, (value, tuple(who.held))][-KEPT:]

    def before(self, role: str, place: int, who: Activity, owner: Any) -> None:
        if role == "write" and owner is not None:
            for walk in list(self._walks):
                if walk.who is not who and not walk.by:
                    with quiet():
                        walk.by = describe(who) if reaches(walk.value, owner) else ""

    def walk(self, place: int, who: Activity, value: Any, step: Callable[[], None]) -> Any:
        locks = next((held for made, held in self._made if made is value), None)
        if locks is None:
            return value
        if hasattr(value, "__await__"):
            return Waited(self, value, place, who)
        walk = Walk(self, value, place, who, [one for one in locks if one not in who.held], step)
        self._walks.append(walk)
        return walk

    def begins(self, walk: Walk) -> None:
        kinds = classes(self._kinds)
        written = "write" in self.pair.parts and issubclass(RuntimeError, kinds)
        if self.fault_due and kinds and not written:
            self.inject(describe(walk.who), walk.place, fault(kinds[0], self.pair.code))

    def stepped(self, walk: Walk) -> None:
        if walk.by and walk.left and self._lock:
            left = lock(walk.left[0])
            self.tell("window", f"{describe(walk.who)} goes through it without {left} while {walk.by} changes it")

    def failed(self, who: Activity, error: BaseException, left: list[Any]) -> None:
        """It ends in an error: did the handler stand around it?"""
        if self._lock:
            if left and isinstance(error, RuntimeError):
                reason = f"{describe(who)} went through it without {lock(left[0])}, and got {type(error).__name__}"
                self.tell("damage", reason)
        elif isinstance(error, classes(self._kinds)) and not self._is_covered():
            self.tell("damage", f"{describe(who)} got {type(error).__name__} where the handler does not reach")

    def over(self, walk: Walk) -> None:
        if walk in self._walks:
            self._walks.remove(walk)

    def _is_covered(self) -> bool:
        return any(self._inside.get(id(frame)) is frame.f_code for frame in here())


class Walk:
    """Goes through what was made earlier. `left`: locks that were held then and are not now; `by`: who changes it."""

    def __init__(
        self, oracle: RunLater, value: Any, place: int, who: Activity, left: list[Any], step: Callable[[], None]
    ) -> None:
        self.value = value
        self.place = place
        self.who = who
        self.left = left
        self.by = ""
        self._oracle = oracle
        self._inner: Iterator[Any] | None = None
        self._step = step
        self._steps = 0

    def __iter__(self) -> Walk:
        return self

    def __next__(self) -> Any:
        try:
            if self._inner is None:
                self._oracle.begins(self)
                self._inner = iter(self.value)
            item = next(self._inner)
        except StopIteration:
            self._oracle.over(self)
            raise
        except BaseException as error:
            self._oracle.over(self)
            self._oracle.failed(self.who, error, self.left)
            raise
        self._steps += 1
        if self._steps > 1:
            self._oracle.stepped(self)
        self._step()
        return item

    def __length_hint__(self) -> int:
        hint = getattr(self.value, "__length_hint__", None) or getattr(self.value, "__len__", None)
        return hint() if hint is not None else 0


class Waited:
    """Waits for a coroutine that was made earlier."""

    def __init__(self, oracle: RunLater, value: Any, place: int, who: Activity) -> None:
        self._oracle = oracle
        self._value = value
        self._place = place
        self._who = who

    def __await__(self) -> Any:
        inner = self._value.__await__()
        try:
            if self._oracle.fault_due:
                return (yield from self._broken_off(inner))
            return (yield from inner)
        except BaseException as error:
            self._oracle.failed(self._who, error, [])
            raise

    def _broken_off(self, inner: Any) -> Any:
        """Its first wait ends in an error."""
        kinds = classes(self._oracle._kinds)
        try:
            waits = inner.send(None)
            if kinds:
                self._oracle.note_fault(describe(self._who), self._place)
                waits = inner.throw(fault(kinds[0], self._oracle.pair.code))
        except StopIteration as end:
            return end.value
        yield waits
        return (yield from inner)
