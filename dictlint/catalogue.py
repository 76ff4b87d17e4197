"""rules/*.toml -> RuleDoc: what every rule says, in data. The only reader of the catalogue."""

from __future__ import annotations

import itertools
import os
import re
import string
import sys
from functools import cache
from typing import Any, Literal

import msgspec

from dictlint.model.trouble import Trouble, nearest

Severity = Literal["info", "warning", "error"]


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something the rule is known to get wrong, told to users."""

    kind: Literal["false alarm", "missed alarm"]
    text: str


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Code that is flagged, and the same code mended."""

    bad: str
    good: str
    title: str = ""


class Timeline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order of steps that breaks, drawn as two columns: each step is (of the left one, of the right one)."""

    left: str
    right: str
    steps: tuple[tuple[str, str], ...]


class RuleDoc(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule. `message`, `because`, `remedy`: templates with named fields, one or several by what was found.
    `configuration`: settings that concern this rule more than others.
    """

    code: str
    name: str
    family: str
    severity: Severity
    summary: str
    message: str | dict[str, str]
    because: str | dict[str, str]
    remedy: str | dict[str, str]
    why: str
    fix: str
    evidence: str
    configuration: str = ""
    timeline: Timeline | None = None
    references: tuple[str, ...] = ()
    limits: tuple[Limit, ...] = ()
    example: tuple[Example, ...] = ()

    def templates(self) -> dict[str, str]:
        """Every template under a name by which an error can point at it: `message`, `remedy.locked`."""
        found: dict[str, str] = {}
        for key in ("message", "because", "remedy"):
            value = getattr(self, key)
            found |= {key: value} if isinstance(value, str) else {f"{key}.{part}": text for part, text in value.items()}
        return found


def rules_folder() -> str:
    """`dictlint/_rules` of an installed package, else the checkout's `rules`."""
    package = os.path.dirname(os.path.abspath(__file__))
    installed = os.path.join(package, "_rules")
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(package), "rules")


@cache
def rules() -> tuple[RuleDoc, ...]:
    """All rules by code."""
    docs = tuple(sorted((load_rule(path) for path in rule_files()), key=lambda doc: doc.code))
    for one, other in itertools.pairwise(docs):
        if one.code == other.code:
            raise Trouble(f"the rules `{one.name}` and `{other.name}` have the same code {one.code}")
    return docs


def rule(word: str) -> RuleDoc:
    """The rule of that code or name."""
    for doc in rules():
        if word.upper() == doc.code or word.lower() == doc.name:
            return doc
    known = [name for doc in rules() for name in (doc.code, doc.name)]
    raise Trouble(f"no rule is called `{word}`{nearest(word, known)}")


HEAD = re.compile(r'^(code|name|family)\s*=\s*"([^"\n]*)"', re.MULTILINE)


def rule_names() -> tuple[tuple[str, str, str], ...]:
    """(code, name, family) of every rule, read off the top of its file: parsing them all would slow down warm runs."""
    found = []
    for path in rule_files():
        with open(path, encoding="utf-8") as file:
            head = dict(HEAD.findall(file.read(1000)))
        if len(head) < 3:
            raise Trouble(f"{path}: code, name and family must stand at the top of a rule")
        found.append((head["code"], head["name"], head["family"]))
    return tuple(sorted(found))


def rule_files() -> list[str]:
    folder = rules_folder()
    try:
        return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".toml"))
    except OSError as error:
        raise Trouble(f"cannot read the rules in {folder}: {error.strerror}") from None


def load_rule(path: str) -> RuleDoc:
    """One rule from its file; whatever is wrong with it is said with the file's name."""
    table = _parsed(path)
    for key in table:
        if key not in RuleDoc.__struct_fields__:
            raise Trouble(f"{path}: unknown key `{key}`{nearest(key, list(RuleDoc.__struct_fields__))}")
    try:
        doc = msgspec.convert(table, RuleDoc)
    except msgspec.ValidationError as error:
        raise Trouble(f"{path}: {error}") from None
    _check(path, doc)
    return doc


def _parsed(path: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, ValueError) as error:
        raise Trouble(f"{path}: {error}") from None


def _check(path: str, doc: RuleDoc) -> None:
    if not re.fullmatch(r"DCT\d{3}", doc.code):
        raise Trouble(f"{path}: `code` must be DCT and three digits")
    if os.path.basename(path) != f"{doc.name}.toml":
        raise Trouble(f"{path}: the file of the rule `{doc.name}` must be called {doc.name}.toml")
    for key, template in doc.templates().items():
        _check_template(f"{path}: `{key}`", template)


def _check_template(where: str, template: str) -> None:
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise Trouble(f"{where}: {error}") from None
    for name in fields:
        if not name.isidentifier():
            raise Trouble(f"{where}: the field `{{{name}}}` has no plain name")
