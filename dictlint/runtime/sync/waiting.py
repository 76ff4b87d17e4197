"""Event, Semaphore and Barrier: their edges are drawn by what they mean, not by the locks inside of them.

By those locks two threads that only set the same event would look ordered, and a race between them would go unseen.
"""

from __future__ import annotations

import threading
from typing import Any

from dictlint.runtime.activity import Token, accept, local, publish
from dictlint.runtime.sync.patches import Patches

TOLD = "_dictlint_told"


def tell(owner: Any, under: str = TOLD) -> None:
    """Who learns from `owner` later knows what the caller did so far.

    Kept by slot, because storing one item cannot be torn: two threads may tell at once, and a signal handler in
    between.
    """
    token = publish()
    if token is not None:
        owner.__dict__.setdefault(under, {})[token.slot] = token


def learn(owner: Any, under: str = TOLD) -> None:
    told: dict[int, Token] | None = owner.__dict__.get(under)
    if told:
        for token in list(told.values()):
            accept(token)


def made_inside(original: Any) -> Any:
    """The locks that this constructor makes order nothing."""

    def __init__(self: Any, /, *args: Any, **kwargs: Any) -> None:
        local.making += 1
        try:
            original(self, *args, **kwargs)
        finally:
            local.making -= 1

    return __init__


def _set(original: Any) -> Any:
    def set_(self: threading.Event) -> None:
        tell(self)
        original(self)

    return set_


def _is_set(original: Any) -> Any:
    def is_set(self: threading.Event) -> bool:
        found: bool = original(self)
        if found:
            learn(self)
        return found

    return is_set


def _wait(original: Any) -> Any:
    def wait(self: threading.Event, timeout: float | None = None) -> bool:
        found: bool = original(self, timeout)
        if found:
            learn(self)
        return found

    return wait


def _acquire(original: Any) -> Any:
    def acquire(self: threading.Semaphore, blocking: bool = True, timeout: float | None = None) -> bool:
        got: bool = original(self, blocking, timeout)
        if got and not local.internal:
            learn(self)
        return got

    return acquire


def _release(original: Any) -> Any:
    def release(self: threading.Semaphore, n: int = 1) -> None:
        tell(self)
        original(self, n)

    return release


def _barrier_wait(original: Any) -> Any:
    def wait(self: threading.Barrier, timeout: float | None = None) -> int:
        tell(self)
        place: int = original(self, timeout)
        learn(self)
        return place

    return wait


def install(patches: Patches) -> None:
    for owner in (threading.Event, threading.Semaphore, threading.Barrier):
        patches.wrap(owner, "__init__", made_inside)
    event, semaphore = threading.Event, threading.Semaphore
    patches.wrap(event, "set", _set)
    patches.wrap(event, "is_set", _is_set)
    patches.wrap(event, "wait", _wait)
    patches.wrap(semaphore, "acquire", _acquire)
    patches.put(semaphore, "__enter__", semaphore.__dict__["acquire"])
    patches.wrap(semaphore, "release", _release)
    patches.wrap(threading.BoundedSemaphore, "release", _release)
    patches.wrap(threading.Barrier, "wait", _barrier_wait)
