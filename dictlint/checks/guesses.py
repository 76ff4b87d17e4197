"""Receivers that are known by their attribute's name alone: astroid is asked about those that a hazard hinges on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import rank
from dictlint.link.receivers import Receivers
from dictlint.model.program import Container, Program, Use

Find = Callable[[Program], Iterable[Candidate]]
Guess = tuple[str, int, int]  # of the container its key, of the use its function and number
RIGHT, WRONG, OPEN = "right", "wrong", "open"


def resolved(program: Program, find: Find, receivers: Receivers, floor: str) -> Program:
    """The program in which no candidate from `floor` up hinges on a guess that astroid knows to be right or wrong.

    What was guessed wrongly may have hidden the next guess, so that this goes on until there is none left to ask about.
    """
    told: dict[Guess, str] = {}
    while True:
        doubtful = _with_guesses(program)
        news = {}
        for container, use in _hinges(find(doubtful), floor) if doubtful.containers else ():
            guess = _guess(container, use)
            if guess not in told and guess not in news:
                news[guess] = _verdict(container, use, receivers)
        if not news:
            return program
        told |= news
        program = _without(program, told)


def _with_guesses(program: Program) -> Program:
    """The part of the program that any question could be about: most programs have none."""
    keys = {c.key for c in program.containers if any(use.guessed for use in c.uses)}
    containers = tuple(c for c in program.containers if c.key in keys)
    return replace(program, containers=containers, nested=tuple(pair for pair in program.nested if pair[0].key in keys))


def _hinges(candidates: Iterable[Candidate], floor: str) -> Iterator[tuple[Container, Use]]:
    for one in candidates:
        if rank(one.confidence) >= rank(floor):
            yield from ((one.container, use) for use in (one.use, one.rival) if use.guessed)


def _guess(container: Container, use: Use) -> Guess:
    return container.key, use.function, use.index


def _verdict(container: Container, use: Use, receivers: Receivers) -> str:
    """One way in which it is such an object proves it right, as for every other receiver; wrong is what never is."""
    answer = receivers.of(use)
    if answer.classes & container.owners:
        return RIGHT
    return WRONG if answer.only else OPEN


def _without(program: Program, told: dict[Guess, str]) -> Program:
    """The program in which the right guesses are none, and the wrong ones are no uses of the container."""
    changed = {c.key: _corrected(c, told) for c in program.containers}
    nested = [
        (changed[c.key], replace(one, outer=_sure(c, one.outer, told), inner=_sure(c, one.inner, told)))
        for c, one in program.nested
        if WRONG not in (_told(c, one.outer, told), _told(c, one.inner, told))
    ]
    return replace(program, containers=tuple(changed.values()), nested=tuple(nested))


def _corrected(container: Container, told: dict[Guess, str]) -> Container:
    if not any(use.guessed for use in container.uses):
        return container
    pairings = [
        replace(one, first=_sure(container, one.first, told), second=_sure(container, one.second, told))
        for one in container.pairings
        if WRONG not in (_told(container, one.first, told), _told(container, one.second, told))
    ]
    uses = [_sure(container, use, told) for use in container.uses if _told(container, use, told) != WRONG]
    return replace(container, uses=tuple(uses), pairings=tuple(pairings))


def _told(container: Container, use: Use, told: dict[Guess, str]) -> str:
    return told.get(_guess(container, use), OPEN) if use.guessed else RIGHT


def _sure(container: Container, use: Use, told: dict[Guess, str]) -> Use:
    return replace(use, guessed=False) if use.guessed and _told(container, use, told) == RIGHT else use
