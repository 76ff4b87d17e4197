"""One way in which a function runs."""

from __future__ import annotations

from typing import NamedTuple

from dictlint.model.activity import Activity, Lock
from dictlint.model.program import Part

MOST_CONTEXTS = 12  # per function and activity; further ones are left out


class Context(NamedTuple):
    """One way in which a function runs."""

    function: int
    activity: Activity
    status: str  # of self, see Ownership
    held: frozenset[Lock]
    ordered: frozenset[int]
    params: frozenset[tuple[str, str]]  # (parameter, status) where the status is known
    assumed: bool
    cls: int = -1  # the class of self, where it is known
    exact: bool = True  # ... or one derived from it
    constants: frozenset[tuple[str, str]] = frozenset()  # (parameter, constant) that decide a branch here or below
    on_loop: bool = False  # a coroutine is, or calls, the function: it never runs beside another one
    afar: bool = False  # ... or it is run by what hands work to a loop of another thread
    guesses: int = 0  # how many calls on the way are known by a method's name alone
    states: frozenset[tuple[str, str, bool]] = frozenset()  # what callers have tested of attributes of self
    via: tuple[int, int] = (-1, -1)  # the call, where it tells which container a parameter is
    early: bool = False  # a method of the same object is about to start the object's own thread
    parts: tuple[Part, ...] = ()  # where in which whole self is a part
    outermost: bool = False  # called from outside the program: what it is given is nothing that is known
    first: bool = False  # it is run once, by whoever comes first
    hedged: bool = False  # that callers run it is only possible if the calls known by a method's name alone run it
