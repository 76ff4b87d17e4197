"""`--format text`: findings of one container together, each with the code of both sides and the order that breaks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from dictlint.model.finding import CONFIDENCES, SEVERITIES, AccessRef, ContainerRef, Finding
from dictlint.model.outcome import Outcome
from dictlint.model.verdict import Verdict
from dictlint.report.concise import SKIPPED_CODE
from dictlint.report.frames import Sources, frame
from dictlint.report.interleaving import interleaving
from dictlint.report.problems import replay_line, said
from dictlint.report.readiness import table
from dictlint.report.terminal import Style, plain

COLOURS = {"high": "red", "medium": "yellow", "low": "cyan"}
VERDICTS = {"confirmed": "red", "not confirmed": "green"}
BREAKS = {"gil": "breaks with and without the GIL", "free-threaded": "breaks on free-threaded builds only"}


def render(outcome: Outcome, style: Style) -> str:
    sources = Sources(outcome.files)
    blocks = [_group(group, sources, style) for group in grouped(outcome.findings)]
    blocks += ["".join(_skipped(outcome, style))] if outcome.skipped else []
    text = "".join(block + "\n" for block in blocks)
    return text + table(outcome, style) if outcome.profile == "audit" else text


def grouped(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings of one container together, the surest and gravest first; groups in the order of their first places."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.group or finding.fingerprint, []).append(finding)
    return [sorted(group, key=_gravity, reverse=True) for group in groups.values()]


def _gravity(finding: Finding) -> tuple[int, int]:
    return CONFIDENCES.index(finding.confidence), SEVERITIES.index(finding.severity)


def _group(findings: list[Finding], sources: Sources, style: Style) -> str:
    heading = [_heading(findings[0].container, style)] if findings[0].container.name else []
    return "\n".join([*heading, *(_finding(one, sources, style) for one in findings)])


def _heading(container: ContainerRef, style: Style) -> str:
    holder = f" {plain(container.holder)}" if container.holder else ""
    born = f", born at {plain(container.path)}:{container.line}" if container.path else ""
    return f"{style.paint(plain(container.name), 'bold')}: {plain(container.kind)}{holder}{born}\n"


def _finding(finding: Finding, sources: Sources, style: Style) -> str:
    place = style.paint(f"{plain(finding.path)}:{finding.line}:{finding.column}", "bold")
    code = style.paint(f"{finding.code} {finding.name}", COLOURS[finding.confidence])
    lines = [f"  {place}: {code} ({finding.confidence})", *_wrapped(finding.message, style)]
    for access in finding.accesses or (_own_place(finding),):
        lines += ["", *_side(access, sources, style)]
    if not finding.because:
        return "\n".join(lines) + "\n"
    lines += ["", *_wrapped(finding.because, style), *_wrapped(BREAKS.get(finding.breaks_on, ""), style)]
    lines += _wrapped(f"remedy: {finding.remedy}", style) if finding.remedy else []
    lines += _wrapped(f"the same hazard as {', '.join(finding.mentions)}", style) if finding.mentions else []
    lines += _verdict(finding, style)
    return "\n".join(lines) + "\n"


def _own_place(finding: Finding) -> AccessRef:
    at = finding.path, finding.line, finding.column, finding.end_line, finding.end_column
    return AccessRef("", "", *at, finding.symbol, "")


def _side(access: AccessRef, sources: Sources, style: Style) -> list[str]:
    facts = [
        f"{plain(access.path)}:{access.line}",
        f"in {plain(access.symbol)}" if access.symbol else "",
        f"run by {plain(access.activity)}" if access.activity else "",
        f"holding {plain(', '.join(access.locks))}" if access.locks else "holding no lock" if access.role else "",
    ]
    title = f"    {style.paint(plain(access.role), 'blue')} " if access.role else "    "
    return [title + ", ".join(fact for fact in facts if fact), *frame(access, sources, style, indent="    ")]


def _verdict(finding: Finding, style: Style) -> list[str]:
    verdict = finding.verdict
    if not isinstance(verdict, Verdict):
        return []
    status = said(verdict)
    first, *more = _wrapped(f"{status}: {verdict.reason}", style)
    lines = ["", first.replace(status, style.paint(status, VERDICTS.get(verdict.status, "yellow")), 1), *more]
    if not verdict.witness:
        return lines
    lines += [f"  {line}".rstrip() for line in ("", *interleaving(verdict.timeline, style.width - 2, code=False), "")]
    lines += [f"  timeline: {plain(verdict.trace)}"] if verdict.trace else []
    return [*lines, f"  {replay_line(finding)}"]


def _wrapped(text: str, style: Style) -> list[str]:
    return textwrap.wrap(plain(text), style.width, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def _skipped(outcome: Outcome, style: Style) -> Iterable[str]:
    for skipped in outcome.skipped:
        place = style.paint(f"{plain(skipped.path)}:{skipped.line}:{skipped.column}", "bold")
        yield f"{place}: {style.paint(SKIPPED_CODE, 'red')} not analysed: {plain(skipped.reason)}\n"
