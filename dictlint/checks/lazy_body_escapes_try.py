"""DCT309: what is made inside a `try`, or under a lock, goes through a shared container after both are over."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks import iteration_while_resized
from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.hazard import broken
from dictlint.checks.meeting import HIGH, LOW, MEDIUM
from dictlint.model.program import Container, Mishap, Program

CODE = "DCT309"


def find(program: Program) -> Iterator[Candidate]:
    """Every generator, view or coroutine that is run where the handler or lock around its making does not reach."""
    containers = {container.key: container for container in program.containers}
    for one in of_kind(program, "lazy"):
        found = candidate(CODE, one, "handler" if one.form != "lock" else "lock", _sure(one))
        container = containers.get(one.container.key)
        yield found if container is None else _with_rival(found, container)


def _sure(one: Mishap) -> str:
    if one.form == "lock":
        return LOW  # unless somebody is known to come in between
    return HIGH if "met" in one.traits else MEDIUM if one.traits & {"async", "locked"} else LOW


def _with_rival(one: Candidate, container: Container) -> Candidate:
    """With the change that meets the run, where the container's uses show one."""
    place = (one.rival.path, one.rival.access.at)
    hazards = (h for h in iteration_while_resized.hazards(container) if (h.use.path, h.use.access.at) == place)
    met = next(broken(hazards), None)
    if met is None:
        return replace(one, container=container)
    also = (*one.also, ("write", met.rival))
    return replace(one, container=container, rival=met.use, also=also, confidence=met.confidence)
