"""`--format checkstyle`: the XML that Checkstyle writes, read by many."""

from __future__ import annotations

from itertools import groupby

from dictlint.model.outcome import Outcome
from dictlint.model.verdict import Verdict
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style
from dictlint.report.xml import HEAD, tag


def render(outcome: Outcome, style: Style) -> str:
    every = sorted(problems(outcome), key=lambda one: (one.path, one.line, one.column))
    files = [
        f"  {tag('file', name=path)}>\n{''.join(map(_error, there))}  </file>\n"
        for path, there in groupby(every, key=lambda one: one.path)
    ]
    return f"{HEAD}{tag('checkstyle', version='4.3')}>\n{''.join(files)}</checkstyle>\n"


def _error(one: Problem) -> str:
    place = {"line": one.line, "column": one.column, "severity": one.severity}
    run = one.finding.verdict if one.finding else None
    verdict = f" [{run.status}]" if isinstance(run, Verdict) else ""
    said = tag("error", **place, message=f"{one.code} {one.message}{verdict}", source=f"dictlint.{one.name}")
    return f"    {said}/>\n"
