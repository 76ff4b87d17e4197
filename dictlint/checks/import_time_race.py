"""DCT113: a thread that a module starts while it is imported looks at what the rest of the module still fills."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, MEDIUM, lower
from dictlint.model.program import Container, Program, Unfinished, Use

CODE = "DCT113"
_FAILS = frozenset(("getitem", "iterate", "pop", "delitem", "popitem"))
_LOOKS = _FAILS | {"get", "contains", "len", "truth", "snapshot"}
_ABSENCE = frozenset(("KeyError", "LookupError"))


def find(program: Program) -> Iterator[Candidate]:
    """Every start whose thread can find a container of the module before it is complete."""
    for container, one in program.unfinished:
        if container.kind == "attribute":
            continue
        looks = [u for u in one.seen if one.unborn or u.access.op in _LOOKS]
        met = [(look, fill) for look in looks for fill in one.fills if not look.locks & fill.locks]
        if met:
            look, fill = max(met, key=lambda pair: _matters(pair[0], pair[1]))
            yield _candidate(container, one, look, fill)


def _candidate(container: Container, one: Unfinished, look: Use, fill: Use) -> Candidate:
    sure = HIGH if one.unborn or _fails(look) else MEDIUM
    if not one.imported and look.access.op != "iterate":
        sure = lower(sure, MEDIUM)  # a script may talk to its thread that way
    form = "unborn" if one.unborn else "fill"
    near = min(one.fills, key=lambda fill: abs(fill.access.at.line - look.access.at.line))
    also = tuple(("fill", use) for use in dict.fromkeys((near, fill)))
    return Candidate(CODE, container, one.start, "start", look, "look", sure, "gil", form, also)


def _fails(look: Use) -> bool:
    """Whether what is missing shows as an error, not only as an answer that is too small."""
    return look.access.op in _FAILS and not look.caught & _ABSENCE


def _matters(look: Use, fill: Use) -> tuple[bool, bool, int, int]:
    """What fails first, loops before all; among equals what the import reaches last, and the thread first."""
    return look.access.op == "iterate", _fails(look), fill.access.at.line, -look.access.at.line
