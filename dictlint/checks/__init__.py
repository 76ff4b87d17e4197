"""The rules, in the order of their codes, and the way from a candidate to a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, iteration_while_resized, lost_update, racy_get_or_create, self_invalidation
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import rank
from dictlint.checks.wording import Wording
from dictlint.model.finding import Finding
from dictlint.model.program import Program
from dictlint.model.site import SourceFile, Span

RULES = (iteration_while_resized, check_then_act, racy_get_or_create, lost_update, self_invalidation)


def find_all(program: Program, read: Callable[[SourceFile], bytes], contract: str) -> Iterator[Finding]:
    """Every finding of every rule, whatever its confidence; `read` gives the source of a file."""
    files = {file.path: file for file in program.files}
    wording = Wording(lambda path: read(files[path]) if path in files else b"")
    for rule in RULES:
        for candidate in _once(rule.find(program)):
            judged = rule.judge(candidate, wording) if hasattr(rule, "judge") else candidate
            if judged is not None:
                yield wording.finding(judged)


def _once(candidates: Iterator[Candidate]) -> list[Candidate]:
    """One finding for one operation, whatever containers and activities it concerns: the surest, then the one that breaks
    on more builds. A step that holds the guard is not blamed where the rival without it is reported itself."""
    best: dict[tuple[str, Span], Candidate] = {}
    containers: dict[tuple[str, Span], set[str]] = {}
    for one in candidates:
        key = (one.use.path, one.use.access.at)
        containers.setdefault(key, set()).add(one.container.key)
        known = best.get(key)
        if known is None or _weight(one) > _weight(known):
            best[key] = one
    found = [replace(one, several=len(containers[key]) > 1) for key, one in best.items()]
    return [one for one in found if not (_guarded(one) and (one.rival.path, one.rival.access.at) in best)]


def _guarded(one: Candidate) -> bool:
    guard = one.container.guard
    return guard is not None and guard in one.covered and guard not in one.rival.locks


def _weight(one: Candidate) -> tuple[int, bool, int]:
    return rank(one.confidence), one.breaks_on == "gil", one.rival.path == one.use.path
