"""DCT307: an exit in a worker ends only the worker, or the process in the middle of a change."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.model.program import Mishap, Program

CODE = "DCT307"


def find(program: Program) -> Iterator[Candidate]:
    """Every exit in a function that only workers run."""
    for one in of_kind(program, "exit"):
        yield candidate(CODE, one, "exit", _sure(one))


def _sure(one: Mishap) -> str:
    """Who says with which status the program shall end means the program, not the thread."""
    if "held" in one.traits and "hard" not in one.traits:
        return HIGH
    if "thread" in one.traits:
        return LOW  # `_thread.exit()` says what it does
    return MEDIUM if "silent" in one.traits or "hard" in one.traits else HIGH
