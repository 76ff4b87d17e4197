"""Findings -> edits: planned on the concrete tree, tried on the analysis, and kept only where the finding is gone."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from dictlint.fix.text import Text, text_of
from dictlint.model.finding import Finding
from dictlint.model.outcome import Outcome
from dictlint.model.trouble import Trouble

if TYPE_CHECKING:
    from dictlint.fix.plan import Fix

Unsaved = dict[str, bytes]
Again = Callable[[Unsaved], Outcome]
Key = tuple[str, str, str, str]
UNUSED = "DCT002"
MOST_ROUNDS = 8


class Mended(msgspec.Struct, frozen=True):
    """`texts`: the files as they would be, by their real paths, with their text of before; `outcome`: what is found in
    them then; `fixed`: the findings that are gone, and how; `offered`: how many only unsafe fixes would mend.
    """

    texts: dict[str, tuple[Text, bytes]]
    outcome: Outcome
    fixed: tuple[tuple[Finding, str], ...]
    offered: int

    @property
    def diff(self) -> str:
        """All edits as one patch."""
        return "".join(_diff(before, after) for before, after in self.texts.values())

    def write(self) -> None:
        """Puts the edits into the files, which must not have changed meanwhile."""
        for real, (before, after) in self.texts.items():
            _write(real, before.source, after)


class Workshop:
    """Contents of files while they are edited. `again` analyses the program with them; `wanted` are the fingerprints of
    the findings that may be mended, None for all.
    """

    def __init__(self, outcome: Outcome, again: Again, *, unsafe: bool, wanted: frozenset[str] | None = None) -> None:
        self._wanted = wanted
        self.outcome = outcome
        self.fixed: list[tuple[Finding, str]] = []
        self.offered = 0
        self._again = again
        self._unsafe = unsafe
        self._real = {file.path: file.real for file in outcome.files}
        self._before: dict[str, Text] = {}
        self._now: Unsaved = {}
        self._refused: set[tuple[object, ...]] = set()

    def mend(self) -> Mended:
        """Rounds of fixes that do not touch each other, until nothing is left to be fixed."""
        for _ in range(MOST_ROUNDS):
            plans = self._plans()
            if not plans:
                break
            self._try([fix for fixes, _ in plans for fix in fixes], [text for _, text in plans])
        self._drop_unused()
        texts = {real: (self._before[real], new) for real, new in self._now.items() if self._before[real].source != new}
        return Mended(texts, self.outcome, tuple(self.fixed), self.offered)

    def _text(self, path: str) -> Text:
        real = self._real.get(path, os.path.abspath(path))
        if real not in self._before:
            self._before[real] = text_of(path, real, _read(real))
        return text_of(path, real, self._now.get(real, self._before[real].source))

    def _plans(self) -> list[tuple[list[Fix], Text]]:
        """For each file that needs any: fixes that are wanted and do not overlap, and the text that they make."""
        found = []
        self.offered = 0
        by_path: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.outcome.findings:
            if finding.code in PLANNED and finding.path in self._real and self._is_wanted(finding):
                by_path[finding.path].append(finding)
        for path, findings in by_path.items():
            chosen, text = self._of_file(path, findings)
            if chosen:
                found.append((chosen, text))
        return found

    def _is_wanted(self, finding: Finding) -> bool:
        return self._wanted is None or finding.fingerprint in self._wanted

    def _of_file(self, path: str, findings: list[Finding]) -> tuple[list[Fix], Text]:
        from libcst import ParserSyntaxError

        from dictlint.fix.tree import Tree

        text = self._text(path)
        try:
            tree = Tree(text.source)
        except (ParserSyntaxError, RecursionError, UnicodeDecodeError):
            return [], text
        chosen: list[Fix] = []
        for finding in findings:
            plans = [plan for plan in planned(finding, tree) if (*key(finding), plan.title) not in self._refused]
            wanted = next((plan for plan in plans if plan.safe or self._unsafe), None)
            self.offered += wanted is None and bool(plans)
            if wanted and not any(wanted.overlaps(other, tree) for other in chosen):
                chosen.append(wanted)
        edits = {node: how for fix in chosen for node, how in zip(fix.nodes, fix.how)}
        return chosen, text.changed(tree.replaced(edits).code) if edits else text

    def _try(self, fixes: list[Fix], texts: list[Text]) -> None:
        """Keeps the texts if each finding is gone and no other has come; else remembers which fixes were no good."""
        unsaved = self._now | {text.real: text.source for text in texts}
        after = self._again(unsaved)
        bad = _failed(fixes, self.outcome, after)
        if bad:
            self._refused |= {(*key(fix.finding), fix.title) for fix in bad}
            return
        self._now, self.outcome = unsaved, after
        self.fixed += [(fix.finding, fix.title) for fix in fixes]

    def _drop_unused(self) -> None:
        from dictlint.fix.comments import without_unused

        unused: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in self.outcome.findings:
            if finding.code == UNUSED and self._is_wanted(finding):
                unused[finding.path].append(finding)
        for path, findings in unused.items():
            text = without_unused(self._text(path), findings)
            self._now[text.real] = text.source
            self.fixed += [(finding, "remove the comment") for finding in findings]
        if unused:
            self.outcome = self._again(self._now)


def key(finding: Finding) -> Key:
    """By what a finding is recognised after its lines have changed."""
    return finding.code, finding.path, finding.symbol, finding.container.qualname


def planned(finding: Finding, tree: object) -> list[Fix]:
    """All fixes of a finding, the safe ones first."""
    import importlib

    found = []
    for place in PLANNED[finding.code]:
        module, _, name = place.partition(":")
        plan = getattr(importlib.import_module(f"dictlint.fix.{module}"), name)(finding, tree)
        if plan is not None:
            found.append(plan)
    return sorted(found, key=lambda plan: not plan.safe)


PLANNED: Mapping[str, tuple[str, ...]] = {
    "DCT101": ("snapshot:plan", "locking:plan"),
    "DCT102": ("one_step:plan", "locking:plan", "locking:plan_new"),
    "DCT103": ("one_step:plan", "locking:plan", "locking:plan_new"),
    "DCT104": ("locking:plan", "locking:plan_new"),
    "DCT105": ("locking:plan",),
    "DCT106": ("locking:plan_other",),
    "DCT107": ("snapshot:plan",),
    "DCT108": ("copies:plan_escape",),
    "DCT109": ("locking:plan_new",),
    "DCT110": ("snapshot:plan",),
    "DCT112": ("copies:plan_handoff",),
    "DCT201": ("copies:plan_nested",),
    "DCT203": ("copies:plan_slots",),
    "DCT204": ("copies:plan_default",),
    "DCT207": ("copies:plan_proxy",),
    "DCT209": ("copies:plan_capture",),
    "DCT301": ("snapshot:plan",),
    "DCT303": ("recovery:plan_results", "recovery:plan_futures"),
    "DCT305": ("locking:plan_release",),
    "DCT306": ("recovery:plan_narrow",),
    "DCT401": ("recovery:plan_clear",),
    "DCT404": ("recovery:plan_put_back",),
    "DCT407": ("copies:plan_cached",),
}


def _failed(fixes: list[Fix], before: Outcome, after: Outcome) -> list[Fix]:
    """The fixes that did not help, or whose neighbourhood has a finding or a fault that it did not have."""
    was, now = (Counter(key(finding) for finding in one.findings) for one in (before, after))
    wanted = Counter(key(fix.finding) for fix in fixes)
    broken = {one.path for one in after.skipped} - {one.path for one in before.skipped}
    worse = [one for one in after.findings if now[key(one)] > was[key(one)] and one.code != UNUSED]
    blamed = {one.container.qualname for one in worse} - {""}
    files = broken | {one.path for one in worse if one.container.qualname in ("", *_untouched(worse, fixes))}
    return [
        fix
        for fix in fixes
        if now[key(fix.finding)] > was[key(fix.finding)] - wanted[key(fix.finding)]
        or fix.finding.container.qualname in blamed
        or fix.finding.path in files
    ]


def _untouched(worse: list[Finding], fixes: list[Fix]) -> set[str]:
    """Containers with new findings that no fix was about."""
    return {one.container.qualname for one in worse} - {fix.finding.container.qualname for fix in fixes}


def _diff(before: Text, after: bytes) -> str:
    import difflib

    new = text_of(before.path, before.real, after)
    rows = difflib.unified_diff(before.lines, new.lines, f"a/{before.path}", f"b/{before.path}")
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _read(real: str) -> bytes:
    try:
        with open(real, "rb") as file:
            return file.read()
    except OSError as error:
        raise Trouble(f"cannot read {real}: {error.strerror}") from None


def _write(real: str, expected: bytes, new: bytes) -> None:
    if _read(real) != expected:
        raise Trouble(f"{real} has changed while it was analysed; nothing more was written")
    try:
        with open(real, "wb") as file:
            file.write(new)
    except OSError as error:
        raise Trouble(f"cannot write {real}: {error.strerror}") from None


def add_ignores(outcome: Outcome, reason: str) -> int:
    """Writes a comment for each finding that is shown; how many statements now have one."""
    from dictlint.fix.comments import with_ignores

    real = {file.path: file.real for file in outcome.files}
    by_path: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in outcome.findings:
        if finding.container.name and finding.path in real:
            by_path[finding.path].append(finding)
    for path, findings in by_path.items():
        before = text_of(path, real[path], _read(real[path]))
        _write(real[path], before.source, with_ignores(before, findings, reason).source)
    return sum(map(len, by_path.values()))
