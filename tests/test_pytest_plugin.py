"""`pytest --dictlint`, run on small projects of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RACE = """
import threading

def race(make):
    m = make(a=1)
    def walk():
        for _ in m: pass
    thread = threading.Thread(target=walk)
    thread.start()
    m["b"] = 1
    thread.join()
"""
TESTS = """
import threading
from dictlint.runtime import CheckedDict, Violation
from race import race

def test_race():
    race(CheckedDict)

def test_race_again():
    race(CheckedDict)

def test_order():
    m, lock = CheckedDict(), threading.Lock()
    def work():
        with lock:
            m["n"] = m.get("n", 0) + 1
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert m["n"] == 2

def test_failure_of_its_own():
    race(CheckedDict)
    assert 0, "its own"

def test_expected(dictlint_violations):
    race(CheckedDict)
    assert len(dictlint_violations()) == 1
    [violation] = dictlint_violations.expected()
    assert isinstance(violation, Violation)

def test_fixture(checked_dict):
    checked_dict(a=1)["b"] = 1
"""


class Project:
    """Runs pytest in a process of its own, with the plugin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "race.py").write_text(RACE)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "dictlint.editors.pytest_plugin", "-p", "no:cacheprovider"]
        env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DICTLINT"))}
        return subprocess.run(
            [*command, *arguments],
            cwd=self.folder,
            # As for an installed plugin, so that it is not loaded twice where dictlint is installed.
            env=env | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_race_fails_its_test(project: Project) -> None:
    (project.folder / "test_it.py").write_text(TESTS)
    done = project.run("--dictlint", "--dictlint-report=races.jsonl", "-v")
    lines = done.stdout.splitlines()
    verdicts = {line.split("::")[1].split()[0]: line.split()[1] for line in lines if "::" in line and "%" in line}
    assert verdicts == {
        "test_race": "FAILED",
        "test_race_again": "FAILED",
        "test_order": "PASSED",
        "test_failure_of_its_own": "FAILED",
        "test_expected": "PASSED",
        "test_fixture": "PASSED",
    }
    assert "iteration-while-resized" in done.stdout
    assert "its own" in done.stdout
    assert "3 violations in 3 tests; see " in done.stdout
    told = [json.loads(line) for line in (project.folder / "races.jsonl").read_text().splitlines()]
    assert [record["extra"]["test"] for record in told] == [
        "test_it.py::test_race",
        "test_it.py::test_race_again",
        "test_it.py::test_failure_of_its_own",
        "test_it.py::test_expected",
    ]
    assert done.returncode == 1


def test_without_the_option_nothing_is_watched(project: Project) -> None:
    (project.folder / "test_it.py").write_text("""
import threading
def test_it():
    assert "dictlint.runtime.sync" not in __import__("sys").modules
""")
    assert project.run().returncode == 0


def test_the_fixture_watches_by_itself(project: Project) -> None:
    (project.folder / "test_it.py").write_text("""
from race import race
def test_race(checked_dict):
    race(checked_dict)
def test_no_race(checked_dict):
    checked_dict(a=1)["b"] = 1
""")
    done = project.run()
    assert "2 passed, 1 error" in done.stdout
    assert not list(project.folder.glob("*.jsonl"))


def test_maps_of_modules_are_watched(project: Project) -> None:
    (project.folder / "registry.py").write_text("""
import threading
TABLE = {"a": 1}
class Store:
    shared = {}
def fill(n):
    if n not in TABLE:
        TABLE[n] = n
def put(n):
    Store.shared["n"] = Store.shared.get("n", 0) + 1
""")
    (project.folder / "test_it.py").write_text("""
import threading, registry
def both(work):
    threads = [threading.Thread(target=work, args=(1,)) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
def test_table(): both(registry.fill)
def test_store(): both(registry.put)
""")
    (project.folder / "pytest.ini").write_text("[pytest]\ndictlint_watch = registry:Store.shared\n")
    done = project.run("--dictlint", "--dictlint-watch=registry:TABLE")
    assert "racy-get-or-create" in done.stdout
    assert "lost-update" in done.stdout
    assert "`registry.TABLE`" in done.stdout
    assert "2 failed" in done.stdout


def test_a_map_that_is_named_wrongly(project: Project) -> None:
    (project.folder / "test_it.py").write_text("def test_it(): pass\n")
    done = project.run("--dictlint", "--dictlint-watch=registry")
    assert done.returncode == 4
    assert "MODULE:NAME" in done.stderr


def test_a_map_that_was_never_there(project: Project) -> None:
    (project.folder / "test_it.py").write_text("def test_it(): pass\n")
    done = project.run("--dictlint", "--dictlint-watch=registri:TABLE")
    assert done.returncode == 0
    assert "registri:TABLE was not watched: module 'registri' was not imported" in done.stdout


def test_modes_and_contracts(project: Project) -> None:
    (project.folder / "test_it.py").write_text("""
import threading, pytest
from dictlint.runtime import CheckedDict, ConcurrentMapError
def test_strict(dictlint_violations):
    m = CheckedDict()
    thread = threading.Thread(target=lambda: m.get("a"))
    thread.start()
    with pytest.raises(ConcurrentMapError):
        thread.is_alive.__wrapped__ and [None for _ in iter(lambda: thread.is_alive.__wrapped__(thread), False)]
        m["a"] = 1
    thread.join()
    dictlint_violations.expected()
""")
    done = project.run("--dictlint", "--dictlint-mode=fail", "--dictlint-contract=strict")
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_workers(project: Project) -> None:
    (project.folder / "test_it.py").write_text(TESTS)
    done = project.run("-p", "xdist", "-n2", "--dictlint", "--dictlint-report=races.jsonl")
    assert "3 failed, 3 passed" in done.stdout
    told = [json.loads(line) for line in (project.folder / "races.jsonl").read_text().splitlines()]
    assert len(told) == 4
    assert {record["extra"]["worker"] for record in told} <= {"gw0", "gw1"}
