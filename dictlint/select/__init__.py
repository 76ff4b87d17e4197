"""Which findings are shown: selected and not ignored, sure enough, able to break on the target, and not yet known."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

import msgspec

from dictlint.config import Config
from dictlint.model.finding import CONFIDENCES, SEVERITIES, Finding
from dictlint.model.note import Notes
from dictlint.model.site import SourceFile
from dictlint.select.words import Rules, reach

Shown = tuple[Finding, ...]
Codes = frozenset[str] | None


class Selection(msgspec.Struct, frozen=True):
    """`findings`: the shown ones; `ignored`: those that comments hide, each with its reason; `hidden`: how many are not
    shown for any other reason.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[tuple[Finding, str], ...] = ()
    hidden: int = 0


class View(msgspec.Struct, frozen=True):
    """What the choice depends on besides findings and settings. `whole`: the whole program was looked at; `noqa`:
    comments meant for all linters are heeded; `since`: the revision against which only changed lines count.
    """

    files: Sequence[SourceFile]
    rules: Callable[[], Rules]
    whole: bool = True
    noqa: bool = True
    since: str = ""


def choose(findings: Sequence[Finding], notes: Notes, config: Config, view: View) -> Selection:
    """The choice, in the order in which people think of it: settings, comments, declarations, lists of known ones."""
    rules = functools.cache(lambda: all_rules(view.rules()))
    codes = chosen(config, rules()) if chooses(config) else None
    left, ignored, remarks = list(findings), list[tuple[Finding, str]](), list[Finding]()
    if notes:
        from dictlint.select.comments import Comments

        comments = Comments(notes, rules(), noqa=view.noqa)
        left, ignored = comments.split(findings)
        looked_for = frozenset(code for code, _, _ in rules()) - _not_asked(config)
        remarks = list(comments.remarks(looked_for, reasons=config.require_reason, whole=view.whole))
    if notes or config.confined or config.thread_safe:
        from dictlint.select.declared import Declared

        declared = Declared(config, notes, view.files)
        if declared.says_anything:
            left = [finding for finding in left if not declared.denies(finding)]
    kept = shown([*left, *remarks], config, codes)
    if config.per_file_ignores and kept:
        kept = _outside(kept, config, view, rules())
    kept = _unknown(kept, findings, config, view, codes)
    told = frozenset(id(finding) for finding in shown([one for one, _ in ignored], config, codes))
    listed = tuple((finding, reason) for finding, reason in ignored if id(finding) in told)
    return Selection(kept, listed, max(0, len(findings) + len(remarks) - len(kept)))


def all_rules(rules: Rules) -> Rules:
    """Those of the catalogue, and those about comments."""
    from dictlint.select.remarks import NAMES

    return (*NAMES, *rules)


def _not_asked(config: Config) -> frozenset[str]:
    return frozenset() if config.contract == "strict" else frozenset(("DCT114",))


def _outside(findings: Shown, config: Config, view: View, rules: Rules) -> Shown:
    from dictlint.select.by_file import Exceptions

    exceptions = Exceptions(config, view.files, rules)
    return tuple(finding for finding in findings if not exceptions.cover(finding))


def _unknown(kept: Shown, every: Sequence[Finding], config: Config, view: View, codes: Codes) -> Shown:
    """Without those of the baseline, whose stale entries are told of, and those that no changed line takes part in."""
    if config.baseline:
        from dictlint.select.baseline import Baseline

        baseline = Baseline.read(config)
        stale = baseline.stale(every, view.files, config) if view.whole else ()
        kept = (*baseline.without(kept, view.files, config.root), *shown(stale, config, codes))
        kept = tuple(sorted(kept, key=gravity if config.profile == "audit" else place))
    if view.since:
        from dictlint.select.changes import Changes

        changes = Changes(config.root, view.since)
        real = {file.path: file.real for file in view.files}
        kept = tuple(finding for finding in kept if changes.touch(finding, real))
    return kept


def shown(findings: Iterable[Finding], config: Config, codes: Codes) -> Shown:
    """The findings that the settings ask for, by file and line; the gravest first where the profile is an audit.
    `codes`: those that are `chosen`, None for all.
    """
    threshold = CONFIDENCES.index(config.confidence)
    kept = (
        finding
        for finding in findings
        if (codes is None or finding.code in codes)
        and CONFIDENCES.index(finding.confidence) >= threshold
        and (config.target != "gil" or finding.breaks_on == "gil")
    )
    return tuple(sorted(kept, key=gravity if config.profile == "audit" else place))


def gravity(finding: Finding) -> tuple[object, ...]:
    """The surest first, then what is worse, then what breaks on every build."""
    sure, grave = CONFIDENCES.index(finding.confidence), SEVERITIES.index(finding.severity)
    return -sure, -grave, finding.breaks_on != "gil", *place(finding)


def place(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.code, finding.fingerprint


def chooses(config: Config) -> bool:
    """Whether anything is selected or ignored at all; only then the names of the rules matter."""
    return config.select != ("ALL",) or bool(config.ignore or config.extend_ignore)


def chosen(config: Config, rules: Rules) -> Codes:
    """The codes that the settings leave, None for all.

    The narrower word wins: `--select DCT102 --ignore DCT1` shows DCT102. What is ignored in addition is ignored.
    """
    if not chooses(config):
        return None
    wanted = reach((*config.select, *config.extend_select), rules)
    unwanted = reach((*config.ignore, *config.extend_ignore), rules)
    return frozenset(code for code, width in wanted.items() if code not in unwanted or width < unwanted[code])
