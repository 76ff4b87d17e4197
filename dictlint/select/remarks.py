"""What is said of the comments and lists that hide findings: rules of their own, without a check."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from dictlint.model.finding import ContainerRef, Finding

FAMILY = "comments"


class Remark(msgspec.Struct, frozen=True):
    """One such rule."""

    code: str
    name: str
    severity: str
    summary: str
    why: str
    fix: str


REMARKS = (
    Remark(
        "DCT001",
        "ignore-without-reason",
        "warning",
        "a suppression comment does not say why (with `require-reason` only)",
        "Whoever reads the code later cannot tell whether the hazard was weighed or only silenced.",
        "Write the reason behind the list of rules: `# dictlint: ignore[DCT102] one writer, before all readers start`.",
    ),
    Remark(
        "DCT002",
        "unused-ignore",
        "warning",
        "a suppression comment hides nothing",
        "It was written for a hazard that is gone, and will hide the next one that appears there. What counts is what "
        "this run would show otherwise, at the confidence and by the contract that are in force. Nothing is said where "
        "single files are analysed: the other side of a hazard may be elsewhere.",
        "Remove the comment, or the rules in it that hide nothing; `--fix` does so.",
    ),
    Remark(
        "DCT003",
        "unreadable-comment",
        "error",
        "a comment that begins with `dictlint:` is not understood",
        "A slip in such a comment would otherwise be silent: nothing is hidden, or nothing is checked.",
        "Correct it; what there is: `ignore`, `ignore-next-line`, `ignore-file`, each with `[RULES]` and a reason; "
        "`guarded-by=LOCK`, `confined`, `thread-safe`.",
    ),
    Remark(
        "DCT004",
        "stale-baseline",
        "warning",
        "an entry of the baseline is no longer found",
        "The finding was mended, or its code was changed. As long as the entry stands there, the same hazard may "
        "return unseen.",
        "Run `dictlint baseline`, which writes the file anew.",
    ),
)
BY_CODE = {remark.code: remark for remark in REMARKS}
NAMES = tuple((remark.code, remark.name, FAMILY) for remark in REMARKS)


def remark(code: str, message: str, path: str, line: int, column: int, end_column: int) -> Finding:
    """A finding about a comment, or a line of the baseline."""
    rule = BY_CODE[code]
    return Finding(
        code=code,
        name=rule.name,
        severity=rule.severity,
        confidence="high",
        message=message,
        because="",
        path=path,
        line=line,
        column=column,
        end_line=line,
        end_column=end_column,
        symbol="",
        fingerprint=blake2b(f"{code}\0{path}\0{message}".encode("utf-8", "replace"), digest_size=8).hexdigest(),
        breaks_on="gil",
        container=ContainerRef("", "", "", "", 0),
        accesses=(),
        remedy="",
    )
