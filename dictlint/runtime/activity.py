"""Who is running, and what each one knows of the others: vector clocks.

Every thread has a *slot* and a time in it. A `Token` is one state of one thread's knowledge: its own time, and the
latest time of every other slot that happened before. Two accesses are ordered when the token of the later one covers
the token of the earlier one. A thread gets a new token whenever its knowledge changes: with a later time after it has
let others know (`publish`), with more knowledge after it has learnt from others (`accept`). So as long as the token
is the same *object*, nothing has happened in between, and what was recorded once need not be recorded again. That is
the fast path of everything.

Tokens are never changed. Slots are used again when their thread has ended, preferably by a child whose parent knows
of that end, so thousands of short threads need few slots. Where no such slot is free and there are very many, an
unrelated one is taken: that can only make two accesses look ordered that are not.

Tasks of asyncio share the slot of the thread of their loop, because its steps cannot overlap; each step is a later
time, so that a compound operation which is suspended in between can see what other steps did meanwhile.
"""

from __future__ import annotations

import _thread
import itertools
import sys
import threading
from _thread import get_ident
from typing import Any

from dictlint.runtime.frames import Stack, capture
from dictlint.runtime.settings import settings

MANY_SLOTS = 256
LATEST = 16
PATIENCE = 1.0
REFUSALS = 1_000
_raw_rlock = _thread.RLock
_ids = itertools.count(1)


class Activity:
    """A thread or an asyncio task, with an identity that is never used again (unlike thread idents)."""

    __slots__ = ("__weakref__", "birth", "final", "held", "id", "ident", "kind", "name", "slot", "token")

    def __init__(self, kind: str, name: str, slot: int, birth: Stack) -> None:
        self.id = next(_ids)
        self.kind = kind
        self.name = name
        self.slot = slot
        self.birth = birth
        self.ident = 0
        self.held: list[Any] = []
        self.token: Token | None = None
        self.final: Token | None = None


class Token:
    """One state of knowledge. `known` maps other slots to times and is shared between tokens."""

    __slots__ = ("activity", "known", "slot", "time")

    def __init__(self, activity: Activity, slot: int, time: int, known: dict[int, int]) -> None:
        self.activity = activity
        self.slot = slot
        self.time = time
        self.known = known

    def covers(self, other: Token) -> bool:
        """Whether everything that `other` stood for when it was made happened before."""
        if other.slot == self.slot:
            return other.time <= self.time
        return other.time <= self.known.get(other.slot, -1)


class Marker:
    """Stands in the place of a token where the fast path must not be taken."""

    __slots__ = ()

    def settle(self) -> Token | None:
        """The token that is meant, or None where nothing shall be recorded."""
        raise NotImplementedError


class _Unknown(Marker):
    __slots__ = ()

    def settle(self) -> Token | None:
        return _adopt()


class _Quiet(Marker):
    """While dictlint works for this thread: what happens meanwhile is not the program's doing."""

    __slots__ = ("before",)

    def __init__(self, before: Any) -> None:
        self.before = before

    def settle(self) -> Token | None:
        return None


class _Local(_thread._local):
    token: Any = _Unknown()
    internal = 0
    """Above zero: locks that are taken now belong to a queue or pool whose own edges are drawn; they order nothing."""
    making = 0
    """Above zero: locks that are made now will belong to such a thing for ever."""


local = _Local()


class quiet:
    """A stretch in which nothing that this thread does is recorded."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = local.token
        local.token = _Quiet(self._before)

    def __exit__(self, *exc: object) -> None:
        local.token = self._before


class PatientLock:
    """A lock that cannot deadlock: finalizers, signal handlers and garbage collection can run anywhere, even in here.

    `enter` says no to the thread that is inside already, and after a long wait: then the caller goes on without
    recording. Below is a reentrant lock, because between its acquisition and the next line a signal handler can run
    that comes here, too; it then goes first. A lock that was waited for in vain is replaced: its holder may never
    come back. So is one that is refused again and again to its own holder, who must have been thrown out of the
    middle by an exception.
    """

    __slots__ = ("_busy", "_lock", "_refused", "gave_up")
    _busy: bool
    _refused: int

    def __init__(self) -> None:
        self.gave_up = 0
        self.renew()

    def enter(self) -> bool:
        lock = self._lock
        if not lock.acquire(False) and not lock.acquire(True, PATIENCE):
            self.gave_up += 1
            self.renew()
            return False
        if self._busy:
            lock.release()
            self._refused += 1
            if self._refused > REFUSALS:
                self.renew()
            return False
        self._busy = True
        return True

    def leave(self) -> None:
        self._busy = False
        self._refused = 0
        try:  # noqa: SIM105  (a context manager costs more than all the rest)
            self._lock.release()
        except RuntimeError:  # replaced meanwhile
            pass

    def renew(self) -> None:
        """Also after a fork: whoever held it does not exist here."""
        self._lock = _raw_rlock()
        self._busy = False
        self._refused = 0


class _Everyone:
    """All activities of the process."""

    __slots__ = ("ended", "free", "guard", "many", "newest", "slots", "threads")

    def __init__(self) -> None:
        self.guard = PatientLock()
        self.slots = 0
        self.free: list[Token] = []  # last tokens of threads that have ended: their slots can be used again
        self.threads: dict[int, Activity] = {}  # those that run, by their ident
        self.ended: dict[int, int] = {}  # slot -> last time of threads that have ended
        self.many = False  # whether there ever was more than one: before, nobody needs to be told anything


everyone = _Everyone()


def current() -> Token | None:
    """The calling thread's token; None while dictlint itself is at work."""
    token = local.token
    if token.__class__ is Token:
        return token
    return token.settle()  # type: ignore[no-any-return]


def publish() -> Token | None:
    """What the caller did so far, for others to `accept`; what it does from now on is not in it."""
    token = local.token
    if token.__class__ is not Token:
        token = token.settle()
        if token is None:
            return None
    if everyone.many:
        activity = token.activity
        local.token = activity.token = Token(activity, token.slot, token.time + 1, token.known)
    return token  # type: ignore[no-any-return]


def accept(other: Token | None) -> None:
    """From now on everything in `other` has happened before what the caller does."""
    if other is None:
        return
    token = local.token
    if token.__class__ is not Token:
        token = token.settle()
        if token is None:
            return
    if token.covers(other):
        return
    known = dict(token.known)
    _join(known, other.known)
    if other.time > known.get(other.slot, -1):
        known[other.slot] = other.time
    known.pop(token.slot, None)
    activity = token.activity
    local.token = activity.token = Token(activity, token.slot, token.time, known)


def _join(known: dict[int, int], more: dict[int, int]) -> None:
    for slot, time in more.items():
        if time > known.get(slot, -1):
            known[slot] = time


def merged(one: Token | None, other: Token | None) -> Token | None:
    """What both stand for. Not a state of any thread, but covered and accepted like one."""
    if one is None or (other is not None and other.covers(one)):
        return other
    if other is None or one.covers(other):
        return one
    known = dict(one.known)
    _join(known, other.known)
    known[other.slot] = max(other.time, known.get(other.slot, -1))
    return Token(one.activity, one.slot, max(one.time, known.pop(one.slot, -1)), known)


# Beginning and end


def spawn(kind: str, name: str) -> Activity:
    """A thread that the caller is about to start. It will know everything that its parent did so far."""
    everyone.many = True
    parent = publish()
    known = {} if parent is None else {**parent.known, parent.slot: parent.time}
    inside = everyone.guard.enter()
    try:
        slot, time = _slot(known)
    finally:
        if inside:
            everyone.guard.leave()
    known.pop(slot, None)
    child = Activity(kind, name, slot, capture(sys._getframe(2), settings.depth))
    child.token = Token(child, slot, time, known)
    return child


def _slot(known: dict[int, int]) -> tuple[int, int]:
    free = everyone.free
    # Those that ended last are those that were just waited for; in front gather the ones that nobody ever joins.
    for place in range(len(free) - 1, max(-1, len(free) - LATEST - 1), -1):
        token = free[place]
        if token.time <= known.get(token.slot, -1):
            del free[place]
            return token.slot, token.time + 1
    if everyone.slots >= MANY_SLOTS and free:
        token = free.pop(0)
        _join(known, token.known)  # later tokens of a slot must cover earlier ones
        return token.slot, token.time + 1
    everyone.slots += 1
    return everyone.slots, 1


def begin(activity: Activity) -> None:
    """Called by a new thread, first of all."""
    activity.ident = get_ident()
    everyone.threads[activity.ident] = activity
    local.token = activity.token


def finish(activity: Activity) -> None:
    """Called by a thread, last of all: whoever joins it will know everything."""
    activity.final = token = publish()
    everyone.threads.pop(activity.ident, None)
    if token is None:
        return
    inside = everyone.guard.enter()
    try:
        everyone.ended[token.slot] = token.time
        everyone.free.append(token)
    finally:
        if inside:
            everyone.guard.leave()


def abandon(activity: Activity) -> None:
    """The thread could not be started."""
    if activity.token is not None:
        everyone.free.append(activity.token)


def _adopt() -> Token:
    """The activity of a thread that nobody announced: it ran before tracking began, or C code started it.

    What happened before its first access cannot be known, so it counts as knowing all: that can hide a race, and
    makes up none.
    """
    ident = get_ident()
    thread = threading._active.get(ident)  # type: ignore[attr-defined]
    former = everyone.threads.get(ident)
    if former is not None and former.token is not None:  # idents are used again: that thread is over
        slot, time = former.slot, former.token.time + 1
    else:
        everyone.slots += 1
        slot, time = everyone.slots, 1
    activity = Activity("thread", thread.name if thread else f"thread {ident}", slot, ())
    activity.ident = ident
    if everyone.threads:
        everyone.many = True
    known = everything()
    known.pop(slot, None)
    token = Token(activity, slot, time, known)
    everyone.threads[ident] = activity
    local.token = activity.token = token
    return token


def everything() -> dict[int, int]:
    """All that any thread has done up to now."""
    known = dict(everyone.ended)
    for activity in list(everyone.threads.values()):
        token = activity.token
        if token is not None:
            _join(known, token.known)
            known[token.slot] = max(token.time, known.get(token.slot, -1))
    return known


def accept_all_ended() -> None:
    """For the moment when the interpreter has waited for all threads."""
    token = current()
    if token is not None:
        known = dict(token.known)
        _join(known, everyone.ended)
        known.pop(token.slot, None)
        local.token = token.activity.token = Token(token.activity, token.slot, token.time, known)


def after_fork_in_child() -> None:
    everyone.guard.renew()
    token = current()
    if token is None:
        return
    activity = token.activity
    for other in list(everyone.threads.values()):
        if other is not activity and other.token is not None:
            everyone.ended[other.slot] = other.token.time
    activity.ident = get_ident()
    everyone.threads = {activity.ident: activity}
    # The other threads ended with the fork: nothing of theirs is concurrent with what comes.
    accept_all_ended()
