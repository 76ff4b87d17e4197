"""DCT207: a copy that a manager's proxy gave out is changed, and the manager never hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.checks.candidate import Candidate
from dictlint.checks.mistaken import candidates
from dictlint.checks.wording import Wording
from dictlint.model.program import Program
from dictlint.view import is_changed_by_name

CODE = "DCT207"


def find(program: Program) -> Iterator[Candidate]:
    """Every change of something that was fetched from a proxy and is not assigned back."""
    return candidates(program, CODE)


def judge(one: Candidate, wording: Wording) -> Candidate | None:
    """The proxy by the name that it has where it is made; None where a copy by a name of its own goes on from here."""
    assert one.sharing is not None
    if dict(one.sharing.said)["goes on"] and is_changed_by_name(wording.source(one.use.path, one.use.access.at, 400)):
        return None
    made = wording.block(one.rival.path, one.rival.access.at).partition("=")
    name = made[0].strip()
    if not made[1] or not name.replace(".", "").replace("_", "").isalnum():
        name = one.container.name.lstrip("!0123456789") or "the proxy"
    return replace(one, container=replace(one.container, name=name))
