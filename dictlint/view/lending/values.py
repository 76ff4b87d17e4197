"""The values of a walk: what is asked, what is found, and where the object may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Place = tuple[int, int, int, int]  # lines from 1, columns from 0, in characters, of the text that is looked at
NOWHERE: Place = (0, 0, 0, 0)
MOST_STATES = 160


class Question(NamedTuple):
    """What is asked of a function. `gives`: each with the position of the object (-1: the receiver). `param`: the name
    under which the object is handed in. `state`: the names of its containers ("" for the object itself). `sharing`: it
    runs on an event loop, where others get to run at an `await` only. `managed`: it is a context manager, whose
    `with` block runs at the `yield`. `helpers`: functions that fill an object which they are handed.
    """

    text: str
    takes: frozenset[Place]
    leases: frozenset[Place]
    gives: frozenset[tuple[Place, int]]
    param: str = ""
    state: frozenset[str] = frozenset()
    fills: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    sharing: bool = False
    managed: bool = False
    helpers: frozenset[str] = frozenset()


class Happening(NamedTuple):
    """`kind`: `use` or `double` (after `first`, the giving back), `leak` (by what is raised at `first`), `dirty`
    (filled at `first`), `kept` (stored at `place`, given back at `first`). `name`: the object's, or its part's.
    """

    kind: str
    place: Place
    first: Place
    name: str
    taken: Place = NOWHERE


class State(NamedTuple):
    """Where the object is: `` nobody's, `out`, `back`, `gone` to somebody else who will see to it."""

    status: str = ""
    since: Place = NOWHERE
    used: bool = False
    waited: bool = False
    filled: Place = NOWHERE
    kept: Place = NOWHERE
    started: Place = NOWHERE
    taken: Place = NOWHERE
    known: frozenset[tuple[str, bool]] = frozenset()
    parts: frozenset[str] = frozenset()
    shelter: int = 0  # the critical section in which it was given back
    trouble: Place = NOWHERE  # what has been raised while it was out


States = frozenset[State]
NONE: States = frozenset()


class Flow:
    """Where control goes from a statement."""

    __slots__ = ("breaks", "goes", "leaves", "next", "raised")

    def __init__(self, following: Iterable[State] = ()) -> None:
        self.next: set[State] = set(following)
        self.breaks: set[State] = set()
        self.goes: set[State] = set()
        self.leaves: set[State] = set()
        self.raised: set[tuple[State, Place]] = set()

    def add(self, other: Flow) -> None:
        """Take over all ways out but the next statement."""
        self.breaks |= other.breaks
        self.goes |= other.goes
        self.leaves |= other.leaves
        self.raised |= other.raised


class TooMany(Exception):
    """More paths than anybody could read."""
