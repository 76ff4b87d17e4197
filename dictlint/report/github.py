"""`--format github`: workflow commands, which GitHub shows as annotations of a pull request."""

from __future__ import annotations

from dictlint.model.outcome import Outcome
from dictlint.report.problems import Problem, problems
from dictlint.report.terminal import Style, plain

COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
IN_TEXT = {"%": "%25", "\r": "%0D", "\n": "%0A"}
IN_PROPERTY = IN_TEXT | {":": "%3A", ",": "%2C"}


def render(outcome: Outcome, style: Style) -> str:
    return "".join(map(_line, problems(outcome)))


def _line(one: Problem) -> str:
    properties = {
        "file": one.path,
        "line": one.line,
        "endLine": one.end_line,
        "col": one.column,
        "endColumn": one.end_column,
        "title": f"{one.code} {one.name}",
    }
    if one.end_line != one.line:  # GitHub takes columns in one line only
        del properties["col"], properties["endColumn"]
    said = ",".join(f"{key}={_escaped(str(value), IN_PROPERTY)}" for key, value in properties.items())
    text = f"{one.message}\n{one.details}" if one.details else one.message
    return f"::{COMMANDS[one.severity]} {said}::{_escaped(text, IN_TEXT)}\n"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(char) or plain(char) for char in text)
