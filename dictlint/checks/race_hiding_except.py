"""DCT301: a handler takes the exception by which a race shows for an ordinary event, and goes on."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks import check_then_act, iteration_while_resized
from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.hazard import Hazard, broken
from dictlint.checks.meeting import LOW, MEDIUM
from dictlint.checks.own_key import judge as by_keys
from dictlint.checks.wording import Wording
from dictlint.model.body import Access, Handler
from dictlint.model.program import Program, Use

CODE = "DCT301"
LONGEST = 25  # lines of a `try` that may be about the race; a handler around more than that is for everything
_ALL = frozenset(("Exception", "BaseException"))
_REACTS = frozenset(("raise", "call", "count", "log-exception"))  # somebody hears of it, or puts it right


def find(program: Program) -> Iterator[Candidate]:
    """Every hazard whose exception ends in a handler that drops it."""
    for early in of_kind(program, "early"):
        yield candidate(CODE, early, "handler", MEDIUM if "met" in early.traits else LOW)
    for container in program.containers:
        if all(use.access.attempt < 0 for use in container.uses):
            continue
        for one in iteration_while_resized.hazards(container):
            yield from _hidden(program, one, "RuntimeError", "iterate")
        for one in check_then_act.hazards(container):
            yield from _hidden(program, one, "", "act")


def _hidden(program: Program, one: Hazard, raised: str, form: str) -> Iterator[Candidate]:
    handler = _hiding(program, one.use, raised)
    if handler is not None and not _begins_anew(one, handler):
        for found in broken((one,)):
            also = ((one.role, one.use), *found.also)
            step = replace(one.use, access=_step(one.use.access, handler))
            yield replace(found, code=CODE, use=step, role="handler", form=form, also=also, compound=None)


def _begins_anew(one: Hazard, handler: Handler) -> bool:
    """Whether the handler itself goes for a copy of the same container, which is what it should."""
    lines = range(handler.at.line, handler.at.end_line + 1)
    return any(
        use.access.op == "snapshot" and use.function == one.use.function and use.access.at.line in lines
        for use in one.container.uses
    )


def _step(access: Access, handler: Handler) -> Access:
    return Access(access.path, "except", "except", handler.at, access.seq)


def _hiding(program: Program, use: Use, raised: str) -> Handler | None:
    """The handler that gets the exception, where it makes nothing of it. `raised`: its name, if a handler may be for it
    alone.
    """
    tries = program.attempts.get(use.function, ())
    number = use.access.attempt
    while number >= 0:
        attempt = tries[number]
        for handler in attempt.handlers:
            named = {path.rpartition(".")[2].lstrip("@") for path in handler.types}
            if raised in named or not handler.types or named & _ALL:
                meant = raised in named and len(named) == 1
                reacts = "raise" in handler.does if meant else not _REACTS.isdisjoint(handler.does)
                long = attempt.at.end_line - attempt.at.line > LONGEST
                return None if reacts or long else handler
        number = attempt.outer
    return None


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the entry is the activity's own; else with the operation that is hidden, as code."""
    hidden = one.also[0][1]
    if one.form == "act" and by_keys(replace(one, use=hidden), wording) is None:
        return None
    return replace(one, tested_by=wording.operation(hidden))
