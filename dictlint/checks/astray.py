"""What the rules on misused recovery share: candidates from places where an error goes astray."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Mishap, Program, Use

_STARTING = ("start", "spawn", "launch", "creat", "schedul", "submi", "enqueue", "thread", "pool", "shut", "executor")


def of_kind(program: Program, kind: str) -> Iterator[Mishap]:
    """The mishaps that a rule is about."""
    return (one for one in program.mishaps if one.kind == kind)


def candidate(code: str, one: Mishap, role: str, confidence: str, form: str = "") -> Candidate:
    """The candidate for a mishap, which is its own rule's affair: no other rule speaks of it."""
    return Candidate(
        code, one.container, one.step, role, one.met, one.met_role, confidence, "gil", form or one.form, one.also,
        guard=one.guard,
    )  # fmt: skip


def speaks_of_starting(wording: Wording, handler: Use) -> bool:
    """Whether a handler's own words say that starting something has failed."""
    text = wording.block(handler.path, handler.access.at).partition(":")[2].lower()
    return any(word in text for word in _STARTING)
