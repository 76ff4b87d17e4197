"""DCT111: a finalizer, signal handler or log handler changes a container, or takes a lock, of what it interrupts."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.model.program import Container, Interruption, Program

CODE = "DCT111"


def find(program: Program) -> Iterator[Candidate]:
    """Every change in such a callback that a loop does not expect, every lock that the interrupted code holds."""
    for container, one in program.interruptions:
        yield _candidate(container, one)


def _candidate(container: Container, one: Interruption) -> Candidate:
    met = min(one.outside, key=lambda use: (use.path != one.inside.path, use.assumed, use.access.at.line))
    form = "lock" if one.lock is not None else "resize"
    also = tuple(("walk" if one.lock is None else "hold", use) for use in one.outside if use is not met)
    role = "write" if one.lock is None else "lock"
    rival_role = "iterate" if one.lock is None else "hold"
    return Candidate(
        CODE, container, one.inside, role, met, rival_role, _sure(container, one), "gil", form, also[:3],
        covered=frozenset() if one.lock is None else frozenset((one.lock,)),
    )  # fmt: skip


def _sure(container: Container, one: Interruption) -> str:
    """A signal comes for sure; a finalizer must strike between two items, or while the lock is held."""
    if not one.sure or container.kind == "deque" or (container.element and not container.in_mapping):
        return LOW
    if all(use.status == "unknown" for use in one.outside):
        return LOW
    likely = one.inside.activity.domain == "signal" or one.lock is None
    return HIGH if likely and one.direct and one.inside.activity.domain != "logging" else MEDIUM
