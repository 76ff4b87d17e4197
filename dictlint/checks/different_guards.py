"""DCT106: both sides hold a lock, and it is not the same one."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import FORMS, counted, held_at, judge, site, steps
from dictlint.checks.hazard import Hazard, candidate
from dictlint.checks.meeting import meets
from dictlint.model.activity import Lock
from dictlint.model.program import BY_CALLER, Container, Program, Use

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
        mine = _its_own(step.use, step.covered & places.get(site(step.use), step.covered))
        if not _known(mine):
            continue
        for rival in step.rivals:
            others = _its_own(rival, rival.locks & places.get(site(rival), rival.locks))
            if _known(others) and not rival.locks & step.covered:
                sure = meets(container, step.use, rival, step.covered)
                if sure:
                    number = counted(places)
                    guard, other = (max(ls, key=lambda lock: (number[lock], lock.key)) for ls in (mine, others))
                    yield _candidate(step, rival, sure, guard, other, number[other] < number[guard])


def _its_own(use: Use, locks: frozenset[Lock]) -> frozenset[Lock]:
    """The locks that are taken in the function itself, or by its own class: a caller may hold more for its own sake."""
    here = {one.lock for one in use.held if one.region != BY_CALLER}
    return frozenset(lock for lock in locks if lock in here or lock.full.rpartition(".")[0] in use.symbol.split("."))


def _known(locks: frozenset[Lock]) -> bool:
    """Whether any is held on every way there, not only by some caller for its own sake, and each is known by more than
    its name: another name may be the same lock.
    """
    return bool(locks) and not any(lock.vague for lock in locks)


def _candidate(step: Hazard, rival: Use, sure: str, guard: Lock, other: Lock, rare: bool) -> Candidate:
    """Reported where the rarer lock is held."""
    one = replace(candidate(step, rival, sure), code=CODE, form=FORMS[step.code], compound=None)
    if not rare:
        return replace(one, guard=guard, rival_guard=other)
    one = replace(one, use=rival, role="write", rival=step.use, rival_role=step.role)
    return replace(one, guard=other, rival_guard=guard)
