"""The interleaving that was seen, drawn as the catalogue draws its own: two columns, time goes down."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator, Sequence

from dictlint.catalogue import Timeline
from dictlint.model.verdict import Step
from dictlint.report.sections import drawn
from dictlint.report.terminal import plain

OTHERS = "others"
BETWEEN = len(" | ")


def interleaving(steps: Sequence[Step], width: int, code: bool = True) -> list[str]:
    """Lines no longer than `width`; `code`: below each step the line that it took."""
    taken = [step for step in steps if step.activity]
    if not taken:
        return []
    names = list(dict.fromkeys(step.activity for step in taken))
    column = (width - BETWEEN) // 2 if len(names) > 1 else width
    left, right = names[0], OTHERS if len(names) > 2 else names[-1]
    rows = []
    for step in taken:
        for text in _lines(step, code, prefix=len(names) > 2 and step.activity != left):
            text = _short(text, column)
            rows.append((text, "") if step.activity == left else ("", text))
    heads = _short(plain(left), column), _short(plain(right), column)
    lines = drawn(Timeline(*heads, tuple(rows))).splitlines() if len(names) > 1 else _one(heads[0], rows)
    return [*lines, *(line for step in steps if not step.activity for line in _outcome(step, width))]


def _one(head: str, rows: list[tuple[str, str]]) -> list[str]:
    texts = [text for text, _ in rows]
    return [head, "-" * max(map(len, [head, *texts])), *texts]


def _outcome(step: Step, width: int) -> list[str]:
    return textwrap.wrap(plain(step.what), width, initial_indent="=> ", subsequent_indent="   ")


def _lines(step: Step, code: bool, prefix: bool) -> Iterator[str]:
    who = f"{plain(step.activity)}: " if prefix else ""
    at = f"  {plain(os.path.basename(step.path))}:{step.line}" if step.path else ""
    yield f"{who}{plain(step.what)}{at}"
    if code and step.code:
        yield f"    {plain(step.code)}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
