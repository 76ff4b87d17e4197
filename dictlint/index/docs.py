"""What docstrings say about threads."""

from __future__ import annotations

import re
from typing import Any

_CLAIM = re.compile(r"thread|concurren|[ (`\n-]lock|mutex|reentran|race condition")
_SUBJECT = re.compile(r"thread|concurren|safe")
_DENIAL = re.compile(r"\b(not|isn't|non|no|never)\b[\w\s-]*$")
_WARNS = ("not ", "n't ", "ever ", "Not ", "NOT ", "only", "unsafe", "nternal ", "hold", "held")
_ALONE = re.compile(
    r"(?:\A|[.:!] |\*\*)[*`]*(?:(?:[\w`]+ ){0,4}(?:is|are) )?\**not (?:\w+ )?thread[- ]?safe\b"
    r"(?![^.]{0,3}\b(?:so|hence|thus|therefore|but|unless|if|when)\b)"
    r"|\b(?:not|never|n't) be shared (?:\w+ )?(?:across|between|among|by) (?:\w+ )?threads"
)
_DISCLAIMS = re.compile(
    r"\b(?:do not|don't|never|must not|should not|may not) (?:be )?(?:use|call|run|invoke)"
    r"|\b(?:not|isn't) (?:\w+ )?thread[- ]?safe|\bthread[- ]?unsafe"
    r"|\binternal use\b"
    r"|\bonly (?:be )?(?:called|used|run) (?:from|in|on|by|with|while|under|inside|within)\b"
    r"[^.]{0,60}\b(?:thread|loop|lock|mutex|reactor)"
    r"|\b(?:callers?|must|should|assum\w+|expect\w*|requir\w+)\b[^.]{0,40}\b(?:hold|holds|held|holding)\b[^.]{0,40}lock"
    r"|lock\w*\b[^.]{0,30}\b(?:must|should|to|already) (?:be )?(?:held|acquired|locked)\b"
)


def claim_words(text: str | None) -> bool:
    """Whether a docstring speaks of being used concurrently (and does not deny it)."""
    if text is None:
        return False
    text = text.lower()
    if not _CLAIM.search(text):
        return False
    subjects = [match.start() for match in _SUBJECT.finditer(text)]
    return not any(_DENIAL.search(text[max(at - 16, 0) : at]) for at in subjects)


def denies(text: str | None) -> bool:
    """Whether a class's docstring says that its objects are for one thread at a time."""
    if text is None or "hread" not in text or not any(word in text for word in _WARNS):
        return False
    return _ALONE.search(" ".join(text.lower().split())) is not None


def disclaims(node: Any) -> bool:
    """Whether a function's docstring tells who may not call it, or what callers must hold."""
    first = node.body[0] if type(node.body) is list else None
    text = getattr(getattr(first, "value", None), "value", None)
    if type(text) is not str or not any(word in text for word in _WARNS):
        return False
    return _DISCLAIMS.search(" ".join(text.lower().split())) is not None
