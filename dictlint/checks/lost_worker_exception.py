"""DCT303: nobody asks how a job or task has ended that changes what others use."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.astray import candidate, of_kind, speaks_of_starting
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.checks.wording import Wording
from dictlint.model.program import Mishap, Program
from dictlint.view import is_read_later

CODE = "DCT303"


def find(program: Program) -> Iterator[Candidate]:
    """Every start of such a job whose future is dropped, kept for nothing, or only waited for."""
    for one in of_kind(program, "dropped"):
        yield candidate(CODE, one, "start", _sure(one))


def _sure(one: Mishap) -> str:
    """What stands far below the job's function may well be handled on the way, or be nobody's concern; so may what the
    job was given.
    """
    if "argument" in one.traits:
        return LOW
    return HIGH if "direct" in one.traits else MEDIUM if "near" in one.traits else LOW


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the future is kept and read, or where a handler around the start is what misleads."""
    handler = next((use for role, use in one.also if role == "handler"), None)
    if handler is not None:
        if not speaks_of_starting(wording, handler):
            return None
        one = replace(one, also=())
    if one.form != "kept":
        return one
    at, within = one.use.access.at, one.use.within
    return None if is_read_later(wording.block(one.use.path, within), at.line - within.line) else one
