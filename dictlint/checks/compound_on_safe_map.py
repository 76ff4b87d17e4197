"""DCT109: several operations on a map each of which is safe alone, as if they were one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, lost_update, own_key, racy_get_or_create
from dictlint.checks.candidate import Candidate
from dictlint.checks.discipline import FORMS
from dictlint.checks.hazard import Hazard, broken, candidate
from dictlint.checks.iteration_while_resized import live_proxy_iterations
from dictlint.checks.meeting import MEDIUM, surest
from dictlint.checks.wording import Wording
from dictlint.knowledge.containers import LOCKED_MAP, PROXY
from dictlint.knowledge.operations import RESIZING
from dictlint.model.program import Container, Program, Use

CODE = "DCT109"
_SAFE = frozenset((PROXY, LOCKED_MAP, "WeakValueDictionary"))
_FAILS = frozenset(("getitem", "delitem", "pop"))


def find(program: Program) -> Iterator[Candidate]:
    """Every compound on such a map that no outer lock covers while another activity uses it."""
    for container in program.containers:
        if container.kind in _SAFE:
            yield from broken(_hazards(container))
        if container.kind == "WeakValueDictionary":
            yield from _collected(container)


def _hazards(container: Container) -> Iterator[Hazard]:
    """The steps of the plain rules; the methods of these maps are Python code, so that each of them can be split."""
    for rule in (check_then_act, racy_get_or_create, lost_update):
        for one in rule.hazards(container):
            if one.use.access.op == "rebind":
                continue  # another map, not another entry
            yield replace(one, code=CODE, form=FORMS[one.code], breaks_on="gil")
    for one in live_proxy_iterations(container):
        yield replace(one, code=CODE, form="iteration")
    if container.walked:
        yield from _searches(container)


def _searches(container: Container) -> Iterator[Hazard]:
    """`key in map`, where the class of the map has an `__iter__` and no `__contains__`: a loop over its entries."""
    changes = tuple(u for u in container.uses if u.access.op in RESIZING and not u.overwrites)
    for use in container.uses:
        if use.access.op == "contains":
            yield Hazard(CODE, container, use, "iterate", changes, use.locks, "gil", "search", most=MEDIUM)


def _collected(container: Container) -> Iterator[Candidate]:
    """An entry of a weak mapping goes with the last reference to its value, without any operation on the mapping."""
    for one in check_then_act.hazards(container):
        if one.use.access.op not in _FAILS or one.form not in ("test-act", "keys-index"):
            continue
        others = tuple(use for use in container.uses if _elsewhere(use, one.use))
        met = surest(container, one.use, others, one.covered)
        if met is not None:
            weak = replace(one, code=CODE, form="collected", breaks_on="gil")
            yield replace(candidate(weak, met[1], met[0]), rival_text="the last reference to the value goes")


def _elsewhere(use: Use, act: Use) -> bool:
    """Whether it is done by somebody else; whoever tests and acts holds no lock that keeps a reference alive."""
    return (use.function, use.index) != (act.function, act.index) or use.activity.many


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None for a key of one's own, for an entry whose value a local variable keeps alive, and where `d.keys()` of a
    proxy is iterated: that gives a list.
    """
    if one.form == "collected" and _keeps_value(one, wording):
        return None
    if one.form == "iteration":
        return None if wording.source(one.use.path, one.use.access.at).endswith(".keys()") else one
    return own_key.judge(one, wording)


def _keeps_value(one: Candidate, wording: Wording) -> bool:
    """Whether the entry was read into a variable of its own between the test and the act."""
    act = one.use
    begun = max((use.access.seq for role, use in one.also if role == "test"), default=act.access.seq)
    reads = (
        use.access
        for use in one.container.uses
        if (use.function, use.access.key) == (act.function, act.access.key) and use.access.op in ("getitem", "get")
        if begun < use.access.seq < act.access.seq
    )
    return any(_is_kept(wording.source(act.path, a.at), wording.block(act.path, a.at)) for a in reads)


def _is_kept(read: str, lines: str) -> bool:
    """Whether an assignment to a name is all that the read is for."""
    return re.fullmatch(r"\s*\w+\s*=\s*" + re.escape(read) + r"\s*(#.*)?", lines) is not None
