"""Whatever stands in a file or in its place: that one is reported, all others are analysed, nothing hangs or is run."""

from __future__ import annotations

import codecs
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dictlint import gather as gathering
from dictlint.model.site import SourceFile
from tests.conftest import Run
from tests.test_cache import POOL

CASES = Path(__file__).parent / "fixtures"
posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX file system")
BAD_CONTENTS = {
    "syntax error": b"def f(:\n",
    "unknown encoding": b"# coding: no-such-encoding\nx = 1\n",
    "wrong encoding": b"x = '\xff\xfe'\n",
    "null bytes": b"x = 1\0\n",
    "utf-16": codecs.BOM_UTF16_LE + "x = 1\n".encode("utf-16-le"),
    "binary": bytes(range(256)) * 50,
    "nested parentheses": b"(" * 50_000 + b")" * 50_000,
    "nested blocks": b"".join(b" " * n + b"if x:\n" for n in range(300)),
    "unclosed string": b"x = '''\n",
    "tabs and spaces": b"if x:\n\ty = 1\n        z = 2\n",
    "print statement": b"print 'hello'\n",
}
ODD_CONTENTS = {
    "empty": b"",
    "only a mark": codecs.BOM_UTF8,
    "no line end": b"x = {}",
    "carriage returns": b"x = {}\ry = {}\r",
    "latin-1": "# coding: latin-1\nname = 'é'\n".encode("latin-1"),
    "form feeds": b"x = {}\n\x0cy = {}\n",
    "a long line": b"x = [" + b"1, " * 200_000 + b"]\n",
    "lone surrogate": rb"d['\ud800'] = 1" + b"\n",
}


def report(dictlint: Run, *args: str) -> dict[str, Any]:
    done = dictlint(".", "--format", "json", *args)
    assert done.returncode == 1
    assert done.stderr == ""
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A sound file that must be analysed whatever stands beside it."""
    (tmp_path / "sound.py").write_text(POOL.format(n=1))
    return tmp_path


def found_in(result: dict[str, Any]) -> set[str]:
    return {finding["path"] for finding in result["findings"]}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_contents_that_cannot_be_analysed(dictlint: Run, beside: Path, jobs: str) -> None:
    for name, data in BAD_CONTENTS.items():
        (beside / f"{name}.py").write_bytes(data)
    result = report(dictlint, "-j", jobs)
    assert found_in(result) == {"sound.py"}
    assert {one["path"] for one in result["skipped"]} == {f"{name}.py" for name in BAD_CONTENTS}
    assert all(one["reason"] and "please report" not in one["reason"] for one in result["skipped"])
    assert report(dictlint, "-j", jobs)["skipped"] == result["skipped"]


def test_odd_contents_that_can(dictlint: Run, beside: Path) -> None:
    for name, data in ODD_CONTENTS.items():
        (beside / f"{name}.py").write_bytes(data)
    result = report(dictlint)
    assert result["skipped"] == []
    assert found_in(result) == {"sound.py"}


@pytest.mark.parametrize(
    "source",
    ["-" * 30_000 + "1", "1" + " + 1" * 30_000, "x" + ".a" * 30_000, "x" + "[0]" * 20_000, "f(" * 90 + ")" * 90],
    ids=["minus", "plus", "attributes", "subscripts", "calls"],
)
def test_absurd_nesting(dictlint: Run, beside: Path, source: str) -> None:
    (beside / "deep.py").write_text(f"def f():\n    return {source}\n")
    result = report(dictlint)
    assert found_in(result) == {"sound.py"}
    assert {one["path"] for one in result["skipped"]} <= {"deep.py"}


def test_ten_megabytes_of_dict(dictlint: Run, beside: Path) -> None:
    rows = "".join(f'    "key_{n}": [{n}, {{"name": "value {n}"}}],\n' for n in range(220_000))
    (beside / "table.py").write_text(f"TABLE = {{\n{rows}}}\n")
    assert (beside / "table.py").stat().st_size > 10_000_000
    result = report(dictlint)
    assert result["skipped"] == []
    assert found_in(result) == {"sound.py"}


def test_code_is_never_run(dictlint: Run, beside: Path) -> None:
    (beside / "danger.py").write_text("open('ran', 'w').close()\nraise SystemExit(3)\n")
    (beside / "conftest.py").write_text("open('ran', 'w').close()\n")
    (beside / "sitecustomize.py").write_text("import danger\n")
    for name in ("msgspec", "astroid", "libcst"):
        (beside / f"{name}.py").write_text("open('ran', 'w').close()\n")
    shutil.copy(CASES / "iteration_while_resized" / "hub_out_of_a_pair.py", beside)  # a question for astroid
    script = str(Path(sys.executable).with_name("dictlint"))
    for command in ([script], [sys.executable, "-m", "dictlint"]):
        done = subprocess.run([*command, "."], cwd=beside, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, done.stderr
        assert not (beside / "ran").exists()


@posix
def test_things_that_are_no_files(dictlint: Run, beside: Path) -> None:
    os.mkfifo(beside / "pipe.py")
    (beside / "loop.py").symlink_to("loop.py")
    (beside / "broken.py").symlink_to("nowhere")
    (beside / "folder.py").mkdir()
    (beside / "circle").symlink_to(".")
    result = report(dictlint)
    assert found_in(result) == {"sound.py"}
    assert [one["path"] for one in result["skipped"]] == ["broken.py", "loop.py", "pipe.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not have such names")
def test_names_that_are_no_text(dictlint: Run, beside: Path) -> None:
    with open(os.fsencode(beside) + b"/n\xffme.py", "w") as file:
        file.write(POOL.format(n=2))
    with open(os.fsencode(beside) + b"/b\x1b[31md\n.py", "w") as file:
        file.write("def f(:\n")
    for _ in range(2):
        result = report(dictlint)
        assert found_in(result) == {"sound.py", r"n\xffme.py"}
        assert [one["path"] for one in result["skipped"]] == ["b\x1b[31md\n.py"]
    for style in ("text", "concise"):
        text = dictlint(".", "--format", style).stdout
        assert r"b\x1b[31md\n.py" in text
        assert "\x1b" not in text


@pytest.mark.parametrize("trouble", [PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")])
def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: OSError) -> None:
    """Opening fails for one file; root may open everything, so the refusal is made here."""

    def refuse(path: Any, *args: Any) -> Any:
        if str(path).endswith("closed.py"):
            raise trouble
        return open(path, *args)

    monkeypatch.setattr(gathering, "open", refuse, raising=False)
    file = SourceFile("closed.py", str(tmp_path / "closed.py"), "closed")
    answer = gathering.look_into(gathering.Task(0, file, 0))
    assert answer.digest == b""
    assert answer.trouble
    assert answer.trouble[0].lower() == str(trouble.strerror).lower()


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["nowhere.py"], "no such file or directory: nowhere.py"),
        (["--slect", "X"], "unknown option `--slect`; did you mean `--select`?"),
        (
            ["--select", "check-then-akt"],
            "no rule, family or prefix is called `check-then-akt`; did you mean `check-th",
        ),
        (["--confidence", "hihg"], "argument --confidence: invalid choice: 'hihg'"),
        (["--jobs", "0"], "argument --jobs/-j: must be a whole number from 1 on, not `0`"),
        (["--output", "no/such/folder"], "cannot write no/such/folder: No such file or directory"),
        (["explain", "lost-updates"], "no rule is called `lost-updates`; did you mean `lost-update`?"),
        (["explain"], "the following arguments are required: RULE"),
        (["rules", "x"], "unexpected `x`"),
        (["facts", "nowhere.py"], "no such file or directory: nowhere.py"),
    ],
)
def test_bad_commands_end_in_one_clear_line(dictlint: Run, beside: Path, args: list[str], complaint: str) -> None:
    done = dictlint(*args)
    assert done.returncode == 2
    assert done.stderr.startswith(f"dictlint: {complaint}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def settings_error(tmp_path: Path, dictlint: Run, text: str) -> str:
    (tmp_path / "pyproject.toml").write_text(text)
    done = dictlint(".")
    assert done.returncode == 2
    return done.stderr.removeprefix(f"dictlint: {tmp_path / 'pyproject.toml'}").strip()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tool.dictlint]\nselct = []", ": unknown key `selct`; did you mean `select`?"),
        ("[tool.dictlint]\nselect = 'DCT101'", ": `select` must be a list of strings"),
        ("[tool.dictlint]\njobs = true", ": `jobs` must be a whole number"),
        ("[tool.dictlint]\ncache = 1", ": `cache` must be true or false"),
        ("[tool.dictlint]\ntarget = 'gli'", ": `target` must be one of any, gil, free-threaded; did you mean `gil`?"),
        ("[tool]\ndictlint = 3", ": `tool.dictlint` must be a table"),
    ],
)
def test_bad_settings(tmp_path: Path, dictlint: Run, text: str, complaint: str) -> None:
    assert settings_error(tmp_path, dictlint, text) == complaint
    assert dictlint(".", "--no-config").returncode == 0


def test_settings_that_are_no_toml(tmp_path: Path, dictlint: Run) -> None:
    assert settings_error(tmp_path, dictlint, "[tool.dictlint\n").startswith("is not valid TOML: ")


def test_settings_of_the_nearest_folder_are_in_force(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "sound.py").write_text(POOL.format(n=1))
    (tmp_path / "dictlint.toml").write_text('ignore = ["sharing"]\n')
    assert dictlint(".").returncode == 0
    assert dictlint(".", "--no-config").returncode == 1
    assert dictlint(".", "--ignore", "DCT110").returncode == 1
