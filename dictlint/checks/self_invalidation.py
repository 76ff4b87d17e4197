"""DCT110: the activity that iterates changes the size of the dict inside its own loop."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.model.program import Container, Program

CODE = "DCT110"


def find(program: Program) -> Iterator[Candidate]:
    """Changes inside the loop's own body, then changes made by what the body calls."""
    for container in program.containers:
        for pairing in container.pairings:
            if pairing.compound.kind == "iterate-resize" and container.kind != "attribute":
                yield Candidate(
                    CODE,
                    container,
                    pairing.first,
                    "iterate",
                    pairing.second,
                    "write",
                    _confidence(container),
                    "gil",
                    "direct",
                    (),
                    pairing.compound,
                )
    for container, nested in program.nested:
        if container.kind != "attribute":
            confidence = MEDIUM if _confidence(container) == HIGH else LOW
            yield Candidate(
                CODE, container, nested.outer, "iterate", nested.inner, "write", confidence, "gil", "callee"
            )


def _confidence(container: Container) -> str:
    return LOW if container.kind in ("list", "deque", "attribute") else HIGH
