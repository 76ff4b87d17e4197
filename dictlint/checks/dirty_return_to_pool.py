"""DCT401: an object goes back to its pool with what one borrower has filled into its dict."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.borrowing import lent, told
from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT401"


def find(program: Program) -> Iterator[Candidate]:
    """Every loan of an object with dicts, from a pool that does not put it in order."""
    return (one for one in lent(program, CODE, "put", "fill") if one.loan and one.loan.state and not one.loan.cleaned)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The put that is reached with something in the dict."""
    return told(one, wording, "dirty")
