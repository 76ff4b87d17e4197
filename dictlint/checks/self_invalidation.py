"""DCT110: the activity that iterates changes the size of the dict inside its own loop."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.knowledge.containers import PROXY
from dictlint.link.paths import is_birth
from dictlint.model.program import Container, Program, Use

CODE = "DCT110"
_REMOVES = frozenset(("delitem", "pop", "pop-default", "popitem", "clear", "remove", "discard", "popleft"))


def find(program: Program) -> Iterator[Candidate]:
    """Changes inside the loop's own body, then changes made by what the body calls."""
    for container in program.containers:
        if container.kind == PROXY:
            continue  # its views are lists
        created = {
            (p.second.function, p.second.index)
            for p in container.pairings
            if p.compound.kind in ("get-create", "except-create")
        }
        for pairing in container.pairings:
            change = pairing.second
            if pairing.compound.kind == "iterate-resize" and not change.overwrites:
                sure = _resizes(container, change, (change.function, change.index) in created)
                yield _candidate(container, pairing.first, change, "direct", sure)
    for container, nested in program.nested:
        sure = _resizes(container, nested.inner, created=False)
        yield _candidate(container, nested.outer, nested.inner, "callee", MEDIUM if sure == HIGH else LOW)


def _candidate(container: Container, loop: Use, change: Use, form: str, confidence: str) -> Candidate:
    return Candidate(CODE, container, loop, "iterate", change, "write", confidence, "gil", form)


def _resizes(container: Container, change: Use, created: bool) -> str:
    """A store may overwrite; an element of a container may be another one than the one that is iterated."""
    if container.element or container.kind in ("list", "deque", "attribute"):
        return LOW
    op = change.access.op
    if op in _REMOVES or created:
        return HIGH
    if op == "setdefault" or (op == "update" and change.access.values and not is_birth(change.access.values[0])):
        return MEDIUM
    reads = change.access.asks_for_a_key and container.factory != "none"
    return HIGH if reads or op in ("add", "append", "appendleft") else LOW
