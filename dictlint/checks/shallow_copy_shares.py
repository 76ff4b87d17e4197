"""DCT201: a shallow copy is made to be apart, and what lies inside is changed on one side while the other is used."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program, Use
from dictlint.view.renewing import is_renewed_before, places_within

CODE = "DCT201"


_MOST = 4  # changes that are shown
_BY_ELEMENT = re.compile(r"\b(?:map|filter|zip|for)\b")  # what makes elements of its own


def find(program: Program) -> Iterator[Candidate]:
    """Every copy whose inside is changed though the other side is still there."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """Where a function changes its own copy: only what it reaches through the copy's name, not what it goes through."""
    if one.form != "object" and _BY_ELEMENT.search(wording.source(one.rival.path, one.rival.access.at, 400)):
        return None
    if one.form in ("method", "kept"):
        return _without_the_renewed(one, wording)
    if one.form != "local":
        return one
    assert one.sharing is not None
    said = dict(one.sharing.said)
    name = re.escape(said["copy"])
    block = wording.block(one.use.path, one.use.within)
    step = rf"{name}\s*(?:\[|\.get\(|\.setdefault\()" + _one_of(said.get("keys", ""))
    reach = re.compile(step)
    fetched = re.findall(rf"^\s*(\w+)\s*=\s*{step}", block, re.MULTILINE)

    def is_reached(use: Use) -> bool:
        text = wording.source(use.path, use.access.at, 400)
        return reach.match(text) is not None or any(re.match(rf"{alias}\s*[\[.]", text) for alias in fetched)

    changes = [use for use in (one.use, *(use for _, use in one.also)) if is_reached(use)]
    if not changes:
        return None
    return replace(one, use=changes[0], also=tuple(("change", use) for use in changes[1:]))


def _without_the_renewed(one: Candidate, wording: Wording) -> Candidate | None:
    """Without the changes of what a function has put there itself, just before, in place of what was copied."""

    def is_renewed(use: Use) -> bool:
        first, attribute = use.within.line - 1, one.container.name.rpartition(".")[2]
        text = wording.source(use.path, use.access.at, 400)
        path = use.access.path.partition("[")[0].lstrip("%")
        places = (*places_within(text, attribute), path)
        return is_renewed_before(wording.block(use.path, use.within), use.access.at.line - first, places, attribute)

    changes = [use for use in (one.use, *(use for _, use in one.also)) if not is_renewed(use)]
    if not changes:
        return None
    return replace(one, use=changes[0], also=tuple(("change", use) for use in changes[1:_MOST]))


def _one_of(keys: str) -> str:
    """The key of an entry that the copy has from its original, where it has other entries as well."""
    names = "|".join(re.escape(key[1:-1]) for key in keys.split(" ") if key[:1] in ("'", '"'))
    return rf"\s*['\"](?:{names})['\"]" if keys else ""
