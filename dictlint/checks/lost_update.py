"""DCT104: an entry is read, changed and written back while another activity does the same."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import _same_key, common_section
from dictlint.checks.meeting import surest
from dictlint.checks.own_key import judge
from dictlint.model.program import Container, Program

CODE = "DCT104"
__all__ = ["CODE", "find", "judge"]
_WRITES = frozenset(("setitem", "update", "rebind", "delitem", "pop", "pop-default", "clear", "popitem", "setdefault"))


def find(program: Program) -> Iterator[Candidate]:
    """Every read-modify-write that no single critical section covers while someone writes the same entry."""
    for container in program.containers:
        for pairing in container.pairings:
            if pairing.compound.kind != "read-write" or container.kind == "attribute":
                continue
            write, compound = pairing.second, pairing.compound
            covered = common_section(pairing)
            rivals = [u for u in container.uses if u.access.op in _WRITES and _same_key(u, write)]
            met = surest(container, write, rivals, covered)
            if met:
                breaks = "gil" if compound.gil or compound.awaits else "free-threaded"
                also = (("read", pairing.first),) if pairing.first.index != write.index else ()
                yield Candidate(
                    CODE, container, write, "write", met[1], "write", met[0], breaks, "", also, compound, covered
                )
        if container.kind == "Counter":
            yield from _counted(container)


def _counted(container: Container) -> Iterator[Candidate]:
    """`Counter.update` reads and writes entry by entry, in Python code."""
    rivals = [u for u in container.uses if u.access.op in _WRITES]
    for use in rivals:
        met = surest(container, use, rivals, use.locks) if use.access.op == "update" else None
        if met:
            yield Candidate(CODE, container, use, "write", met[1], "write", met[0], "gil")
