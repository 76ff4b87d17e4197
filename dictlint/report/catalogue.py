"""Rules and models -> text: `dictlint explain`, `dictlint rules` and `dictlint models`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from dictlint.catalogue import RuleDoc
from dictlint.knowledge.models import Model
from dictlint.report.terminal import Style
from dictlint.select.remarks import FAMILY, Remark

# Examples are tests as well; readers need not see what they expect of the linter.
EXPECTATION = re.compile(r"[ \t]*# (expect|site|expect-todo|false-alarm-todo): .*")


def table(docs: Iterable[RuleDoc], style: Style) -> str:
    """A line each: code, name, summary."""
    rows = list(docs)
    width = max((len(doc.name) for doc in rows), default=0)
    return "".join(f"{style.paint(doc.code, 'bold')}  {doc.name:<{width}}  {doc.summary}\n" for doc in rows)


def known_models(models: Iterable[Model], style: Style) -> str:
    """A line each: name, what runs where."""
    rows = list(models)
    width = max((len(model.name) for model in rows), default=0)
    return "".join(f"{style.paint(f'{model.name:<{width}}', 'bold')}  {model.about}\n" for model in rows)


def explanation(doc: RuleDoc, style: Style) -> str:
    """Everything the catalogue says of one rule."""
    parts = [
        _section(f"{doc.code} {doc.name} ({doc.family}, {doc.severity})", doc.summary, style),
        _section("Why", doc.why, style),
        _section("Fix", doc.fix, style),
        _section("Evidence", doc.evidence, style),
        *(_section(f"Known {limit.kind}", limit.text, style) for limit in doc.limits),
    ]
    for example in doc.example:
        title = f" ({example.title})" if example.title else ""
        parts += [_code(f"Bad{title}", example.bad, style), _code(f"Good{title}", example.good, style)]
    if doc.references:
        parts.append(f"{style.paint('References', 'bold')}\n" + "".join(f"  {line}\n" for line in doc.references))
    return "\n".join(parts)


def remark_explained(rule: Remark, style: Style) -> str:
    """The same of a rule about comments."""
    parts = [
        _section(f"{rule.code} {rule.name} ({FAMILY}, {rule.severity})", rule.summary, style),
        _section("Why", rule.why, style),
        _section("Fix", rule.fix, style),
    ]
    return "\n".join(parts)


def _section(title: str, text: str, style: Style) -> str:
    paragraphs = [_filled(" ".join(part.split()), style) for part in text.strip().split("\n\n")]
    return f"{style.paint(title, 'bold')}\n" + "\n".join(paragraphs)


def _filled(text: str, style: Style) -> str:
    return textwrap.fill(text, min(style.width, 100), initial_indent="  ", subsequent_indent="  ") + "\n"


def _code(title: str, code: str, style: Style) -> str:
    shown = EXPECTATION.sub("", code.strip("\n"))
    return f"{style.paint(title, 'bold')}\n{textwrap.indent(shown, '    ')}\n"
