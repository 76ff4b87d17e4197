"""DCT402: an object, or a dict of it, is used after it was put back into its pool."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.borrowing import at_most, happened, lent
from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT402"


def find(program: Program) -> Iterator[Candidate]:
    """Every loan; where nobody is seen to use the pool meanwhile, it does no harm yet."""
    for one in lent(program, CODE, "use", "put"):
        yield at_most(one, one.loan.shared) if one.loan else one


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The first use that a path leads to after the object was put back; what is put back again is another matter."""
    again = {found.rival.access.at for found in happened(one, wording, "double")}
    return next((found for found in happened(one, wording, "use") if found.rival.access.at not in again), None)
