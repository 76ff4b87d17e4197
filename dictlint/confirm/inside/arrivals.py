"""What the rewritten program calls at the planned places, and how that becomes arrivals and steps of protocols.

What an arrival means is for those to say who derive from it: one side is held, or a search is told of it.
"""

from __future__ import annotations

import _thread
import sys
from collections import defaultdict
from typing import Any

from dictlint.confirm.inside.identity import UNKNOWN, ident_of
from dictlint.confirm.inside.planned import Plan
from dictlint.confirm.inside.protocol import Protocol
from dictlint.confirm.inside.record import Record
from dictlint.runtime.frames import capture
from dictlint.runtime.settings import settings
from dictlint.runtime.violation import Violation
from dictlint.runtime.watching import KINDS
from dictlint.runtime.watching import watch as checked


class _Here(_thread._local):
    """What the calling thread is about to do, by place."""

    def __init__(self) -> None:
        self.containers: dict[int, int] = {}
        self.keys: dict[int, Any] = {}
        self.owners: dict[int, Any] = {}


class Arrivals:
    def __init__(self, plan: Plan, record: Record) -> None:
        self._record = record
        self._kinds = {birth.id: birth for file in plan.files.values() for birth in file.births}
        self._protocol = Protocol(plan, record)
        self._strict = plan.strict
        self._births: dict[int, int] = {}
        self._reached: dict[int, set[int]] = defaultdict(set)
        self._told: set[Any] = set()
        self._here = _Here()

    # What it means

    def _arrive(self, place: int, ident: int, key: Any, owner: Any = None, walking: bool = False) -> None:
        """`owner`: whose attribute it is about; other objects have numbers that are never given again."""
        raise NotImplementedError

    def _leave(self, place: int) -> None:
        """The operation is over."""

    # What the rewritten program calls at operations

    def born(self, birth: int, value: Any) -> Any:
        """A checked map in the place of a plain one."""
        if value in KINDS if isinstance(value, type) else False:
            return lambda *args, **named: self.born(birth, value(*args, **named))
        planned = self._kinds[birth]
        if type(value) not in KINDS:
            self._once("elsewise", birth=birth, kind=type(value).__qualname__)
            return value
        made = checked(value, name=planned.name, contract="strict" if birth in self._strict else None)
        shadow = getattr(made, "_dictlint_shadow", None)
        if shadow is not None:
            shadow.birth = capture(sys._getframe(1), settings.depth)
            self._births[shadow.number] = birth
            self._once("born", birth=birth)
        return made

    def at(self, place: int, owner: Any) -> Any:
        """Before an operation of `owner`."""
        self._here.containers[place] = ident = ident_of(owner)
        key = self._here.keys.pop(place, UNKNOWN)
        if self._protocol.knows(place):
            self._protocol.before(place, owner)
            if key is not UNKNOWN:
                self._protocol.keyed(place, owner, key)
        self._arrive(place, ident, key)
        return owner

    def note(self, place: int, key: Any) -> Any:
        """The key, where the container is evaluated after it."""
        self._here.keys[place] = key
        return key

    def container(self, place: int, owner: Any) -> Any:
        """Before the key of a subscript is evaluated."""
        self._here.containers[place] = ident_of(owner)
        if self._protocol.knows(place):
            self._protocol.before(place, owner)
            self._here.owners[place] = owner
        return owner

    def bound(self, place: int, owner: Any, name: str) -> Any:
        """Before an attribute of `owner` is looked at or bound."""
        self._here.containers[place] = ident = ident_of(owner)
        self._arrive(place, ident, name, owner)
        self._here.keys[place] = name
        return owner

    def named(self, place: int, value: Any, name: str) -> Any:
        """After a variable of the module was looked at, or before it is bound."""
        self.bound(place, sys._getframe(1).f_globals, name)
        return value

    def before(self, place: int) -> None:
        """Before an expression whose value is looked at."""
        self._arrive(place, 0, UNKNOWN)
        self._protocol.before(place)

    def seen(self, place: int, _: None, value: Any) -> Any:
        """The value of such an expression."""
        self._protocol.after(place, value)
        return value

    def key(self, place: int, key: Any) -> Any:
        """Before the operation of a subscript."""
        owner = self._here.owners.pop(place, None) if self._here.owners else None
        if owner is not None:
            self._protocol.keyed(place, owner, key)
        self._arrive(place, self._here.containers.get(place, 0), key)
        self._here.keys[place] = key
        return key

    def mid(self, place: int, begun: int, value: Any) -> Any:
        """Between the read and the write of an augmented assignment."""
        self._arrive(place, self._here.containers.get(begun, 0), self._here.keys.get(begun, UNKNOWN))
        return value

    def step(self, place: int) -> bool:
        """An iteration has made a step."""
        self._arrive(place, self._here.containers.get(place, 0), UNKNOWN, walking=True)
        return True

    def done(self, place: int, value: Any = None) -> Any:
        """After the operation."""
        self._leave(place)
        self._here.keys.pop(place, None)
        if self._protocol.knows(place):
            self._protocol.after(place, value)
        return value

    # What it calls at places that are no operations

    def walked(self, place: int, value: Any) -> Any:
        """What is gone through, or waited for: perhaps it was made earlier."""
        self._arrive(place, 0, UNKNOWN)
        self._protocol.before(place)
        for oracle, _, who in self._protocol.asked(place):
            value = oracle.walk(place, who, value, lambda: self._arrive(place, 0, UNKNOWN, walking=True))
        return value

    def covers(self, place: int, kinds: Any = None) -> None:
        """A block that a handler stands around begins; `kinds` tells what the handler takes."""
        self._arrive(place, 0, UNKNOWN)
        for oracle, _, who in self._protocol.asked(place):
            oracle.covers(place, who, kinds or _everything, sys._getframe(1))

    def uncovers(self, place: int) -> None:
        for oracle, _, who in self._protocol.asked(place):
            oracle.uncovers(place, who, sys._getframe(1))

    def caught(self, place: int) -> None:
        error: Any = sys.exc_info()[1]
        for oracle, _, who in self._protocol.asked(place, f"gets {type(error).__name__}"):
            oracle.caught(place, who, error, sys._getframe(1))

    def entered(self, place: int) -> None:
        self._arrive(place, 0, UNKNOWN)
        for oracle, _, who in self._protocol.asked(place):
            oracle.entered(place, who)

    def raised(self, place: int) -> None:
        error: Any = sys.exc_info()[1]
        for oracle, role, who in self._protocol.asked(place, f"raises {type(error).__name__}"):
            oracle.raised(role, place, who, error)

    def left(self, place: int) -> None:
        for oracle, role, who in self._protocol.asked(place):
            oracle.left(role, place, who)

    def captured(self, place: int) -> Any:
        """A decorator, which gives the function back as it is."""
        self._arrive(place, 0, UNKNOWN)

        def note(function: Any) -> Any:
            for oracle, _, who in self._protocol.asked(place, "is made"):
                oracle.captured(place, who, function)
            return function

        return note

    def ran(self, place: int) -> None:
        for oracle, _, who in self._protocol.asked(place, "runs"):
            oracle.ran(place, who, sys._getframe(1).f_code)

    # What else is told

    def violated(self, violation: Violation) -> None:
        birth = self._births.get(violation.container["number"], 0)
        self._record.tell("violation", birth=birth, text=str(violation), violation=violation.as_json())

    def _once(self, type: str, **facts: Any) -> None:
        what = (type, *facts.values())
        if what not in self._told:
            self._told.add(what)
            self._record.tell(type, **facts)

    def forked(self) -> None:
        """In a forked child everything is reached anew."""
        self._reached.clear()
        self._here = _Here()


def _everything() -> type[BaseException]:
    return BaseException
