"""DCT108: what a lock guards is handed out and used where the lock is no longer held."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks import inconsistent_guard
from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import steps
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import LOW, MEDIUM, rank
from dictlint.knowledge.operations import RESIZING
from dictlint.model.program import Container, Escape, Program, Use

CODE = "DCT108"
MOST = 6  # places beyond the escape that a finding names


def find(program: Program) -> Iterator[Candidate]:
    """Every way out of a guarded container, as sure as what is done with it on the other side."""
    known: dict[str, tuple[Hazard, ...]] = {}
    for container, one in program.escapes:
        if container.key not in known:
            known[container.key] = tuple(steps(container))
        met = list(broken(step for step in known[container.key] if step.use in one.uses))
        met += [c for c in inconsistent_guard.of(container) if c.use in one.uses and c.form != "custom"]
        if met:
            yield _used(container, one, sorted(met, key=lambda c: (-rank(c.confidence), c.use.access.at.line)))
        else:
            yield from _possible(container, one)


def _used(container: Container, one: Escape, met: list[Candidate]) -> Candidate:
    """Somebody in the program loops, tests and acts, or changes it, without the lock."""
    first = met[0]
    others = [("use", each.use) for each in met[1:]] + [("write", each.rival) for each in met]
    breaks = "gil" if any(each.breaks_on == "gil" for each in met) else "free-threaded"
    also = tuple(dict.fromkeys(others))[:MOST]
    return Candidate(CODE, container, one.step, "escape", first.use, "use", first.confidence, breaks, _form(one), also)


def _possible(container: Container, one: Escape) -> Iterator[Candidate]:
    """Nobody in the program does anything with it that could break; somebody else may. Of a view that comes from under
    the lock that is all it is good for.
    """
    changes = [u for u in container.uses if u.access.op in RESIZING and one.guard in u.locks]
    if changes and container.kind != "list":
        change: Use = min(changes, key=lambda u: (u.path, u.access.at.line))
        sure = MEDIUM if one.view and one.guard in one.step.locks else LOW
        yield Candidate(CODE, container, one.step, "escape", change, "write", sure, "gil", "possible")


def _form(one: Escape) -> str:
    return "live" if one.view else one.step.access.op
