"""What is reported: a finding with both places, the interleaving and the remedy."""

from __future__ import annotations

import msgspec

from dictlint.model.verdict import Verdict

CONFIDENCES = ("low", "medium", "high")
SEVERITIES = ("info", "warning", "error")


class ContainerRef(msgspec.Struct, frozen=True):
    """The shared container: name as written (`self._conns`), kind (`dict`), holder in words, birth, dotted name."""

    name: str
    kind: str
    holder: str
    path: str
    line: int
    qualname: str = ""


class AccessRef(msgspec.Struct, frozen=True):
    """One side. `role` is the label of rules.md (`iterate`, `write`, `test`, `act`...); columns count from 1."""

    role: str
    op: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    symbol: str
    activity: str
    locks: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """One hazard. `because` is the breaking interleaving in one sentence; `fingerprint` is stable when lines move;
    `mentions` are the codes of less specific rules that the same hazard falls under; `code_text` is the operation as it
    is written, white space left out; `guard`: the lock that other code holds; `verdict` is there when the program was
    run.
    """

    code: str
    name: str
    severity: str
    confidence: str
    message: str
    because: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    symbol: str
    fingerprint: str
    breaks_on: str
    container: ContainerRef
    accesses: tuple[AccessRef, ...]
    remedy: str
    group: str = ""
    mentions: tuple[str, ...] = ()
    code_text: str = ""
    guard: str = ""
    verdict: Verdict | msgspec.UnsetType = msgspec.UNSET
