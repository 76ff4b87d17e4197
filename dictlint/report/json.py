"""`--format json`: one object, described in docs/json.md."""

from __future__ import annotations

from collections import Counter

import msgspec

from dictlint.model.outcome import Outcome
from dictlint.report.readiness import modules
from dictlint.report.terminal import Style

VERSION = 1


def render(outcome: Outcome, style: Style) -> str:
    return msgspec.json.format(msgspec.json.encode(as_object(outcome)), indent=2).decode() + "\n"


def as_object(outcome: Outcome) -> dict[str, object]:
    skipped = [{"path": s.path, "reason": s.reason, "line": s.line} for s in outcome.skipped]
    said: dict[str, object] = {"version": VERSION, "findings": outcome.findings, "skipped": skipped}
    said["stats"] = _stats(outcome)
    if outcome.profile == "audit":
        said["readiness"] = modules(outcome)
    if outcome.confirmation is not None:
        said["confirmation"] = outcome.confirmation
    return said


def _stats(outcome: Outcome) -> dict[str, object]:
    return {
        "files": len(outcome.files),
        "lines": outcome.lines,
        "findings": len(outcome.findings),
        "hidden": outcome.hidden,
        "skipped": len(outcome.skipped),
        "codes": dict(sorted(Counter(finding.code for finding in outcome.findings).items())),
        "seconds": {name: round(seconds, 4) for name, seconds in outcome.stages},
    }
