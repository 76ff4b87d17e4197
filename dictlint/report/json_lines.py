"""`--format json-lines`: an object on each line, those of docs/json.md; files that were not analysed come last."""

from __future__ import annotations

import msgspec

from dictlint.model.outcome import Outcome
from dictlint.report.problems import problems
from dictlint.report.terminal import Style


def render(outcome: Outcome, style: Style) -> str:
    encode = msgspec.json.Encoder().encode
    return "".join(encode(one.finding or _skipped(one)).decode() + "\n" for one in problems(outcome))


def _skipped(one: msgspec.Struct) -> dict[str, object]:
    wanted = ("code", "name", "severity", "message", "path", "line", "column")
    return {name: getattr(one, name) for name in wanted}
