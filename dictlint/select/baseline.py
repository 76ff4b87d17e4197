"""Findings that are known: a file of rule, path, enclosing function and code, which survives that lines move."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from dictlint.config import Config
from dictlint.model.finding import CONFIDENCES, Finding
from dictlint.model.site import SourceFile
from dictlint.model.trouble import Trouble
from dictlint.select.remarks import FAMILY, NAMES, remark

Key = tuple[str, str, str, str]
DEFAULT = ".dictlint-baseline.json"
VERSION = 1
QUOTES = str.maketrans({"'": '"'})


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many findings of one rule at the same code of one function."""

    rule: str
    path: str
    symbol: str
    code: str
    count: int = 1

    @property
    def key(self) -> Key:
        return self.rule, self.path, self.symbol, self.code


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as it is written. `confidence` and `contract` are those of the run that wrote it."""

    version: int
    confidence: str
    contract: str
    findings: tuple[Known, ...]


class Baseline:
    """What is known, and where it is written down."""

    def __init__(self, path: str, told: File, lines: dict[Key, int]) -> None:
        self._path = path
        self._told = told
        self._lines = lines

    @classmethod
    def read(cls, config: Config) -> Baseline:
        """The baseline that the settings name."""
        path = os.path.join(config.base, config.baseline)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise Trouble(
                f"cannot read the baseline {path}: {error.strerror} (`dictlint baseline` writes it)"
            ) from None
        try:
            told = msgspec.json.decode(data, type=File)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Trouble(f"{path} is no baseline: {error}") from None
        if told.version != VERSION:
            raise Trouble(f"{path} is a baseline of version {told.version}; this dictlint reads {VERSION}")
        return cls(path, told, _lines(data))

    def without(self, findings: Sequence[Finding], files: Sequence[SourceFile], root: str) -> list[Finding]:
        """The findings that are not known: of several alike as many as there are more of them than before."""
        left = Counter({one.key: one.count for one in self._told.findings})
        shown = []
        for finding, key in zip(findings, keys(findings, files, root)):
            if finding.code in COMMENTED or left[key] <= 0:
                shown.append(finding)
            else:
                left[key] -= 1
        return shown

    def stale(self, every: Sequence[Finding], files: Sequence[SourceFile], config: Config) -> Iterator[Finding]:
        """Entries that are no longer found, by a run that looks as far as the one that wrote them."""
        further = CONFIDENCES.index(config.confidence) > CONFIDENCES.index(self._told.confidence)
        if further or config.contract != self._told.contract:
            return
        found = Counter(keys(every, files, config.root))
        analysed = {relative(file.real, config.root) for file in files}
        where = relative(self._path, os.getcwd())
        for one in self._told.findings:
            gone = one.count - found[one.key]
            if gone > 0 and (one.path in analysed or not os.path.exists(os.path.join(config.root, one.path))):
                times = f" {gone} of {one.count} times" if one.count > 1 else ""
                message = f"{one.rule} at `{one.code}` in {one.path} is no longer found{times}"
                yield remark("DCT004", message, where, self._lines.get(one.key, 1), 1, 2)


COMMENTED = frozenset(code for code, _, family in NAMES if family == FAMILY)


def keys(findings: Iterable[Finding], files: Sequence[SourceFile], root: str) -> list[Key]:
    """By what each finding is recognised."""
    real = {file.path: file.real for file in files}
    return [
        (one.code, relative(real.get(one.path, one.path), root), one.symbol, normal(one.code_text)) for one in findings
    ]


def normal(code: str) -> str:
    """Code without what formatters change."""
    return code.translate(QUOTES).replace(",)", ")").replace(",]", "]").replace(",}", "}")


def relative(path: str, root: str) -> str:
    """With slashes, the same on every machine."""
    return os.path.relpath(os.path.abspath(path), root).replace(os.sep, "/")


def written(findings: Sequence[Finding], files: Sequence[SourceFile], config: Config) -> str:
    """The text of a baseline, a line for each entry so that merges and reviews are easy."""
    counts = Counter(key for key in keys(findings, files, config.root) if key[0] not in COMMENTED)
    known = [Known(*key, count=count) for key, count in sorted(counts.items(), key=lambda item: (item[0][1], item[0]))]
    lines = ",\n".join(f"    {msgspec.json.encode(one).decode()}" for one in known)
    head = f'"version": {VERSION},\n  "confidence": "{config.confidence}",\n  "contract": "{config.contract}",\n'
    body = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  {head}  "findings": {body}\n}}\n'


def _lines(data: bytes) -> dict[Key, int]:
    """On which line each entry stands, where the file is as it was written."""
    found: dict[Key, int] = {}
    for number, line in enumerate(data.splitlines(), start=1):
        if line.lstrip().startswith(b'{"rule"'):
            try:
                found[msgspec.json.decode(line.strip().rstrip(b","), type=Known).key] = number
            except msgspec.DecodeError:
                continue
    return found
