"""What a rule's query yields, before the concrete tree has judged it."""

from __future__ import annotations

import msgspec

from dictlint.model.activity import Lock
from dictlint.model.body import Compound, Pause
from dictlint.model.program import Container, Handoff, Loan, Sharing, Use


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A hazard: `use` breaks or loses, `rival` is what meets it; `also` are the other places, with their roles.

    `several`: other containers reach the same operation, as arguments. `rival_text` stands for a rival that no file
    shows. `form` chooses among a rule's texts; `breaks_on` is `gil` or `free-threaded`. `mentions`: codes of the less
    specific hazards that this one stands for. `guard`, `rival_guard`: the locks that the hazard is about, of each side.
    `pause`: where the coroutine is suspended between its steps. `handoff`: what was given away before. `loan`: what
    was borrowed. `sharing`: what is one, or is not, against all appearance.
    """

    code: str
    container: Container
    use: Use
    role: str
    rival: Use
    rival_role: str
    confidence: str
    breaks_on: str
    form: str = ""
    also: tuple[tuple[str, Use], ...] = ()
    compound: Compound | None = None
    covered: frozenset[Lock] = frozenset()
    tested_by: str = ""
    rival_text: str = ""
    several: bool = False
    mentions: tuple[str, ...] = ()
    guard: Lock | None = None
    rival_guard: Lock | None = None
    pause: Pause | None = None
    handoff: Handoff | None = None
    sharing: Sharing | None = None
    loan: Loan | None = None
