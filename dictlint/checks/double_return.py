"""DCT403: an object is put back into its pool twice on one path."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.borrowing import lent, told
from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT403"


def find(program: Program) -> Iterator[Candidate]:
    """Every loan of a function with more than one way to end, or one that may be taken twice."""
    yield from lent(program, CODE, "put", "put")


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The second put of a path, where there is one."""
    return told(one, wording, "double")
