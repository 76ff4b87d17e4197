"""Judgement shared by the rules on entries: a key made from the activity's own identity is touched by nobody else."""

from __future__ import annotations

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import LOW
from dictlint.checks.wording import Wording
from dictlint.model.program import Use
from dictlint.view import names_called, names_called_for

OWN = frozenset(("get_ident", "current_thread", "currentThread", "get_native_id", "current_task", "getpid"))
_LOOPS = OWN | {"get_running_loop"}  # every thread has a loop of its own, which its tasks share


def judge(candidate: Candidate, wording: Wording) -> Candidate | None:
    """None when the key of the hazard's entry is the id of the thread, task or process itself, or a thread's loop."""
    use = candidate.use
    own = OWN if candidate.pause is not None else _LOOPS
    if _is_its_own(use, candidate.rival):
        return replace(candidate, confidence=LOW)
    code = wording.source(use.path, use.access.at, 2000)
    if any(word in code for word in own) and names_called(code) & own:
        return None
    name = use.access.key.partition("@")[0].partition(".")[0].lstrip("%")
    if not name.isidentifier() or not wording.mentions(use.path, use.within, own):
        return candidate
    return None if names_called_for(wording.block(use.path, use.within), name) & own else candidate


def _is_its_own(use: Use, rival: Use) -> bool:
    """Whether an object registers itself with another one, under a key that it keeps: `self.hub.open[self.number]`."""
    holder, owner = use.name.split("."), use.symbol.rpartition(".")[0]
    kept = use.access.key.startswith("%" + holder[0] + ".")
    return kept and len(holder) > 2 and use.access.key == rival.access.key and owner == rival.symbol.rpartition(".")[0]
