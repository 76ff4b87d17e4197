"""DCT116: the lock lives shorter, or is owned more narrowly, than what it should guard."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import entering, judge, steps
from dictlint.checks.hazard import Hazard, candidate
from dictlint.checks.meeting import MEDIUM, lower, meets
from dictlint.model.program import Container, Holding, Program

CODE = "DCT116"
__all__ = ["CODE", "find", "judge"]


def find(program: Program) -> Iterator[Candidate]:
    """Steps that only such a lock covers, on both sides or on one."""
    for container in program.containers:
        if container.narrow or any(one.lock.scope == "call" for use in container.uses for one in use.held):
            for step in steps(container):
                yield from _made_for_the_call(step)
                yield from _one_for_each_object(container, step)


def _made_for_the_call(step: Hazard) -> Iterator[Candidate]:
    vain = [one for one in step.use.held if one.lock.scope == "call"]
    for rival in step.rivals if vain else ():
        sure = meets(step.container, step.use, rival, step.covered)
        if sure:
            yield _candidate(step, replace(candidate(step, rival, sure)), vain[-1], "call")


def _one_for_each_object(container: Container, step: Hazard) -> Iterator[Candidate]:
    """Two objects, two locks, one container."""
    mine = [one for one in step.use.held if one.lock in container.narrow & step.covered and one.at is not None]
    for rival in step.rivals if mine else ():
        if rival.locks & step.covered and rival.locks & step.covered <= container.narrow:
            sure = meets(container, step.use, rival, step.covered - container.narrow)
            if sure:
                yield _candidate(step, candidate(step, rival, lower(sure, MEDIUM)), mine[-1], "object")


def _candidate(step: Hazard, found: Candidate, one: Holding, form: str) -> Candidate:
    place = entering(step.use, one, "with")
    also = found.also if place is step.use else ((step.role, step.use), *found.also)
    role = step.role if place is step.use else "lock"
    return replace(found, code=CODE, form=form, use=place, role=role, also=also, compound=None, guard=one.lock)
