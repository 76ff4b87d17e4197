"""DCT205: the copy of an object has a lock of its own, but the very dict that the lock of the original guards."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.model.program import Program

CODE = "DCT205"


def find(program: Program) -> Iterator[Candidate]:
    """Every way of copying after which two locks guard one container, and every copy of a lock that must fail."""
    return candidates(program, CODE)
