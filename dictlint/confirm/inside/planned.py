"""The plan of a run, as the process finds it in the run's folder."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

PLAN = "plan.json"


class Birth(NamedTuple):
    """Where a container is made. `kind` as the analyser calls it."""

    id: int
    line: int
    kind: str
    name: str
    text: str
    """The line, by which it is found again when the file has changed."""


class Place(NamedTuple):
    """An access: lines from 1, columns from 0 in bytes, as `ast` counts."""

    id: int
    line: int
    column: int
    end_line: int
    end_column: int
    op: str
    symbol: str
    text: str


class File(NamedTuple):
    """`path` as people see it; the plan has it by its real path."""

    path: str
    digest: str
    births: tuple[Birth, ...]
    places: tuple[Place, ...]


class Pair(NamedTuple):
    """One finding. A window is open between `begins` and `ends`, or while `walks` iterate; `strikes` fall into it.

    `seconds`: how long one side is held for the other; 0 where it is only watched.
    """

    number: int
    birth: int
    begins: frozenset[int]
    ends: frozenset[int]
    walks: frozenset[int]
    strikes: frozenset[int]
    seconds: float
    patient: bool
    """Held as long each time: no decay."""
    code: str
    parts: dict[str, list[int]]
    """Role -> places, for findings about copies, recovery and pools."""
    name: str
    """Of the container, or of the variable."""
    inject: bool

    @property
    def inner(self) -> frozenset[int]:
        return self.ends | self.walks


class Plan(NamedTuple):
    folder: str
    contract: str
    files: dict[str, File]
    pairs: tuple[Pair, ...]
    strict: frozenset[int]
    """Births that the strict contract holds for, whatever `contract` says."""
    explore: dict[str, Any]
    """What `inside.exploring` is asked for; empty where the program runs as it always does."""


def load(folder: str) -> Plan | None:
    """None where there is no plan any more: the process outlives its run, or somebody has tidied up."""
    import json

    try:
        with open(os.path.join(folder, PLAN), encoding="utf-8") as file:
            told = json.load(file)
    except (OSError, ValueError):
        return None
    return Plan(
        folder,
        told["contract"],
        {path: _file(one) for path, one in told["files"].items()},
        tuple(_pair(one) for one in told["pairs"]),
        frozenset(told["strict"]),
        told.get("explore", {}),
    )


def _file(told: dict[str, object]) -> File:
    births = tuple(Birth(*each) for each in told["births"])  # type: ignore[attr-defined]
    places = tuple(Place(*each) for each in told["places"])  # type: ignore[attr-defined]
    return File(str(told["shown"]), str(told["digest"]), births, places)


def _pair(told: dict[str, object]) -> Pair:
    sets = {name: frozenset(told[name]) for name in ("begins", "ends", "walks", "strikes")}  # type: ignore[call-overload]
    more = {name: told[name] for name in ("code", "parts", "name", "inject")}
    number, birth = int(told["number"]), int(told["birth"])  # type: ignore[call-overload]
    return Pair(number, birth, seconds=float(told["seconds"]), patient=bool(told["patient"]), **sets, **more)  # type: ignore[arg-type]
