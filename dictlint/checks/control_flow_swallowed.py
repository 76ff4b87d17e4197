"""DCT306: a worker's loop takes the request to stop for an error, and goes on."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, MEDIUM
from dictlint.model.program import Program

CODE = "DCT306"


def find(program: Program) -> Iterator[Candidate]:
    """Every handler in a worker's loop that swallows a cancellation or an exit."""
    for one in of_kind(program, "endless"):
        yield candidate(CODE, one, "handler", HIGH if "for ever" in one.traits else MEDIUM)
