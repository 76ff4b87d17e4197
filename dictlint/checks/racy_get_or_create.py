"""DCT103: two activities each find the key missing and each create it."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import common_section
from dictlint.checks.meeting import LOW, surest
from dictlint.model.program import Container, Pairing, Program

CODE = "DCT103"
KINDS = frozenset(("get-create", "except-create", "publish-fill"))
_CREATES = frozenset(("setitem", "setdefault", "rebind", "append", "add", "update"))
_READS = frozenset(("getitem", "get", "contains", "iterate", "snapshot", "len", "truth"))


def find(program: Program) -> Iterator[Candidate]:
    """Every creation after a test that is not covered from the test to the store."""
    for container in program.containers:
        for pairing in container.pairings:
            kind = pairing.compound.kind
            if kind in KINDS and not (container.kind == "attribute" and kind == "publish-fill"):
                yield from _candidates(container, pairing)


def _candidates(container: Container, pairing: Pairing) -> Iterator[Candidate]:
    store, compound = pairing.second, pairing.compound
    wanted = _READS if compound.kind == "publish-fill" else _CREATES
    covered = common_section(pairing)
    met = surest(container, store, [u for u in container.uses if u.access.op in wanted], covered)
    if met is None:
        return
    confidence = met[0] if _matters(pairing, container) else LOW
    breaks = "gil" if compound.gil or compound.awaits else "free-threaded"
    yield Candidate(
        CODE,
        container,
        store,
        "write",
        met[1],
        "write",
        confidence,
        breaks,
        compound.kind,
        (("test", pairing.first),),
        compound,
        covered,
    )


def _matters(pairing: Pairing, container: Container) -> bool:
    """Whether losing one of two values is a loss: a memo of interchangeable values is none."""
    return bool(pairing.second.access.values) or container.guard is not None
