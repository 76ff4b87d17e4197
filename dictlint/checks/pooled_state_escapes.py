"""DCT405: a dict of a pooled object is kept by somebody else, and the object goes back to the pool."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.borrowing import lent, told
from dictlint.checks.candidate import Candidate
from dictlint.checks.wording import Wording
from dictlint.model.program import Program

CODE = "DCT405"


def find(program: Program) -> Iterator[Candidate]:
    """Every loan of an object with dicts that stay the same when it is put in order."""
    for one in lent(program, CODE, "escape", "put"):
        loan = one.loan
        if loan is not None and (state := tuple(s for s in loan.state if s[0] not in loan.renewed)):
            yield replace(one, loan=replace(loan, state=state))


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The statement that hands the dict out, or the object with all its dicts."""
    found = told(one, wording, "kept")
    if found is None:
        return None
    text = wording.source(found.use.path, found.use.access.at)
    return replace(found, form="whole") if text == found.container.name else found
