"""Which findings are shown: selected and not ignored, sure enough, and able to break on the target."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.config import Config
from dictlint.model.finding import CONFIDENCES, SEVERITIES, Finding
from dictlint.model.trouble import Trouble, nearest

Rules = tuple[tuple[str, str, str], ...]


def shown(findings: Iterable[Finding], config: Config, codes: frozenset[str] | None) -> tuple[Finding, ...]:
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
    return config.select != ("ALL",) or bool(config.ignore)


def chosen(config: Config, rules: Rules) -> frozenset[str] | None:
    """The codes that `select` and `ignore` leave, None for all. `rules`: (code, name, family) of each.

    The narrower word wins: `--select DCT102 --ignore DCT1` shows DCT102.
    """
    if not chooses(config):
        return None
    wanted = _reach(config.select, rules)
    unwanted = _reach(config.ignore, rules)
    return frozenset(code for code, width in wanted.items() if code not in unwanted or width < unwanted[code])


def _reach(words: tuple[str, ...], rules: Rules) -> dict[str, int]:
    """Each code that one of the words names, with the number of rules that the narrowest such word names."""
    reach: dict[str, int] = {}
    for word in words:
        named = [rule[0] for rule in rules if _names(word, rule)]
        if not named:
            known = sorted({name for rule in rules for name in rule})
            raise Trouble(f"no rule, family or prefix is called `{word}`{nearest(word, known)}")
        for code in named:
            reach[code] = min(len(named), reach.get(code, len(rules) + 1))
    return reach


def _names(word: str, rule: tuple[str, str, str]) -> bool:
    code, name, family = rule
    if word == "ALL" or word.lower() in (name, family):
        return True
    return len(word) >= 3 and code.startswith(word.upper())
