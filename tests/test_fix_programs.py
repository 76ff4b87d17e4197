"""Fixes of whole programs, files as they are written, and comments that come and go."""

from __future__ import annotations

import difflib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dictlint.catalogue import rules
from dictlint.config import Config
from dictlint.fix import PLANNED, add_ignores
from dictlint.pipeline import analyse
from tests.conftest import Run
from tests.fixing import MARKS, SIDES, mended
from tests.test_examples import GALLERY

# -- the gallery and the catalogue -----------------------------------------------------------------------------------

SCENARIOS = [
    "G01",
    "G02",
    "G03",
    "G04",
    "G05",
    "G06",
    "G07",
    "G09",
    "G10",
    "G14",
    "G15",
    "G16",
    "G17",
    "G18",
    "G19",
    "G20",
    "G22",
    "G24",
    "G25",
    "G32",
    "G34",
    "G39",
    "G45",
    "G46",
    "G48",
]


LOUD = {"G22": "ValueError"}  # mended, the program no longer keeps its failure to itself


@pytest.mark.parametrize("number", SCENARIOS)
def test_the_gallery_is_mended_and_still_runs(tmp_path: Path, number: str) -> None:
    [folder] = GALLERY.glob(f"{number}_*")
    for path in [*folder.glob("bad.py"), *folder.glob("bad")]:
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / path.name)
    before = {path: MARKS.sub("", path.read_text()) for path in tmp_path.rglob("*.py")}
    for path, text in before.items():
        path.write_text(text)
    result = mended(tmp_path, unsafe=True)
    assert result.fixed
    gone = {finding.code for finding, _ in result.fixed}
    assert not gone & {finding.code for finding in result.outcome.findings}
    result.write()
    for path, text in before.items():
        now = path.read_text()
        kept = difflib.SequenceMatcher(None, text.splitlines(), now.splitlines()).ratio()
        assert kept > 0.8, now
    start = tmp_path / ("bad" if (tmp_path / "bad").is_dir() else "bad.py")
    done = subprocess.run([sys.executable, start], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert LOUD[number] in done.stderr if number in LOUD else done.returncode == 0, done.stderr


BAD = [
    pytest.param(doc.code, example.bad, id=f"{doc.code}-{number}")
    for doc in rules()
    if doc.code in PLANNED
    for number, example in enumerate(doc.example)
]


@pytest.mark.parametrize(("code", "text"), BAD)
def test_examples_of_the_catalogue_come_out_sound(tmp_path: Path, code: str, text: str) -> None:
    """Mended or left alone: what is written parses, and has no finding that was not there before."""
    path = tmp_path / "m.py"
    path.write_text(MARKS.sub("", text))
    before = mended(tmp_path, unsafe=True)
    left = sorted(finding.code for finding in before.outcome.findings)
    assert len(left) + len(before.fixed) >= 1
    before.write()
    again = mended(tmp_path, unsafe=True)
    assert sorted(finding.code for finding in again.outcome.findings) == left
    assert again.fixed == ()


FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("rule", sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()))
def test_nothing_is_left_when_every_finding_has_its_comment(tmp_path: Path, rule: str) -> None:
    """Each case of the fixtures; what the comments are for is found by them again."""
    for case in sorted((FIXTURES / rule).iterdir()):
        if case.name.startswith("_") or not (case.is_dir() or case.suffix == ".py"):
            continue
        copy = tmp_path / case.name
        (shutil.copytree if case.is_dir() else shutil.copy)(case, copy)
        config = Config(root=str(tmp_path), cache=False, jobs=1)
        outcome = analyse([str(copy)], config)
        if outcome.findings:
            add_ignores(outcome, "known")
            again = analyse([str(copy)], config)
            assert [(one.code, one.path, one.line) for one in again.findings] == []
            assert len(again.ignored) == len(outcome.findings), case


def test_explanations_say_what_can_be_mended(dictlint: Run) -> None:
    assert "`--fix` mend some" in dictlint("explain", "DCT101").stdout
    assert "`--fix`" not in dictlint("explain", "DCT116").stdout


def test_the_documents_name_every_rule_that_is_mended() -> None:
    text = (GALLERY.parent / "docs" / "fixes.md").read_text(encoding="utf-8")
    assert set(PLANNED) <= set(re.findall(r"DCT\d{3}", text))


# -- files -----------------------------------------------------------------------------------------------------------

LOOP = SIDES.replace("BODY", "for k in D:\n        print('größe')")


@pytest.mark.parametrize(
    ("head", "encoding", "end"),
    [
        ("", "utf-8", "\r\n"),
        ("# coding: latin-1\n", "latin-1", "\n"),
        ("", "utf-8-sig", "\n"),
        ("\x0c\n", "utf-8", "\n"),
    ],
)
def test_encodings_and_line_ends_stay(dictlint: Run, tmp_path: Path, head: str, encoding: str, end: str) -> None:
    data = (head + LOOP).replace("\n", end).encode(encoding)
    (tmp_path / "m.py").write_bytes(data)
    assert dictlint("--fix").returncode == 0
    assert (tmp_path / "m.py").read_bytes() == data.replace(b"in D:", b"in list(D):")


def test_a_diff_changes_nothing_and_can_be_applied(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_text(LOOP)
    done = dictlint("--diff")
    assert done.stderr == "dictlint: would fix 1 finding in 1 file\n"
    assert (done.returncode, (tmp_path / "a b.py").read_text()) == (1, LOOP)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=done.stdout, text=True, check=True)
    assert "list(D)" in (tmp_path / "a b.py").read_text()
    assert dictlint("--diff").stdout == ""


def test_what_is_left_is_reported(dictlint: Run, tmp_path: Path) -> None:
    text = LOOP.replace("def other(k):", "def other(k):\n    D[k] = D.get(k, 0) + 1")
    text += "threading.Thread(target=other, args=(1,)).start()\n"
    (tmp_path / "m.py").write_text(text)
    done = dictlint("--fix", "--format", "concise")
    assert done.returncode == 1
    assert done.stderr == "dictlint: fixed 1 finding in 1 file; --unsafe-fixes would fix 1 more\n"
    assert "DCT104" in done.stdout
    assert "DCT101" not in done.stdout
    assert dictlint("--unsafe-fixes").stderr == "dictlint: --unsafe-fixes goes with --fix or --diff\n"


# -- comments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("x = 1  # dictlint: ignore[DCT101] reason", "x = 1"),
        ("x = 1  # dictlint: ignore", "x = 1"),
        ("x = 1  # dictlint: ignore[DCT101] reason  # type: ignore", "x = 1  # type: ignore"),
        ("x = 1  # type: ignore  # dictlint: ignore[DCT101]", "x = 1  # type: ignore"),
        ("# dictlint: ignore[DCT101]\nx = 1", "x = 1"),
        ("x = 1  # noqa: DCT101", "x = 1"),
        ("x = 1  # noqa: E501, DCT101", "x = 1  # noqa: E501"),
    ],
)
def test_unused_comments_are_removed(dictlint: Run, tmp_path: Path, line: str, after: str) -> None:
    (tmp_path / "m.py").write_text(f"y = 0\n{line}\nz = 2\n")
    assert dictlint("--fix").returncode == 0
    assert (tmp_path / "m.py").read_text() == f"y = 0\n{after}\nz = 2\n"


def test_rules_that_hide_nothing_are_taken_out_of_a_comment(dictlint: Run, tmp_path: Path) -> None:
    text = LOOP.replace("in D:", "in D:  # dictlint: ignore[DCT102, DCT101, DCT104] why")
    (tmp_path / "m.py").write_text(text)
    assert dictlint("--fix").returncode == 0
    assert "in D:  # dictlint: ignore[DCT101] why\n" in (tmp_path / "m.py").read_text()


@pytest.mark.parametrize(
    ("option", "before", "after"),
    [
        ("--add-ignore", "in D:", "in D:  # dictlint: ignore[DCT101]"),
        ("--add-ignore=one writer", "in D:", "in D:  # dictlint: ignore[DCT101] one writer"),
        ("--add-ignore", "in D:  # all", "in D:  # all  # dictlint: ignore[DCT101]"),
        ("--add-ignore", "in D:  # dictlint: ignore[DCT104] x", "in D:  # dictlint: ignore[DCT104, DCT101] x"),
        ("--add-ignore", "in (\n        D\n    ):", "in (\n        D\n    ):  # dictlint: ignore[DCT101]"),
    ],
)
def test_comments_are_added(dictlint: Run, tmp_path: Path, option: str, before: str, after: str) -> None:
    (tmp_path / "m.py").write_text(LOOP.replace("in D:", before))
    done = dictlint(option, ".")
    assert (done.returncode, done.stdout) == (0, "added comments for 1 finding\n")
    assert (tmp_path / "m.py").read_text() == LOOP.replace("in D:", after)
    assert dictlint("--ignore", "DCT002").returncode == 0
