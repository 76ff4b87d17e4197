"""DCT408: a pool's factory, template or prefill gives several objects the same dict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.model.site import Span
from dictlint.view.control import in_one_turn

CODE = "DCT408"


def find(program: Program) -> Iterator[Candidate]:
    """Every object of a pool that is made with a container which outlives the making."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """None where the container is made anew in each turn of the loop that makes the objects."""
    assert one.sharing is not None
    born, use = one.sharing.born, one.use
    if one.form == "record":
        return _in_record(one, wording)
    if born is None:
        return one
    first = use.within.line - 1
    block = wording.block(use.path, use.within)
    return None if in_one_turn(block, use.access.at.line - first, born.line - first) else one


def _in_record(one: Candidate, wording: Wording) -> Candidate | None:
    """The entry of a record that is a dict of the object which makes the record."""
    assert one.sharing is not None
    use = one.use
    given = dict(one.sharing.said)["given"].split()
    pattern = re.compile(rf"""["']\w+["']\s*:\s*self\.({"|".join(map(re.escape, given))})\s*(,|\}})""")
    text = wording.block(use.path, use.access.at)
    found = pattern.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    line = use.access.at.line + before.count("\n")
    column = len(before.rpartition("\n")[2].encode())
    at = Span(line, column, line, column + len(found[0].rstrip(",}").rstrip().encode()))
    step = replace(use, access=replace(use.access, at=at))
    container = replace(one.container, name=f"self.{found[1]}")
    return replace(one, use=step, container=container, rival=use)
