"""May two uses meet? Activities, start and join order, locks, same object: the one place that decides, and how surely.

Reporting policy. A hazard is reported once per container and line, with the rival that makes it surest; among
equals the one that is reached with the fewest doubts, then the nearest in the same file. Confidence: `high` when two
activities are proven inside the program; `medium` when the code itself claims sharing (a lock guards this container
elsewhere, locks are what it keeps, a docstring promises it), a model of a framework says that its callers are
concurrent, or one step of the proof is a likelihood; `low` otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dictlint.knowledge.activities import INTERRUPTING, LOADING_WORDS, SETUP_NAMES, TEARDOWN_NAMES
from dictlint.knowledge.containers import PROXY
from dictlint.model.activity import Activity, Lock
from dictlint.model.finding import CONFIDENCES
from dictlint.model.program import CLAIMED, OTHERWISE, SEPARATOR, Container, Use

LOW, MEDIUM, HIGH = CONFIDENCES
_OF_ENTRIES = frozenset(("getitem", "setitem", "delitem", "pop", "pop-default", "get", "setdefault"))
_HANDED = re.compile(r"%(?!self$|cls$|klass$|type_?$)\w+|\w+@\d+")  # a parameter or a local variable; no class
_QUIET = INTERRUPTING | {"exit", "import"}
_PARALLEL = frozenset(("thread", "process"))
_OUTSIDE = frozenset(("caller", "main"))


def rank(confidence: str) -> int:
    """Position in low, medium, high."""
    return CONFIDENCES.index(confidence)


def lower(one: str, other: str) -> str:
    """The less sure of two confidences."""
    return min(one, other, key=rank)


def meet(container: Container, one: Use, other: Use, covered: frozenset[Lock]) -> str:
    """How surely `other` can run in the middle of `one`, whose step is covered by `covered`; empty: it cannot."""
    a, b = one.activity, other.activity
    if a.domain in _QUIET or b.domain in _QUIET or one.apart(other):
        return ""
    housed = a.number in other.housed or b.number in one.housed
    if "process" in (a.domain, b.domain) and not housed and container.kind != PROXY:
        return ""  # every process has its own
    if b.number in one.ordered or a.number in other.ordered:
        return ""
    if (one.taken and other.taken) or (one.taken != other.taken and one.since & other.since):
        return ""
    theirs = other.locks if covered else covered
    on_threads = bool(_PARALLEL & {a.domain, b.domain}) or _beside_loop(one, other)
    both = covered & theirs
    if any(not (lock.loop and on_threads) for lock in both):
        return ""
    entries = {one.entry, other.entry} if container.record else set()
    if len(entries) == 2 and _are_several(one.entry, other.entry):
        return ""
    sure = _meet(container, one, other)
    if "" in entries or (container.mixed and not entries <= container.mappings):
        sure = sure and LOW
    if sure and (_are_beside(container, one, other) or (both and _is_waited_for(a, b))):
        return LOW
    if sure and ((one.states and exclude_each_other(one, other)) or _may_be_one(covered, theirs)):
        return LOW
    if sure and ("new" in (one.status, other.status) or one.first or other.first):
        return LOW
    guesses = _guesses(one, other) + (one.guessed or other.guessed)
    if sure and (a.claimed or b.claimed or _beside_loop(one, other)):
        sure = lower(sure, MEDIUM)
    return lower(sure, LOW if guesses > 1 else MEDIUM) if sure and guesses else sure


def _meet(container: Container, one: Use, other: Use) -> str:
    a, b = one.activity, other.activity
    threaded = {a.domain, b.domain}
    if a.domain in ("caller", "main") and b.domain in ("caller", "main"):
        return _callers_meet(container, one, other)
    if not threaded & _PARALLEL and not _beside_loop(one, other):
        return ""  # tasks of one loop switch at an await only
    if _is_in_turn(one, other) or _is_private(one, b) or _is_private(other, a):
        return ""
    if (a.serving and b.domain == "main") or (b.serving and a.domain == "main"):
        return ""  # the main thread has prepared what it serves
    if a == b:
        return _same_activity(container, a, one, other)
    if one.is_own and other.is_own and (container.local or "fresh" in (a.root, b.root)):
        return ""
    sure = LOW if container.element and not container.in_mapping else HIGH
    if "unknown" in (one.status, other.status):
        sure = LOW
    if (a.serving and b.domain == "caller") or (b.serving and a.domain == "caller"):
        return LOW
    if one.own_loop == other.own_loop >= 0 and "caller" in threaded:
        return LOW  # the thread runs the coroutine itself
    if (a.preparing and b.domain == "caller") or (b.preparing and a.domain == "caller"):
        return LOW
    if one.assumed or other.assumed or (one.hedged and other.guesses) or (other.hedged and one.guesses):
        kept_out = one.sheltered or other.sheltered or _sets_up(one) or _sets_up(other)
        theirs = container.guards_others(one) or container.guards_others(other)
        elsewhere = container.guard not in one.locks | other.locks  # which does not say that callers do this once more
        again = one.function == other.function and elsewhere
        claimed = container.claims.startswith("guard:") and not theirs and not again
        kept_out = kept_out or are_over(container, one, other)
        sure = MEDIUM if claimed and not kept_out and sure != LOW else LOW
    return sure


def are_over(container: Container, one: Use, other: Use) -> bool:
    """Whether it is only possible that callers run one of the two, and what the program itself runs it by has not begun
    yet, or has ended, where the other runs.
    """
    for mine, theirs in ((one, other), (other, one)):
        if mine.assumed and mine.activity.domain in _OUTSIDE:
            step = (mine.function, mine.index)
            known = {u.activity for u in container.uses if (u.function, u.index) == step}
            numbers = {activity.number for activity in known if activity.domain not in _OUTSIDE}
            if numbers and numbers <= theirs.ordered:
                return True
    return False


def _guesses(one: Use, other: Use) -> int:
    """How many calls on the way to the two are known by a method's name alone: two runs of a function that one
    activity comes to by the same call are right or wrong together.
    """
    same = one.function == other.function and one.activity == other.activity
    return max(one.guesses, other.guesses) if same else one.guesses + other.guesses


def _is_waited_for(a: Activity, b: Activity) -> bool:
    """Whether the loop's locks, which both hold, keep tasks of the pool apart, too: who holds one waits for such a
    task, unless it is cancelled.
    """
    return all(one.awaited for one in (a, b) if one.domain in _PARALLEL)


def _are_beside(container: Container, one: Use, other: Use) -> bool:
    """Whether both speak of an entry that stands beside an object, as an attribute would: nothing shows that the two
    were handed the same object, unless the code says that threads share what is there.
    """
    if container.kind != "WeakKeyDictionary" or container.for_threads:
        return False
    return all(use.access.op in _OF_ENTRIES and _HANDED.fullmatch(use.access.key) for use in (one, other))


def _beside_loop(one: Use, other: Use) -> bool:
    """Whether one is a task's, and the other that of code which reaches the loop from another thread."""
    return any(
        task.activity.domain == "loop" and giver.afar and not giver.on_loop and giver.activity.domain in _OUTSIDE
        for task, giver in ((one, other), (other, one))
    )


def _is_in_turn(one: Use, other: Use) -> bool:
    """Whether one thread runs both, one after the other; where each object has such a thread, for what is its own."""
    a, b = one.activity, other.activity
    same = bool(a.lane) and a.lane == b.lane
    return same and (a.worker_of < 0 or (a.worker_of in one.family and a.worker_of in other.family))


def _is_private(use: Use, other: Activity) -> bool:
    """Whether the object was made for this one run by a framework, so that no caller has it."""
    return use.is_own and use.activity.root == "private" and other.domain in ("caller", "main")


def _same_activity(container: Container, activity: Activity, one: Use, other: Use) -> str:
    """The activity against another of its kind."""
    if one.each and other.each:
        return ""
    if one.is_own and other.is_own and (container.local or not activity.same_self):
        return ""
    if "unknown" in (one.status, other.status):
        return LOW
    if activity.many:
        return HIGH
    return MEDIUM if activity.likely else ""


def _callers_meet(container: Container, one: Use, other: Use) -> str:
    if one.is_own and other.is_own:
        return ""  # a local of the call itself
    if one.on_loop or other.on_loop or one.activity.domain == "main" or other.activity.domain == "main":
        return ""
    if container.one_caller or _sets_up(one) or _sets_up(other) or one.early or other.early:
        return LOW  # an object is set up, or started, by one
    claimed = container.for_threads and not (container.guards_others(one) or container.guards_others(other))
    if claimed and not (one.assumed and other.assumed) and not (one.sheltered or other.sheltered):
        return LOW if are_over(container, one, other) else MEDIUM
    return LOW


def _sets_up(use: Use) -> bool:
    """Whether the function's name says that it comes before the use of the object, or alone in a forked process."""
    name = use.symbol.rpartition(".")[2].lstrip("_")
    return not SETUP_NAMES.isdisjoint((name, name.partition("_")[0], name.rpartition("_")[2])) or "fork" in name


def _loads(use: Use) -> bool:
    """Whether a caller gives the object all that it holds, from elsewhere, as one does before it is used."""
    filled = use.access.op == "rebind" and use.activity.domain in _OUTSIDE
    name = use.symbol.rpartition(".")[2].lstrip("_")
    return filled and (name.partition("_")[0] in LOADING_WORDS or _sets_up(use))


def _lets_go(use: Use) -> bool:
    """Whether a caller ends the life of the object, and drops what it held: nobody is to use it any more."""
    dropped = use.access.op in ("rebind", "unbind") and use.activity.domain in _OUTSIDE
    return dropped and use.symbol.rpartition(".")[2].strip("_") in TEARDOWN_NAMES


def _are_several(one: str, other: str) -> bool:
    """Whether a step on the way to two entries of a record goes by different names."""
    steps = zip(one.split(SEPARATOR), other.split(SEPARATOR), strict=False)
    return any(
        "" not in (a, b) and "*" not in (a, b) and set(a.split(OTHERWISE)).isdisjoint(b.split(OTHERWISE))
        for a, b in steps
    )


def _may_be_one(mine: frozenset[Lock], others: frozenset[Lock]) -> bool:
    """Whether a lock that is known by its name alone may be the other side's."""
    return bool(mine and others) and any(lock.vague for lock in mine | others)


def exclude_each_other(one: Use, other: Use) -> bool:
    """Whether both tested the same attribute of the holder, with opposite outcomes, or each has put up the same flag: a
    state keeps them apart.
    """
    for attr, value, holds in one.states:
        for other_attr, other_value, other_holds in other.states:
            if attr == other_attr and (
                value == other_value == CLAIMED
                or (value == other_value and holds != other_holds)
                or (value != other_value and holds and other_holds and "true" not in (value, other_value))
            ):
                return True
    return False


def meets(container: Container, one: Use, rival: Use, covered: frozenset[Lock]) -> str:
    """The same for a rival that changes something: an alias taken earlier does not notice that a name is bound anew."""
    sure = meet(container, one, rival, covered) if one.notices(rival) else ""
    return LOW if sure and (_lets_go(rival) or _loads(rival)) else sure


def surest(container: Container, one: Use, rivals: Iterable[Use], covered: frozenset[Lock]) -> tuple[str, Use] | None:
    """The rival that meets `one` most surely; among equals one reached without doubt, in the same file, near."""
    best: tuple[tuple[int, int, int, int, int], str, Use] | None = None
    for rival in rivals:
        sure = meets(container, one, rival, covered)
        if not sure:
            continue
        same = (rival.function, rival.index) == (one.function, one.index)
        away = abs(rival.access.at.line - one.access.at.line)
        order = (rank(sure), -rival.doubt, rival.path == one.path, not same, -away)
        if best is None or order > best[0]:
            best = (order, sure, rival)
    return None if best is None else (best[1], best[2])
