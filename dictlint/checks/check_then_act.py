"""DCT102: a passed test decides an act that another activity can make fail."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import LOW
from dictlint.checks.own_key import judge as of_another
from dictlint.checks.wording import Wording
from dictlint.knowledge.containers import ANSWERING, ENVIRONMENT
from dictlint.link.constants import said
from dictlint.model.activity import Lock
from dictlint.model.body import FRESH
from dictlint.model.program import Container, Pairing, Program, Use
from dictlint.view.control import only_refuses

CODE = "DCT102"
__all__ = ["CODE", "find", "hazards", "judge"]
KINDS = frozenset(("test-act", "keys-index", "compare-set", "helper-test"))
_REMOVES = frozenset(("delitem", "pop", "pop-default", "popitem", "clear", "remove", "discard", "popleft", "rebind"))
_FAILS = frozenset(("getitem", "delitem", "pop", "popitem", "remove", "popleft"))
_ABSENT = frozenset(("getitem", "delitem"))
_ABSENCE = frozenset(("KeyError", "LookupError", "IndexError"))
_OVERWRITES = frozenset(("setitem", "update"))


def find(program: Program) -> Iterator[Candidate]:
    """Every test and act that no single critical section covers while someone falsifies the test."""
    for container in program.containers:
        yield from broken(hazards(container))


def judge(candidate: Candidate, wording: Wording) -> Candidate | None:
    """None for a key of the activity's own; hardly a hazard where an error is raised one way or the other."""
    kept = of_another(candidate, wording)
    return replace(kept, confidence=LOW) if kept is not None and _is_refused(kept, wording) else kept


def _is_refused(one: Candidate, wording: Wording) -> bool:
    """Whether the test only chooses which error says that the entry is missing, and nothing is under way by then."""
    test = next((use for role, use in one.also if role == "test"), None)
    if test is None or test.access.op != "contains" or one.use.access.op not in _ABSENT or one.breaks_on == "gil":
        return False
    first = one.use.within.line - 1
    lines = test.access.at.line - first, one.use.access.at.line - first
    return test.function == one.use.function and only_refuses(wording.block(one.use.path, one.use.within), *lines)


def hazards(container: Container) -> Iterator[Hazard]:
    """Every test and act."""
    if container.kind == "attribute":
        return
    for pairing in container.pairings:
        if pairing.compound.kind in KINDS and not harmless(container, pairing):
            yield _hazard(container, pairing)


def _hazard(container: Container, pairing: Pairing) -> Hazard:
    act, compound = pairing.second, pairing.compound
    rivals = _changing(container, act, _OVERWRITES) if compound.kind == "compare-set" else removes(container, act)
    switches = compound.gil or compound.awaits or compound.kind in ("helper-test", "keys-index")
    return Hazard(
        CODE,
        container,
        act,
        "act",
        tuple(rival for rival in rivals if not _renews(rival, act)),
        common_section(pairing),
        "gil" if switches else "free-threaded",
        compound.kind,
        () if pairing.tested_by else (("test", pairing.first),),
        compound,
        pairing.tested_by,
        pause=pairing.pause,
        unlikely=tuple(rival for rival in rivals if _renews(rival, act)),
    )


def _renews(rival: Use, act: Use) -> bool:
    """Whether the function of the act itself makes the whole dict anew where it is out of date: another run of it puts
    into that what this one needs.
    """
    return rival.access.op == "rebind" and rival.function == act.function and rival.index < act.index


def removes(container: Container, act: Use) -> tuple[Use, ...]:
    """The uses that can take away the entry of an act."""
    return tuple(u for u in _changing(container, act, _REMOVES) if not u.enlarges)


def _changing(container: Container, act: Use, ops: frozenset[str]) -> tuple[Use, ...]:
    return tuple(u for u in container.uses if u.access.op in ops and same_key(container, u, act))


def common_section(pairing: Pairing) -> frozenset[Lock]:
    """Locks that are held from the first step to the second without a gap."""
    if pairing.tested_by:
        return pairing.second.locks
    return frozenset(h.lock for h in set(pairing.first.held) & set(pairing.second.held) if h.sure)


def harmless(container: Container, pairing: Pairing) -> bool:
    """Whether the act takes a test that no longer holds as well."""
    act = pairing.second.access
    if pairing.second.caught & _ABSENCE and act.op in _FAILS:
        return True  # absence is an ordinary answer there
    if pairing.compound.kind == "helper-test" and act.op not in _FAILS:
        return True
    return act.op == "getitem" and container.kind in ANSWERING and act.how != "next-iter"


def same_key(container: Container, rival: Use, act: Use) -> bool:
    """Whether the keys may be equal: two different literals never are, nor do two names stand for one constant."""
    one, other = rival.constant, act.constant
    if container.name == ENVIRONMENT and rival.access.key and not (one and one == other):
        return rival.access.key == act.access.key and rival.path == act.path
    if rival.access.key.endswith(FRESH) and act.access.key.endswith(FRESH):
        return False  # each run has made its own
    if one == other or not one or not other:
        return True
    if said(one) and said(other):
        return said(one) == said(other)
    return (one[0] == "=") != (other[0] == "=")
