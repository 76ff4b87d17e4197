"""Rules and models -> text: `dictlint explain`, `dictlint rules` and `dictlint models`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from dictlint.catalogue import RuleDoc
from dictlint.knowledge.models import Model
from dictlint.report.sections import Section, sections
from dictlint.report.terminal import Style
from dictlint.select.remarks import FAMILY, Remark


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
    head = style.paint(f"{doc.code} {doc.name} ({doc.family}, {doc.severity})", "bold") + "\n"
    return "\n".join([head, *(_chapter(section, style) for section in sections(doc))])


def _chapter(section: Section, style: Style) -> str:
    if section.kind == "prose":
        return _section(section.title, section.text, style)
    if section.kind == "points":
        points = [_filled(point, style, "  - ") for point in section.text.split("\n")]
        return f"{style.paint(section.title, 'bold')}\n" + "".join(points)
    return f"{style.paint(section.title, 'bold')}\n{textwrap.indent(section.text, '    ')}\n"


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


def _filled(text: str, style: Style, mark: str = "  ") -> str:
    """One paragraph; names and addresses stay whole."""
    width = min(style.width, 100)
    wrapper = textwrap.TextWrapper(width, mark, " " * len(mark), break_long_words=False, break_on_hyphens=False)
    return wrapper.fill(text) + "\n"
