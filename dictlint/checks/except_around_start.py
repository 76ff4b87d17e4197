"""DCT302: a handler around a start is meant for what the worker raises, and never gets it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind, speaks_of_starting
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, MEDIUM
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT302"


def find(program: Program) -> Iterator[Candidate]:
    """Every handler around nothing but a start that names what only the worker raises, or everything."""
    for one in of_kind(program, "around-start"):
        yield candidate(CODE, one, "handler", HIGH if "narrow" in one.traits else MEDIUM)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the handler's own words say that starting has failed."""
    return None if one.confidence != HIGH and speaks_of_starting(wording, one.use) else one
