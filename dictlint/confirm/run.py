"""The recipe: findings -> plan -> runs -> evidence -> verdicts."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from dictlint.confirm.drivers import Driver, write_driver
from dictlint.confirm.evidence import FAULTS, Evidence, Known
from dictlint.confirm.exploration import asked, command_of, driver_of, found_by, require, said, schedule_of, why_not
from dictlint.confirm.judge import judge
from dictlint.confirm.launch import INTERRUPTED, Ran, launch
from dictlint.confirm.plan import Plan, make_plan
from dictlint.confirm.steps import steps_of
from dictlint.confirm.store import PATIENCE, Schedule, Store, Witness
from dictlint.model.finding import Finding
from dictlint.model.outcome import Outcome
from dictlint.model.trouble import Trouble
from dictlint.model.verdict import Confirmation, Run, Verdict

AT_ONCE = 8
"""So many findings are steered in one run: each hold is a delay for all others."""
TRIES = 3
DRIVEN = 3
LEAST = 5.0
LONGEST = 100_000
ERROR = re.compile(r"(?:E +)?([A-Za-z_][\w.]*: .*)")
"""A line that tells an error, as a traceback or pytest has it; those whose name says so go before."""
NAMED = re.compile(r"[\w.]*(?:Error|Exception)\b")
Tell = Callable[[str], None]


class Limits(msgspec.Struct, frozen=True):
    """`seconds` are for all runs together; `python` runs the drivers that are made up; `strategy`: `steer`, or
    `explore`, which begins with `exploration`.
    """

    runs: int
    seconds: float
    python: str = ""
    strategy: str = "steer"


def named(outcome: Outcome, beginnings: list[str] | None) -> Outcome:
    """Only the findings whose fingerprints begin so; all where nothing is said."""
    if not beginnings:
        return outcome
    for one in beginnings:
        if not any(finding.fingerprint.startswith(one) for finding in outcome.findings):
            raise Trouble(f"no finding has a fingerprint that begins with `{one}`")
    kept = tuple(finding for finding in outcome.findings if finding.fingerprint.startswith(tuple(beginnings)))
    return replace(outcome, findings=kept, hidden=outcome.hidden + len(outcome.findings) - len(kept))


def confirmed(outcome: Outcome) -> list[Finding]:
    return [
        finding
        for finding in outcome.findings
        if isinstance(finding.verdict, Verdict) and finding.verdict.status == "confirmed"
    ]


def verdicts_of(
    outcome: Outcome, command: list[str], store: Store, contract: str, limits: Limits, tell: Tell
) -> tuple[Outcome, list[Witness]]:
    """The outcome with a verdict in each finding, and what the confirmed ones can be replayed from.

    Without a command, each finding gets a driver of its own.
    """
    session = Session(outcome, store, contract, limits, tell)
    if limits.strategy == "explore":
        require(command[0] if command else limits.python or sys.executable)
        if command:
            session.explore_driver(command)
    if command:
        session.run_command(command)
    else:
        session.run_drivers()
    return session.result(command)


class Session:
    """The runs of one invocation, and what they have shown so far."""

    def __init__(self, outcome: Outcome, store: Store, contract: str, limits: Limits, tell: Tell) -> None:
        self._outcome = outcome
        self._store = store
        self._limits = limits
        self._tell = tell
        self._plan = make_plan(outcome.findings, outcome.files, contract)
        self._evidence = Evidence(outcome.findings, self._plan)
        self._made: list[Run] = []
        self._deadline = time.monotonic() + limits.seconds
        self._by_drivers = False
        self._pids: dict[int, set[int]] = {}
        """The processes of each run."""
        self._drivers: dict[str, Driver] = {}
        self._schedules: dict[int, Schedule] = {}
        """By the number of the run."""
        self._explored: dict[str, str] = {}
        """What came of the explorations that found nothing, by fingerprint."""

    def run_command(self, command: list[str]) -> None:
        self._store.recall(self._plan)
        if not self._plan.pairs:
            return
        for number in range(1, self._limits.runs + 1):
            told = f"run {number} of at most {self._limits.runs}: {' '.join(command)}"
            if not self._run(command, told) or not steer(self._plan, self._evidence.known):
                break
        self._store.remember(self._plan, self._evidence)

    def run_drivers(self) -> None:
        """Each finding is looked at by itself: observed once, then steered."""
        self._by_drivers = self._evidence.made_up = True
        folder = os.path.join(self._store.folder, "drivers")
        for known in self._evidence.known:
            seconds = self._deadline - time.monotonic()
            if known.manifest or seconds <= 0:
                continue
            try:
                driver = write_driver(known.finding, self._outcome.files, folder, self._limits.python, seconds)
            except OSError as error:
                driver = Driver("", (f"cannot write to {folder}: {(error.strerror or str(error)).lower()}",))
            if driver is None:
                continue
            self._drivers[known.finding.fingerprint] = driver
            if not driver.path or driver.missing:
                continue
            command = [self._limits.python or sys.executable, driver.path]
            if self._limits.strategy == "explore" and self._explore(known, command):
                continue
            steer(self._plan, [])
            for number in range(1, min(self._limits.runs, DRIVEN) + 1):
                told = f"{known.finding.path}:{known.finding.line}: {known.finding.code}, run {number} of its driver"
                if not self._run(command, told) or not steer(self._plan, [known]):
                    break

    def explore_driver(self, command: list[str]) -> None:
        """A driver that somebody has completed: all findings that it may be about."""
        driver_of(command)
        for known in self._evidence.known:
            if not known.manifest:
                self._explore(known, command)

    def _explore(self, known: Known, command: list[str]) -> bool:
        """Whether it came true."""
        fingerprint = known.finding.fingerprint
        self._explored[fingerprint] = why_not(known, command)
        seconds = self._deadline - time.monotonic()
        if self._explored[fingerprint] or seconds <= 0:
            return False
        self._tell(f"{known.finding.path}:{known.finding.line}: {known.finding.code}, its interleavings are explored")
        plan = asked(self._plan, known, self._outcome.files, seconds)
        ran = self._launch(command_of(command), plan, seconds)
        if ran is None:
            return False
        self._evidence.explored = True
        number = self._take(ran, command)
        self._evidence.explored = False
        schedule = schedule_of(ran.events)
        if schedule is not None and known.manifest:
            self._schedules[number] = replace(schedule, about=plan.explore)
            return True
        self._explored[fingerprint] = said(ran.events)
        return known.manifest

    def _run(self, command: list[str], told: str) -> bool:
        """False where the budget is spent."""
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            return False
        self._tell(told)
        if any(pair.inject for pair in self._plan.pairs) and self._made:
            seconds = min(seconds, LEAST + 3 * self._made[0].seconds)  # what is left half done may hang
        ran = self._launch(command, self._plan, seconds)
        if ran is not None:
            self._take(ran, command)
        return ran is not None

    def _launch(self, command: list[str], plan: Plan, seconds: float) -> Ran | None:
        """None where it cannot be run any more; where it never could, Trouble is raised."""
        try:
            ran = launch(command, plan, self._store.run_folder(), seconds)
        except Trouble as trouble:
            if not self._made:
                raise
            self._store.lost = str(trouble)
            return None
        if ran.note.startswith(INTERRUPTED):
            self._deadline = 0.0  # no more runs
        return ran

    def _take(self, ran: Ran, command: list[str]) -> int:
        """What a run has shown; its number."""
        number = len(self._made) + 1
        self._evidence.add(ran.events, number)
        self._pids[number] = {event["pid"] for event in ran.events if "pid" in event}
        self._evidence.ended(number, ran.status, ran.output_bytes())
        self._made.append(Run(number, tuple(command), ran.status, round(ran.seconds, 3), ran.output, ran.note))
        return number

    def result(self, command: list[str]) -> tuple[Outcome, list[Witness]]:
        findings, witnesses = [], []
        for known in self._evidence.known:
            verdict = self._verdict(known)
            if known.proof is not None:
                used = list(self._made[known.proof.run - 1].command)
                steps = steps_of(known.proof, self._evidence)
                schedule = self._schedules.get(known.proof.run)
                witness, path = self._store.witness(known, self._plan, used, steps, schedule)
                witnesses.append(witness)
                name = f"{known.finding.code} {known.finding.name}"
                trace = self._store.trace(witness.fingerprint, name, steps) if steps else ""
                verdict = replace(verdict, witness=path, timeline=steps, trace=trace)
            findings.append(replace(known.finding, verdict=verdict))
        lost = [self._store.lost] if self._store.lost else []
        said = (*notes(self._evidence, self._made), *lost)
        told = Confirmation(self._store.folder, tuple(command), tuple(self._made), said)
        return replace(self._outcome, findings=tuple(findings), confirmation=told), witnesses

    def _verdict(self, known: Known) -> Verdict:
        verdict = self._judged(known)
        schedule = self._schedules.get(known.proof.run) if known.proof else None
        told = found_by(schedule) if schedule else self._explored.get(known.finding.fingerprint, "")
        return replace(verdict, reason=f"{verdict.reason}; {told}") if told else verdict

    def _judged(self, known: Known) -> Verdict:
        driver = self._drivers.get(known.finding.fingerprint)
        own = [run for run in self._made if driver is None or driver.path in run.command]
        seen = known.within(set[int]().union(*(self._pids[run.number] for run in own))) if driver is not None else known
        verdict = judge(seen, self._evidence, len(self._made))
        if not self._by_drivers:
            failed = verdict.status == "not reached" and all(run.status for run in self._made)
            told = self._told_in(self._made) if failed else ""
            return replace(verdict, reason=f"{verdict.reason}; the command printed: {told}") if told else verdict
        if known.proof is not None:
            path = self._made[known.proof.run - 1].command[-1]  # the driver may be that of another finding
            mocked = any(one.stand_ins for one in self._drivers.values() if one.path == path)
            return replace(verdict, reason=verdict.reason + _made_up(mocked))
        if driver is None:
            return replace(verdict, status="not reached", reason="its driver had no turn before the end")
        if driver.missing:
            rest = f"; what is there is in {driver.path}, to be completed" if driver.path else ""
            return Verdict("not checkable", f"no driver can be made: {'; '.join(driver.missing)}{rest}")
        if known.bare:
            return Verdict("not checkable", f"no driver can be made {known.bare}", verdict.runs)
        told = self._told_in(own) if verdict.status == "not reached" else ""
        return replace(verdict, reason=f"{verdict.reason}; its driver printed: {told}") if told else verdict

    def _told_in(self, runs: Sequence[Run]) -> str:
        """The last error that was printed in the last of these: as a rule the one that it could not get past."""
        try:
            with open(runs[-1].output if runs else os.devnull, encoding="utf-8", errors="replace") as file:
                lines = [told[1] for told in map(ERROR.match, file.read(LONGEST).splitlines()) if told]
        except OSError:
            return ""
        lines = [line for line in lines if NAMED.match(line)] or lines
        return lines[-1][:200] if lines else ""


def _made_up(mocked: bool) -> str:
    made = ", with stand-ins for objects that it could not make" if mocked else ""
    return f"; shown by a driver that was made up{made}, not by the program's own threads"


def steer(plan: Plan, among: Sequence[Known]) -> bool:
    """Where the next run holds whom, the nearest misses first; False if it would show nothing new."""
    hopeful = [known for known in among if known.steerable and known.tries < TRIES]
    hopeful.sort(key=lambda known: (known.tries, known.proof is not None, known.gap))
    for pair in plan.pairs:
        pair.seconds, pair.inject = 0.0, False
    for known in hopeful[:AT_ONCE]:
        known.tries += 1
        known.pair.seconds = PATIENCE
        known.pair.inject = known.finding.code in FAULTS
    return bool(hopeful)


def notes(evidence: Evidence, made: list[Run]) -> list[str]:
    said = []
    if made and not evidence.interpreters:
        said.append("the command started no Python interpreter that could be watched")
    said += [f"{path} changed after it was analysed" for path in sorted(evidence.changed)]
    return said
