"""`--format rdjson`: reviewdog's diagnostic format; its columns count UTF-8 bytes."""

from __future__ import annotations

import msgspec

from dictlint.model.finding import AccessRef
from dictlint.model.outcome import Outcome
from dictlint.report.frames import Sources
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style, plain

SEVERITIES = {"error": "ERROR", "warning": "WARNING", "info": "INFO"}


def render(outcome: Outcome, style: Style) -> str:
    sources = Sources(outcome.files)
    report = {
        "source": {"name": "dictlint", "url": ""},
        "severity": "WARNING",
        "diagnostics": [_diagnostic(one, sources) for one in problems(outcome)],
    }
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def _diagnostic(one: Problem, sources: Sources) -> dict[str, object]:
    others = one.finding.accesses[1:] if one.finding else ()
    return {
        "message": f"{one.message}\n{one.details}" if one.details else one.message,
        "location": _location(one, sources),
        "severity": SEVERITIES[one.severity],
        "code": {"value": one.code, "url": ""},
        "relatedLocations": [
            {"message": plain(f"{other.role}, run by {other.activity}"), "location": _location(other, sources)}
            for other in others
        ],
    }


def _location(at: Problem | AccessRef, sources: Sources) -> dict[str, object]:
    start = {"line": at.line, "column": _byte(sources, at.path, at.line, at.column)}
    end = {"line": at.end_line, "column": _byte(sources, at.path, at.end_line, at.end_column)}
    return {"path": at.path, "range": {"start": start, "end": end}}


def _byte(sources: Sources, path: str, line: int, column: int) -> int:
    return len(sources.line(path, line)[: column - 1].encode("utf-8", "replace")) + 1 if column > 1 else 1
