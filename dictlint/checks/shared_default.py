"""DCT204: a default argument or class attribute is made once, and changed as if each call or object had its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.model.site import Span

CODE = "DCT204"


def find(program: Program) -> Iterator[Candidate]:
    """Every default that something is put into."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the class says that all its objects share the attribute."""
    if one.form == "renamed":
        return one if _is_renamed(one, wording) else None
    if one.form == "attribute":
        assert one.sharing is not None
        assert one.sharing.born is not None
        first, at = one.sharing.born.line, one.rival.access.at
        lines = wording.block(one.rival.path, Span(max(first - 1, 1), 0, at.end_line, 0)).splitlines()
        above = lines[0] if first > 1 and lines[0].lstrip().startswith("#") else ""
        own = "\n".join(lines[1:] if first > 1 else lines)
        if "ClassVar" in own or any(word in (above + own.partition("#")[2]).lower() for word in _MEANT):
            return None
        if not _MADE.match(wording.source(one.rival.path, at)):
            return None  # a library makes one for each object of what is written here
    return one


def _is_renamed(one: Candidate, wording: Wording) -> bool:
    """Whether the function gave the defaults a name of its own, and hands out what it has changed by that name."""
    text = wording.source(one.use.path, one.use.access.at)
    own = re.match(r"\w+", text)
    if own is None or own[0] == one.container.name or _SETTING.search(one.use.symbol.rpartition(".")[2]):
        return False
    block = wording.block(one.use.path, one.use.within)
    named = rf"^\s*{own[0]}\s*=\s*(?:.*\b(?:or|else)\s+)?{re.escape(one.container.name)}\s*(?:#.*)?$"
    given = rf"\breturn\b.*\b{own[0]}\b|[(,=*]\s*{own[0]}\s*[,)]"
    return len(re.findall(named, block, re.MULTILINE)) == 1 and re.search(given, block) is not None


# What is meant to change the defaults themselves.
_SETTING = re.compile(
    r"^_*(?:re)?(?:(?:set|add|load|init|use|install)(?![a-z])|updat|regist|overrid|configure|patch)|default"
)
_MADE = re.compile(r"[{\[]|(\w+\.)*(dict|list|set|deque|defaultdict|OrderedDict|Counter|Weak\w+)\(")
_MEANT = ("shared", "all instances", "every instance", "class-level", "class level", "global", "singleton", "registry")
