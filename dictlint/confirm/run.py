"""The recipe: findings -> plan -> runs -> evidence -> verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from dictlint.confirm.evidence import Evidence
from dictlint.confirm.judge import judge
from dictlint.confirm.launch import launch
from dictlint.confirm.plan import Plan, make_plan
from dictlint.confirm.store import PATIENCE, Store, Witness
from dictlint.model.finding import Finding
from dictlint.model.outcome import Outcome
from dictlint.model.trouble import Trouble
from dictlint.model.verdict import Confirmation, Run, Verdict

AT_ONCE = 8
"""So many findings are steered in one run: each hold is a delay for all others."""
TRIES = 3
Tell = Callable[[str], None]


class Limits(msgspec.Struct, frozen=True):
    """`seconds` are for all runs together."""

    runs: int
    seconds: float


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
    """The outcome with a verdict in each finding, and what the confirmed ones can be replayed from."""
    plan = make_plan(outcome.findings, outcome.files, contract)
    evidence = Evidence(outcome.findings, plan)
    store.recall(plan)
    made: list[Run] = []
    deadline = time.monotonic() + limits.seconds
    while plan.pairs and len(made) < limits.runs and (seconds := deadline - time.monotonic()) > 0:
        number = len(made) + 1
        tell(f"run {number} of at most {limits.runs}: {' '.join(command)}")
        ran = launch(command, plan, store.run_folder(), seconds)
        evidence.add(ran.events, number)
        made.append(Run(number, ran.status, round(ran.seconds, 3), ran.output, ran.note))
        if not steer(plan, evidence):
            break
    store.remember(plan, evidence)
    findings, witnesses = [], []
    for finding, known in zip(outcome.findings, evidence.known):
        verdict = judge(known, evidence, len(made))
        if known.proof is not None:
            witness, path = store.witness(known, plan, command)
            witnesses.append(witness)
            verdict = replace(verdict, witness=path)
        findings.append(replace(finding, verdict=verdict))
    told = Confirmation(store.folder, tuple(command), tuple(made), tuple(notes(evidence, made)))
    return replace(outcome, findings=tuple(findings), confirmation=told), witnesses


def steer(plan: Plan, evidence: Evidence) -> bool:
    """Where the next run holds whom, the nearest misses first; False if it would show nothing new."""
    hopeful = [known for known in evidence.known if known.steerable and known.tries < TRIES]
    hopeful.sort(key=lambda known: (known.tries, known.proof is not None, known.gap))
    for pair in plan.pairs:
        pair.seconds = 0.0
    for known in hopeful[:AT_ONCE]:
        known.tries += 1
        known.pair.seconds = PATIENCE
    return bool(hopeful)


def notes(evidence: Evidence, made: list[Run]) -> list[str]:
    said = []
    if made and not evidence.interpreters:
        said.append("the command started no Python interpreter that could be watched")
    said += [f"{path} changed after it was analysed" for path in sorted(evidence.changed)]
    return said
