"""What a replay has shown."""

from __future__ import annotations

from collections.abc import Sequence

from dictlint.model.finding import Finding
from dictlint.report.terminal import counted, plain

Seen = tuple[str, str, tuple[str, ...]]
"""The interleaving or "", how the run ended, and the places that nobody came to."""


def told(finding: Finding, seen: Sequence[Seen], times: int) -> str:
    """The interleaving that was seen first, and how often it was."""
    lines = [f"{plain(finding.path)}:{finding.line}: {finding.code} {plain(finding.message)}", ""]
    first = next((text for text, _, _ in seen if text), "")
    lines += [*(plain(line) for line in first.splitlines()), ""] if first else []
    shown = sum(1 for text, _, _ in seen if text)
    lines.append(f"shown again in {shown} of {counted(len(seen), 'run')}: {STEERED}" if shown else NOT_SHOWN)
    for number, (_, note, missing) in enumerate(seen, 1):
        lines += [f"run {number}: {plain(note)}"] if note else []
        lines += [f"run {number}: nobody came to {', '.join(missing)}"] if missing and not shown else []
    if len(seen) < times:
        lines.append(f"the budget was spent after {counted(len(seen), 'run')} of {times}")
    return "".join(f"{line}\n" for line in lines)


STEERED = "one side was held until the other one was there; what else the program does was left to chance"
NOT_SHOWN = "it did not show again"
