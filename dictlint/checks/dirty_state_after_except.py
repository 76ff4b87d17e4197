"""DCT304: an exception leaves a shared container in a state that was meant to last for a moment."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.checks.wording import Wording
from dictlint.model.program import Mishap, Program, Use
from dictlint.view.control import goes_straight

CODE = "DCT304"


def find(program: Program) -> Iterator[Candidate]:
    """Every change that is taken back or completed only where nothing raises."""
    for one in of_kind(program, "dirty"):
        yield candidate(CODE, one, "change" if one.step == _change(one.also, one.step) else "handler", _sure(one))


def _sure(one: Mishap) -> str:
    """Somebody must be there to meet what is left behind."""
    if "met" in one.traits:
        return HIGH
    return MEDIUM if one.traits & {"async", "locked"} else LOW


def _change(also: tuple[tuple[str, Use], ...], step: Use) -> Use:
    return next((use for role, use in also if role == "change"), step)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where control does not go from the change over the risk to what takes it back, whatever is decided."""
    change = _change(one.also, one.use)
    back = next(use for role, use in one.also if role in ("undo", "rest"))
    if one.form != "late":
        first, block = change.within.line - 1, wording.block(change.path, change.within)
        if change.symbol == "<module>":
            return None
        lines = [use.access.at.line - first for use in (change, one.rival, back)]
        if not goes_straight(block, lines[0], lines[2]):
            return None
    return replace(one, tested_by=wording.operation(change))
