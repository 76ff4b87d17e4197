"""The commands around the work: the cache, the shells, and watching."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dictlint.catalogue import rules
from tests.conftest import Run
from tests.test_cache import POOL


def test_clean_removes_the_cache_and_nothing_else(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    dictlint()
    top = tmp_path / ".dictlint_cache"
    assert (top / "CACHEDIR.TAG").exists()
    assert dictlint("clean").stdout == f"removed {top}\n"
    assert not top.exists()
    assert dictlint("clean").stdout == "there is no cache\n"
    other = tmp_path / "precious"
    other.mkdir()
    (other / "ledger").write_text("mine")
    assert dictlint("clean", "--cache-dir", "precious").stdout == "there is no cache\n"
    dictlint("--cache-dir", "precious")
    assert dictlint("clean", "--cache-dir", "precious").stdout == "removed precious\n"
    assert [path.name for path in other.iterdir()] == ["ledger"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("dictlint --extend-s", {"--extend-select"}),
        ("dictlint --format sa", {"sarif"}),
        ("dictlint base", {"baseline"}),
        ("dictlint explain lost-u", {"lost-update"}),
        ("dictlint --select DCT10", {rule.code for rule in rules() if rule.code.startswith("DCT10")}),
        ("dictlint completion f", {"fish"}),
    ],
)
def test_bash_completes(dictlint: Run, tmp_path: Path, words: str, expected: set[str]) -> None:
    (tmp_path / "script").write_text(dictlint("completion", "bash").stdout)
    count = len(words.split()) - 1
    probe = f'. ./script; COMP_WORDS=({words}); COMP_CWORD={count}; _dictlint; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == expected


def test_the_other_shells(dictlint: Run) -> None:
    assert "bashcompinit" in dictlint("completion", "zsh").stdout
    assert "complete -c dictlint -l format -x -a 'text concise" in dictlint("completion", "fish").stdout
    assert dictlint("completion", "tcsh").returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="ends the run with a signal")
def test_watching(tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text("x = {}\n")
    with (tmp_path.parent / f"{tmp_path.name}.txt").open("w+") as output:
        command = [sys.executable, "-m", "dictlint", "--watch", "--format", "concise", "-q", "--no-cache"]
        run = subprocess.Popen(command, cwd=tmp_path, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            assert waited(output.name, "waiting for changes", 1)
            (tmp_path / "pool.py").write_text(POOL.format(n=1))
            assert waited(output.name, "DCT101", 1)
            assert waited(output.name, "waiting for changes", 2)
        finally:
            os.killpg(run.pid, signal.SIGINT)
        assert run.wait(10) == 130


def waited(path: str, word: str, times: int) -> bool:
    for _ in range(200):
        if Path(path).read_text().count(word) >= times:
            return True
        time.sleep(0.1)
    return False
