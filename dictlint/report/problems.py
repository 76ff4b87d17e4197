"""Findings and files that were not analysed, as one list: what the formats of other tools are made from."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from dictlint.model.finding import Finding
from dictlint.model.outcome import Outcome
from dictlint.model.verdict import Verdict
from dictlint.report.concise import SKIPPED_CODE
from dictlint.report.terminal import plain

SKIPPED_NAME = "not-analysed"


class Problem(msgspec.Struct, frozen=True):
    """One entry of a report. Its texts hold no control characters; its path is as it is."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    name: str
    severity: str
    message: str
    details: str
    fingerprint: str
    finding: Finding | None = None


def problems(outcome: Outcome) -> Iterator[Problem]:
    """Those of all findings, in their order, then the files that were not analysed."""
    for one in outcome.findings:
        place = one.path, one.line, one.column, one.end_line, one.end_column
        about = (one.code, one.name, one.severity, plain(one.message), _details(one))
        yield Problem(*place, *about, one.fingerprint, one)
    for two in outcome.skipped:
        place = two.path, two.line, two.column, two.line, two.column
        message = f"not analysed: {plain(two.reason)}"
        yield Problem(*place, SKIPPED_CODE, SKIPPED_NAME, "error", message, "", f"{SKIPPED_CODE}-{two.path}")


def _details(finding: Finding) -> str:
    """Why and what to do, a sentence on each line."""
    sides = [
        f"{access.role}: {access.path}:{access.line}, in {access.symbol}, run by {access.activity}, holding "
        + (", ".join(access.locks) or "no lock")
        for access in finding.accesses
    ]
    remedy = f"remedy: {finding.remedy}" if finding.remedy else ""
    run = finding.verdict
    ran = [f"{said(run)}: {run.reason}", replay_line(finding)] if isinstance(run, Verdict) else []
    return "\n".join(plain(text) for text in (finding.because, *sides, *ran, remedy) if text)


def said(verdict: Verdict) -> str:
    """`confirmed by damage`."""
    return f"{verdict.status} by {verdict.evidence}" if verdict.evidence else verdict.status


def replay_line(finding: Finding) -> str:
    """What shows it again, or ""."""
    run = finding.verdict
    return f"replay: dictlint replay {finding.fingerprint}" if isinstance(run, Verdict) and run.witness else ""
