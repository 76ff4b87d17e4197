"""Maps that find out whether their use by several threads can break.

    from dictlint.runtime import CheckedDict, violations

    sessions = CheckedDict()

Standard library only, and nothing else of dictlint: this is what user programs import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dictlint.runtime.annotations import GuardedBy
    from dictlint.runtime.checked import CheckedCounter, CheckedDefaultDict, CheckedDict, CheckedOrderedDict
    from dictlint.runtime.failing import ConcurrentMapError
    from dictlint.runtime.group import Cancelled, ThreadGroup
    from dictlint.runtime.guarded import guard, start_guarded
    from dictlint.runtime.mappings import CopyOnWriteMapping, LockedMapping, StripedMapping
    from dictlint.runtime.metrics import PrometheusCollector, counts
    from dictlint.runtime.readonly import ReadOnlyView
    from dictlint.runtime.report import clear, violations
    from dictlint.runtime.settings import configure
    from dictlint.runtime.sync import start, stop
    from dictlint.runtime.timeline import Timeline
    from dictlint.runtime.violation import Violation
    from dictlint.runtime.watching import CheckedAttribute, watch, watch_attribute

_HOMES = {
    "Cancelled": "group",
    "CheckedAttribute": "watching",
    "CheckedCounter": "checked",
    "CheckedDefaultDict": "checked",
    "CheckedDict": "checked",
    "CheckedOrderedDict": "checked",
    "ConcurrentMapError": "failing",
    "CopyOnWriteMapping": "mappings",
    "GuardedBy": "annotations",
    "LockedMapping": "mappings",
    "PrometheusCollector": "metrics",
    "ReadOnlyView": "readonly",
    "StripedMapping": "mappings",
    "ThreadGroup": "group",
    "Timeline": "timeline",
    "Violation": "violation",
    "clear": "report",
    "configure": "settings",
    "counts": "metrics",
    "guard": "guarded",
    "start": "sync",
    "start_guarded": "guarded",
    "stop": "sync",
    "violations": "report",
    "watch": "watching",
    "watch_attribute": "watching",
}
__all__ = [
    "Cancelled",
    "CheckedAttribute",
    "CheckedCounter",
    "CheckedDefaultDict",
    "CheckedDict",
    "CheckedOrderedDict",
    "ConcurrentMapError",
    "CopyOnWriteMapping",
    "GuardedBy",
    "LockedMapping",
    "PrometheusCollector",
    "ReadOnlyView",
    "StripedMapping",
    "ThreadGroup",
    "Timeline",
    "Violation",
    "clear",
    "configure",
    "counts",
    "guard",
    "start",
    "start_guarded",
    "stop",
    "violations",
    "watch",
    "watch_attribute",
]


def __getattr__(name: str) -> Any:
    """Each name is imported when it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
