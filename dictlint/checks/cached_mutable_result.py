"""DCT407: the dict that a cached function returns is changed by one of its callers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.checks.borrowing import at_most
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import LOW
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view.results import returns_something

CODE = "DCT407"


def find(program: Program) -> Iterator[Candidate]:
    """Every change of a result that is kept."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the function returns an empty container for others to fill.

    `table()[key] = value`, or the same on a property, can only be meant to change what is kept.
    """
    kept = next(use for role, use in one.also if role == "cached")
    if one.form != "memo" and not returns_something(wording.block(kept.path, kept.within)):
        return None
    text = wording.source(one.use.path, one.use.access.at)
    direct = (
        rf"\.{re.escape(one.container.name)}\b"
        if one.form == "property"
        else rf"\b{re.escape(one.container.name)}\s*\("
    )
    return at_most(one, LOW) if re.search(direct, text) else one
