"""Evidence -> the steps of the interleaving that was seen, in the order in which they were taken."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from dictlint.confirm.evidence import Evidence, Proof
from dictlint.model.verdict import Step

HELD = ("stands before", "comes in", "goes on with")
SPACE = 1000
"""Microseconds of a drawing that one step takes."""
UNORDERED = "nothing orders these steps: it went well this time"


def steps_of(proof: Proof, evidence: Evidence) -> tuple[Step, ...]:
    """Empty where the evidence tells of no single steps; else the last one says what came of it."""
    told = proof.told
    if told.get("type") == "violation":
        steps = _of_violation(told, evidence)
    elif told.get("type") == "struck":
        steps = _of_strike(told, evidence)
    else:
        steps = [_planned(one, evidence) for one in told.get("steps", ())]
    outcome = UNORDERED if proof.evidence == "order" else proof.reason
    return (*steps, Step("", outcome)) if steps else ()


def _of_violation(told: dict[str, Any], evidence: Evidence) -> list[Step]:
    """A compound operation of one side, and what the other one did before it, inside it or after it."""
    first, last, since = told["first"], told["last"], told["since"]
    if since is None:
        order = [first, last]
    elif told["evidence"] != "order" or (since["activity"] == first["activity"] and since != first):
        order = [since, first, last]
    else:
        order = [first, last] if since in (first, last) else [first, since, last]
    return [_access(side, evidence) for side in order]


def _access(side: dict[str, Any], evidence: Evidence) -> Step:
    at: dict[str, Any] = side["stack"][0] if side["stack"] else {"path": "", "line": 0}
    return _placed(side["activity"], side["operation"], at["path"], at["line"], evidence, tuple(side["locks"]))


def _of_strike(told: dict[str, Any], evidence: Evidence) -> list[Step]:
    sides = (told["held"], told["meanwhile"]), (told["by"], told["at"]), (told["held"], told["meanwhile"])
    return [_placed(who, what, *_site(stack), evidence) for what, (who, stack) in zip(HELD, sides)]


def _site(stack: list[str]) -> tuple[str, int]:
    """Of `path:line, in function`."""
    path, _, line = stack[0].rpartition(", in ")[0].rpartition(":") if stack else ("", "", "")
    return path, int(line) if line.isdecimal() else 0


def _planned(one: dict[str, Any], evidence: Evidence) -> Step:
    """A step at a place of the plan."""
    for path, file in evidence.plan.files.items():
        for place in file.places:
            if place[0] == one["place"]:
                line, _ = evidence.lines.get(place[0], place[1:3])
                return _placed(one["activity"], one["role"], path, line, evidence)
    return Step(one["activity"], one["role"])


def _placed(activity: str, what: str, path: str, line: int, evidence: Evidence, locks: tuple[str, ...] = ()) -> Step:
    real = os.path.realpath(path) if path else ""
    planned = evidence.plan.files.get(real)
    shown = planned.shown if planned else _near(path)
    return Step(activity, what, shown, line, linecache.getline(path, line).strip(), locks)


def _near(path: str) -> str:
    """As people write it: from where they are, if it is below that."""
    near = os.path.relpath(path) if path else ""
    return path if near.startswith(os.pardir) else near


def traced(name: str, steps: Sequence[Step]) -> dict[str, Any]:
    """The steps as trace events, one after the other: when each was taken is not known, nor how long it took."""
    from dictlint.runtime.timeline import trace

    names = {who: number for number, who in enumerate(dict.fromkeys(s.activity for s in steps if s.activity), 1)}
    events: list[dict[str, Any]] = []
    row = 0
    for number, step in enumerate(steps):
        row = names.get(step.activity, row)
        at = {"pid": 0, "tid": row, "ts": number * SPACE, "name": step.what, "cat": "step"}
        args = {"site": f"{step.path}:{step.line}", "code": step.code, "locks": list(step.locks)}
        if step.activity:
            events.append({**at, "ph": "X", "dur": SPACE, "args": args})
        else:
            events.append({**at, "ph": "i", "s": "p", "name": f"{name}: {step.what}", "cat": "violation"})
    events += _arrows(name, [event for event in events if event["ph"] == "X"])
    return trace({number: who for who, number in names.items()}, events, 0)


def _arrows(name: str, taken: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """From each step to the next one of somebody else."""
    for number, (one, other) in enumerate(pairwise(taken)):
        if one["tid"] != other["tid"]:
            for phase, end in (("s", one), ("f", other)):
                at = {"pid": 0, "tid": end["tid"], "ts": end["ts"] + SPACE / 2}
                yield {**at, "ph": phase, "id": number, "name": name, "cat": "violation", "bp": "e"}
