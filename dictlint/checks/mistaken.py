"""What looks like several and is one, or the reverse: candidates from what the linker has found."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.model.program import Program


def candidates(program: Program, code: str) -> Iterator[Candidate]:
    """Every such place that is the matter of a rule."""
    for container, one in program.sharings:
        if one.code == code:
            yield Candidate(
                code,
                container,
                one.step,
                one.role,
                one.other,
                one.other_role,
                one.confidence,
                "gil",
                one.form,
                one.also,
                sharing=one,
            )
