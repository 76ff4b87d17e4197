"""DCT202: a value type carries a dict; copies of the value share it, and one of them changes it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.model.program import Program

CODE = "DCT202"


def find(program: Program) -> Iterator[Candidate]:
    """Every container of a value type that is changed in place, though values are copied with it."""
    return candidates(program, CODE)
