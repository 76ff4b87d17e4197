"""What a whole run found out: the value that reports are made from."""

from __future__ import annotations

import msgspec

from dictlint.model.finding import Finding
from dictlint.model.site import Skipped, SourceFile
from dictlint.model.verdict import Confirmation


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`findings`: the shown ones; `hidden`: how many are not; `ignored`: those that
    comments hide, with reasons; `stages`: seconds by name; `notes`: what -v tells.
    `profile`: what the findings are meant for; `confirmation`: the runs that gave them verdicts."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    files: tuple[SourceFile, ...]
    lines: int = 0
    hidden: int = 0
    ignored: tuple[tuple[Finding, str], ...] = ()
    stages: tuple[tuple[str, float], ...] = ()
    notes: tuple[str, ...] = ()
    profile: str = "default"
    confirmation: Confirmation | None = None
