"""A rule of the catalogue -> its chapters, in the order in which they are read, on a page and in a terminal alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from dictlint.catalogue import RuleDoc, Timeline

# Examples are tests as well; readers need not see what they expect of the linter.
EXPECTATION = re.compile(r"[ \t]*# (expect|site|expect-todo|false-alarm-todo): .*")

SHARED = (
    "Where the analysis takes something for shared that is not, or the other way round, it can be told so by the "
    "settings `confined`, `thread-safe` and `entries`, and by comments of these names in the code."
)


class Section(NamedTuple):
    """`kind`: prose in paragraphs, code, a drawing whose columns must be kept, or points, one in each line."""

    title: str
    kind: Literal["prose", "code", "drawing", "points"]
    text: str


def sections(doc: RuleDoc) -> Iterator[Section]:
    """Everything that the catalogue says of one rule."""
    yield Section("What", "prose", doc.summary)
    yield Section("Why it breaks", "prose", doc.why)
    if doc.timeline is not None:
        yield Section("Timeline", "drawing", drawn(doc.timeline))
    for example in doc.example:
        title = f": {example.title}" if example.title else ""
        yield Section(f"Bad{title}", "code", _shown(example.bad))
        yield Section(f"Good{title}", "code", _shown(example.good))
    yield Section("How to fix it", "prose", doc.fix)
    yield Section("How it is confirmed", "prose", doc.evidence)
    if doc.limits:
        yield Section("Limits", "points", "\n".join(f"{limit.kind}: {limit.text}" for limit in doc.limits))
    yield Section("Configuration", "prose", _configuration(doc))
    if doc.references:
        yield Section("References", "points", "\n".join(doc.references))


def drawn(timeline: Timeline) -> str:
    """Two columns, time goes down."""
    rows = [(timeline.left, timeline.right), *timeline.steps]
    width = max(len(left) for left, _ in rows)
    lines = [f"{left:<{width}} | {right}".rstrip() for left, right in rows]
    lines.insert(1, "-" * width + "-+-" + "-" * max(len(right) for _, right in rows))
    return "\n".join(lines)


def _configuration(doc: RuleDoc) -> str:
    code = doc.code
    general = (
        f'`ignore = ["{code}"]` in the settings (or `--ignore {code}`) leaves the rule out, and `per-file-ignores` '
        f"does so in some files. `# dictlint: ignore[{code}] reason` hides one finding. The severity is "
        f"{doc.severity}: `fail-on` says from which severity on findings make the exit status 1."
    )
    own = [doc.configuration.strip()] if doc.configuration else []
    return "\n\n".join([*own, *([SHARED] if doc.family == "sharing" else []), general])


def _shown(code: str) -> str:
    return EXPECTATION.sub("", code.strip("\n"))
