"""What became of findings when the program was run."""

from __future__ import annotations

import msgspec

STATUSES = ("confirmed", "not confirmed", "single-activity", "not reached", "not checkable")
EVIDENCE = ("order", "window", "damage")


class Step(msgspec.Struct, frozen=True):
    """One step of an interleaving: who did what, where. `activity` is empty in the last one, which says what came of
    it. `code`: the line as it is written.
    """

    activity: str
    what: str
    path: str = ""
    line: int = 0
    code: str = ""
    locks: tuple[str, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """`evidence` of a confirmed finding: `damage` was done, something came into the `window`, or nothing guarantees
    the `order`. `witness`: the file that `dictlint replay` reads. `runs`: how many runs looked for it. `reason`: what
    was seen, or why no more was. `timeline`: the interleaving that was seen; `trace`: the file in which it is drawn for
    viewers of trace events.
    """

    status: str
    reason: str
    runs: int = 0
    evidence: str = ""
    witness: str = ""
    timeline: tuple[Step, ...] = ()
    trace: str = ""


class Run(msgspec.Struct, frozen=True):
    """One run of the user's command. `status`: its exit status, None where it was ended by `note`'s cause."""

    number: int
    command: tuple[str, ...]
    status: int | None
    seconds: float
    output: str
    note: str = ""


class Confirmation(msgspec.Struct, frozen=True):
    """All runs together, and the `folder` under which everything was written."""

    folder: str
    command: tuple[str, ...]
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()
