"""DCT306: a worker's loop takes the request to stop for an error, and goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.checks.astray import candidate, of_kind
from dictlint.checks.candidate import Candidate
from dictlint.checks.meeting import HIGH, LOW, MEDIUM, lower
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view.control import goes_on

CODE = "DCT306"
_RAISES = re.compile(r"^\s*raise\b", re.MULTILINE)
_TESTS = re.compile(r"^\s*(?:el)?if\b.*", re.MULTILINE)
_NAME = re.compile(r"\bas\s+(\w+)\s*:")
_FLAGS = re.compile(r"^\s*([\w.]+)(?:\s*=\s*(?:True|False|None)\s*(?:#.*)?$|\.set\(\))", re.MULTILINE)
# By these a condition may speak of the request itself, or of what comes with it.
_ASKED = re.compile(
    r"cancel|stop|clos|shut|exit|quit|abort|interrupt|runn|alive|type|instance|kill|term|done|exc_info", re.IGNORECASE
)


def find(program: Program) -> Iterator[Candidate]:
    """Every handler in a worker's loop that swallows a cancellation or an exit."""
    for one in of_kind(program, "endless"):
        sure = HIGH if "for ever" in one.traits else MEDIUM
        if "known" not in one.traits:
            sure = LOW
        yield candidate(CODE, one, "handler", lower(sure, MEDIUM) if "raises" in one.traits else sure)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the handler raises again, unless it does so only after so many errors, or ends the loop by what that
    asks for.
    """
    text = wording.block(one.use.path, one.use.access.at)
    if _ends_the_loop(text, wording.block(one.use.path, one.use.within)):
        return None
    if not _RAISES.search(text):
        return one
    head, _, body = text.partition("\n")
    named = _NAME.search(head)
    for test in _TESTS.findall(body):
        if _ASKED.search(test) or (named and re.search(rf"\b{named[1]}\b", test)):
            return None
    lines = body.splitlines()
    at = next((n for n, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#")), -1)
    if at < 0 or lines[at].lstrip().startswith("raise"):
        return None
    line = one.use.access.at.line - one.use.within.line + 2 + at
    return one if goes_on(wording.block(one.use.path, one.use.within), line, line, 0) else None


def _ends_the_loop(handler: str, block: str) -> bool:
    """Whether the handler sets what the condition of a loop asks for."""
    told = set(_FLAGS.findall(handler))
    return any(re.search(rf"^\s*while\b[^\n]*(?<![\w.]){re.escape(name)}\b", block, re.MULTILINE) for name in told)
