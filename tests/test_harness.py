"""The harness itself: it must notice what is missing, what is too much and what is merely alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from dictlint.model.finding import AccessRef, ContainerRef, Finding
from tests import harness

CODE = """\
votes = {}
def count(name):
    seen = votes[name]  # site: read
    votes[name] = seen + 1  # expect: DCT104 with read
"""


def finding(path: Path, line: int, *, code: str = "DCT104", confidence: str = "high", other: int = 3) -> Finding:
    access = AccessRef(
        role="read",
        op="",
        path=str(path),
        line=other,
        column=1,
        end_line=other,
        end_column=2,
        symbol="count",
        activity="main",
    )
    return Finding(
        code=code,
        name="lost-update",
        severity="warning",
        confidence=confidence,
        message="said",
        because="why",
        path=str(path),
        line=line,
        column=1,
        end_line=line,
        end_column=2,
        symbol="count",
        fingerprint=f"{line}{code}",
        breaks_on="gil",
        container=ContainerRef(name="votes", kind="dict", holder="", path=str(path), line=1),
        accesses=(access,),
        remedy="",
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "case.py"
    file.write_text(CODE)
    return file


def said(path: Path, *findings: Finding) -> list[str]:
    return harness.differences(harness.read_case(path), findings)


def test_agreement(path: Path) -> None:
    assert said(path, finding(path, 4)) == []
    assert said(path, finding(path, 4), finding(path, 2, confidence="low")) == []


@pytest.mark.parametrize(
    "change",
    [{"line": 3}, {"line": 4, "code": "DCT102"}, {"line": 4, "confidence": "low"}, {"line": 4, "other": 2}],
    ids=["another line", "another code", "too unsure", "another access"],
)
def test_what_is_merely_alike_is_missing(path: Path, change: dict[str, object]) -> None:
    assert "case.py:4: DCT104 with read not found" in said(path, finding(path, **change))  # type: ignore[arg-type]


def test_what_is_too_much(path: Path) -> None:
    assert len(said(path, finding(path, 4), finding(path, 4))) == 1
    assert len(said(path, finding(path, 4), finding(path, 2))) == 1


def test_todos_are_strict(path: Path) -> None:
    path.write_text(CODE.replace("expect:", "expect-todo:"))
    assert said(path) == []
    assert said(path, finding(path, 4)) == ["case.py:4: DCT104 with read is found by now, make it `expect`"]
    path.write_text(CODE.replace("expect:", "false-alarm-todo:"))
    assert said(path, finding(path, 4)) == []
    assert said(path) == ["case.py:4: DCT104 with read is gone, remove the comment"]


def test_a_case_that_speaks_about_low_says_all_of_it(path: Path) -> None:
    path.write_text(CODE.replace("with read", "with read at low"))
    assert said(path, finding(path, 4, confidence="low")) == []
    assert len(said(path, finding(path, 4, confidence="low"), finding(path, 2, confidence="low"))) == 1
    assert len(said(path, finding(path, 4))) == 2


@pytest.mark.parametrize(
    "comment",
    ["expect: DCT104 with nobody", "expect: DCT1", "expect-todo: lost-update", "site: read"],
)
def test_comments_that_make_no_sense_fail(path: Path, comment: str) -> None:
    path.write_text(f"{CODE}pass  # {comment}\n")
    with pytest.raises(harness.BadComment):
        harness.read_case(path)
