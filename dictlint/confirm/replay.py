"""A confirmed finding, shown again: its own two sides are held for each other, and nothing else is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from dictlint.confirm.evidence import DELAYED, REUSED, Evidence, Proof
from dictlint.confirm.exploration import asked_again, command_of, require, schedule_of
from dictlint.confirm.judge import ALONE
from dictlint.confirm.launch import INTERRUPTED, launch
from dictlint.confirm.plan import LAZY, Plan
from dictlint.confirm.steps import steps_of
from dictlint.confirm.store import HERE, PYTHON, Schedule, Store, Witness
from dictlint.model.trouble import Trouble
from dictlint.model.verdict import Step

PATIENCE = 1.0


class Replayed(msgspec.Struct):
    """One run: what was seen, None where it did not show; `note`: how the run ended; `missing`: places that are gone
    or that nobody came to; `watched`: whether any of the finding's modules was imported.
    """

    proof: Proof | None
    note: str
    output: str
    missing: tuple[str, ...] = ()
    watched: bool = True
    timeline: tuple[Step, ...] = ()
    schedule: Schedule | None = None
    """What was found, where interleavings were explored."""

    def same_as(self, witness: Witness) -> bool:
        """By the very steps of the witness, on the same Python."""
        one, other = self.schedule, witness.schedule
        return one is not None and other is not None and (one.python, one.steps) == (other.python, other.steps)


def replay(witness: Witness, store: Store, times: int, seconds: float, tell: Callable[[str], None]) -> list[Replayed]:
    plan, command = witness.plan, witness.command
    if witness.schedule is not None:
        require(command[0])
        command = command_of(command)
        plan = asked_again(plan, witness.schedule, seconds)
    for pair in plan.pairs:
        pair.seconds, pair.patient, pair.inject = PATIENCE, True, witness.fault
    made: list[Replayed] = []
    deadline = time.monotonic() + seconds
    while len(made) < times and (left := deadline - time.monotonic()) > 0:
        tell(f"run {len(made) + 1} of {times}: {' '.join(witness.command)}")
        evidence = Evidence([witness.finding], plan)
        ran = launch(command, plan, store.run_folder(), left, witness.cwd, lambda events: _shows(witness, plan, events))
        evidence.add(ran.events, len(made) + 1)
        evidence.ended(len(made) + 1, ran.status, ran.output_bytes())
        missing, watched = tuple(evidence.missing()), bool(evidence.modules)
        proof = evidence.known[0].proof
        timeline = steps_of(proof, evidence) if proof else ()
        schedule = schedule_of(ran.events) if proof else None
        made.append(Replayed(proof, ran.note, ran.output, missing, watched, timeline, schedule))
        if ran.note.startswith(INTERRUPTED):
            break
    return made


def _shows(witness: Witness, plan: Plan, events: list[dict[str, Any]]) -> bool:
    evidence = Evidence([witness.finding], plan)
    evidence.add(events, 1)
    return evidence.known[0].manifest


def is_steered(witness: Witness) -> bool:
    """Whether what it shows is a matter of who comes first, so that somebody is held."""
    code = witness.finding.code
    if code in DELAYED or code == LAZY or (code == REUSED and witness.evidence == "window"):
        return True
    return code not in ALONE and not any(pair.parts for pair in witness.plan.pairs)


def load(name: str, store: Store) -> Witness:
    """By the beginning of a fingerprint, or by the file."""
    path = name if os.path.isfile(name) else _find(name, store)
    try:
        with open(path, "rb") as file:
            witness = msgspec.json.decode(file.read(), type=Witness)
    except OSError as error:
        raise Trouble(f"cannot read {path}: {error.strerror}") from None
    except msgspec.DecodeError:
        raise Trouble(f"{path} is no witness") from None
    return placed(witness, os.path.dirname(os.path.abspath(path)))


def _find(name: str, store: Store) -> str:
    folder = os.path.join(store.folder, "witnesses")
    try:
        names = sorted(entry for entry in os.listdir(folder) if entry.startswith(name))
    except OSError:
        names = []
    if len(names) != 1:
        what = "no witness has" if not names else "several witnesses have"
        raise Trouble(f"{what} a fingerprint that begins with `{name}` (in {folder})")
    return os.path.join(folder, names[0])


def placed(witness: Witness, folder: str) -> Witness:
    """With the places of its files: those of a witness that was written beside a test are relative to it."""
    plan = witness.plan
    files = {os.path.realpath(os.path.join(folder, path)): file for path, file in plan.files.items()}
    cwd = os.path.normpath(os.path.join(folder, witness.cwd))
    command = [sys.executable if word == PYTHON else word.replace(HERE, folder) for word in witness.command]
    plan = msgspec.structs.replace(plan, files=files)
    return msgspec.structs.replace(witness, cwd=cwd, plan=plan, command=command)
