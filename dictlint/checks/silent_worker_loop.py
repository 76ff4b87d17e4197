"""DCT308: the loop of a worker drops every error without a trace, and what it keeps up to date goes stale."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, MEDIUM
from dictlint.model.program import Program

CODE = "DCT308"


def find(program: Program) -> Iterator[Candidate]:
    """Every such handler around a change of something that others use."""
    for one in of_kind(program, "silent"):
        yield candidate(CODE, one, "handler", HIGH if "direct" in one.traits else MEDIUM)
