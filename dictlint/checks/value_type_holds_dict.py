"""DCT202: a value type carries a dict; copies of the value share it, and one of them changes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program, Use

CODE = "DCT202"
_IN_ITS_PLACE = re.compile(r"\s*(\w+)\s*=\s*(\1\.\w+\(|(?:\w+\.)*(?:replace|evolve|assoc|copy)\(\s*\1\s*[,)])")


def find(program: Program) -> Iterator[Candidate]:
    """Every container of a value type that is changed in place, though values are copied with it."""
    return candidates(program, CODE)


def judge(candidate: Candidate, wording: Wording) -> Candidate | None:
    """None where every copy takes the place of its original, under the same name."""
    if candidate.rival_role != "copy" or candidate.sharing is None:
        return candidate
    copies = (candidate.rival, *candidate.sharing.instead)
    rival = next((one for one in copies if not _takes_the_place(one, wording)), None)
    return None if rival is None else replace(candidate, rival=rival)


def _takes_the_place(copy: Use, wording: Wording) -> bool:
    """`message = message._replace(...)`."""
    return _IN_ITS_PLACE.match(wording.block(copy.path, copy.access.at)) is not None
