"""`--format gitlab`: a code quality report of GitLab."""

from __future__ import annotations

from collections import Counter

import msgspec

from dictlint.model.outcome import Outcome
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style

SEVERITIES = {"error": "critical", "warning": "major", "info": "minor"}


def render(outcome: Outcome, style: Style) -> str:
    given: Counter[str] = Counter()
    entries = [_entry(one, given) for one in problems(outcome)]
    return msgspec.json.format(msgspec.json.encode(entries), indent=2).decode() + "\n"


def _entry(one: Problem, given: Counter[str]) -> dict[str, object]:
    """GitLab drops entries of the same fingerprint: each is given once."""
    given[one.fingerprint] += 1
    again = f"-{given[one.fingerprint]}" if given[one.fingerprint] > 1 else ""
    return {
        "description": f"{one.code} {one.message}",
        "check_name": f"{one.code} {one.name}",
        "fingerprint": one.fingerprint + again,
        "severity": SEVERITIES[one.severity],
        "location": {"path": one.path, "lines": {"begin": one.line, "end": one.end_line}},
        "content": {"body": one.details},
    }
