"""Steps that break when another activity gets in between: what the plain rules find and lock discipline asks about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, lower, surest
from dictlint.model.activity import Lock
from dictlint.model.body import Compound, Pause
from dictlint.model.program import Container, Use


class Hazard(msgspec.Struct, frozen=True, gc=False):
    """What `use` completes breaks where one of `rivals` can run in its middle; that one of `unlikely` does so is only
    possible. `covered`: the locks that are held from its first step to its last; `most`: the highest confidence it
    deserves; `pause`: where a coroutine is suspended in the middle. The rest is as in Candidate.
    """

    code: str
    container: Container
    use: Use
    role: str
    rivals: tuple[Use, ...]
    covered: frozenset[Lock]
    breaks_on: str
    form: str = ""
    also: tuple[tuple[str, Use], ...] = ()
    compound: Compound | None = None
    tested_by: str = ""
    most: str = HIGH
    pause: Pause | None = None
    unlikely: tuple[Use, ...] = ()


def broken(hazards: Iterable[Hazard]) -> Iterator[Candidate]:
    """The hazards that some rival can bring about, each with the rival that does it most surely."""
    for one in hazards:
        if met := surest(one.container, one.use, one.rivals, one.covered):
            yield candidate(one, met[1], met[0])
        elif met := surest(one.container, one.use, one.unlikely, one.covered):
            yield candidate(one, met[1], LOW)


def candidate(one: Hazard, rival: Use, confidence: str) -> Candidate:
    """The hazard brought about by one rival."""
    return Candidate(
        one.code,
        one.container,
        one.use,
        one.role,
        rival,
        "write",
        lower(confidence, one.most),
        one.breaks_on,
        one.form,
        one.also,
        one.compound,
        one.covered,
        one.tested_by,
    )
