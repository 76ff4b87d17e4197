"""What a replay has shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dictlint.model.finding import Finding
from dictlint.model.verdict import Step
from dictlint.report.interleaving import interleaving
from dictlint.report.terminal import Style, counted, plain


class Seen(NamedTuple):
    """One run: the evidence or "", how the run ended, the places that nobody came to, and the interleaving."""

    text: str
    note: str
    missing: tuple[str, ...] = ()
    timeline: tuple[Step, ...] = ()
    same: bool = False
    """By the very schedule that was found before."""


def told(
    finding: Finding, seen: Sequence[Seen], times: int, style: Style, explored: str = "", steered: bool = True
) -> str:
    """What was seen first, and how often it was. `explored`: the Python of which a schedule was found; `steered`:
    somebody was held for it.
    """
    lines = [f"{plain(finding.path)}:{finding.line}: {finding.code} {plain(finding.message)}", ""]
    first = next((one for one in seen if one.text), None)
    if first is not None:
        lines += [*(plain(line) for line in first.text.splitlines()), ""]
        lines += [*interleaving(first.timeline, style.width), ""] if first.timeline else []
    shown = sum(1 for one in seen if one.text)
    how = _explored(seen, explored) if explored else STEERED if steered else DETERMINISTIC
    lines.append(f"shown again in {shown} of {counted(len(seen), 'run')}: {how}" if shown else NOT_SHOWN)
    for number, one in enumerate(seen, 1):
        lines += [f"run {number}: {plain(one.note)}"] if one.note else []
        lines += [f"run {number}: nobody came to {', '.join(one.missing)}"] if one.missing and not shown else []
    if len(seen) < times and not (seen and "interrupted" in seen[-1].note):
        lines.append(f"the budget was spent after {counted(len(seen), 'run')} of {times}")
    return "".join(f"{line}\n" for line in lines)


def _explored(seen: Sequence[Seen], python: str) -> str:
    same = sum(1 for one in seen if one.same)
    if same == len(seen):
        return f"the same steps in the same order each time; the schedule is deterministic on Python {python}"
    return f"the schedule of Python {python} in {same}, another one that was found anew in the others"


STEERED = "steered: one side was held until the other one was there; what else the program does was left to chance"
DETERMINISTIC = "deterministic: it does not matter who comes first, and nobody was held"
NOT_SHOWN = "it did not show again"
