"""Programs that are ordered, each by another primitive.

Every program writes and iterates over the same map in several threads, and tests before it acts, so that a missing
edge shows under both contracts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

PROGRAMS: list[Callable[[Any], None]] = []


def program(function: Callable[[Any], None]) -> Callable[[Any], None]:
    PROGRAMS.append(function)
    return function


def use(m: Any) -> None:
    """Everything that can be broken, on one entry and on the whole."""
    m["n"] = m.get("n", 0) + 1
    for _ in m:
        pass
    key = len(m) % 5
    if key not in m:
        m[key] = key
    else:
        del m[key]
    sum(m.values())


def together(*works: Callable[[], Any]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
