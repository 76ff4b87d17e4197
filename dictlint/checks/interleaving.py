"""May another task of the event loop change the container while a coroutine is suspended, and how surely?

Tasks of one loop switch at an await only: these questions are asked of steps that a pause divides. What a thread may do
at any moment is `meeting`'s question.
"""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.checks.meeting import HIGH, LOW, MEDIUM, are_over, exclude_each_other, rank
from dictlint.model.activity import Activity, Lock
from dictlint.model.program import Container, Use


def surest_task(
    container: Container, one: Use, rivals: Iterable[Use], covered: frozenset[Lock]
) -> tuple[str, Use] | None:
    """The rival that most surely runs while `one` is suspended; among equals another place, near, in the same file."""
    if not _on_loop(one):
        return None
    best: tuple[tuple[int, bool, bool, int], str, Use] | None = None
    for rival in rivals:
        sure = interleave(container, one, rival, covered) if one.notices(rival) else ""
        if not sure:
            continue
        elsewhere = (rival.function, rival.index) != (one.function, one.index)
        order = (rank(sure), elsewhere, rival.path == one.path, -abs(rival.access.at.line - one.access.at.line))
        if best is None or order > best[0]:
            best = (order, sure, rival)
    return None if best is None else (best[1], best[2])


def interleave(container: Container, one: Use, other: Use, covered: frozenset[Lock]) -> str:
    """How surely `other` runs while `one`, whose steps are covered by `covered`, is suspended; empty: it cannot."""
    sure = _interleave(container, one, other, covered)
    return LOW if sure and one.states and exclude_each_other(one, other) else sure


def _interleave(container: Container, one: Use, other: Use, covered: frozenset[Lock]) -> str:
    a, b = one.activity, other.activity
    if not _on_loop(other) or covered & other.locks or one.apart(other):
        return ""
    if b.number in one.ordered or a.number in other.ordered:
        return ""
    if one.is_own and other.is_own and not _shares(container, a, b):
        return ""
    if "new" in (one.status, other.status):
        return LOW
    if a.domain == "caller" and b.domain == "caller":
        return _callers(container, one, other)
    if a == b:
        return _same_task(one, other)
    if "unknown" in (one.status, other.status) or (container.element and not container.in_mapping):
        return LOW
    if one.assumed or other.assumed:
        return MEDIUM if container.expects_tasks and not are_over(container, one, other) else LOW
    if {a.domain, b.domain} == {"thread", "caller"} or (a.serving and b.domain == "caller"):
        return LOW  # a loop of a thread's own runs no caller; what is served begins when all is prepared
    if (a.blocks and b.domain == "caller") or (b.blocks and a.domain == "caller"):
        return LOW  # who starts the loop waits for it
    return MEDIUM if one.guessed or other.guessed else HIGH


def _on_loop(use: Use) -> bool:
    """Whether the code may run on the event loop; a thread only where it runs a loop of its own."""
    domain = use.activity.domain
    return domain == "loop" or domain == "caller" or (domain == "thread" and use.is_async)


def _shares(container: Container, a: Activity, b: Activity) -> bool:
    """Whether two runs on an object of their own may run on the same one."""
    if container.local:
        return False
    return a.same_self if a == b else "fresh" not in (a.root, b.root)


def _same_task(one: Use, other: Use) -> str:
    """A task against another one of its kind."""
    if not one.activity.many:
        return ""
    return LOW if "unknown" in (one.status, other.status) else HIGH


def _callers(container: Container, one: Use, other: Use) -> str:
    """Whoever calls from outside may do so from several tasks, but only the code itself says that they do."""
    if one.is_own and other.is_own:
        return ""
    told = container.expects_tasks and not (one.assumed and other.assumed)
    return MEDIUM if told and not are_over(container, one, other) else LOW
