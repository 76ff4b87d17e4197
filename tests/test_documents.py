"""Catalogue, documents and code say the same."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from dictlint import catalogue
from dictlint.catalogue import load_rule, rule, rule_names, rules
from dictlint.cli import COMMANDS
from dictlint.config import SETTINGS, key_of
from dictlint.model.trouble import Trouble
from dictlint.options import check_parser
from dictlint.report.pages import pages
from dictlint.report.sections import drawn
from tests.readme import PAGES, README, renewed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = README.parent
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MINIMAL = """\
code = "DCT199"
name = "some-hazard"
family = "sharing"
severity = "warning"
summary = "s"
message = "{op} m"
because = {plain = "b"}
remedy = "r"
why = "w"
fix = "f"
evidence = "e"
"""


def test_the_readme_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == renewed(text), "run ./dev readme"


def test_the_pages_of_the_rules_are_up_to_date() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert written == dict(pages(rules())), "run ./dev readme"


CHAPTERS = ["What", "Why it breaks", "Timeline", "Bad", "Good", "How to fix it", "How it is confirmed", "Limits"]
CHAPTERS += ["Configuration", "References"]


def test_every_page_has_all_chapters_and_no_accidental_markup() -> None:
    for name, text in pages(rules()):
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert not re.search(r"^(\d+[.)]|[+*>=]) ", prose, re.MULTILINE), name
        titles = [title.partition(":")[0] for title in re.findall(r"^## (.*)", prose, re.MULTILINE)]
        assert name == "README.md" or list(dict.fromkeys(titles)) == CHAPTERS, name


def test_timelines_have_two_sides_and_fit_on_a_screen() -> None:
    for doc in rules():
        assert doc.timeline is not None, f"{doc.code} has no [timeline]"
        steps = doc.timeline.steps
        assert len(steps) >= 3, doc.code
        assert all((left == "") != (right == "") for left, right in steps), doc.code
        assert any(left for left, _ in steps) and any(right for _, right in steps), doc.code  # noqa: PT018
        assert max(map(len, drawn(doc.timeline).splitlines())) <= 94, doc.code


def test_the_readme_names_every_option() -> None:
    text = README.read_text(encoding="utf-8")
    hidden = {"--help", "--version", "--quiet", "--verbose"}
    for action in check_parser()._actions:
        for option in action.option_strings:
            assert not option.startswith("--") or option in hidden or f"`{option}" in text, option


# What other tools, or single commands, understand.
ELSEWHERE = {
    "--schema",
    "--show",
    "--dictlint-off",
    "--stdin-display-name",
    "--per-file-ignores",
    "--version",
    "--every",
}


@pytest.mark.parametrize("name", ["settings", "comments", "fixes", "ci", "json"])
def test_options_in_the_documents_exist(name: str) -> None:
    known = {option for action in check_parser()._actions for option in action.option_strings} | ELSEWHERE
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_snippets_in_the_documents_are_sound() -> None:
    text = "".join(
        (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("settings", "comments", "ci")
    )
    for kind, code in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        if kind == "python":
            compile(code, "snippet", "exec")
        elif kind == "toml":
            assert set(tomllib.loads(code)["tool"]["dictlint"]) <= {key_of(name) for name in SETTINGS}
        elif kind == "yaml":
            assert pytest.importorskip("yaml").safe_load(code)


def test_settings_are_options_too() -> None:
    options = {option for action in check_parser()._actions for option in action.option_strings}
    assert {name for name in SETTINGS if f"--{name.replace('_', '-')}" not in options} == {
        "paths", "per_file_ignores", "require_reason", "entries", "confined", "thread_safe", "cache", "models",
    }  # fmt: skip


def test_the_map_shows_every_part_of_the_code() -> None:
    for path in (ROOT / "dictlint").iterdir():
        if path.name not in ("__init__.py", "__pycache__", "py.typed", "_rules"):
            assert re.search(rf"\b{re.escape(path.name)}(?!\w)", CONTRIBUTING), path.name


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"version"}))
def test_commands_are_documented(command: str) -> None:
    assert command in COMMANDS
    assert f"dictlint {command}" in README.read_text(encoding="utf-8") or command == "check"


def test_rule_names_are_those_of_the_parsed_rules() -> None:
    assert rule_names() == tuple((doc.code, doc.name, doc.family) for doc in rules())


def test_rules_are_found_by_code_and_by_name() -> None:
    for doc in rules():
        assert rule(doc.code) is rule(doc.name) is rule(doc.code.lower()) is doc


def written(tmp_path: Path, text: str, name: str = "some-hazard") -> str:
    path = tmp_path / f"{name}.toml"
    path.write_text(text)
    return str(path)


def test_a_minimal_rule(tmp_path: Path) -> None:
    doc = load_rule(written(tmp_path, MINIMAL))
    assert doc.templates() == {"message": "{op} m", "because.plain": "b", "remedy": "r"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("summary", "sumary", "unknown key `sumary`; did you mean `summary`?"),
        ('why = "w"\n', "", "missing required field `why`"),
        ('"warning"', '"bad"', "Invalid enum value 'bad' - at `$.severity`"),
        ("DCT199", "DCT1", "`code` must be DCT and three digits"),
        ("some-hazard", "other", "the file of the rule `other` must be called other.toml"),
        ("{op} m", "{op", "`message`: "),
        ("{op} m", "{op[0]}", "the field `{op[0]}` has no plain name"),
        ("{op} m", "{}", "the field `{}` has no plain name"),
        ('code = "', "code = ", ""),
    ],
)
def test_a_faulty_rule_is_told_of_with_its_file(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = written(tmp_path, MINIMAL.replace(old, new))
    with pytest.raises(Trouble, match=re.escape(path) + ".*" + re.escape(complaint)):
        load_rule(path)


def test_two_rules_of_one_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(tmp_path, MINIMAL), written(tmp_path, MINIMAL.replace("some-hazard", "b"), "b")]
    monkeypatch.setattr(catalogue, "rule_files", lambda: paths)
    with pytest.raises(Trouble, match="have the same code DCT199"):
        rules.__wrapped__()
