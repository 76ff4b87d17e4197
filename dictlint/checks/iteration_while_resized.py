"""DCT101: a live iteration meets a change of size made by another activity."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM, surest
from dictlint.knowledge.concurrency import INVISIBLE_WRITERS
from dictlint.knowledge.operations import RESIZING, breaks_on
from dictlint.model.program import Container, Program, Use

CODE = "DCT101"


def find(program: Program) -> Iterator[Candidate]:
    """Every iteration for which some activity adds or removes entries under no common lock."""
    for container in program.containers:
        if container.kind == "attribute":
            continue
        changes = [u for u in container.uses if _resizes(u, container)]
        for use in container.uses:
            if use.access.op != "iterate":
                continue
            breaks = breaks_on(use.access.op, use.access.how, container.kind)
            if breaks == "never":
                continue
            unseen = INVISIBLE_WRITERS.get(container.name)
            if unseen and use.activity.domain == "thread":
                yield Candidate(CODE, container, use, "iterate", use, "write", HIGH, breaks, rival_text=unseen)
                continue
            met = surest(container, use, changes, use.locks)
            if met:
                confidence = LOW if container.kind in ("list", "deque") else met[0]
                if breaks == "free-threaded" and confidence == HIGH:
                    confidence = MEDIUM  # `tuple(d)` and its like are what people write as a snapshot
                yield Candidate(CODE, container, use, "iterate", met[1], "write", confidence, breaks, covered=use.locks)


def _resizes(use: Use, container: Container) -> bool:
    """Reading a missing key of a defaultdict inserts it."""
    op = use.access.op
    return (op in RESIZING and not use.overwrites) or (
        op == "getitem" and container.kind == "defaultdict" and container.factory != "none"
    )
