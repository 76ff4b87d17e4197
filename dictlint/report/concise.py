"""`--format concise`: one line per finding, as compilers write them."""

from __future__ import annotations

from dictlint.model.finding import Finding
from dictlint.model.outcome import Outcome
from dictlint.model.verdict import Verdict
from dictlint.report.terminal import Style, plain

SKIPPED_CODE = "DCT000"


def render(outcome: Outcome, style: Style) -> str:
    rows = [(f.path, f.line, f.column, f.code, f.message + _verdict(f)) for f in outcome.findings]
    rows += [(s.path, s.line, s.column, SKIPPED_CODE, f"not analysed: {s.reason}") for s in outcome.skipped]
    return "".join(_line(row, style) for row in sorted(rows))


def _verdict(finding: Finding) -> str:
    verdict = finding.verdict
    return f" [{verdict.status}]" if isinstance(verdict, Verdict) else ""


def _line(row: tuple[str, int, int, str, str], style: Style) -> str:
    path, line, column, code, message = row
    return f"{style.paint(plain(path), 'bold')}:{line}:{column}: {style.paint(code, 'red')} {plain(message)}\n"
