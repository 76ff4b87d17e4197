"""Runs the analyser over a case and compares what it says with what the case's comments say, exactly both ways.

A case is a file, or a folder of modules. Its comments:

    # expect: DCT102                      exactly one such finding on this line
    # expect: DCT102 with test            and the line labelled `test`, in any file of the case, is one of its accesses
    # expect: DCT102 at low               shown at low confidence only; `at medium` and `at high` mean exactly that
    # expect: DCT102; DCT104 with test    several findings on one line
    # site: test                          a label
    # expect-todo: DCT102                 a known missed alarm: fails when it starts to work
    # false-alarm-todo: DCT102            a known false alarm: fails when it is gone

    # contract: strict                    the case is judged by the strict contract

A plain expectation means: shown by default, that is with high or medium confidence. Findings of low confidence count
in those cases only that say something about low: such a case must then say all of it.
Several comments may follow each other on one line: `# expect: DCT104  # site: store`.
"""

from __future__ import annotations

import os
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dictlint.config import Config
from dictlint.model.finding import CONFIDENCES, Finding
from dictlint.pipeline import analyse

Place = tuple[Path, int]
SHOWN = ("medium", "high")
KINDS = ("expect", "expect-todo", "false-alarm-todo", "site")
COMMENT = re.compile(r"(?P<kind>expect(?:-\w+)*|false-alarm(?:-\w+)*|site)\s*:\s*(?P<body>.*)")
WANTED = re.compile(r"(?P<code>DCT\d{3})(?P<sites>(?: with [\w-]+)*)(?: at (?P<confidence>low|medium|high))?")


class BadComment(Exception):
    """An expectation that cannot be read, or a label that is missing or there twice: the case itself is wrong."""


@dataclass(frozen=True)
class Expectation:
    """One finding that a comment asks for (or, with kind `expect-todo`, knows to be missed)."""

    kind: str
    place: Place
    code: str
    sites: tuple[str, ...]
    confidences: tuple[str, ...]

    def __str__(self) -> str:
        words = [self.code, *(f"with {site}" for site in self.sites)]
        return " ".join(words) + ("" if self.confidences == SHOWN else f" at {self.confidences[0]}")


@dataclass
class Case:
    """The comments of all files of a case."""

    path: Path
    expectations: list[Expectation] = field(default_factory=list)
    sites: dict[str, Place] = field(default_factory=dict)

    @property
    def files(self) -> list[Path]:
        return sorted(self.path.rglob("*.py")) if self.path.is_dir() else [self.path]

    @property
    def speaks_about_low(self) -> bool:
        return any("low" in expectation.confidences for expectation in self.expectations)


def read_case(path: Path) -> Case:
    """The case with all its expectations and labels, which must fit together."""
    case = Case(path)
    for file in case.files:
        for line, text in comments(file):
            _read_comment(case, (file.resolve(), line), text)
    for expectation in case.expectations:
        for site in expectation.sites:
            if site not in case.sites:
                raise BadComment(f"{at(expectation.place)}: no line is labelled `{site}`")
    return case


def comments(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every comment; `# a  # b` are two."""
    with open(file, "rb") as lines:
        for token in tokenize.tokenize(lines.readline):
            if token.type == tokenize.COMMENT:
                yield from ((token.start[0], part.strip()) for part in token.string.split("#"))


def _read_comment(case: Case, place: Place, text: str) -> None:
    comment = COMMENT.fullmatch(text)
    if comment is None:
        return
    kind, body = comment["kind"], comment["body"].strip()
    if kind not in KINDS:
        raise BadComment(f"{at(place)}: `{kind}` is none of {', '.join(KINDS)}")
    if kind == "site":
        if case.sites.setdefault(body, place) != place:
            raise BadComment(f"{at(place)}: the label `{body}` is there twice")
        return
    case.expectations += [_wanted(kind, place, part.strip()) for part in body.split(";")]


def _wanted(kind: str, place: Place, text: str) -> Expectation:
    wanted = WANTED.fullmatch(text)
    if wanted is None:
        raise BadComment(f"{at(place)}: `{text}` is not `DCTnnn [with SITE]... [at low|medium|high]`")
    sites = tuple(wanted["sites"].split(" with ")[1:])
    confidences = (wanted["confidence"],) if wanted["confidence"] else SHOWN
    return Expectation(kind, place, wanted["code"], sites, confidences)


def run(path: Path) -> tuple[Finding, ...]:
    """All findings of the case, whatever their confidence, found in this process and without a cache."""
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    strict = any(text == "contract: strict" for file in files for _, text in comments(file))
    root = str(path if path.is_dir() else path.parent)
    contract = "strict" if strict else "python"
    config = Config(root=root, confidence="low", contract=contract, jobs=1, cache=False)
    outcome = analyse([str(path)], config)
    assert not outcome.skipped, outcome.skipped
    return outcome.findings


def differences(case: Case, findings: Iterable[Finding]) -> list[str]:
    """What was expected and not found, found and not expected: empty when they agree."""
    left = [finding for finding in findings if finding.confidence != "low" or case.speaks_about_low]
    said: list[str] = []
    for expectation in case.expectations:
        found = next((finding for finding in left if _same(case, expectation, finding)), None)
        if expectation.kind == "expect-todo":
            if found is not None:
                said.append(f"{at(expectation.place)}: {expectation} is found by now, make it `expect`")
        elif found is None:
            gone = "is gone, remove the comment" if expectation.kind == "false-alarm-todo" else "not found"
            said.append(f"{at(expectation.place)}: {expectation} {gone}")
        if found is not None:
            left.remove(found)
    said += [f"{at(place_of(finding))}: {describe(finding)} not expected" for finding in left]
    return said


def check(path: Path) -> None:
    """Fails with one line for each difference."""
    said = differences(read_case(path), run(path))
    assert not said, "\n" + "\n".join(said)


def _same(case: Case, expectation: Expectation, finding: Finding) -> bool:
    accesses = {(Path(os.path.realpath(access.path)), access.line) for access in finding.accesses}
    return (
        finding.code == expectation.code
        and place_of(finding) == expectation.place
        and finding.confidence in expectation.confidences
        and all(case.sites[site] in accesses for site in expectation.sites)
    )


def place_of(finding: Finding) -> Place:
    return Path(os.path.realpath(finding.path)), finding.line


def describe(finding: Finding) -> str:
    """A finding as a comment would ask for it, with the lines of its accesses."""
    assert finding.confidence in CONFIDENCES
    lines = ", ".join(f"{os.path.basename(access.path)}:{access.line} {access.role}" for access in finding.accesses)
    return f"{finding.code} at {finding.confidence} ({finding.message}) [{lines}]"


def at(place: Place) -> str:
    return f"{place[0].name}:{place[1]}"
