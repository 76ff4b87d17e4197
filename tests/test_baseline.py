"""What is known, and what has changed: baselines and `--since`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from dictlint.select.baseline import normal
from dictlint.select.changes import _hunks
from tests.conftest import Run
from tests.test_cache import POOL

FILE = ".dictlint-baseline.json"


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    (tmp_path / "dictlint.toml").write_text(f'baseline = "{FILE}"\n')
    return tmp_path / "pool.py"


def codes(dictlint: Run, *args: str) -> list[str]:
    done = dictlint("--format", "concise", *args)
    assert done.returncode < 2, done.stderr
    return [line.split()[1] for line in done.stdout.splitlines()]


def test_what_is_written_down_is_not_shown(dictlint: Run, pool: Path) -> None:
    done = dictlint("baseline")
    assert (done.returncode, done.stdout) == (0, f"wrote 1 finding to {FILE}\n")
    [entry] = json.loads((pool.parent / FILE).read_text())["findings"]
    assert entry == {
        "rule": "DCT101", "path": "pool.py", "symbol": "Pool1._report", "code": "self._conns", "count": 1
    }  # fmt: skip
    assert codes(dictlint) == []
    assert codes(dictlint, "--no-baseline") == ["DCT101"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import threading", "# one\n# more\nimport threading"),
        ("for host in self._conns:", "for host in (\n            self._conns\n        ):"),
        ("print(host)", "print(host, host)"),
    ],
)
def test_lines_may_move_and_be_formatted(dictlint: Run, pool: Path, old: str, new: str) -> None:
    dictlint("baseline")
    pool.write_text(pool.read_text().replace(old, new))
    assert codes(dictlint) == []


def test_more_of_the_same_is_shown(dictlint: Run, pool: Path) -> None:
    dictlint("baseline")
    again = "        for host in self._conns:\n            print(host)\n"
    pool.write_text(pool.read_text() + again)
    assert codes(dictlint) == ["DCT101"]
    assert "wrote 2 findings" in dictlint("baseline").stdout
    assert codes(dictlint) == []


def test_what_is_mended_may_not_return_unseen(dictlint: Run, pool: Path) -> None:
    dictlint("baseline")
    bad = pool.read_text()
    pool.write_text(bad.replace("in self._conns:", "in list(self._conns):"))
    line = dictlint("--format", "concise").stdout
    assert line.startswith(f"{FILE}:6:1: DCT004 DCT101 at `self._conns` in pool.py is no longer found")
    assert codes(dictlint, "pool.py") == []  # a part of the program proves nothing
    assert codes(dictlint, "--ignore", "stale-baseline") == []
    dictlint("baseline")
    assert codes(dictlint) == []
    pool.write_text(bad)
    assert codes(dictlint) == ["DCT101"]


def test_a_shorter_look_leaves_nothing_stale(dictlint: Run, pool: Path) -> None:
    pool.write_text(
        "class C:\n    def __init__(self):\n        self._d = {}\n\n    def f(self, k):\n        if k in self._d:\n"
    )
    with pool.open("a") as file:
        file.write("            return self._d.pop(k)\n")
    assert "wrote 1 finding" in dictlint("baseline", "--confidence", "low").stdout
    assert codes(dictlint, "--confidence", "low") == []
    assert codes(dictlint) == []


def test_comments_are_not_written_down(dictlint: Run, pool: Path) -> None:
    pool.write_text("x = 1  # dictlint: ignore[DCT101]\n")
    assert (
        json.loads(dictlint("baseline", "-o", "b.json").stdout and (pool.parent / "b.json").read_text())["findings"]
        == []
    )


def test_a_baseline_is_found_from_elsewhere(dictlint: Run, pool: Path) -> None:
    dictlint("baseline", "-o", "other.json")
    assert codes(dictlint, "--baseline", "other.json") == []
    (pool.parent / "other.json").write_text("{}")
    assert "other.json is no baseline: " in dictlint("--baseline", "other.json").stderr
    (pool.parent / "other.json").write_text('{"version": 9, "confidence": "low", "contract": "python", "findings": []}')
    assert "of version 9" in dictlint("--baseline", "other.json").stderr


def test_formatting_that_does_not_matter() -> None:
    assert normal("f('a',)") == normal('f("a")')


# -- changed lines ---------------------------------------------------------------------------------------------------


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    for n in (1, 2):
        (tmp_path / f"pool{n}.py").write_text(POOL.format(n=n))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def paths(dictlint: Run, *args: str, status: tuple[int, ...] = (0, 1)) -> list[str]:
    done = dictlint("--format", "concise", *args)
    assert done.returncode in status, done.stderr
    return [line.partition(":")[0] for line in done.stdout.splitlines()]


def test_a_changed_line_on_any_side(dictlint: Run, repository: Path) -> None:
    assert paths(dictlint, "--since", "HEAD") == []
    one, two = repository / "pool1.py", repository / "pool2.py"
    one.write_text(one.read_text().replace("_conns[host] = 1", "_conns[host] = 2"))  # the rival, not the loop
    two.write_text("# a comment\n" + two.read_text())
    (repository / "pool3.py").write_text(POOL.format(n=3))
    assert paths(dictlint, "--since", "HEAD") == ["pool1.py", "pool3.py"]
    assert paths(dictlint, "--since", "main") == ["pool1.py", "pool3.py"]
    git(repository, "add", ".")
    assert paths(dictlint, "--since", "HEAD") == ["pool1.py", "pool3.py"]
    git(repository, "commit", "-q", "-m", "second")
    assert paths(dictlint, "--since", "HEAD") == []
    assert paths(dictlint, "--since", "HEAD~1") == ["pool1.py", "pool3.py"]


def test_what_others_have_changed_meanwhile_does_not_count(dictlint: Run, repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "work")
    git(repository, "checkout", "-q", "main")
    (repository / "pool2.py").write_text(POOL.format(n=2).replace("[host] = 1", "[host] = 2"))
    git(repository, "commit", "-qam", "theirs")
    git(repository, "checkout", "-q", "work")
    assert paths(dictlint, "--since", "main") == []


def test_fixes_of_changed_lines_only(dictlint: Run, repository: Path) -> None:
    one = repository / "pool1.py"
    one.write_text(one.read_text().replace("[host] = 1", "[host] = 2"))
    done = dictlint("--since", "HEAD", "--fix")
    assert (done.returncode, done.stderr) == (0, "dictlint: fixed 1 finding in 1 file\n")
    assert "in list(self._conns):" in one.read_text()
    assert "list(" not in (repository / "pool2.py").read_text()


def test_from_a_folder_below(dictlint: Run, repository: Path) -> None:
    (repository / "sub dir").mkdir()
    (repository / "sub dir" / 'größe "x".py').write_text(POOL.format(n=4))
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "more")
    (repository / "sub dir" / 'größe "x".py').write_text(POOL.format(n=4).replace("[host] = 1", "[host] = 2"))
    assert paths(dictlint, "--since", "HEAD") == ['sub dir/größe "x".py']
    assert paths(dictlint, "sub dir", "--since", "HEAD") == ['sub dir/größe "x".py']


@pytest.mark.parametrize(
    ("revision", "complaint"),
    [("nowhere", "git knows no revision `nowhere`"), ("--output=x", "git knows no revision `--output=x`")],
)
def test_a_revision_that_is_none(dictlint: Run, repository: Path, revision: str, complaint: str) -> None:
    done = dictlint(f"--since={revision}")
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert not (repository / "x").exists()


def test_outside_of_a_repository(dictlint: Run, pool: Path) -> None:
    (pool.parent / FILE).write_text('{"version": 1, "confidence": "low", "contract": "python", "findings": []}')
    done = dictlint("--since", "HEAD", GIT_CEILING_DIRECTORIES=os.fspath(pool.parent.parent))
    assert done.returncode == 2
    assert "--since: git rev-parse: " in done.stderr


def test_nothing_that_a_repository_names_is_run(dictlint: Run, repository: Path) -> None:
    trap = repository / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repository / 'sprung'}\n")
    trap.chmod(0o755)
    (repository / ".gitattributes").write_text("*.py diff=trap\n")
    for key in ("core.fsmonitor", "diff.external", "diff.trap.textconv", "diff.trap.command", "core.pager"):
        git(repository, "config", key, str(trap))
    one = repository / "pool1.py"
    one.write_text(one.read_text().replace("[host] = 1", "[host] = 2"))
    (repository / "sprung").unlink(missing_ok=True)
    assert paths(dictlint, "--since", "HEAD") == ["pool1.py"]
    assert not (repository / "sprung").exists()


def test_a_diff_is_read_by_its_numbers() -> None:
    diff = (
        b"--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n-a\n++++ b/y.py\n+b\n@@ -9,2 +10,0 @@\n-c\n-d\n"
        b'--- /dev/null\n+++ "b/\\303\\244 \\"q.py"\n@@ -0,0 +1 @@\n+x\n'
        b"--- a/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    )
    assert _hunks(diff) == [("x.py", 1, 2), ("x.py", 10, 11), ('ä "q.py', 1, 1)]
