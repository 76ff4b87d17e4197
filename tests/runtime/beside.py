"""Work that another thread does, ordered by nothing, and what came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from dictlint.runtime import (
    violations,
)


def beside(work: Callable[[], object]) -> None:
    """Runs `work` in a thread and waits for its end by something that orders nothing."""
    from dictlint.runtime.sync.locks import raw_lock

    over = raw_lock()
    over.acquire()

    def run() -> None:
        try:
            work()
        finally:
            over.release()

    threading.Thread(target=run, name="beside").start()
    over.acquire()


def walk(m: Any) -> None:
    for _ in m:
        pass


def kinds() -> set[tuple[str, str]]:
    return {(violation.kind, violation.evidence) for violation in violations()}
