"""The folder under which everything is written: a folder for each run, witnesses, and what earlier runs taught."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import msgspec

from dictlint.confirm.evidence import Evidence, Known
from dictlint.confirm.plan import File, Pair, Plan
from dictlint.confirm.steps import traced
from dictlint.model.finding import Finding
from dictlint.model.trouble import Trouble
from dictlint.model.verdict import Step

KEPT_RUNS = 20
PATIENCE = 0.2
"""Seconds for which one side is held at first."""


PYTHON, HERE = "{python}", "{here}"
"""In the command of a witness that is kept beside a test: the interpreter of the day, and where the witness is."""


class Schedule(msgspec.Struct):
    """Who takes how many steps, one after the other, in the bytecode of one version of Python; how it was found, in the
    how manieth interleaving, and how often it showed the same again.
    """

    strategy: str
    scene: str
    swapped: bool
    steps: list[tuple[int, int]]
    explored: int
    python: str
    library: str
    again: int = 0
    tries: int = 0
    about: dict[str, Any] = {}
    """What was asked for."""


class Witness(msgspec.Struct):
    """All that a replay needs."""

    finding: Finding
    command: list[str]
    cwd: str
    evidence: str
    reason: str
    text: str
    told: dict[str, Any]
    plan: Plan
    timeline: tuple[Step, ...] = ()
    schedule: Schedule | None = None
    fault: bool = False
    """Whether an error was injected for it."""

    @property
    def fingerprint(self) -> str:
        return self.finding.fingerprint


class Memory(msgspec.Struct):
    """Which findings were worth holding somebody for, by fingerprint: the next invocation begins with them."""

    steered: dict[str, float] = {}


class Store:
    """Once it is there, nothing that cannot be written ends anything: `lost` says what it was."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.abspath(folder)
        self.lost = ""
        self._runs = os.path.join(self.folder, "runs")
        try:
            os.makedirs(self._runs, exist_ok=True)
        except OSError as error:
            raise Trouble(f"cannot write to {folder}: {(error.strerror or str(error)).lower()}") from None
        if not self._write(".gitignore", b"*\n"):
            raise Trouble(self.lost)

    def run_folder(self) -> str:
        """A fresh one; the oldest go."""
        try:
            numbers = sorted(int(name) for name in os.listdir(self._runs) if name.isdecimal())
        except OSError:
            numbers = []
        if len(numbers) >= KEPT_RUNS:
            import shutil

            for number in numbers[: len(numbers) - KEPT_RUNS + 1]:
                shutil.rmtree(os.path.join(self._runs, str(number)), ignore_errors=True)
        return os.path.join(self._runs, str(numbers[-1] + 1 if numbers else 1))

    def recall(self, plan: Plan) -> None:
        memory = self._memory()
        for pair in plan.pairs:
            pair.seconds = memory.steered.get(pair.fingerprint, 0.0)

    def remember(self, plan: Plan, evidence: Evidence) -> None:
        worth = [known for known in evidence.known if known.steerable or (known.proof and known.proof.run > 1)]
        steered = {known.pair.fingerprint: PATIENCE for known in worth}
        kept = {name: seconds for name, seconds in self._memory().steered.items() if name not in _names(plan)}
        self._write("memory.json", msgspec.json.encode(Memory({**kept, **steered})))

    def _memory(self) -> Memory:
        try:
            with open(os.path.join(self.folder, "memory.json"), "rb") as file:
                return msgspec.json.decode(file.read(), type=Memory)
        except (OSError, msgspec.DecodeError):
            return Memory()

    def witness(
        self, known: Known, plan: Plan, command: list[str], timeline: tuple[Step, ...], schedule: Schedule | None
    ) -> tuple[Witness, str]:
        """Written for a confirmed finding; with its path."""
        proof, finding = known.proof, known.finding
        assert proof is not None
        about = Witness(
            finding, command, os.getcwd(), proof.evidence, proof.reason, proof.text, proof.told,
            alone(plan, known.pair), timeline, schedule, known.injected == proof.run,
        )  # fmt: skip
        path = self._write(f"witnesses/{finding.fingerprint}.json", msgspec.json.encode(about))
        return about, path

    def trace(self, fingerprint: str, name: str, steps: Sequence[Step]) -> str:
        """The file that draws the interleaving for viewers of trace events; its path."""
        return self._write(f"timelines/{fingerprint}.json", msgspec.json.encode(traced(name, steps)))

    def _write(self, name: str, data: bytes) -> str:
        """Its path; "" where it could not be written."""
        path = os.path.join(self.folder, name)
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        except OSError as error:
            self.lost = f"cannot write to {self.folder}: {(error.strerror or str(error)).lower()}"
            return ""
        return path


def _names(plan: Plan) -> set[str]:
    return {pair.fingerprint for pair in plan.pairs}


def alone(plan: Plan, pair: Pair) -> Plan:
    """The plan of one finding."""
    files = {}
    for path, file in plan.files.items():
        births = [birth for birth in file.births if birth[0] == pair.birth]
        places = [place for place in file.places if place[0] in pair.places]
        if births or places:
            files[path] = File(file.shown, file.digest, births, places)
    only = msgspec.structs.replace(pair, number=0, seconds=0.0)
    return Plan(plan.contract, files, [only], plan.strict & {pair.birth})
