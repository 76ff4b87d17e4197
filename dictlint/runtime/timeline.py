"""What happened when, in the trace-event format that browsers show (chrome://tracing, ui.perfetto.dev).

Each thread and task is a row. A lock that is held is a bar, an access to a checked map that is told of is a mark, a
violation is an arrow from its first side to its last.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from dictlint.runtime import report, shadow
from dictlint.runtime.activity import Activity, quiet
from dictlint.runtime.frames import site
from dictlint.runtime.shadow import Access
from dictlint.runtime.sync import locks
from dictlint.runtime.violation import Violation, describe, lock, shorten

MOST = 100_000


def trace(names: Mapping[int, str], events: Iterable[dict[str, Any]], pid: int) -> dict[str, Any]:
    """The object of a trace-event file: a row for each of `names`, by their numbers."""
    rows: list[dict[str, Any]] = [
        {"ph": "M", "pid": pid, "tid": number, "name": "thread_name", "args": {"name": name}}
        for number, name in sorted(names.items())
    ]
    return {"traceEvents": [*rows, *events], "displayTimeUnit": "ns"}


class Timeline:
    """Collects from `start` to `stop`, then writes the file. Of very many events the last ones are kept.

    with Timeline("run.json"):
        ...
    """

    def __init__(self, path: str | os.PathLike[str], most: int = MOST) -> None:
        self.path = os.fspath(path)
        self._events: deque[dict[str, Any]] = deque(maxlen=most)
        self._names: dict[int, str] = {}
        self._began = time.perf_counter_ns()
        self._running = False

    def start(self) -> Timeline:
        """Begins to collect; returns the timeline itself. Asked for again, it does nothing."""
        if not self._running:
            self._running = True
            shadow.observers.append(self._access)
            locks.observers.append(self._lock)
            report.listeners.append(self._violation)
        return self

    def stop(self) -> None:
        """Ends collecting and writes the file. Asked for again, it does nothing."""
        if not self._running:
            return
        self._running = False
        shadow.observers.remove(self._access)
        locks.observers.remove(self._lock)
        report.listeners.remove(self._violation)
        self.write()

    def __enter__(self) -> Timeline:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def write(self) -> None:
        """Writes what was collected so far; the file is replaced."""
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(trace(self._names, self._events, os.getpid()), file, default=repr)

    def _now(self) -> float:
        return (time.perf_counter_ns() - self._began) / 1000

    def _add(self, activity: Activity, phase: str, name: str, **more: Any) -> None:
        if activity.id not in self._names:
            self._names[activity.id] = describe(activity)
        self._events.append(
            {"ph": phase, "pid": os.getpid(), "tid": activity.id, "ts": self._now(), "name": name, **more}
        )

    def _access(self, access: Access, map_name: str, key: Any) -> None:
        where = str(site(access.stack[0], access.stack[1])) if access.stack else ""
        told = "" if key is None else shorten(key, 50)
        self._add(access.activity, "i", f"{access.op} {map_name}[{told}]", s="t", cat="access", args={"site": where})

    def _lock(self, held: Any, activity: Activity, acquired: bool) -> None:
        with quiet():
            self._add(activity, "B" if acquired else "E", lock(held), cat="lock")

    def _violation(self, violation: Violation) -> None:
        for phase, told in (("s", violation.first), ("f", violation.last)):
            row = next((number for number, name in self._names.items() if name == told.activity), 0)
            self._events.append(
                {
                    "ph": phase,
                    "id": violation.number,
                    "pid": os.getpid(),
                    "tid": row,
                    "ts": self._now(),
                    "name": violation.kind,
                    "cat": "violation",
                    "bp": "e",
                    "args": {"message": violation.message, "site": str(told.site)},
                }
            )
