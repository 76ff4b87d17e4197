"""Readiness for free-threaded Python, module by module: what `--profile audit` sums up."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from dictlint.model.finding import CONFIDENCES, Finding
from dictlint.model.outcome import Outcome
from dictlint.report.terminal import Style, counted, plain

LEVELS = tuple(reversed(CONFIDENCES))
VERDICTS = {
    "high": "races between activities of this program",
    "medium": "not safe where it claims to be shared",
    "low": "safe as long as one thread uses it",
}
COLOURS = {"high": "red", "medium": "yellow", "low": "cyan"}


class Module(msgspec.Struct, frozen=True):
    """One module with findings: how many of each confidence, on how many containers. `readiness` is the worst of it."""

    module: str
    path: str
    high: int
    medium: int
    low: int
    containers: int
    readiness: str


def modules(outcome: Outcome) -> list[Module]:
    """The modules with findings, the least ready first."""
    names = {file.path: file.module for file in outcome.files}
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in outcome.findings:
        if finding.container.name:  # what is said of comments is no race
            found[finding.path].append(finding)
    rows = [_module(names.get(path, ""), path, findings) for path, findings in found.items()]
    return sorted(rows, key=lambda row: (-row.high, -row.medium, -row.low, row.path))


def _module(name: str, path: str, findings: list[Finding]) -> Module:
    high, medium, low = (sum(finding.confidence == level for finding in findings) for level in LEVELS)
    containers = len({finding.group or finding.fingerprint for finding in findings})
    return Module(name, path, high, medium, low, containers, "high" if high else "medium" if medium else "low")


def table(outcome: Outcome, style: Style) -> str:
    """`high medium low containers module`, a line each, and how many modules have nothing."""
    rows = modules(outcome)
    lines = [style.paint("readiness for free-threaded Python", "bold"), ""]
    if rows:
        lines.append("  high  medium   low  containers  module")
    for row in rows:
        numbers = f"{row.high or '-':>6}{row.medium or '-':>8}{row.low or '-':>6}{row.containers:>12}"
        verdict = style.paint(VERDICTS[row.readiness], COLOURS[row.readiness])
        lines.append(f"{numbers}  {plain(row.module or row.path)}: {verdict}")
    quiet = len(outcome.files) - len(rows)
    lines.append(f"{'':>34}{counted(quiet, 'further module' if rows else 'module')}: nothing found")
    return "\n".join(lines) + "\n\n"
