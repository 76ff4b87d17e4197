"""The programs in frameworks/: each proves by running what the model of its framework says of it.

What runs in which thread is said twice, by comments that the analysis has to agree with and by what the program asserts
of itself when it runs. Where the framework is not installed, only the former can be tried.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dictlint.frameworks import load_model, shipped_files, stem
from dictlint.knowledge.models import Model
from dictlint.rehearsal import differences

FOLDER = Path(__file__).parent / "frameworks"
MODEL = re.compile(r"^# model: ?(.*)$", re.MULTILINE)
NEEDS = re.compile(r"^# needs: (.*)$", re.MULTILINE)
PROGRAMS = sorted(path for path in FOLDER.glob("*.py") if MODEL.search(path.read_text(encoding="utf-8")))
QUIET = {"PYTHONWARNINGS": "default", "QT_QPA_PLATFORM": "offscreen"}


def head(path: Path, pattern: re.Pattern[str]) -> str:
    found = pattern.search(path.read_text(encoding="utf-8"))
    assert found, f"{path.name} does not say what it {pattern.pattern}"
    return found[1].strip()


def models(path: Path) -> tuple[Model, ...]:
    name = head(path, MODEL)
    return tuple(load_model(file) for file in shipped_files() if stem(file) == name)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_its_activities_are_recognised(path: Path) -> None:
    assert not differences({path.stem: path.read_text(encoding="utf-8")}, models(path))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_framework_runs_it_so(path: Path, tmp_path: Path) -> None:
    for module in head(path, NEEDS).split(", "):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install -e '.[test,frameworks]'")
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | QUIET,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("^proved$|passed", done.stdout, re.MULTILINE), done.stdout + done.stderr


def test_every_model_has_such_a_program() -> None:
    assert {head(path, MODEL) for path in PROGRAMS} - {""} == {stem(file) for file in shipped_files()}
