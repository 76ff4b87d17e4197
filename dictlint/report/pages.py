"""Rules -> pages in Markdown, one for each and a list of all: docs/rules."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from dictlint.catalogue import RuleDoc
from dictlint.report.sections import Section, sections

FENCES = {"code": "python", "drawing": "text"}
FAMILIES = {
    "sharing": "a dict that several activities use at once",
    "copies": "copies that still share",
    "recovery": "exceptions that hide what happened, or leave things half done",
    "pools": "objects that are used again",
}


def pages(docs: Iterable[RuleDoc]) -> Iterator[tuple[str, str]]:
    """(file name, text) of every page."""
    rules = list(docs)
    yield "README.md", overview(rules)
    for doc in rules:
        yield f"{doc.code}.md", page(doc)


def page(doc: RuleDoc) -> str:
    """What `dictlint explain` shows, with the same chapters."""
    terminal = f"In a terminal: `dictlint explain {doc.code}`."
    head = f"# {doc.code} {doc.name}\n\nFamily: {doc.family}, severity: {doc.severity}. {terminal}\n"
    return "\n".join([head, *(_chapter(section) for section in sections(doc))])


def overview(rules: Iterable[RuleDoc]) -> str:
    """All rules by family, each with a link to its page."""
    text = "# Rules\n\nWritten by `./dev readme` from the catalogue in [rules](../../rules). "
    text += "Small programs that run, bad and mended: [the gallery](../../examples/README.md).\n"
    for family, docs in groupby(rules, key=lambda doc: doc.family):
        text += f"\n## {family.capitalize()}: {FAMILIES[family]}\n\n"
        text += "| code | name | severity | what is found |\n|---|---|---|---|\n"
        text += "".join(f"| [{d.code}]({d.code}.md) | `{d.name}` | {d.severity} | {d.summary} |\n" for d in docs)
    return text


def _chapter(section: Section) -> str:
    if section.kind in FENCES:
        body = f"```{FENCES[section.kind]}\n{section.text}\n```\n"
    elif section.kind == "points":
        body = "".join(f"- {point}\n" for point in section.text.split("\n"))
    else:
        body = "\n".join(_filled(part) for part in section.text.strip().split("\n\n"))
    return f"## {section.title}\n\n{body}"


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False) + "\n"
