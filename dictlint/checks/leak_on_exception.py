"""DCT404: a pooled object is not put back when the work with it raises."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.borrowing import lent, told
from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT404"


def find(program: Program) -> Iterator[Candidate]:
    """Every loan of which a loss would be felt."""
    return (one for one in lent(program, CODE, "put", "work") if one.loan and one.loan.bounded and one.loan.takes)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The put that is not reached: the first one after what raises."""
    found = told(one, wording, "leak")
    if found is None or one.loan is None:
        return None
    line = found.rival.access.at.line
    puts = sorted((step for step, _ in one.loan.gives), key=lambda step: (step.access.at.line < line, step.access.seq))
    return replace(found, use=replace(puts[0], access=replace(puts[0].access, op="put")))
