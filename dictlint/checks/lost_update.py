"""DCT104: an entry is read, changed and written back while another activity does the same."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import _same_key, common_section
from dictlint.checks.meeting import surest
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view import names_called

CODE = "DCT104"
_WRITES = frozenset(("setitem", "update", "rebind", "delitem", "pop", "pop-default", "clear", "popitem", "setdefault"))

_OWN_KEYS = frozenset(("get_ident", "current_thread", "currentThread", "get_native_id", "current_task", "getpid"))


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


def judge(candidate: Candidate, wording: Wording) -> Candidate | None:
    """A key made from the activity's own identity is written by nobody else."""
    code = wording.source(candidate.use.path, candidate.use.access.at, 2000)
    return None if names_called(code) & _OWN_KEYS else candidate
