"""What docstrings say about threads."""

from __future__ import annotations

import re
from typing import Any

_PROMISE = re.compile(
    r"\A\W*(?:(?!(?:of|with|has|have|holds|keeps|using|uses|around|via|from|into|which|whether|some|most|parts?)\b)"
    r"\S+ ){0,6}?(?:"
    r"\bthread[- ]?safe\b(?!ty)"
    r"|\bsafe\b[^.]{0,40}\b(?:threads|any thread)\b"
    r"|\b(?:shared|used|called|accessed)\b(?: \w+){0,2} (?:by|between|among|across|from|in) (?:\w+ ){0,2}threads\b)"
)
_UNLESS = re.compile(
    r"\b(?:not|non|never|no|nor|unless|only|if|when|while|once|except|must|should|need\w*|requir\w+|without|until"
    r"|unlikely|otherwise|own|atomic\w*|immutable)\b|n't\b|\b(?:todo|fixme)\b"
)
_WARNS = (
    "not ",
    "n't ",
    "ever ",
    "Not ",
    "NOT ",
    "ot* ",
    "OT* ",
    "only",
    "unsafe",
    "nternal ",
    "hold",
    "held",
    "ust be ca",
    "ust be us",
)
_IN_ITS_THREAD = (
    r"be (?:called|used|run|accessed) (?:only )?(?:from|in|on|within|inside) (?:the|its)\b"
    r"(?!(?: \w+)? (?:other|different|thread pool))[^.;:]{0,40}\b(?:thread|loop|reactor)\b"
)
_ALONE = re.compile(
    r"(?:\A|[.:!] |\*\*)[*`]*(?:(?:[\w`]+ ){0,4}(?:is|are) )?\**not\** (?:\w+ )?thread[- ]?safe\b"
    r"(?![^.]{0,3}\b(?:so|hence|thus|therefore|but|unless|if|when)\b)"
    rf"|\b(?:every|all|its|whose|public|\w+'s) (?:public )?methods? must (?:only |always )?{_IN_ITS_THREAD}"
    r"|\b(?:not|never|n't) be shared (?:\w+ )?(?:across|between|among|by) (?:\w+ )?threads"
)
_ONLY = re.compile(r"\bonly thread[- ]?safe (?:method|function|call|operation|member)\b")
_DISCLAIMS = re.compile(
    r"\b(?:do not|don't|never|must not|should not|may not) (?:be )?(?:use|call|run|invoke)"
    r"|\b(?:not|isn't) (?:\w+ )?thread[- ]?safe|\bthread[- ]?unsafe"
    r"|\binternal use\b"
    r"|\bonly (?:be )?(?:called|used|run) (?:from|in|on|by|with|while|under|inside|within)\b"
    r"[^.]{0,60}\b(?:thread|loop|lock|mutex|reactor)"
    rf"|\bmust (?:always )?{_IN_ITS_THREAD}"
    r"|\b(?:callers?|must|should|assum\w+|expect\w*|requir\w+)\b[^.]{0,40}\b(?:hold|holds|held|holding)\b[^.]{0,40}lock"
    r"|lock\w*\b[^.]{0,30}\b(?:must|should|to|already) (?:be )?(?:held|acquired|locked)\b"
)


def promises(text: str | None) -> bool:
    """Whether a docstring promises that threads may share what it describes, and asks nothing of them."""
    if text is None or "hread" not in text:
        return False
    sentences = re.split(r"[.!?;:](?=\s)|\n\s*\n", text.lower())
    told = [" ".join(one.split()) for one in sentences if "thread" in one]
    return any(_PROMISE.match(one) for one in told) and not any(_UNLESS.search(one) for one in told)


def denies(text: str | None) -> bool:
    """Whether a class's docstring says that its objects are for one thread at a time, or for that of a loop."""
    if text is None or not ("hread" in text or "loop" in text) or not any(word in text for word in _WARNS):
        return False
    return _ALONE.search(" ".join(text.lower().split())) is not None


def stands_out(text: str | None) -> bool:
    """Whether a method's docstring says that no other method of the object may be called by several threads."""
    if text is None or "nly thread" not in text:
        return False
    return _ONLY.search(" ".join(text.lower().split())) is not None


def disclaims(node: Any) -> bool:
    """Whether a function's docstring tells who may not call it, or what callers must hold."""
    first = node.body[0] if type(node.body) is list else None
    text = getattr(getattr(first, "value", None), "value", None)
    if type(text) is not str or not any(word in text for word in _WARNS):
        return False
    return _DISCLAIMS.search(" ".join(text.lower().split())) is not None
