"""DCT103: two activities each find the key missing and each create it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import common_section
from dictlint.checks.meeting import LOW, surest
from dictlint.checks.own_key import judge
from dictlint.knowledge.concurrency import SHARED_GLOBALS
from dictlint.model.program import Container, Pairing, Program

CODE = "DCT103"
__all__ = ["CODE", "find", "judge"]
KINDS = frozenset(("get-create", "except-create", "publish-fill"))
_CREATES = frozenset(("setitem", "setdefault", "rebind", "append", "add", "update"))
_READS = frozenset(("getitem", "get", "contains", "iterate", "snapshot", "len", "truth"))


def find(program: Program) -> Iterator[Candidate]:
    """Every creation after a test that is not covered from the test to the store; then factories written in Python."""
    for container in program.containers:
        created = {p.second.index for p in container.pairings if p.compound.kind in ("get-create", "except-create")}
        for pairing in container.pairings:
            if _creates(pairing) and not (pairing.compound.kind == "publish-fill" and pairing.first.index in created):
                yield from _candidates(container, pairing)
        if container.kind == "defaultdict" and container.factory in ("python", "value"):
            yield from _by_factory(container)


def _creates(pairing: Pairing) -> bool:
    kind = pairing.compound.kind
    return kind in KINDS or (kind == "helper-test" and pairing.second.access.op == "setitem")


def _candidates(container: Container, pairing: Pairing) -> Iterator[Candidate]:
    store, compound = pairing.second, pairing.compound
    if container.kind == "attribute" and compound.kind == "publish-fill":
        return
    wanted = _READS if compound.kind == "publish-fill" else _CREATES
    covered = common_section(pairing)
    met = surest(container, store, [u for u in container.uses if u.access.op in wanted], covered)
    if met is None:
        return
    confidence = met[0] if _matters(pairing, container) else LOW
    breaks = "gil" if compound.gil or compound.awaits else "free-threaded"
    also = () if pairing.tested_by else (("test", pairing.first),)
    yield Candidate(
        CODE, container, store, "write", met[1], "write", confidence, breaks, compound.kind, also, compound, covered
    )


def _by_factory(container: Container) -> Iterator[Candidate]:
    """A missing key of a defaultdict runs Python code that a second activity can enter."""
    reads = [u for u in container.uses if u.access.op == "getitem"]
    for use in reads:
        met = surest(container, use, reads, use.locks)
        if met:
            confidence = met[0] if container.factory == "python" else LOW
            yield Candidate(CODE, container, use, "write", met[1], "write", confidence, "gil", "factory")


def _matters(pairing: Pairing, container: Container) -> bool:
    """Whether losing one of two values is a loss: a memo of interchangeable values or a flag is none."""
    if container.kind == "attribute" or container.name in SHARED_GLOBALS:
        return False
    return bool(pairing.second.access.values) or container.guard is not None
