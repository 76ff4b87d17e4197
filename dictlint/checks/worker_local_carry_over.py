"""DCT406: a task of a pool finds in its worker what an earlier task has left there."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view.control import is_conditional, is_final

CODE = "DCT406"


def find(program: Program) -> Iterator[Candidate]:
    """Every read of something that tasks fill and none of them empties."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where every task puts the same entry in before it reads it, or empties it whatever happens."""
    assert one.sharing is not None
    if one.form == "reused":
        return one
    said, fill = dict(one.sharing.said), one.rival
    block, first = wording.block(fill.path, fill.within), fill.within.line - 1
    if any(is_final(block, int(line) - first) for line in said["resets"].split()):
        return None
    if said["constant"] and not is_conditional(block, fill.access.at.line - first):
        return None
    return one
