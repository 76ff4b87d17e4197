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
    return replace(
        program,
        containers=tuple(c for c in program.containers if c.key in keys),
        nested=tuple(pair for pair in program.nested if pair[0].key in keys),
        unfinished=tuple(pair for pair in program.unfinished if pair[0].key in keys),
        interruptions=tuple(pair for pair in program.interruptions if pair[0].key in keys),
        mishaps=(),
    )


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

    def kept(container: Container, *uses: Use) -> tuple[Use, ...]:
        return _kept(container, uses, told)

    return replace(
        program,
        containers=tuple(changed.values()),
        nested=tuple(
            (changed.get(c.key, c), replace(one, outer=both[0], inner=both[1]))
            for c, one in program.nested
            if len(both := kept(c, one.outer, one.inner)) == 2
        ),
        unfinished=tuple(
            (changed.get(c.key, c), replace(one, seen=seen, fills=fills))
            for c, one in program.unfinished
            if (seen := kept(c, *one.seen)) and (fills := kept(c, *one.fills))
        ),
        interruptions=tuple(
            (changed.get(c.key, c), replace(one, inside=inside[0], outside=outside))
            for c, one in program.interruptions
            if (inside := kept(c, one.inside)) and (outside := kept(c, *one.outside))
        ),
    )


def _corrected(container: Container, told: dict[Guess, str]) -> Container:
    if not any(use.guessed for use in container.uses):
        return container
    pairings = [
        replace(one, first=both[0], second=both[1])
        for one in container.pairings
        if len(both := _kept(container, (one.first, one.second), told)) == 2
    ]
    return replace(container, uses=_kept(container, container.uses, told), pairings=tuple(pairings))


def _kept(container: Container, uses: Iterable[Use], told: dict[Guess, str]) -> tuple[Use, ...]:
    """The uses without those that are guessed wrongly; those that are guessed rightly are no guesses any more."""
    kept = []
    for use in uses:
        verdict = told.get(_guess(container, use), OPEN) if use.guessed else OPEN
        if verdict != WRONG:
            kept.append(replace(use, guessed=False) if verdict == RIGHT else use)
    return tuple(kept)
