"""Rules by the words that people use for them: codes, beginnings of codes, names, families."""

from __future__ import annotations

from dictlint.model.trouble import Trouble, nearest

Rules = tuple[tuple[str, str, str], ...]  # code, name, family


def names(word: str, rule: tuple[str, str, str]) -> bool:
    """Whether a word names a rule, alone or among others."""
    code, name, family = rule
    if word == "ALL" or word.lower() in (name, family):
        return True
    return len(word) >= 3 and code.startswith(word.upper())


def reach(words: tuple[str, ...], rules: Rules) -> dict[str, int]:
    """Each code that one of the words names, with the number of rules that the narrowest such word names."""
    reached: dict[str, int] = {}
    for word in words:
        named = [rule[0] for rule in rules if names(word, rule)]
        if not named:
            known = sorted({name for rule in rules for name in rule})
            raise Trouble(f"no rule, family or prefix is called `{word}`{nearest(word, known)}")
        for code in named:
            reached[code] = min(len(named), reached.get(code, len(rules) + 1))
    return reached
