"""DCT408: a pool's factory, template or prefill gives several objects the same dict."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view.control import in_one_turn

CODE = "DCT408"


def find(program: Program) -> Iterator[Candidate]:
    """Every object of a pool that is made with a container which outlives the making."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the container is made anew in each turn of the loop that makes the objects."""
    assert one.sharing is not None
    born, use = one.sharing.born, one.use
    if born is None:
        return one
    first = use.within.line - 1
    block = wording.block(use.path, use.within)
    return None if in_one_turn(block, use.access.at.line - first, born.line - first) else one
