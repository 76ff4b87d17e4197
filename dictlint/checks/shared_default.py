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


_MADE = re.compile(r"[{\[]|(\w+\.)*(dict|list|set|deque|defaultdict|OrderedDict|Counter|Weak\w+)\(")
_MEANT = ("shared", "all instances", "every instance", "class-level", "class level", "global", "singleton", "registry")
