"""DCT203: one object stands in every slot of a container, and is changed for one of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.link.copies.slots import VARIABLE
from dictlint.link.paths import is_birth
from dictlint.model.program import Program, Use
from dictlint.view.control import goes_on

CODE = "DCT203"


def find(program: Program) -> Iterator[Candidate]:
    """Every container filled with one object, and every object stored again in each turn of a loop."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The first change that is made through a slot; None where the object is made anew for each of them."""
    assert one.sharing is not None
    if one.form in ("loop", "template"):
        return one if _goes_round(one, wording) else None
    template = dict(one.sharing.said)["template"]
    changes = [use for use in (one.use, *(use for _, use in one.also)) if not _means_all(use, template, wording)]
    if not changes:
        return None
    return replace(one, use=changes[0], also=tuple(("change", use) for use in changes[1:]))


def _means_all(use: Use, template: str, wording: Wording) -> bool:
    """Whether it changes the object by the name that it had before it got into the slots."""
    text = wording.source(use.path, use.access.at)
    return is_birth(use.access.path) and bool(template) and text.startswith((f"{template}[", f"{template}."))


def _goes_round(one: Candidate, wording: Wording) -> bool:
    assert one.sharing is not None
    assert one.sharing.born is not None
    within = one.rival.within
    block, first = wording.block(one.rival.path, within), within.line - 1
    store, born = one.rival.access.at.line - first, one.sharing.born.line - first
    name = dict(one.sharing.said)["template"]
    if len(re.findall(rf"\b{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)", block)) != 1:
        return False  # the variable gets another object now and then
    if one.rival.access.op == "setitem" and not _varies(one.rival.access.key, block.splitlines(), store, born):
        return False  # one slot, which gets the same object again
    if _is_made_in_the_loop(block.splitlines(), store, born) or not goes_on(block, store, store, born):
        return False
    return one.form == "template" or goes_on(block, store, one.use.access.at.line - first, born)


def _varies(key: str, lines: list[str], store: int, born: int) -> bool:
    """Whether the key gets another value in a loop that goes round after the object is made."""
    names = "|".join(VARIABLE.findall(key))
    first = min((number for number in _loops(lines, store) if number > born), default=0)
    if not names or not first:
        return True
    change = re.compile(rf"\b(?:for|as)\b.*\b(?:{names})\b|(?<![.\w])(?:{names})\b[^=()\[\]]*=(?!=)")
    return any(change.search(line) for line in lines[first - 1 :])


def _is_made_in_the_loop(lines: list[str], store: int, born: int) -> bool:
    """Whether the lines around the store say so by themselves: most do, and no tree is built for these."""
    return any(number < born <= store for number in itertools.islice(_loops(lines, store), 1))


def _loops(lines: list[str], line: int) -> Iterator[int]:
    """The lines with which the loops around a line begin, inner ones first."""
    depth = _indent(lines[line - 1])
    for number in range(line - 1, 0, -1):
        text = lines[number - 1]
        if text.strip() and _indent(text) < depth:
            depth = _indent(text)
            if text.lstrip().startswith(("for ", "while ", "async for ")):
                yield number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
