"""DCT305: a lock is acquired, and the function may end without releasing it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.model.program import Mishap, Program

CODE = "DCT305"


def find(program: Program) -> Iterator[Candidate]:
    """Every acquire from which some way leads out of the function past the release."""
    for one in of_kind(program, "leak"):
        yield candidate(CODE, one, "acquire", _sure(one))


def _sure(one: Mishap) -> str:
    """A way out that is written down is taken; an entry may be known to be there."""
    if "vague" in one.traits:
        return LOW
    return HIGH if one.form in ("return", "raise") else MEDIUM
