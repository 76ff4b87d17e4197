"""DCT103: two activities each find the key missing and each create it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks import own_key
from dictlint.checks.candidate import Candidate
from dictlint.checks.check_then_act import common_section, same_key
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import HIGH, LOW
from dictlint.checks.wording import Wording
from dictlint.knowledge.containers import LOCKED_MAP, SHARED_GLOBALS
from dictlint.knowledge.operations import WRITES
from dictlint.model.program import BY_CALLER, Container, Pairing, Program, Use
from dictlint.view.marks import only_tells

CODE = "DCT103"
__all__ = ["CODE", "find", "hazards", "judge"]
KINDS = frozenset(("get-create", "except-create", "publish-fill"))
_ONE_BY_ONE = frozenset(("get-create", "except-create"))
_CREATES = frozenset(("setitem", "setdefault", "rebind", "append", "add", "update"))
_THERE = re.compile(r"[A-Za-z_][\w.]*|@[\w.]+|[~&]\d+")  # paths of what exists once: globals, classes, functions
_OF_THE_WHOLE = frozenset(("is-none", "hasattr"))  # how a test asks whether there is a container at all
_LOOKS = frozenset(("getitem", "get", "contains"))
_READS = frozenset(("getitem", "get", "contains", "iterate", "snapshot", "len", "truth"))


def find(program: Program) -> Iterator[Candidate]:
    """Every creation after a test that is not covered from the test to the store; then factories written in Python."""
    for container in program.containers:
        yield from broken(hazards(container))


def hazards(container: Container) -> Iterator[Hazard]:
    """Every creation after a test, every container published before it is filled, every factory written in Python."""
    created = {p.second.index for p in container.pairings if p.compound.kind in ("get-create", "except-create")}
    for pairing in container.pairings:
        filled = pairing.compound.kind == "publish-fill"
        if filled and (container.kind == "attribute" or pairing.first.index in created):
            continue
        if _creates(pairing):
            yield from _by_what_rivals_do(_hazard(container, pairing), container)
    if container.kind == "defaultdict" and container.factory in ("python", "value"):
        yield from _by_factory(container)


def _by_what_rivals_do(one: Hazard, container: Container) -> Iterator[Hazard]:
    """Who gives an attribute another value whatever it is has not found it missing: that is a new state, or a reset."""
    if one.use.access.op != "rebind":
        yield one
        return
    creators = {(p.second.function, p.second.index) for p in container.pairings if _creates(p)}
    makes = [use.access.op != "rebind" or (use.function, use.index) in creators for use in one.rivals]
    yield replace(one, rivals=tuple(itertools.compress(one.rivals, makes)))
    others = tuple(use for use, creates in zip(one.rivals, makes, strict=True) if not creates)
    yield replace(one, rivals=others, most=LOW)


def _creates(pairing: Pairing) -> bool:
    kind = pairing.compound.kind
    if pairing.first.access.op == "len":
        return False  # room is what was looked for, not an entry
    return kind in KINDS or (kind == "helper-test" and pairing.second.access.op == "setitem")


def _hazard(container: Container, pairing: Pairing) -> Hazard:
    compound = pairing.compound
    wanted = _READS if compound.kind == "publish-fill" else _CREATES
    rivals = (u for u in container.uses if u.access.op in wanted and _in_the_way(u, pairing))
    if pairing.first.access.key:
        rivals = (u for u in rivals if u.access.op == "rebind" or same_key(container, u, pairing.second))
    return Hazard(
        CODE,
        container,
        pairing.second,
        "write",
        tuple(rivals),
        common_section(pairing),
        "gil" if compound.gil or compound.awaits else "free-threaded",
        compound.kind,
        () if pairing.tested_by else (("test", pairing.first),),
        compound,
        most=HIGH if _matters(pairing, container) and not _looks_at_companion(container, pairing) else LOW,
        pause=pairing.pause,
    )


def _in_the_way(rival: Use, pairing: Pairing) -> bool:
    """A container that is replaced as a whole has no entry, either; only who replaces it, too, is in the way. Where it
    is not there yet, nobody stores in it before somebody has put one there.
    """
    if rival.access.op == "rebind":
        return pairing.second.access.op == "rebind"
    return pairing.second.access.op != "rebind" or pairing.first.access.how not in _OF_THE_WHOLE


def _by_factory(container: Container) -> Iterator[Hazard]:
    """A missing key of a defaultdict runs Python code that a second activity can enter."""
    reads = tuple(u for u in container.uses if u.access.asks_for_a_key and not u.overwrites)
    most = HIGH if container.factory == "python" else LOW
    for use in reads:
        yield Hazard(CODE, container, use, "write", reads, use.locks, "gil", "factory", most=most)


def _matters(pairing: Pairing, container: Container) -> bool:
    """Whether losing one of two values is a loss: a memo of interchangeable values or a flag is none; of two locks each
    keeps out who has the same one."""
    if container.keeps_locks:
        return True
    if container.kind == "attribute" or container.name in SHARED_GLOBALS or pairing.second.memo:
        return False
    if pairing.compound.kind in _ONE_BY_ONE and all(map(_THERE.fullmatch, pairing.second.access.values or ("",))):
        return False  # both store the same thing
    if container.kind == LOCKED_MAP and pairing.second.access.op == "rebind":
        return False
    return (bool(pairing.second.access.values) and not _is_computed(pairing, container)) or _is_guarded(container)


def _is_computed(pairing: Pairing, container: Container) -> bool:
    """Whether both only compute the same data, as far as one can see: for one key, or a whole table to which nobody
    adds anything; what callers give may differ.
    """
    access = pairing.second.access
    if pairing.compound.kind not in _ONE_BY_ONE or pairing.second.lives:
        return False
    if any(path[:1] not in "!#(" for path in access.values):
        return False
    changed = any(use.access.op in WRITES - {"rebind", "unbind"} for use in container.uses)
    return access.op == "setitem" or (access.op == "rebind" and not changed)


def _looks_at_companion(container: Container, pairing: Pairing) -> bool:
    """Whether the store's own locked block has looked at another entry of a constant key, and stores that anew, too:
    `fetched_at` says whether `items` are to be stored. What is computed from the old value is a count and says nothing.
    """
    store = pairing.second
    regions = {h.region for h in store.held if h.sure and h.region > BY_CALLER}
    if not regions or not store.constant or pairing.tested_by:
        return False
    block = [
        u
        for u in container.uses
        if u.function == store.function and u.constant and not regions.isdisjoint(h.region for h in u.held)
    ]
    looked = {u.constant for u in block if u.access.op in _LOOKS and u.access.seq < store.access.seq}
    stored = {u.constant for u in block if u.access.op == "setitem"}
    counted = {p.second.constant for p in container.pairings if p.compound.kind == "read-write"}
    return bool((looked & stored) - counted - {store.constant})


def _is_guarded(container: Container) -> bool:
    """Whether a lock is taken for the container: what happens under a lock that callers took may do so by accident."""
    held = (one for use in container.uses for one in use.held if one.lock == container.guard)
    return container.claims.startswith("guard:") or any(one.region != BY_CALLER for one in held)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None for a key of one's own; less where all that two of them do is to say something twice."""
    kept = own_key.judge(one, wording)
    if kept is not None and kept.use.access.op == "add" and _only_tells(kept, wording):
        return replace(kept, confidence=LOW)
    return kept


def _only_tells(one: Candidate, wording: Wording) -> bool:
    use = one.use
    test = next((met.access.at.line for role, met in one.also if role == "test"), 0)
    first = use.within.line - 1
    return test > first and only_tells(wording.block(use.path, use.within), test - first, use.access.at.line - first)
