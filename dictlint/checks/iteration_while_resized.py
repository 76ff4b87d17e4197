"""DCT101: a live iteration meets a change of size made by another activity."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.knowledge.containers import ENVIRONMENT, INVISIBLE_WRITERS, LOCKED_MAP, PROXY
from dictlint.knowledge.operations import RESIZING, WEAK, breaks_on
from dictlint.model.program import Container, Program, Use

CODE = "DCT101"
# Not the dict itself but an attribute, or something that answers for one.
_NO_DICTS = frozenset(("attribute", PROXY, LOCKED_MAP))
_COPIES = frozenset(
    f"{consumer}:{view}" for consumer in ("tuple", "set", "frozenset", "list") for view in ("keys", "values", "items")
)
_BY_KEY = frozenset(("for:keys", "comprehension:keys", "dict:keys"))


def find(program: Program) -> Iterator[Candidate]:
    """Every iteration for which some activity adds or removes entries under no common lock."""
    for container in program.containers:
        unseen = INVISIBLE_WRITERS.get(container.name)
        for one in hazards(container):
            if unseen and one.use.activity.domain == "thread":
                use, breaks = one.use, one.breaks_on
                yield Candidate(CODE, container, use, "iterate", use, "write", HIGH, breaks, rival_text=unseen)
            else:
                yield from broken((one,))


def hazards(container: Container) -> Iterator[Hazard]:
    """Every live iteration."""
    if container.kind in _NO_DICTS or container.name == ENVIRONMENT:
        return
    changes = tuple(u for u in container.uses if _resizes(u, container))
    for use in container.uses:
        live = use.access.op == "iterate" or container.kind in WEAK
        breaks = breaks_on(use.access.op, use.access.how, container.kind) if live else "never"
        if breaks != "never":
            most = _most(container, use, breaks)
            yield Hazard(CODE, container, use, "iterate", changes, use.locks, breaks, most=most, pause=use.pause)


def live_proxy_iterations(container: Container) -> Iterator[Hazard]:
    """A loop over a proxy asks the other process for key after key; its views are lists that have been sent at once."""
    if container.kind != PROXY:
        return
    changes = tuple(u for u in container.uses if _resizes(u, container))
    for use in container.uses:
        if use.access.op in ("iterate", "snapshot") and use.access.how in _BY_KEY:
            yield Hazard(CODE, container, use, "iterate", changes, use.locks, "gil")


def _most(container: Container, use: Use, breaks: str) -> str:
    """`tuple(d)` and its like, or `list` of a weak mapping, are what people write as a snapshot; a list that grows does
    not raise, as a deque does.
    """
    if container.kind == "list" or (breaks == "free-threaded" and use.access.how in _COPIES):
        return LOW
    return MEDIUM if breaks == "free-threaded" or use.access.op == "snapshot" else HIGH


def _resizes(use: Use, container: Container) -> bool:
    """Reading a missing key of a defaultdict inserts it."""
    makes = use.access.asks_for_a_key and container.kind == "defaultdict" and container.factory != "none"
    return (use.access.op in RESIZING or makes) and not use.overwrites
