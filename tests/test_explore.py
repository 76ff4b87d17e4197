"""`dictlint confirm --strategy explore`: with the library `frontrun`, and what is said without it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.confirming import COUNTING, GALLERY
from tests.conftest import Run

needs_library = pytest.mark.skipif(importlib.util.find_spec("frontrun") is None, reason="frontrun is not installed")
WITHOUT = """\
#!/bin/sh
exec {python} -S "$@"
"""


def explore(folder: Path, *args: str, command: tuple[str, ...] = ()) -> dict[str, Any]:
    given = ["--strategy", "explore", "--format", "json", "--no-cache", "--budget", "60", *args]
    after = ["--", *command] if command else []
    done = run("confirm", *given, *after, folder=folder)
    assert "Traceback" not in done.stderr, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def run(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dictlint", *args]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)


def written(folder: Path, text: str, name: str = "counting.py") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.skipif(os.name != "posix", reason="the interpreter without packages is a shell script")
def test_without_the_library_one_line_says_what_to_install(dictlint: Run, tmp_path: Path) -> None:
    written(tmp_path, COUNTING)
    python = tmp_path / "python-without"
    python.write_text(WITHOUT.format(python=sys.executable))
    python.chmod(0o755)
    done = dictlint("confirm", "counting.py", "--no-cache", "--strategy", "explore", "--python", python)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.endswith(f"needs the library `frontrun`: {python} -m pip install 'dictlint[explore]'")


@needs_library
def test_a_whole_program_cannot_be_explored(dictlint: Run, tmp_path: Path) -> None:
    written(tmp_path, COUNTING)
    command = ("--", sys.executable, "counting.py")
    done = dictlint("confirm", "counting.py", "--no-cache", "--strategy", "explore", *command)
    assert done.returncode == 2
    assert "runs two sides, no whole program: leave the command out, or name a driver" in done.stderr


def test_nobody_imports_the_library_unasked(tmp_path: Path) -> None:
    tail = '\nimport sys\nprint("frontrun" in sys.modules)\n'
    written(tmp_path, COUNTING + tail)
    command = ["confirm", "counting.py", "--no-cache", "--format", "json", "--", sys.executable, "counting.py"]
    told = json.loads(run(*command, folder=tmp_path).stdout)
    assert Path(told["confirmation"]["runs"][0]["output"]).read_text() == "False\n"


@needs_library
def test_a_schedule_is_found_and_replayed_step_by_step(tmp_path: Path) -> None:
    told = explore(written(tmp_path, COUNTING), "counting.py")
    [finding] = told["findings"]
    verdict = finding["verdict"]
    assert (verdict["status"], verdict["evidence"], verdict["runs"]) == ("confirmed", "damage", 1)
    assert "by exploration (partial-order reduction), which came to the same" in verdict["reason"]
    assert [step["what"] for step in verdict["timeline"][:3]] == ["get", "setitem", "setitem"]
    schedule = json.loads(Path(verdict["witness"]).read_bytes())["schedule"]
    assert {who for who, _ in schedule["steps"]} >= {0, 1}
    assert schedule["again"] == schedule["tries"] > 0
    assert schedule["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"

    done = run("replay", finding["fingerprint"], "--times", "2", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "shown again in 2 of 2 runs: the same steps in the same order each time" in done.stdout

    schedule_of_another_python = json.loads(Path(verdict["witness"]).read_bytes())
    schedule_of_another_python["schedule"]["python"] = "3.0"
    Path(verdict["witness"]).write_text(json.dumps(schedule_of_another_python))
    done = run("replay", finding["fingerprint"], folder=tmp_path)
    assert "the schedule of Python 3.0 in 0, another one that was found anew in the others" in done.stdout


@needs_library
def test_what_is_locked_is_not_confirmed_in_any_interleaving(tmp_path: Path) -> None:
    """Neither by a lock of the object nor by one that the module makes while it is imported."""
    told = explore(written(tmp_path, COUNTING), "counting.py")
    [finding] = told["findings"]
    own = COUNTING.replace("self.answers = {}", "self.answers = {}; self.lock = threading.Lock()")
    own = own.replace("for word in words:\n", "for word in words:\n          with self.lock:\n")
    module = COUNTING.replace("class Report", "LOCK = threading.RLock()\nclass Report")
    module = module.replace("for word in words:\n", "for word in words:\n          with LOCK:\n")
    for text in (own, module):
        written(tmp_path, text)
        done = run("replay", finding["fingerprint"], folder=tmp_path)
        assert (done.returncode, "it did not show again" in done.stdout) == (1, True), done.stdout


@needs_library
@pytest.mark.parametrize("name", ["G02", "G16", "G31", "G39"])
def test_examples_are_confirmed_and_their_mended_versions_never(name: str, tmp_path: Path) -> None:
    [folder] = GALLERY.glob(f"{name}*")
    shutil.copy(folder / "bad.py", tmp_path)
    told = explore(tmp_path, "bad.py", "--select", "DCT1")
    [finding] = told["findings"]
    assert "by exploration" in finding["verdict"]["reason"], finding["verdict"]
    shutil.copy(folder / "fixed.py", tmp_path / "bad.py")
    done = run("replay", finding["fingerprint"], folder=tmp_path)
    assert (done.returncode, "it did not show again" in done.stdout) == (1, True), done.stdout


GLOBAL = """\
import threading

TABLE = {}

class Thing:
    def __init__(self):
        self.uses = []

def once(word):
    if word not in TABLE:
        TABLE[word] = Thing()
    return TABLE[word]

def main():
    for _ in range(2):
        threading.Thread(target=once, args=("a",)).start()

if __name__ == "__main__":
    main()
"""


@needs_library
def test_a_module_is_loaded_anew_for_each_interleaving(tmp_path: Path) -> None:
    """Else the entry would be there after the first one."""
    told = explore(written(tmp_path, GLOBAL), "counting.py", "--select", "DCT103")
    [finding] = told["findings"]
    assert "two objects were made for one key" in finding["verdict"]["reason"]
    assert "by exploration" in finding["verdict"]["reason"]


@needs_library
def test_tasks_of_one_loop_are_left_to_steering(tmp_path: Path) -> None:
    [folder] = GALLERY.glob("G43*")
    shutil.copy(folder / "bad.py", tmp_path)
    told = explore(tmp_path, "bad.py")
    [finding] = told["findings"]
    assert "tasks of one event loop are switched at each `await` only" in finding["verdict"]["reason"]


@needs_library
def test_a_driver_of_ones_own_is_explored(tmp_path: Path) -> None:
    told = explore(written(tmp_path, COUNTING), "counting.py")
    [finding] = told["findings"]
    driver = Path(told["confirmation"]["folder"]) / "drivers" / f"{finding['fingerprint']}.py"
    own = written(tmp_path, driver.read_text(), "own_driver.py") / "own_driver.py"
    told = explore(tmp_path, "counting.py", "--folder", "elsewhere", command=(sys.executable, str(own)))
    [finding] = told["findings"]
    assert "by exploration" in finding["verdict"]["reason"]
    assert "made up" not in finding["verdict"]["reason"]


BROKEN = """\
{top}
def build(KEY="key 0"):
    {build}

def prepare(shared, KEY):
    pass

def one_side(shared, KEY):
    raise SystemExit(3)

def other_side(shared, KEY):
    1 / 0
"""


@needs_library
@pytest.mark.parametrize(
    ("top", "build", "said"),
    [
        ("import no_such_module", "pass", "nothing was explored; the driver cannot be imported: ModuleNotFoundError"),
        ("", "raise RuntimeError('no shop')", "nothing was explored; RuntimeError: no shop"),
        ("", "pass", "neither side came to its places"),
    ],
)
def test_a_driver_that_is_broken(top: str, build: str, said: str, tmp_path: Path) -> None:
    written(tmp_path, COUNTING)
    written(tmp_path, BROKEN.format(top=top, build=build), "own_driver.py")
    told = explore(tmp_path, "counting.py", command=(sys.executable, "own_driver.py"))
    [finding] = told["findings"]
    assert said in finding["verdict"]["reason"]


@needs_library
def test_a_side_that_does_not_end_is_said(tmp_path: Path) -> None:
    endless = COUNTING.replace("for word in words:", "while words:\n            word = words[0]")
    told = explore(written(tmp_path, endless), "counting.py", "--budget", "10")
    [finding] = told["findings"]
    assert "a side did not come to its end" in finding["verdict"]["reason"]
