"""Threads that belong together: the first error ends them all, and is raised where they are waited for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class Cancelled(Exception):
    """Raised by `ThreadGroup.check` in a thread of a group in which another one has failed."""


class ThreadGroup:
    """Starts threads and waits for them.

        with ThreadGroup() as group:
            for tenant in tenants:
                group.start(refresh, tenant)

    At the end of the block all threads are waited for. If any failed, the error that came first is raised; `errors`
    has all, and from Python 3.11 on the first one names the others in its notes. A thread cannot be stopped from
    outside: long work should call `group.check()` now and then, which raises `Cancelled` once another thread has
    failed, or wait on `group.cancelled`, which is an event.
    """

    def __init__(self, name: str = "group") -> None:
        self.name = name
        self.cancelled = threading.Event()
        self.errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def start(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> threading.Thread:
        """Runs `function(*args, **kwargs)` in a new thread of the group."""
        thread = threading.Thread(
            target=self._run, args=(function, args, kwargs), name=f"{self.name}-{len(self._threads)}"
        )
        with self._lock:
            self._threads.append(thread)
        thread.start()
        return thread

    def cancel(self) -> None:
        """Asks all threads to end."""
        self.cancelled.set()

    def check(self) -> None:
        """Raises `Cancelled` when the group is to end."""
        if self.cancelled.is_set():
            raise Cancelled(self.name)

    def join(self) -> None:
        """Waits for all threads, those included that are started meanwhile; raises the first error."""
        place = 0
        while place < len(self._threads):
            self._threads[place].join()
            place += 1
        if self.errors:
            raise self._first()

    def _run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            function(*args, **kwargs)
        except Cancelled:
            pass
        except BaseException as error:
            with self._lock:
                self.errors.append(error)
            self.cancel()

    def _first(self) -> BaseException:
        first, *others = self.errors
        for other in others:
            if hasattr(first, "add_note"):
                first.add_note(f"also failed in {self.name}: {type(other).__name__}: {other}")
        return first

    def __enter__(self) -> ThreadGroup:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is not None:
            self.cancel()
            for thread in list(self._threads):
                thread.join()
            return
        self.join()
