"""What several tests need: dictlint as a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.confirming import COUNTING

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TELLING = ("NO_COLOR", "FORCE_COLOR", "DICTLINT_CACHE_DIR", "PYTHONIOENCODING", "TERM")
collect_ignore = ["fixtures", "facts", "models", "frameworks"]
"""Programs to be read, whatever they are called: none of them is a test."""


@pytest.fixture
def dictlint(tmp_path: Path) -> Run:
    """Runs `python -m dictlint` below tmp_path; it must end by itself and never with a traceback."""

    def run(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if name not in TELLING}
        done = subprocess.run(
            [sys.executable, "-m", "dictlint", *map(str, args)],
            cwd=tmp_path,
            env=clean | env,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    """A folder with a program whose threads count in one dict."""
    (tmp_path / "counting.py").write_text(COUNTING)
    return tmp_path
