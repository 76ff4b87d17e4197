"""`dictlint confirm` as a process of its own, and a program for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from dictlint.confirm.plan import FAMILIES

GALLERY = Path(__file__).parent.parent / "examples"
CONFIRMED = ("DCT1", "DCT301", *FAMILIES)
COUNTING = """\
import threading

class Report:
    def __init__(self):
        self.answers = {}

    def read(self, words):
        for word in words:
            self.answers[word] = self.answers.get(word, 0) + 1

def main():
    report = Report()
    readers = [threading.Thread(target=report.read, args=(["a"],)) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

if __name__ == "__main__":
    main()
"""


def programs() -> list[Path]:
    """Those whose rules a run can answer."""
    found = [path for folder in GALLERY.iterdir() for path in (folder / "bad.py", folder / "bad") if path.exists()]
    return sorted(path for path in found if any(f"# expect: {code}" in text(path) for code in CONFIRMED))


def text(program: Path) -> str:
    return "".join(map(Path.read_text, sources(program)))


def sources(program: Path) -> list[Path]:
    return sorted(program.rglob("*.py")) if program.is_dir() else [program]


def confirm(folder: Path, *args: str | Path, command: list[str]) -> tuple[int, dict[str, Any], str]:
    """Exit status, report and what was said on the way."""
    dictlint = [sys.executable, "-m", "dictlint", "confirm", "--format", "json", "--no-cache"]
    given = [*dictlint, *map(str, args), "--", *command]
    done = subprocess.run(given, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def copied(program: Path, into: Path) -> list[str]:
    """The command that runs the program, beside which the files of a run may be written."""
    if program.is_dir():
        shutil.copytree(program, into / program.name)
    else:
        shutil.copy(program, into)
    return [sys.executable, program.name]


def verdicts(told: dict[str, Any]) -> list[str]:
    return [finding["verdict"]["status"] for finding in told["findings"]]


def replay(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    dictlint = [sys.executable, "-m", "dictlint", "replay", *args]
    return subprocess.run(dictlint, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)
