"""Errors that end a thread are told of, with what is needed to find their cause."""

from __future__ import annotations

import functools
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from dictlint.runtime import report
from dictlint.runtime.activity import Activity, current, quiet
from dictlint.runtime.frames import sites
from dictlint.runtime.settings import settings
from dictlint.runtime.violation import describe

F = TypeVar("F", bound=Callable[..., Any])


def guard(function: F, **labels: str) -> F:
    """The function, with a report of any error that leaves it: labels, thread, where that was created, traceback.

        pool.submit(guard(refresh, tenant="a"), ...)

    The error is raised again, so callers and futures see it as before. The report is a JSON line of type `uncaught`
    in the report file, and a text on standard error. Each call has a trace id, unless the labels name one as `trace`.
    """

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        trace = labels.get("trace") or uuid.uuid4().hex
        try:
            return function(*args, **kwargs)
        except Exception as error:
            _tell(function, error, {**labels, "trace": trace})
            raise

    return guarded  # type: ignore[return-value]


def start_guarded(
    function: Callable[..., Any], /, *args: Any, name: str | None = None, daemon: bool | None = None, **labels: str
) -> threading.Thread:
    """Starts a thread that runs the guarded function, and returns it. The thread's name is a label, too."""
    thread = threading.Thread(name=name, daemon=daemon)
    thread._target = guard(function, **{"thread": thread.name, **labels})  # type: ignore[attr-defined]
    thread._args = args  # type: ignore[attr-defined]
    thread.start()
    return thread


def _tell(function: Callable[..., Any], error: Exception, labels: dict[str, str]) -> None:
    token = current()
    with quiet():
        told = record(function, error, labels, None if token is None else token.activity)
        report.write(told)
        report.counts["uncaught", type(error).__name__] += 1
        if settings.echo:
            named = " ".join(f"{label}={value}" for label, value in labels.items())
            report.echo(f"dictlint: {told['error']} left {told['function']} ({named})\n{told['traceback']}\n")


def record(
    function: Callable[..., Any], error: Exception, labels: dict[str, str], activity: Activity | None
) -> dict[str, Any]:
    """What is told of an error, as plain values."""
    return {
        "type": "uncaught",
        "error": f"{type(error).__name__}: {error}",
        "function": f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', repr(function))}",
        "labels": labels,
        "thread": threading.current_thread().name,
        "activity": "" if activity is None else describe(activity),
        "created": [] if activity is None else [str(site) for site in sites(activity.birth)],
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
        "time": time.time(),
    }
