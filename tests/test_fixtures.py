"""Every fixture: the analyser says exactly what the comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import harness

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(
    path
    for folder in FIXTURES.iterdir()
    if folder.is_dir()
    for path in folder.iterdir()
    if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
)


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", CASES, ids=name)
def test_the_findings_are_those_that_the_comments_ask_for(path: Path) -> None:
    harness.check(path)


@pytest.mark.parametrize("path", CASES, ids=name)
def test_it_compiles(path: Path) -> None:
    for file in harness.read_case(path).files:
        compile(file.read_bytes(), str(file), "exec")


@pytest.mark.parametrize("path", CASES, ids=name)
def test_quiet_cases_ask_for_nothing_and_others_for_their_own_rule(path: Path) -> None:
    expectations = harness.read_case(path).expectations
    if path.name.startswith("quiet_"):
        assert all(expectation.kind == "false-alarm-todo" for expectation in expectations)
    else:
        assert expectations
