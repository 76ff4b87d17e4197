"""Lock discipline of one container: which locks are held where, which are there for it, and where one is entered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, iteration_while_resized, lost_update, own_key, racy_get_or_create
from dictlint.checks.candidate import Candidate
from dictlint.checks.hazard import Hazard
from dictlint.checks.wording import Wording
from dictlint.model.activity import Lock
from dictlint.model.body import Access
from dictlint.model.program import Container, Holding, Use
from dictlint.model.site import Span

PLAIN = (iteration_while_resized, check_then_act, racy_get_or_create, lost_update)
# What each plain rule's step is, for the texts of the rules on locks.
FORMS = {"DCT101": "iteration", "DCT102": "test", "DCT103": "creation", "DCT104": "update"}
# There whoever reads would be a rival: the step itself is to blame, not everyone who reads.
SEEN_BY_READS = frozenset(("publish-fill", "factory"))
Site = tuple[str, Span]
Places = dict[Site, frozenset[Lock]]


def site(use: Use) -> Site:
    """Where an access stands."""
    return use.path, use.access.at


def steps(container: Container) -> Iterator[Hazard]:
    """The steps of every plain rule on one container."""
    for rule in PLAIN:
        yield from rule.hazards(container)


def held_at(uses: Iterable[Use]) -> Places:
    """The locks that every way to a place holds; that a caller outside might hold less says nothing of the author."""
    found: Places = {}
    for use in uses:
        if not use.sheltered:
            found[site(use)] = found.get(site(use), use.locks) & use.locks
    return found


def counted(places: Places) -> Counter[Lock]:
    """At how many places each lock is held."""
    return Counter(lock for locks in places.values() for lock in locks)


def entering(use: Use, one: Holding, op: str) -> Use:
    """The place where a lock is taken that `use` holds, as a step of its own; `use` itself where a caller took it."""
    if one.at is None:
        return use
    access = Access(use.access.path, op, op, one.at, use.access.seq)
    return replace(use, access=access, held=tuple(h for h in use.held if h != one))


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where one of both sides works on an entry of its own activity; a loop meets every entry."""
    if one.form == "iteration":
        return one
    sides = (one.use, one.rival, *(use for _, use in one.also))
    mine = (own_key.judge(replace(one, use=use), wording) is None for use in sides if use.access.key)
    return None if any(mine) else one
