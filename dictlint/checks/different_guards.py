"""DCT106: both sides hold a lock, and it is not the same one."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import FORMS, Site, counted, held_at, judge, steps
from dictlint.checks.hazard import Hazard, candidate
from dictlint.checks.meeting import meets
from dictlint.model.program import Container, Lock, Program, Use

CODE = "DCT106"
__all__ = ["CODE", "find", "judge"]


def find(program: Program) -> Iterator[Candidate]:
    """Steps that one lock covers, broken by an operation under another one."""
    for container in program.containers:
        if container.guard is not None and container.kind != "attribute":
            yield from _split(container)


def _split(container: Container) -> Iterator[Candidate]:
    places = held_at(container.uses)
    for step in steps(container):
        if not _known(step.covered):
            continue
        for rival in step.rivals:
            if _known(rival.locks) and not rival.locks & step.covered:
                sure = meets(container, step.use, rival, step.covered)
                if sure:
                    yield _candidate(step, rival, sure, places)


def _known(locks: frozenset[Lock]) -> bool:
    """Whether there are any, and each is known by more than its name: another name may be the same lock."""
    return bool(locks) and not any(lock.vague for lock in locks)


def _candidate(step: Hazard, rival: Use, sure: str, places: dict[Site, frozenset[Lock]]) -> Candidate:
    """Reported where the rarer lock is held."""
    number = counted(places)
    mine, other = (max(locks, key=lambda lock: (number[lock], lock.key)) for locks in (step.covered, rival.locks))
    one = replace(candidate(step, rival, sure), code=CODE, form=FORMS[step.code], compound=None)
    if number[other] >= number[mine]:
        return replace(one, guard=mine, rival_guard=other)
    return replace(one, use=rival, role="write", rival=step.use, rival_role=step.role, guard=other, rival_guard=mine)
