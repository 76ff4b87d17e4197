"""Catalogue, checks, fixtures, gallery and README speak of the same rules; the catalogue keeps its style and word."""

from __future__ import annotations

import re
import string
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dictlint import catalogue, checks
from dictlint.catalogue import Example, RuleDoc
from dictlint.model.trouble import Trouble
from tests import harness

ROOT = Path(__file__).parent.parent
RULES = catalogue.rules()
EXAMPLES = [(rule, example) for rule in RULES for example in rule.example]
FIELDS = {"container", "kind", "holder", "op", "rival_op", "activity", "rival_activity", "locks", "rival_locks"}
FIELDS |= {"guard", "rival_guard", "guard_advice", "key", "test"}
FIELDS |= {"guard", "guard_advice", "key", "test", "pause", "handoff"}
FIELDS |= {"target", "lock"}  # of the rules about copies
QUOTED = re.compile(r"`[^`]*`")
ROW = re.compile(r"^\| \W*(DCT\d{3})\b[^|]*\| \W*([a-z][a-z-]+)\b", re.MULTILINE)


def by_name(value: object) -> str:
    return value.name if isinstance(value, RuleDoc) else ""


def test_each_rule_has_a_check_and_fixtures_and_nothing_else_has() -> None:
    stems = {rule.name.replace("-", "_"): rule.code for rule in RULES}
    assert {check.__name__.rpartition(".")[2]: check.CODE for check in checks.RULES} == stems
    assert [check.CODE for check in checks.RULES] == sorted(stems.values())
    assert folders(ROOT / "tests" / "fixtures") == set(stems)
    with_code = [file.stem for file in (ROOT / "dictlint" / "checks").glob("*.py") if "\nCODE = " in file.read_text()]
    assert set(with_code) == set(stems)


def test_the_readme_lists_the_same_rules() -> None:
    assert set(ROW.findall((ROOT / "README.md").read_text())) == {(rule.code, rule.name) for rule in RULES}


def test_fixtures_expect_rules_that_there_are() -> None:
    for folder in (ROOT / "tests" / "fixtures", ROOT / "examples"):
        marked = {code for file in folder.rglob("*.py") for code in re.findall(r"DCT\d+", file.read_text())}
        assert marked <= {rule.code for rule in RULES}


def test_every_rule_has_enough_flagged_and_quiet_cases() -> None:
    for rule in RULES:
        cases = [path.name for path in (ROOT / "tests" / "fixtures" / rule.name.replace("-", "_")).iterdir()]
        quiet = sum(name.startswith("quiet_") for name in cases)
        assert quiet >= 12, rule.name
        assert len(cases) - quiet - ("__pycache__" in cases) >= 12, rule.name


def test_the_rules_folder_holds_only_rules() -> None:
    files = {path.name for path in (ROOT / "rules").iterdir() if path.is_file()}
    assert files == {f"{rule.name}.toml" for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_templates_use_known_fields_and_the_style_of_messages(rule: RuleDoc) -> None:
    for key, template in rule.templates().items():
        assert {name for _, name, _, _ in string.Formatter().parse(template) if name is not None} <= FIELDS, key
        assert_style(template)


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_the_rest_of_the_text(rule: RuleDoc) -> None:
    assert_style(rule.summary)
    assert "{" not in rule.summary
    assert rule.family in ("sharing", "copies", "recovery", "pools")
    for limit in rule.limits:
        assert_style(limit.text)
    assert {limit.kind for limit in rule.limits} == {"false alarm", "missed alarm"}
    assert rule.references
    assert rule.example
    for text in (rule.why, rule.fix, rule.evidence):
        assert text.strip().endswith(".")


def assert_style(text: str) -> None:
    """One line, lower case outside of names, no final stop, no line numbers, backticks in pairs."""
    said = QUOTED.sub("", re.sub(r"\{\w+\}", "", text))
    said = re.sub(r"\b(GIL|I/O|URL)\b", "", said)
    assert "\n" not in text
    assert said == said.lower(), text
    assert not said.rstrip().endswith("."), text
    assert "`" not in said, text
    assert not re.search(r"\bline \d", said), text


def test_an_unknown_key_fails_and_names_the_nearest(tmp_path: Path) -> None:
    rule = ROOT / "rules" / "check-then-act.toml"
    changed = tmp_path / rule.name
    changed.write_text(rule.read_text().replace("summary =", "sumary ="))
    with pytest.raises(Trouble, match=r"unknown key `sumary`.*summary"):
        catalogue.load_rule(str(changed))


def test_an_unknown_key_of_an_example_fails(tmp_path: Path) -> None:
    rule = ROOT / "rules" / "check-then-act.toml"
    changed = tmp_path / rule.name
    changed.write_text(rule.read_text().replace("title =", "titel ="))
    with pytest.raises(Trouble, match="titel"):
        catalogue.load_rule(str(changed))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=by_name)
def test_the_bad_example_is_flagged_as_marked(rule: RuleDoc, example: Example, tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(example.bad)
    harness.check(file)
    assert {expectation.code for expectation in harness.read_case(file).expectations} == {rule.code}


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=by_name)
def test_the_good_example_is_silent(rule: RuleDoc, example: Example, tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(example.good)
    harness.check(file)
    assert not harness.read_case(file).expectations


@pytest.mark.parametrize(("rule", "example"), EXAMPLES, ids=by_name)
def test_examples_run(rule: RuleDoc, example: Example, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in (example.bad, example.good):
        module = ModuleType("__main__")
        monkeypatch.setitem(sys.modules, "__main__", module)  # dataclasses look there
        exec(compile(code, rule.name, "exec"), module.__dict__)


def folders(place: Path) -> set[str]:
    return {path.name for path in place.iterdir() if path.is_dir()}
