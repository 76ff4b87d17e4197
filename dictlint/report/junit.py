"""`--format junit`: each finding a test that failed, each file that was not analysed a test in error."""

from __future__ import annotations

from itertools import groupby

from dictlint.model.outcome import Outcome
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style
from dictlint.report.xml import HEAD, tag, text


def render(outcome: Outcome, style: Style) -> str:
    every = list(problems(outcome))
    suites = [_suite(path, list(there)) for path, there in groupby(every, key=lambda one: one.path)]
    if not every:
        suites = [f"{tag('testsuite', name='dictlint', tests=1, failures=0, errors=0)}>\n", _passed(), "</testsuite>\n"]
    numbers = {"tests": len(every) or 1, "failures": len(outcome.findings), "errors": len(outcome.skipped)}
    return f"{HEAD}{tag('testsuites', name='dictlint', **numbers)}>\n{''.join(suites)}</testsuites>\n"


def _suite(path: str, there: list[Problem]) -> str:
    failed = sum(one.finding is not None for one in there)
    head = tag("testsuite", name=path, tests=len(there), failures=failed, errors=len(there) - failed)
    return f"{head}>\n{''.join(map(_case, there))}</testsuite>\n"


def _case(one: Problem) -> str:
    kind = "error" if one.finding is None else "failure"
    case = tag(
        "testcase", classname=one.path, name=f"{one.code} {one.name} line {one.line}", file=one.path, line=one.line
    )
    what = tag(kind, message=one.message, type=one.code)
    body = text(f"{one.path}:{one.line}:{one.column}: {one.code} {one.message}".replace("\n", " ") + f"\n{one.details}")
    return f"  {case}>\n    {what}>{body}</{kind}>\n  </testcase>\n"


def _passed() -> str:
    return f"  {tag('testcase', classname='dictlint', name='no findings')}/>\n"
