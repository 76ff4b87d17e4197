"""An Outcome -> text, one file per format; a format's module is imported only when it is asked for."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable

from dictlint.model.outcome import Outcome
from dictlint.report.terminal import Style, counted

FORMATS = ("text", "concise", "json", "json-lines", "sarif", "github", "gitlab", "junit", "checkstyle", "rdjson")
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


def summary(outcome: Outcome, style: Style) -> str:
    """`3 findings (2 high, 1 medium) in 2 files; 1 file not analysed`."""
    tail = f"; {counted(len(outcome.skipped), 'file')} not analysed\n" if outcome.skipped else "\n"
    if not outcome.findings:
        return style.paint(f"no findings in {counted(len(outcome.files), 'file')}", "green") + tail
    levels = Counter(finding.confidence for finding in outcome.findings)
    parts = ", ".join(f"{levels[level]} {level}" for level in ("high", "medium", "low") if levels[level])
    files = counted(len({finding.path for finding in outcome.findings}), "file")
    return style.paint(f"{counted(len(outcome.findings), 'finding')} ({parts}) in {files}", "bold") + tail
