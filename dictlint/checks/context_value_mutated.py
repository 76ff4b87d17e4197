"""DCT208: the dict that a context variable holds is changed in place, for every context that has inherited it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.model.program import Program

CODE = "DCT208"


def find(program: Program) -> Iterator[Candidate]:
    """Every context variable whose dict is changed where others may have it."""
    return candidates(program, CODE)
