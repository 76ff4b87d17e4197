"""Suppression comments: written for findings, and taken out where they hide nothing. Lines are edited as text."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from dictlint.fix.text import Text
from dictlint.index.notes import statements
from dictlint.model.finding import Finding

LISTED = re.compile(r"(?P<head>#\s*dictlint:\s*ignore\[)(?P<words>[^\]]*)(?P<tail>\])", re.IGNORECASE)
NOQA = re.compile(r"(?P<head>#\s*noqa:\s?)(?P<words>[A-Z0-9,\s]*[0-9])(?P<tail>)", re.IGNORECASE)


def without_unused(text: Text, findings: Iterable[Finding]) -> Text:
    """The text without the comments, or the rules in them, that hide nothing (DCT002)."""
    lines = list(text.lines)
    for one in sorted(findings, key=lambda one: (one.line, one.column), reverse=True):
        line, end = _split(lines[one.line - 1])
        start, stop = one.column - 1, one.end_column - 1
        comment = _reduced(line[start:stop], one.mentions)
        left = (line[:start] + comment + line[stop:]).rstrip() if comment else _closed(line[:start], line[stop:])
        lines[one.line - 1] = left + end if left.strip() else ""
    return text.replaced(lines)


def _closed(before: str, after: str) -> str:
    """A line out of which a comment was taken."""
    if not before.strip():
        return after.lstrip()
    return before.rstrip() + ("  " + after.strip() if after.strip() else "")


def _reduced(comment: str, unused: Sequence[str]) -> str:
    """The comment without some of its rules; empty where none is left."""
    found = LISTED.match(comment) or NOQA.match(comment)
    if found is None or not unused:
        return ""
    every = re.split(r"[,\s]+", found["words"].strip())
    words = [word for word in every if word and word.upper() not in _upper(unused)]
    if not words:
        return ""
    return comment[: found.start("words")] + ", ".join(words) + comment[found.end("words") :]


def _upper(words: Iterable[str]) -> set[str]:
    return {word.upper() for word in words}


def with_ignores(text: Text, findings: Iterable[Finding], reason: str) -> Text:
    """The text with a comment at the end of each statement that has a finding."""
    ends = {line: last for first, last in statements(text.source) for line in range(first, last + 1)}
    codes: defaultdict[int, set[str]] = defaultdict(set)
    for one in findings:
        if one.line in ends:
            codes[ends[one.line]].add(one.code)
    lines = list(text.lines)
    for number, there in codes.items():
        line, end = _split(lines[number - 1])
        lines[number - 1] = _with_comment(line, there, reason) + end
    return text.replaced(lines)


def _with_comment(line: str, codes: set[str], reason: str) -> str:
    if found := LISTED.search(line):
        words = dict.fromkeys([*re.split(r"[,\s]+", found["words"].strip()), *sorted(codes)])
        return line[: found.start("words")] + ", ".join(words) + line[found.end("words") :]
    return f"{line.rstrip()}  # dictlint: ignore[{', '.join(sorted(codes))}] {reason}".rstrip()


def _split(line: str) -> tuple[str, str]:
    """A line and its end."""
    bare = line.rstrip("\r\n")
    return bare, line[len(bare) :]
