"""Nothing that stands in a file makes a run crash, hang or differ: stdlib, broken files, made-up programs.

An ordinary run reads a fixed sample. DICTLINT_ROBUSTNESS=FOLDER[:FOLDER...] reads these folders whole, and the whole
standard library in place of the sample.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import warnings
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dictlint.discover import discover
from dictlint.index import extract
from dictlint.model.facts import ModuleFacts

STDLIB = Path(sysconfig.get_paths()["stdlib"])
BROKEN_ON_PURPOSE = (
    "test/tokenizedata/*.py",
    "test/encoded_modules/*.py",
    "lib2to3/tests/data/**/*.py",
    "test/bad*.py",
)
NOT_STDLIB = {"site-packages", "dist-packages", "__pycache__"}
SAMPLE_OF = 12
TOO_LONG = 150_000
INTRUDERS = (
    b"\0",
    b"\xff",
    b"\x0c",
    b"\r",
    b"(",
    b'"""',
    b"\t",
    b"\\",
    b":=",
    b"{**",
    b"\xef\xbb\xbf",
    b"await ",
    b"\n  return\n",
    b"*",
)
SECONDS = 1200
FOLDERS = [folder for folder in os.environ.get("DICTLINT_ROBUSTNESS", "").split(os.pathsep) if folder]

EXAMPLES = 2000 if FOLDERS else 40


class Run:
    """One run of the command line: what it printed, after the checks that hold for every run."""

    def __init__(self, cwd: Path, code: Path, *options: str) -> None:
        words = [sys.executable, "-m", "dictlint", "check", "--format", "json", "--no-config", "--confidence", "low"]
        done = subprocess.run(
            [*words, *options, str(code)], cwd=cwd, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr[-4000:]
        assert done.returncode in (0, 1), (done.returncode, done.stderr[-4000:])
        self.said: dict[str, Any] = json.loads(done.stdout)
        failures = [row for row in self.said["skipped"] if row["reason"].startswith("dictlint failed")]
        assert not failures, failures

    @property
    def results(self) -> dict[str, Any]:
        """All that must be the same whatever the workers and the cache: everything but the time it took."""
        return self.said | {"stats": {name: value for name, value in self.said["stats"].items() if name != "seconds"}}

    @property
    def skipped(self) -> set[str]:
        return {row["path"] for row in self.said["skipped"]}


def runs_agree(cwd: Path, code: Path) -> Run:
    """One process, two, a cold cache and a warm one; all of them say the same."""
    first = Run(cwd, code, "--no-cache", "--jobs", "1")
    others = {
        "two processes": Run(cwd, code, "--no-cache", "--jobs", "2"),
        "cold cache": Run(cwd, code, "--jobs", "2"),
        "warm cache": Run(cwd, code, "--jobs", "1"),
    }
    for how, other in others.items():
        assert other.results == first.results, how
    return first


def unparsable(files: list[Path], cwd: Path) -> set[str]:
    return {shown(path, cwd) for path in files if not parses(path.read_bytes())}


def parses(source: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def shown(path: Path, cwd: Path) -> str:
    return (path.relative_to(cwd) if path.is_relative_to(cwd) else path).as_posix()


def stdlib_sample() -> list[Path]:
    """The files broken on purpose, and of the rest those whose name falls into the sample: the same everywhere."""
    broken = {path for pattern in BROKEN_ON_PURPOSE for path in STDLIB.glob(pattern)}
    everything = (path for path in STDLIB.rglob("*.py") if not NOT_STDLIB & set(path.parts))
    drawn = {path for path in everything if drawn_by_name(path) and path.stat().st_size < TOO_LONG}
    return sorted(broken | drawn)


def drawn_by_name(path: Path) -> bool:
    return zlib.crc32(path.relative_to(STDLIB).as_posix().encode()) % SAMPLE_OF == 0


def test_a_sample_of_the_standard_library(tmp_path: Path) -> None:
    code = tmp_path / "sample"
    copies = [code / neutral(path.relative_to(STDLIB)) for path in stdlib_sample()]
    for original, copy in zip(stdlib_sample(), copies, strict=True):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, copy)
    run = runs_agree(tmp_path, code)
    assert run.said["stats"]["files"] + len(run.skipped) >= len(copies) > 50
    assert run.skipped == unparsable(copies, tmp_path)


def neutral(path: Path) -> Path:
    """The same under names of which none is a test's: tests beside a program are not read."""
    return Path(*(part.replace("test", "trial") for part in path.parts))


def test_mutilated_files(tmp_path: Path) -> None:
    """Each file of the sample cut short, and with bytes in it that do not belong there, at a place drawn by content."""
    code = tmp_path / "mutilated"
    code.mkdir()
    originals = [path for path in stdlib_sample() if 0 < path.stat().st_size < 20_000]
    for number, original in enumerate(originals):
        source = original.read_bytes()
        place = zlib.crc32(source) % len(source)
        (code / f"cut_{number}.py").write_bytes(source[:place])
        (code / f"spoilt_{number}.py").write_bytes(source[:place] + INTRUDERS[number % len(INTRUDERS)] + source[place:])
    run = Run(tmp_path, code, "--no-cache")
    assert run.skipped == unparsable(sorted(code.iterdir()), tmp_path)


@pytest.mark.parametrize("strategy", ["from_grammar", "from_node"])
def test_made_up_programs(strategy: str, tmp_path: Path) -> None:
    """Programs that nobody would write but every Python compiles: each alone, then all of them as one program."""
    hypothesis = pytest.importorskip("hypothesis", reason="hypothesis makes up the programs")
    hypothesmith = pytest.importorskip(
        "hypothesmith", reason="hypothesmith makes up the programs", exc_type=ImportError
    )
    code = tmp_path / "made_up"
    code.mkdir()

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not FOLDERS,
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(getattr(hypothesmith, strategy)())
    def every_program_has_facts(source: str) -> None:
        data = source.encode("utf-8", "surrogatepass")
        if not parses(data):
            return
        packed = [msgspec.msgpack.encode(extract(data, "made_up", False)) for _ in range(2)]
        assert packed[0] == packed[1]
        assert msgspec.msgpack.encode(msgspec.msgpack.decode(packed[0], type=ModuleFacts)) == packed[0]
        (code / f"program_{zlib.crc32(data)}.py").write_bytes(data)

    every_program_has_facts()
    run = runs_agree(tmp_path, code)
    assert run.said["stats"]["files"] == len(list(code.iterdir())) > EXAMPLES // 10
    assert not run.skipped


@pytest.mark.skipif(not FOLDERS, reason="whole folders are read when DICTLINT_ROBUSTNESS names some")
@pytest.mark.parametrize("folder", [str(STDLIB), *FOLDERS])
def test_a_whole_folder(folder: str, tmp_path: Path) -> None:
    """In these, files may be skipped for other reasons too, such as nesting that no walk survives."""
    code = Path(folder).resolve()
    run = runs_agree(tmp_path, code)
    files = [Path(file.real) for file in discover([str(code)])[0] if not file.apart]
    assert run.said["stats"]["files"]
    assert unparsable(files, tmp_path) <= run.skipped
