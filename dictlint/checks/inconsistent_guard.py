"""DCT105: an operation leaves out the lock under which other code relies on the container."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import FORMS, SEEN_BY_READS, Places, counted, held_at, judge, site, steps
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import HIGH, LOW, MEDIUM, lower, meets, rank
from dictlint.model.activity import Lock
from dictlint.model.program import Container, Program, Use

CODE = "DCT105"
__all__ = ["CODE", "find", "judge"]
ALONE = frozenset(("import", "process", "exit"))
_CHANGES = frozenset(
    ("setitem", "delitem", "pop", "pop-default", "popitem", "clear", "update", "add", "discard", "remove", "append")
)


def find(program: Program) -> Iterator[Candidate]:
    """Single operations without any lock: those that fall into a step which the container's lock covers, then those
    that only depart from the custom.
    """
    for container in program.containers:
        yield from of(container)


def of(container: Container) -> Iterator[Candidate]:
    """The same for one container."""
    guard = container.guard
    if container.declared and guard is not None:
        yield from _declared(container, guard)
    if container.kind != "attribute" and guard is not None and container.claims.startswith("guard:"):
        places = held_at(container.uses)
        if counted(places)[guard] > 1:
            yield from _breaking(container, guard, places)
        yield from _unusual(container, guard, places)


def _declared(container: Container, guard: Lock) -> Iterator[Candidate]:
    """Whatever is done without the lock that an annotation names, by anyone who may share the container."""
    for use in container.uses:
        if guard in use.locks or use.sheltered or use.activity.domain in ALONE:
            continue
        others = sorted((u for u in container.uses if u is not use), key=lambda u: guard not in u.locks)
        met = [(meets(container, use, other, use.locks), other) for other in others]
        sure, rival = max(met, key=lambda one: rank(one[0]) if one[0] else -1, default=("", use))
        if sure or use.activity.domain != "main":
            sure = sure if sure == HIGH else MEDIUM
            yield Candidate(
                CODE, container, use, "use", rival, "guarded", sure, "free-threaded", "declared", guard=guard
            )


def _breaking(container: Container, guard: Lock, places: Places) -> Iterator[Candidate]:
    every = tuple(steps(container))
    if not _is_custom(container, guard, places, every):
        return
    covered = [one for one in every if guard in one.covered and guard in places.get(site(one.use), one.covered)]
    own = {site(one.use) for one in broken(one for one in every if not one.covered)} if covered else set()
    for step in covered:
        for rival in step.rivals if step.form not in SEEN_BY_READS else ():
            if guard in rival.locks or places.get(site(rival), rival.locks) or site(rival) in own:
                continue  # it holds it, it holds another one on every way there, or it is a step of its own
            sure = meets(container, step.use, rival, step.covered)
            if sure:
                yield _candidate(step, rival, sure, guard)


def _is_custom(container: Container, guard: Lock, places: Places, every: Iterable[Hazard]) -> bool:
    """Whether the guard is held for all steps that take time, or for half of what matters at least: where it is rare,
    not everybody who leaves it out is to blame.
    """
    lasting = {site(one.use) for one in every} & places.keys()
    changing = {site(use) for use in container.uses if use.access.op in _CHANGES} & places.keys()
    held = [there for there in lasting | changing if guard in places[there]]
    return lasting <= set(held) or 2 * len(held) >= len(lasting | changing)


def _candidate(step: Hazard, rival: Use, sure: str, guard: Lock) -> Candidate:
    sure = lower(sure, step.most)
    form, breaks = FORMS[step.code], step.breaks_on
    return Candidate(
        CODE, step.container, rival, "write", step.use, step.role, sure, breaks, form, step.also, guard=guard
    )


def _unusual(container: Container, guard: Lock, places: Places) -> Iterator[Candidate]:
    """Changes without a lock where as many or more hold it; nothing is seen to break, so it is only possible."""
    changes = {
        site(use): places[site(use)] for use in container.uses if use.access.op in _CHANGES and site(use) in places
    }
    if 2 * counted(changes)[guard] < len(changes):
        return
    others = [u for u in container.uses if guard in u.locks and u.access.op in _CHANGES]
    for use in container.uses:
        if use.access.op in _CHANGES and not use.locks and not places.get(site(use)):
            other = next((o for o in others if meets(container, o, use, o.locks)), None)
            if other is not None:
                yield Candidate(
                    CODE, container, use, "write", other, "guarded", LOW, "free-threaded", "custom", guard=guard
                )
