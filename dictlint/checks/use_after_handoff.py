"""DCT112: a container is given to another activity, and its giver changes or iterates it afterwards."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW
from dictlint.checks.wording import Wording
from dictlint.model.program import Container, Handoff, Program
from dictlint.model.site import Span
from dictlint.view.control import goes_on

CODE = "DCT112"
_WHOLE = Span(1, 0, 1 << 30, 0)  # the body of a module has no lines of its own


def find(program: Program) -> Iterator[Candidate]:
    """Every handoff after which the giver is not done with the container."""
    for container, one in program.handoffs:
        yield _candidate(container, one)


def _candidate(container: Container, one: Handoff) -> Candidate:
    first = one.later[0]
    queued = not one.taken or one.taken[0].access.op == "get"
    guarded = queued and any(use.locks for use in one.later)
    form = "iterate" if first.access.op == "iterate" else "queue" if queued and one.taken else "start"
    role = "iterate" if first.access.op == "iterate" else "write"
    rival = one.taken[0] if one.taken else one.given
    return Candidate(
        CODE,
        container,
        first,
        role,
        rival,
        "taken" if one.taken else "handoff",
        LOW if guarded else HIGH,
        "gil",
        form,
        (("handoff", one.given),) if one.taken else (),
        handoff=one,
    )


def judge(candidate: Candidate, wording: Wording) -> Candidate | None:
    """The first of the giver's steps that control gets to after the handoff, on the same object."""
    one = candidate.handoff
    assert one is not None
    within = one.given.within
    if one.given.symbol == "<module>":
        within = _WHOLE
    block, first = wording.block(one.given.path, within), within.line - 1
    born = one.born.line - first if one.born else 0
    for use in one.later:
        if goes_on(block, one.given.access.at.line - first, use.access.at.line - first, born):
            return replace(candidate, use=use)
    return None
