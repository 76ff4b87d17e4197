"""asyncio: which task runs, and what comes into a loop from other threads.

All steps of one loop run in one thread, one after the other, so they are ordered by that thread. What a step must
have is a time of its own: an operation that a task suspends in the middle is open to what other tasks do meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from _thread import get_ident
from asyncio import base_events, events
from typing import Any

from dictlint.runtime.activity import Activity, Token, accept, current, local, publish
from dictlint.runtime.frames import capture
from dictlint.runtime.settings import settings
from dictlint.runtime.sync.patches import Patches

tasks: weakref.WeakKeyDictionary[Any, Activity] = weakref.WeakKeyDictionary()


def task_activity(task: Any, slot: int, birth: Any = ()) -> Activity:
    found = tasks.get(task)
    if found is None:
        name = task.get_name() if hasattr(task, "get_name") else repr(task)
        found = tasks[task] = Activity("task", name, slot, birth)
        found.ident = get_ident()
    return found


def _run(original: Any) -> Any:
    def _run(self: Any) -> None:
        task = getattr(self._callback, "__self__", None)
        before = current() if isinstance(task, asyncio.Task) else None
        if before is None:
            original(self)
            return
        thread = before.activity
        activity = task_activity(task, before.slot)
        local.token = activity.token = Token(activity, before.slot, before.time + 1, before.known)
        try:
            original(self)
        finally:
            after = current() or before
            local.token = thread.token = Token(thread, after.slot, after.time + 1, after.known)

    return _run


class _Carried:
    """A callback on its way into another thread's loop."""

    __slots__ = ("_callback", "_token")

    def __init__(self, callback: Any, token: Token | None) -> None:
        self._callback = callback
        self._token = token

    def __call__(self, *args: Any) -> Any:
        accept(self._token)
        return self._callback(*args)

    def __repr__(self) -> str:
        return repr(self._callback)


def _threadsafe(original: Any) -> Any:
    def call_soon_threadsafe(self: Any, callback: Any, *args: Any, context: Any = None) -> Any:
        if getattr(self, "_thread_id", None) != get_ident() and callable(callback):
            callback = _Carried(callback, publish())
        return original(self, callback, *args, context=context)

    return call_soon_threadsafe


def _create_task(original: Any) -> Any:
    def create_task(self: Any, *args: Any, **kwargs: Any) -> Any:
        task = original(self, *args, **kwargs)
        token = current()
        if token is not None and isinstance(task, asyncio.Task):
            task_activity(task, token.slot, capture(sys._getframe(1), settings.depth))
        return task

    return create_task


def _hold(original: Any) -> Any:
    async def acquire(self: Any) -> Any:
        got = await original(self)
        token = current()
        if token is not None:
            token.activity.held.append(self)
        return got

    return acquire


def _let_go(original: Any) -> Any:
    def release(self: Any) -> None:
        token = current()
        if token is not None and self in token.activity.held:
            token.activity.held.remove(self)
        original(self)

    return release


def install(patches: Patches) -> None:
    patches.wrap(events.Handle, "_run", _run)
    patches.wrap(base_events.BaseEventLoop, "call_soon_threadsafe", _threadsafe)
    patches.wrap(base_events.BaseEventLoop, "create_task", _create_task)


def install_locks(patches: Patches) -> None:
    from asyncio import locks

    patches.wrap(locks.Lock, "acquire", _hold)
    patches.wrap(locks.Lock, "release", _let_go)


def install_uvloop(patches: Patches) -> None:
    """Its handles are compiled, so its tasks are not told apart; edges from other threads are drawn."""
    loop: Any = getattr(sys.modules.get("uvloop"), "Loop", None)
    if loop is not None:
        patches.put(loop, "call_soon_threadsafe", _threadsafe(loop.call_soon_threadsafe))
