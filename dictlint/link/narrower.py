"""Locks that are owned more narrowly than what they are held for: each object has its own, the container is shared."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.knowledge.activities import HANDLER_BASES
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.question import Loc
from dictlint.model.activity import Lock
from dictlint.model.program import Use


def narrower(ev: Evaluator, locks: Locks, base: Loc, uses: Iterable[Use], often: frozenset[int]) -> frozenset[Lock]:
    """Locks of single objects on a container of their class or module, where there is more than one such object.

    `often`: functions that several activities of one kind run.
    """
    if base[0] not in "gc":
        return frozenset()
    found = set()
    for lock in {lock for use in uses for lock in use.locks if lock.scope == "object" and not lock.loop}:
        cid = locks.makers.get(lock.key, -1)
        if cid >= 0 and _is_beside(ev, base, cid) and _several(ev, cid, often):
            found.add(lock)
    return frozenset(found)


def _is_beside(ev: Evaluator, loc: Loc, cid: int) -> bool:
    """Whether a class keeps the container, or stands in the module that does."""
    cls = ev.symbols.classes[cid]
    if loc[0] == "c":
        return loc[1] in ev.symbols.family(cid)
    return bool(loc[1] == cls.mod.mid)


def _several(ev: Evaluator, cid: int, often: frozenset[int]) -> bool:
    """Whether the program makes more than one object of a class, or leaves it to its users."""
    init = ev.symbols.method(cid, "__init__")
    if init is None:
        return not HANDLER_BASES.keys().isdisjoint(ev.symbols.classes[cid].outside)
    return _makings(ev, init, often, frozenset()) != 1


def _makings(ev: Evaluator, init: int, often: frozenset[int], seen: frozenset[int]) -> int:
    """How many objects the calls of a constructor make, its calls by constructors of subclasses followed; a loop makes
    several, and so do several activities.
    """
    found = 0
    for fid, number in ev.callers(init):
        if number < 0 or fid in seen:
            continue
        facts = ev.symbols.fns[fid].facts
        if facts.name == "__init__" and facts.calls[number].callee.endswith("__init__"):
            found += _makings(ev, fid, often, seen | {init})
        else:
            found += 2 if facts.calls[number].loops or fid in often else 1
    return found
