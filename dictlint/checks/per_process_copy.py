"""DCT206: a container is changed in one process and read in another, as if both had the same."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.model.program import Program

CODE = "DCT206"


def find(program: Program) -> Iterator[Candidate]:
    """What a child changes and its parent reads, and what a parent changes when its child has begun."""
    return candidates(program, CODE)
