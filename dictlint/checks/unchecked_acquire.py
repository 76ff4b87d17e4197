"""DCT115: the lock may not have been acquired, nobody asks, and what it guards is touched."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import FORMS, entering, steps
from dictlint.checks.discipline import judge as by_keys
from dictlint.checks.hazard import Hazard, candidate
from dictlint.checks.meeting import meets
from dictlint.checks.wording import Wording
from dictlint.model.program import Holding, Program, Use
from dictlint.view import is_read_later

CODE = "DCT115"


def find(program: Program) -> Iterator[Candidate]:
    """Steps and their rivals where the lock that would keep them apart is not surely held on one side."""
    for container in program.containers:
        if any(one.doubt for use in container.uses for one in use.held):
            for step in steps(container):
                yield from _unsure_step(step)
                yield from _unsure_rivals(step)


def _doubted(use: Use) -> list[Holding]:
    """What may not be held; a result that a helper gives back and somebody keeps is looked at for sure."""
    return [one for one in use.held if one.doubt == "ignored" or (one.doubt == "tried" and one.at is not None)]


def _unsure_step(step: Hazard) -> Iterator[Candidate]:
    for one in _doubted(step.use):
        for rival in step.rivals:
            if any(other.lock == one.lock for other in rival.held):
                sure = meets(step.container, step.use, _without(rival, one), step.covered - {one.lock})
                if sure:
                    found = replace(candidate(step, rival, sure), code=CODE, form=FORMS[step.code], compound=None)
                    yield _with_place(found, one)


def _unsure_rivals(step: Hazard) -> Iterator[Candidate]:
    for rival in step.rivals:
        for one in _doubted(rival):
            sure = one.lock in step.covered and meets(step.container, step.use, _without(rival, one), step.covered)
            if sure:
                found = candidate(step, rival, sure)
                found = replace(found, code=CODE, form=FORMS[step.code], compound=None, use=rival, role="write")
                yield _with_place(replace(found, rival=step.use, rival_role=step.role), one)


def _without(use: Use, one: Holding) -> Use:
    return replace(use, held=tuple(h for h in use.held if h.lock != one.lock))


def _with_place(found: Candidate, one: Holding) -> Candidate:
    place = () if one.at is None else (("acquire", entering(found.use, one, "acquire")),)
    return replace(found, guard=one.lock, also=(*place, *found.also), covered=frozenset())


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the result of acquiring is looked at, or where an entry is the activity's own."""
    place = next((use for role, use in one.also if role == "acquire"), None)
    held = next(h for h in one.use.held if h.lock == one.guard and h.doubt)
    if held.doubt == "tried" and place is not None:
        at = place.access.at
        if is_read_later(wording.block(place.path, place.within), at.line - place.within.line):
            return None
    return by_keys(one, wording)
