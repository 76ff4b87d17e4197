"""Start and join: a child knows what its parent did before the start, and who joins it knows all that it did."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable
from typing import Any

from dictlint.runtime.activity import Activity, abandon, accept, accept_all_ended, begin, finish, spawn
from dictlint.runtime.sync.patches import Patches

STARTERS = ("start_new_thread", "start_new", "start_joinable_thread")


class _Run:
    """The function of a new thread, with its beginning and end told."""

    __slots__ = ("_activity", "_function", "_thread")

    def __init__(self, function: Callable[..., Any], activity: Activity, thread: threading.Thread | None) -> None:
        self._function = function
        self._activity = activity
        self._thread = thread

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        begin(self._activity)
        try:
            return self._function(*args, **kwargs)
        finally:
            finish(self._activity)

    def __repr__(self) -> str:
        return repr(self._function)


def _starter(original: Callable[..., Any]) -> Callable[..., Any]:
    def start(function: Any, *args: Any, **kwargs: Any) -> Any:
        if not callable(function):
            return original(function, *args, **kwargs)
        owner = getattr(function, "__self__", None)
        thread = owner if isinstance(owner, threading.Thread) else None
        name = thread.name if thread else getattr(function, "__name__", repr(function))
        child = spawn("thread", name)
        if thread is not None:
            thread.__dict__["_dictlint_activity"] = child
        try:
            return original(_Run(function, child, thread), *args, **kwargs)
        except BaseException:
            abandon(child)
            raise

    return start


def _learn_end(thread: threading.Thread) -> None:
    activity = thread.__dict__.get("_dictlint_activity")
    if activity is not None:
        accept(activity.final)


def _join(original: Any) -> Any:
    def join(self: threading.Thread, timeout: float | None = None) -> None:
        original(self, timeout)
        if not _is_alive(self):
            _learn_end(self)

    return join


def _alive(original: Any) -> Any:
    def is_alive(self: threading.Thread) -> bool:
        alive: bool = original(self)
        if not alive:
            _learn_end(self)
        return alive

    return is_alive


def _shutdown(original: Any) -> Any:
    def _shutdown() -> None:
        original()
        accept_all_ended()

    return _shutdown


_is_alive = threading.Thread.is_alive


def install(patches: Patches) -> None:
    for name in STARTERS:
        original = getattr(_thread, name, None)
        if original is not None:
            start = _starter(original)
            patches.stand_in(original, start)
            for module, place in ((_thread, name), (threading, f"_{name}")):
                if module.__dict__.get(place) is original:
                    patches.put(module, place, start)
    patches.wrap(threading.Thread, "join", _join)
    patches.wrap(threading.Thread, "is_alive", _alive)
    patches.wrap(threading, "_shutdown", _shutdown)
