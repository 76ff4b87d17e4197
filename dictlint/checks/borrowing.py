"""What the rules on pools share: the loans of the program, and what becomes of each on the paths of its function."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import lower
from dictlint.checks.wording import Wording
from dictlint.model.body import Access
from dictlint.model.program import Loan, Program, Use
from dictlint.view.lending import NOWHERE, Happening, Place, Question, story


def lent(program: Program, code: str, role: str, rival_role: str) -> Iterator[Candidate]:
    """A candidate for every loan; what the function does with it, its code will tell."""
    for loan in program.loans:
        use = loan.gives[0][0] if loan.gives else loan.leases[0]
        yield Candidate(code, loan.pool, use, role, use, rival_role, loan.sure, "gil", loan=loan)


def told(one: Candidate, wording: Wording, kind: str) -> Candidate | None:
    """The candidate at the first place where that happens; None where it does not."""
    return next(happened(one, wording, kind), None)


def happened(one: Candidate, wording: Wording, kind: str) -> Iterator[Candidate]:
    """The candidate at each place where that happens, with its first step as rival."""
    loan = one.loan
    assert loan is not None
    asked = question(loan, one.use, wording)
    for each in story(asked):
        if each.kind == kind:
            leased = each.first in asked.leases
            yield _placed(replace(one, form="lease" if leased else "put"), each, wording)


def question(loan: Loan, use: Use, wording: Wording) -> Question:
    """A loan as the view of its function is asked about it."""
    first = use.within.line - 1

    def place(step: Use) -> Place:
        line, column, end_line, end_column = wording.characters(step.path, step.access.at)
        return line - first, column, end_line - first, end_column

    return Question(
        wording.block(use.path, use.within),
        frozenset(map(place, loan.takes)),
        frozenset(map(place, loan.leases)),
        frozenset((place(step), position) for step, position in loan.gives),
        loan.param,
        frozenset(attr for attr, _ in loan.state),
        loan.fills,
        loan.resets,
        use.is_async,
        loan.managed,
        loan.helpers,
    )


def _placed(one: Candidate, each: Happening, wording: Wording) -> Candidate:
    also = (("take", _step(one.use, each.taken, "take", wording)),) if each.taken != NOWHERE else ()
    named = replace(one.container, name=each.name, holder=one.container.name)
    use, rival = _step(one.use, each.place, one.role, wording), _step(one.use, each.first, one.rival_role, wording)
    return replace(one, container=named, use=use, rival=rival, also=also)


def _step(use: Use, place: Place, op: str, wording: Wording) -> Use:
    first = use.within.line - 1
    line, column, end_line, end_column = place
    at = wording.span(use.path, (line + first, column, end_line + first, end_column))
    stores = op == "fill" and not wording.source(use.path, at).endswith(")")
    access = Access(use.access.path, "setitem" if stores else op, "[]" if stores else "call", at, use.access.seq)
    return replace(use, access=access)


def at_most(one: Candidate, confidence: str) -> Candidate:
    """The same, no surer than that."""
    return replace(one, confidence=lower(one.confidence, confidence))
