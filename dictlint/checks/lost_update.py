"""DCT104: an entry is read, changed and written back while another activity does the same."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import common_section, same_key
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import HIGH, LOW
from dictlint.checks.own_key import judge
from dictlint.knowledge.containers import ENVIRONMENT, SHARED_GLOBALS
from dictlint.model.program import Container, Pairing, Program

CODE = "DCT104"
__all__ = ["CODE", "find", "hazards", "judge"]
_WRITES = frozenset(("setitem", "update", "rebind", "delitem", "pop", "pop-default", "clear", "popitem", "setdefault"))


def find(program: Program) -> Iterator[Candidate]:
    """Every read-modify-write that no single critical section covers while someone writes the same entry."""
    for container in program.containers:
        yield from broken(hazards(container))


def hazards(container: Container) -> Iterator[Hazard]:
    """Every read-modify-write."""
    for pairing in container.pairings:
        if pairing.compound.kind == "read-write" and container.kind != "attribute":
            yield _hazard(container, pairing)
    if container.kind == "Counter":
        yield from _counted(container)


def _hazard(container: Container, pairing: Pairing) -> Hazard:
    write, compound = pairing.second, pairing.compound
    rivals = tuple(u for u in container.uses if u.access.op in _WRITES and same_key(container, u, write))
    breaks = "gil" if compound.gil or compound.awaits else "free-threaded"
    also = (("read", pairing.first),) if pairing.first.index != write.index else ()
    covered = common_section(pairing)
    most = LOW if _is_put_back(container, pairing) else HIGH
    return Hazard(CODE, container, write, "write", rivals, covered, breaks, "", also, compound, "", most, pairing.pause)


def _is_put_back(container: Container, pairing: Pairing) -> bool:
    """Whether a module, or a logger, that was found is entered as it was: nothing was computed from it."""
    tables = SHARED_GLOBALS.keys() - {ENVIRONMENT}
    return container.name in tables and f"{pairing.first.access.path}[]" in pairing.second.access.values


def _counted(container: Container) -> Iterator[Hazard]:
    """`Counter.update` reads and writes entry by entry, in Python code."""
    rivals = tuple(u for u in container.uses if u.access.op in _WRITES)
    for use in rivals:
        if use.access.op == "update":
            yield Hazard(CODE, container, use, "write", rivals, use.locks, "gil")
