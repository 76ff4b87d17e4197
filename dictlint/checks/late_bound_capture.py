"""DCT209: what an activity runs reads a variable of its starter, which goes on to the next value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.link.paths import leaf_name
from dictlint.model.program import Program
from dictlint.model.site import Span
from dictlint.view.capture import rebound

CODE = "DCT209"


def _may_be_bound(block: str, name: str) -> bool:
    """Whether the text binds the name somewhere; asked before a tree is built."""
    binding = rf"\bfor\b[^\n]*\b{name}\b|\b{name}\b[^=\n]*[^=!<>\n]=(?!=)|\bas\s+\(?{name}\b|\b{name}\s*="
    return re.search(binding, block) is not None


def find(program: Program) -> Iterator[Candidate]:
    """Every start of a function that reads variables of the one around it."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """Only if one of the variables changes before anybody waits for what was started."""
    assert one.sharing is not None
    capture, start = (one.rival, one.use) if one.form == "loop" else (one.use, one.rival)
    block, first = wording.block(capture.path, capture.within), capture.within.line - 1
    place = (capture.access.at.line - first, capture.access.at.column)
    from_line = (start if one.form == "loop" else capture).access.at.line - first
    names = tuple(dict(one.sharing.said)["names"].split())
    names = tuple(name for name in names if _may_be_bound(block, name))
    found = rebound(block, place, from_line, names, leaf_name(start.access.path)) if names else None
    if found is None:
        return None
    at = Span(found.line + first, found.column, found.line + first, found.end_column)
    binding = replace(capture, access=replace(capture.access, op="bind", at=at))
    head = Span(place[0] + first, place[1], place[0] + first, place[1])
    there = replace(capture, access=replace(capture.access, at=head))
    one = replace(one, container=replace(one.container, name=found.name))
    if one.form == "loop":
        return replace(one, rival=binding, rival_role="bind", also=(("capture", there),))
    return replace(one, also=(("bind", binding),))
