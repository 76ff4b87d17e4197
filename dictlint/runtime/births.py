"""What a checked map is born with: its class, by the built-in one and the contract, and its shadow, by the mode."""

from __future__ import annotations

from types import FrameType
from typing import Any

from dictlint.runtime import sync
from dictlint.runtime.audit import AuditShadow
from dictlint.runtime.compound import CompoundShadow
from dictlint.runtime.frames import capture, outside
from dictlint.runtime.settings import settings
from dictlint.runtime.shadow import Shadow
from dictlint.runtime.strict import StrictShadow

EXACT: dict[type, Any] = {}
"""The checked classes, and what each one stands for."""
STRICT: dict[type, Any] = {}
"""The same for maps under the strict contract, whose short way is another one."""


class Plain(dict):  # type: ignore[type-arg]
    """The cells of a map that has none."""


NO_CELLS: Any = Plain()


def make_shadow(kind: str, frame: FrameType | None, name: str = "") -> Shadow:
    birth = capture(outside(frame), settings.depth)
    fails = settings.mode == "fail"
    if settings.mode == "audit":
        return AuditShadow(kind, name, birth, fails)
    if settings.mode != "off":
        sync.start()
    if settings.contract == "strict":
        return StrictShadow(kind, name, birth, fails)
    return CompoundShadow(kind, name, birth, fails)


class OffShadow(AuditShadow):
    """For subclasses of checked maps in mode `off`: nothing is ever told."""

    __slots__ = ()

    def enter(self) -> bool:
        return False
