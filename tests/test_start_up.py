"""What is not needed is not imported: not for a word about the version, not for a run in which nothing has changed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_cache import POOL

HEAVY = {"libcst", "astroid", "rich", "click", "asyncio", "multiprocessing", "concurrent"}
ANALYSIS = {"dictlint.index", "dictlint.link", "dictlint.view", "dictlint.checks"}


def imported(folder: Path, *args: str) -> set[str]:
    """All modules that a run imports, by the interpreter's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dictlint", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.fixture
def warm(tmp_path: Path) -> Path:
    for n in range(3):
        (tmp_path / f"m{n}.py").write_text(POOL.format(n=n))
    long_ago = time.time_ns() - 10**12
    for path in tmp_path.glob("*.py"):
        os.utime(path, ns=(long_ago, long_ago))
    first = imported(tmp_path, ".")
    assert first >= ANALYSIS - {"dictlint.view"}
    assert "astroid" not in first
    return tmp_path


def test_version(tmp_path: Path) -> None:
    bare = subprocess.run([sys.executable, "-X", "importtime", "-m", "this"], capture_output=True, text=True)
    usual = {line.rpartition("|")[2].strip() for line in bare.stderr.splitlines()}
    assert {name for name in imported(tmp_path, "--version") - usual if "dictlint" not in name} <= {"__future__"}


@pytest.mark.parametrize("format", ["text", "concise", "json", "json-lines", "sarif", "github", "junit"])
def test_nothing_changed(warm: Path, format: str) -> None:
    modules = imported(warm, ".", "--format", format)
    assert not modules & ANALYSIS
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}
    # msgspec looks into typing_extensions where that is installed, which imports inspect, which imports ast; we do not.
    assert "ast" not in modules or "typing_extensions" in modules


def test_one_small_change_starts_no_process(warm: Path) -> None:
    (warm / "m1.py").write_text(POOL.format(n=9))
    modules = imported(warm, ".")
    assert "dictlint.index" in modules
    assert "multiprocessing" not in modules
