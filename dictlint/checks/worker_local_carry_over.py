"""DCT406: a task of a pool finds in its worker what an earlier task has left there."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program, Use
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
    one, more = replace(one, also=tuple(each for each in one.also if each[0] != "fill")), one.also
    if not said["constant"] or _is_left_out(fill, wording):
        return one
    left = (use for role, use in more if role == "fill" and (not _is_constant(use) or _is_left_out(use, wording)))
    rival = next(left, None)
    return replace(one, rival=rival) if rival is not None else None


def _is_constant(use: Use) -> bool:
    return use.access.key[:1] in ("'", '"') or use.access.key.isdigit()


def _is_left_out(fill: Use, wording: Wording) -> bool:
    """Whether some tasks do not put the entry in."""
    return is_conditional(wording.block(fill.path, fill.within), fill.access.at.line - fill.within.line + 1)
