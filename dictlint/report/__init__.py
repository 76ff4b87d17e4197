"""An Outcome -> text, one file per format; a format's module is imported only when it is asked for."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable

from dictlint.model.outcome import Outcome
from dictlint.model.verdict import STATUSES, Verdict
from dictlint.report.terminal import Style, counted, plain

FOR_PEOPLE = ("text", "concise")
Render = Callable[[Outcome, Style], str]


def renderer(format: str) -> Render:
    module = importlib.import_module(f"dictlint.report.{format.replace('-', '_')}")
    render: Render = module.render
    return render


def statistics(outcome: Outcome, style: Style) -> str:
    """How many findings each rule has, the most first."""
    counts = Counter((finding.code, finding.name) for finding in outcome.findings)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return "".join(f"{number:>6}  {style.paint(code, 'bold')}  {name}\n" for (code, name), number in rows)


def verdicts(outcome: Outcome, style: Style) -> str:
    """What the runs came to, and where everything was written; nothing where there were none."""
    told = outcome.confirmation
    if told is None:
        return ""
    counts = Counter(one.verdict.status for one in outcome.findings if isinstance(one.verdict, Verdict))
    parts = ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status]) or "nothing to confirm"
    lines = [f"{style.paint(parts, 'bold')} in {counted(len(told.runs), 'run')}; everything is in {plain(told.folder)}"]
    for run in told.runs:
        if run.note or run.status:
            ended = run.note or f"the command's own exit status was {run.status}"
            lines.append(f"run {run.number}: {ended}; its output is in {run.output}")
    return "".join(f"{line}\n" for line in [*lines, *map(plain, told.notes)])


def summary(outcome: Outcome, style: Style) -> str:
    """`3 findings (2 high, 1 medium) in 2 files; 1 file not analysed`."""
    tail = f"; {counted(len(outcome.skipped), 'file')} not analysed\n" if outcome.skipped else "\n"
    if not outcome.findings:
        return style.paint(f"no findings in {counted(len(outcome.files), 'file')}", "green") + tail
    levels = Counter(finding.confidence for finding in outcome.findings)
    parts = ", ".join(f"{levels[level]} {level}" for level in ("high", "medium", "low") if levels[level])
    files = counted(len({finding.path for finding in outcome.findings}), "file")
    return style.paint(f"{counted(len(outcome.findings), 'finding')} ({parts}) in {files}", "bold") + tail
