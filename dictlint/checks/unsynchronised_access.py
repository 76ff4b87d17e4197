"""DCT114: an access meets a write, and nothing orders the two: forbidden by the strict contract alone."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import same_key
from dictlint.checks.meeting import rank, surest
from dictlint.knowledge.operations import WRITES
from dictlint.model.program import Container, Program, Use

CODE = "DCT114"


def find(program: Program) -> Iterator[Candidate]:
    """One candidate for each line, with the write that it meets most surely."""
    for container in program.containers:
        if container.kind != "attribute":
            yield from _lines(container).values()


def _lines(container: Container) -> dict[tuple[str, int], Candidate]:
    writes = [u for u in container.uses if u.access.op in WRITES]
    found: dict[tuple[str, int], Candidate] = {}
    for use in container.uses if writes else ():
        met = surest(container, use, (u for u in writes if same_key(container, u, use)), use.locks)
        line = (use.path, use.access.at.line)
        if met and (line not in found or rank(met[0]) > rank(found[line].confidence)):
            found[line] = _candidate(container, use, *met)
    return found


def _candidate(container: Container, use: Use, confidence: str, rival: Use) -> Candidate:
    role = "write" if use.access.op in WRITES else "read"
    return Candidate(CODE, container, use, role, rival, "write", confidence, "gil", role, covered=use.locks)
