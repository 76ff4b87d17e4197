"""The rules, in the order of their codes, and the way from a candidate to a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, iteration_while_resized, lost_update, racy_get_or_create, self_invalidation
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import LOW, rank
from dictlint.checks.wording import Wording
from dictlint.model.finding import Finding
from dictlint.model.program import Program
from dictlint.model.site import SourceFile, Span

RULES = (iteration_while_resized, check_then_act, racy_get_or_create, lost_update, self_invalidation)
JUDGES = {rule.CODE: rule.judge for rule in RULES if hasattr(rule, "judge")}
Site = tuple[str, Span]


def find_all(
    program: Program, read: Callable[[SourceFile], bytes], contract: str, floor: str = LOW
) -> Iterator[Finding]:
    """Every finding of every rule from the confidence `floor` up; `read` gives the source of a file.

    No rule asks for the `contract` yet: `strict` is for DCT114.
    """
    files = {file.path: file for file in program.files}
    wording = Wording(lambda path: read(files[path]) if path in files else b"")
    for candidate in _once(one for rule in RULES for one in rule.find(program)):
        if rank(candidate.confidence) < rank(floor):
            continue
        judged = JUDGES[candidate.code](candidate, wording) if candidate.code in JUDGES else candidate
        if judged is not None:
            yield wording.finding(judged)


def _once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The reporting policy.

    One finding for one operation, whatever containers, activities and rules it concerns: the surest, then the most
    specific
    (110 before the others), then the one that breaks on more builds. A step that holds the container's guard is not
    blamed where the rival that lacks it is reported itself.
    """
    best: dict[Site, Candidate] = {}
    containers: dict[Site, set[str]] = {}
    for one in candidates:
        site = (one.use.path, one.use.access.at)
        containers.setdefault(site, set()).add(one.container.key)
        known = best.get(site)
        if known is None or _weight(one) > _weight(known):
            best[site] = one
    blamed = {site for site, one in best.items() if not _guarded(one)}
    return [
        replace(one, several=len(containers[site]) > 1)
        for site, one in best.items()
        if site in blamed or (one.rival.path, one.rival.access.at) not in blamed
    ]


def _guarded(one: Candidate) -> bool:
    guard = one.container.guard
    return guard is not None and guard in one.covered and guard not in one.rival.locks


def _weight(one: Candidate) -> tuple[int, bool, bool, bool]:
    return rank(one.confidence), one.code == "DCT110", one.breaks_on == "gil", one.rival.path == one.use.path
