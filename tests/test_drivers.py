"""Drivers that are made up where no command is given: what they find out, and what they say where they cannot."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.confirming import COUNTING, programs, replay, verdicts
from tests.conftest import Run

DRIVEN = ("G01", "G03", "G16", "G25", "G31", "G39", "G43", "G46")


@pytest.mark.parametrize("program", [path for path in programs() if path.parent.name[:3] in DRIVEN], ids=str)
def test_a_driver_is_made_up_where_no_command_is_given(program: Path, tmp_path: Path) -> None:
    shutil.copy(program, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "dictlint", "confirm", "bad.py", "--format", "json", "--no-cache"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert verdicts(told) == ["confirmed"], told["findings"][0]["verdict"]
    [finding] = told["findings"]
    assert "driver" in finding["verdict"]["reason"]
    driver = Path(told["confirmation"]["folder"]) / "drivers" / f"{finding['fingerprint']}.py"
    assert told["confirmation"]["runs"][0]["command"] == [sys.executable, str(driver)]
    shutil.copy(program.with_name("fixed.py"), tmp_path / "bad.py")
    again = replay(tmp_path, finding["fingerprint"])
    assert "it did not show again" in again.stdout, again.stdout


ARGUMENTS = """\
import threading

class Store:
    def __init__(self, send, limit: int, names: list[str], settings: "Settings"):
        self.send = send
        self.limit = limit + settings.more
        self.names = names
        self.seen = {}

    def note(self, name: str, amount):
        for each in self.names:
            if name not in self.seen:
                self.send(each)
                self.seen[name] = [amount * 2]

class Settings:
    def __init__(self, more=1):
        self.more = more

def main(argv):
    store = Store(print, 3, argv, Settings())
    for _ in range(2):
        threading.Thread(target=store.note, args=("a", 1)).start()
"""


def test_a_driver_finds_arguments(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "arguments.py").write_text(ARGUMENTS)
    done = dictlint("confirm", "arguments.py", "--no-cache", "--format", "concise")
    assert done.stdout.endswith("[confirmed]\n"), done.stdout
    [driver] = (tmp_path / ".dictlint_confirm" / "drivers").glob("*.py")
    assert "arguments.Store((lambda *args, **named: None), 1, [KEY], arguments.Settings())" in driver.read_text()


def test_a_skeleton_says_what_is_missing(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "arguments.py").write_text(ARGUMENTS.replace("self.send = send", "self.send = open('/not/there/send')"))
    done = dictlint("confirm", "arguments.py", "--no-cache")
    assert "not checkable: no driver can be made" in done.stdout
    [driver] = (tmp_path / ".dictlint_confirm" / "drivers").glob("*.py")
    assert "raises FileNotFoundError" in driver.read_text()
    assert 'raise NotImplementedError("call Store.note here, as the program does")' in driver.read_text()


TRIED = {
    "default": """\
class Basket:
    items = {}
    def add(self, name):
        self.items[name] = 1
def main(names):
    one, other = Basket(), Basket()
    one.add(names[0])
    other.add(names[1])
""",
    "numbers": """\
class Table:
    def __init__(self, size):
        assert size > 0
        self.rows = {}
    def row(self, name, width):
        if name not in self.rows:
            self.rows[name] = [0] * int(width)
""",
    "private": """\
class Table:
    def __init__(self):
        self.rows = {}
    def __row(self, name):
        if name not in self.rows:
            self.rows[name] = []
    def row(self, name):
        return self.__row(name)
""",
    "abstract": """\
import abc
class Table(abc.ABC):
    def __init__(self):
        self.rows = {}
    @abc.abstractmethod
    def made(self, name):
        pass
    def row(self, name):
        if name not in self.rows:
            self.rows[name] = self.made(name)
""",
    "defaults": """\
class Table:
    def __init__(self):
        self.rows = {}
    def row(self, name, keep=False):
        if keep:
            if name not in self.rows:
                self.rows[name] = []
""",
    "constructed": """\
class Meta(type):
    def __call__(cls, *args, **named):
        return super().__call__(*args, **named)
class Table(metaclass=Meta):
    def __init__(self, rows):
        self.rows = {row.name: row for row in rows}
    def row(self, name):
        if name not in self.rows:
            self.rows[name] = []
""",
    "lazy": """\
class Table:
    rows = None
    def row(self, name):
        if self.rows is None:
            self.rows = {}
        return self.rows.get(name)
""",
    "tasks": """\
import asyncio
class Table:
    def __init__(self):
        self.rows = {}
    async def row(self, name):
        if name not in self.rows:
            await asyncio.sleep(0.001)
            self.rows[name] = []
async def main():
    table = Table()
    await asyncio.gather(table.row("a"), table.row("a"))
""",
    "inner": """\
TABLE = {}
def kept(function):
    def call(name):
        if name not in TABLE:
            TABLE[name] = function(name)
        return TABLE[name]
    return call
""",
}


@pytest.mark.parametrize("name", TRIED)
def test_a_driver_tries_arguments(name: str, tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / f"{name}_table.py").write_text(TRIED[name])
    done = dictlint("confirm", f"{name}_table.py", "--no-cache", "--format", "concise", "--confidence", "low")
    assert "[confirmed]\n" in done.stdout, done.stdout + done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dictlint_confirm", f"{name}_table.py"]


def test_a_driver_for_sides_in_two_files(tmp_path: Path, dictlint: Run) -> None:
    (tmp_path / "tables.py").write_text("class Table:\n    def __init__(self):\n        self.rows = {}\n")
    reader = """\
import tables
class Reader:
    def __init__(self, table: tables.Table):
        self.table = table
    def names(self):
        return [name for name in self.table.rows]
"""
    (tmp_path / "reader.py").write_text(reader)
    with (tmp_path / "tables.py").open("a") as out:
        out.write("    def add(self, name):\n        self.rows[name] = 1\n")
    done = dictlint("confirm", ".", "--no-cache", "--format", "concise", "--confidence", "low")
    assert "[confirmed]" in done.stdout, done.stdout + done.stderr


def test_what_kept_a_driver_from_its_places_is_said(tmp_path: Path) -> None:
    text = COUNTING.replace("        for word in words", "        self.check()\n        for word in words")
    check = "    def check(self):\n        raise OSError('no paper')\n\n"
    (tmp_path / "counting.py").write_text(text.replace("    def read", f"{check}    def read"))
    command = [sys.executable, "-m", "dictlint", "confirm", "counting.py", "--no-cache", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    [finding] = json.loads(done.stdout)["findings"]
    assert finding["verdict"]["status"] == "not reached"
    assert finding["verdict"]["reason"].endswith("its driver printed: OSError: no paper")


TIMER = """\
import threading
class Table:
    def __init__(self):
        self.rows = {}
        self.timer = threading.Timer(3600, print)
        self.timer.start()
    def row(self, name):
        if name not in self.rows:
            self.rows[name] = []
"""


def test_what_the_program_has_started_keeps_no_driver(tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(TIMER)
    told = driven(tmp_path, "table.py", "--confidence", "low")
    assert verdicts(told) == ["confirmed"]
    assert {run["status"] for run in told["confirmation"]["runs"]} == {0}


def driven(folder: Path, *args: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "dictlint", "confirm", *args, "--no-cache", "--format", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


FINAL = """\
import threading
class Table:
    def __init__(self, size):
        self.rows = {}
        self.size = size.strip()
    def __del__(self):
        threading.Event().wait()
    def row(self, name):
        if name not in self.rows:
            self.rows[name] = int(self.size)
"""


def test_a_finalizer_that_waits_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(FINAL)
    told = driven(tmp_path, "table.py", "--confidence", "low")
    assert verdicts(told) == ["confirmed"], told["findings"]
    assert {run["status"] for run in told["confirmation"]["runs"]} == {0}


LOCKED_ABOVE = """\
import threading
class Names:
    def __init__(self):
        self.seen = {}
    def add(self, name):
        self.seen[name] = 1
    def all(self):
        return [name for name in self.seen]
class Table:
    def __init__(self):
        self.lock = threading.Lock()
        self.names = Names()
    def add(self, name):
        with self.lock:
            self.names.add(name)
    def show(self):
        return self.names.all()
table = Table()
def main():
    threading.Thread(target=table.show).start()
    threading.Thread(target=table.add, args=("a",)).start()
"""


def test_a_driver_that_leaves_out_a_lock_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "names.py").write_text(LOCKED_ABOVE)
    [finding] = driven(tmp_path, "names.py")["findings"]
    assert finding["verdict"]["status"] == "not checkable"
    reason = "no driver can be made that holds Table.lock at names.py:6, as the program does"
    assert finding["verdict"]["reason"] == reason


@pytest.mark.parametrize("slow", ["time.sleep(60)  # imported", "class Slow:\n    pass"])
def test_the_search_for_arguments_keeps_to_the_budget(slow: str, tmp_path: Path) -> None:
    """Many calls that do not come back are tried, or the import itself does not end."""
    waits = "        import time\n        time.sleep(60)\n        for word in words"
    late = f"import time\n{slow}\n"
    (tmp_path / "counting.py").write_text(late + COUNTING.replace("        for word in words", waits))
    command = [sys.executable, "-m", "dictlint", "confirm", "counting.py", "--no-cache", "--format", "json"]
    started = time.monotonic()
    done = subprocess.run([*command, "--budget", "3"], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    assert time.monotonic() - started < 12
    [finding] = json.loads(done.stdout)["findings"]
    assert finding["verdict"]["status"] == "not reached", done.stderr
    assert ("its driver had no turn" in finding["verdict"]["reason"]) is ("imported" in slow)
    assert not list((tmp_path / ".dictlint_confirm" / "drivers").glob("*.scratch"))


def test_a_regression_test_takes_its_driver_along(tmp_path: Path) -> None:
    """Neither the report folder nor the place where all this stood is needed any more."""
    (tmp_path / "counting.py").write_text(COUNTING)
    done = subprocess.run(
        [sys.executable, "-m", "dictlint", "confirm", "counting.py", "--no-cache", "-q", "--write-test", "tests"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (tmp_path / "counting.py", tmp_path / "tests"):
        path.rename(elsewhere / path.name)
    shutil.rmtree(tmp_path / ".dictlint_confirm")
    [witness] = (elsewhere / "tests").glob("*.json")
    assert str(tmp_path) not in json.dumps(json.loads(witness.read_bytes())["command"])
    assert "shown again in 1 of 1 run" in replay(elsewhere, str(witness)).stdout
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    tested = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, timeout=120).stdout
    assert "1 failed" in tested, tested
