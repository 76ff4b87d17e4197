#!/usr/bin/env python3
"""What dictlint costs as a pre-commit hook, with a warm cache and one changed file, and where that time goes.

    hook.py PATH... [--runs N]

PATH are folders of real code, 300,000 lines for figures that mean something. They are copied into a repository of their
own. Each round changes one file and commits nothing: pre-commit with the hook, dictlint alone, and both again with
nothing changed. pre-commit must be installed (`pip install pre-commit`). The table shows medians, the stages those of
the last run with a change.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECK = [sys.executable, "-m", "dictlint", "check", "--no-config", "--exit-zero", "-q"]
CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: dictlint
        name: dictlint
        entry: '{entry}'
        language: system
        types_or: [python]
        pass_filenames: false
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PRE_COMMIT_HOME"] = f"{scratch}/pre-commit"
        repository = Path(scratch, "repository")
        lines = prepared(given.paths, repository)
        measure(repository, lines, given.runs)
    return 0


def prepared(paths: list[Path], repository: Path) -> int:
    """A repository in which all is committed, and the lines of its Python files."""
    for number, path in enumerate(paths):
        shutil.copytree(path, repository / f"part{number}", ignore=shutil.ignore_patterns(".git", "__pycache__"))
    (repository / ".gitignore").write_text(".dictlint_cache/\n")
    (repository / ".pre-commit-config.yaml").write_text(CONFIG.format(entry=" ".join(CHECK)))
    long_ago = time.time() - 3600
    files = [path for path in sorted(repository.rglob("*.py")) if path.is_file()]
    for path in files:
        os.utime(path, (long_ago, long_ago))
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "all")):
        git(repository, *command)
    subprocess.run(CHECK, cwd=repository, stdout=subprocess.DEVNULL, check=True)
    return sum(path.read_bytes().count(b"\n") for path in files)


def git(repository: Path, *command: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *command], cwd=repository, check=True, capture_output=True)


def measure(repository: Path, lines: int, runs: int) -> None:
    hook = [sys.executable, "-m", "pre_commit", "run"]
    seconds: dict[str, list[float]] = {}
    stages = ""
    for _ in range(runs):
        change(repository)
        seconds.setdefault("pre-commit, one file changed", []).append(timed(hook, repository)[0])
        seconds.setdefault("pre-commit, nothing changed since", []).append(timed(hook, repository)[0])
        change(repository)
        took, stages = timed([*CHECK, "-v"], repository)
        seconds.setdefault("dictlint, one file changed", []).append(took)
        seconds.setdefault("dictlint, nothing changed since", []).append(timed(CHECK, repository)[0])
    print(f"{lines} lines")
    for name, times in seconds.items():
        print(f"{statistics.median(times):8.2f} s  {name} ({min(times):.2f} to {max(times):.2f})")
    print(stages)


def change(repository: Path) -> None:
    """Adds a function to a file in the middle of the alphabet, and stages it."""
    files = sorted(repository.rglob("*.py"))
    path = files[len(files) // 2]
    with path.open("a") as file:
        file.write(f"\n\ndef added_{time.time_ns()}(key):\n    return key\n")
    git(repository, "add", "-A")


def timed(command: list[str], folder: Path) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - start, done.stderr


if __name__ == "__main__":
    sys.exit(main())
