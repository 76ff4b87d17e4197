"""`dictlint confirm`: the gallery's bad programs are confirmed, and what can go wrong with a command is told."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.confirming import (
    CONFIRMED,
    COUNTING,
    confirm,
    copied,
    programs,
    replay,
    verdicts,
)


@pytest.mark.parametrize("program", programs(), ids=lambda path: path.parent.name)
def test_the_bad_program_is_confirmed_and_the_fixed_one_never(program: Path, tmp_path: Path) -> None:
    """The fixed program takes the place of the bad one, and the witnesses of the bad one are replayed on it."""
    command = copied(program, tmp_path)
    _, told, _ = confirm(tmp_path, program.name, "--select", ",".join(CONFIRMED), command=command)
    assert set(verdicts(told)) == {"confirmed"}, [finding["verdict"] for finding in told["findings"]]
    fixed = program.parent / program.name.replace("bad", "fixed")
    if fixed.is_dir():
        shutil.copytree(fixed, tmp_path / program.name, dirs_exist_ok=True)
    else:
        shutil.copy(fixed, tmp_path / program.name)
    for finding in told["findings"]:
        done = replay(tmp_path, finding["fingerprint"])
        assert (done.returncode, "it did not show again" in done.stdout) == (1, True), done.stdout


def test_what_a_verdict_says(counting: Path) -> None:
    status, told, said = confirm(counting, "counting.py", command=[sys.executable, "counting.py"])
    [finding] = told["findings"]
    verdict = finding["verdict"]
    assert status == 1
    assert verdict["status"] == "confirmed"
    assert verdict["evidence"] in ("window", "damage")  # whichever is seen first
    assert verdict["runs"] == len(told["confirmation"]["runs"])
    assert Path(verdict["witness"]).is_relative_to(told["confirmation"]["folder"])
    assert json.loads(Path(verdict["witness"]).read_bytes())["finding"]["fingerprint"] == finding["fingerprint"]
    assert "run 1 of at most 5" in said


def test_everything_is_written_below_one_folder(counting: Path) -> None:
    folder = counting / "elsewhere"
    _, told, _ = confirm(counting, "counting.py", "--folder", folder, command=[sys.executable, "counting.py"])
    assert told["confirmation"]["folder"] == str(folder)
    assert sorted(path.name for path in counting.iterdir()) == ["counting.py", "elsewhere"]


def test_one_activity_is_no_race(counting: Path) -> None:
    code = "import counting; counting.Report().read(['a', 'b', 'a'])"
    status, told, _ = confirm(counting, "counting.py", "--fail-on", "confirmed", command=[sys.executable, "-c", code])
    assert verdicts(told) == ["single-activity"]
    assert status == 0


def test_confirmed_findings_fail_alone(counting: Path) -> None:
    """Whatever the severity: of two findings the one that was not reached does not count."""
    (counting / "other.py").write_text(COUNTING)
    command = [sys.executable, "counting.py"]
    status, told, _ = confirm(counting, ".", "--fail-on", "confirmed", command=command)
    assert (status, sorted(verdicts(told))) == (1, ["confirmed", "not reached"])
    status, told, _ = confirm(counting, "other.py", "--fail-on", "confirmed", command=command)
    assert (status, verdicts(told)) == (0, ["not reached"])


def test_locked_from_outside_is_not_confirmed(counting: Path) -> None:
    code = """\
import threading, counting
lock = threading.Lock()
report = counting.Report()
def read():
    with lock:
        report.read(["a"])
threads = [threading.Thread(target=read) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "-c", code])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "not confirmed"
    assert "both held Lock made at <string>:2" in finding["verdict"]["reason"]


def test_what_is_not_run_is_not_reached(counting: Path) -> None:
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "-c", "import counting"])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "not reached"
    assert finding["verdict"]["reason"] == "nobody came to counting.py:9"


def test_what_kept_a_command_from_its_places_is_said(counting: Path) -> None:
    code = "import counting; raise LookupError('no words')"
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "-c", code])
    [finding] = told["findings"]
    assert finding["verdict"]["reason"] == "nobody came to counting.py:9; the command printed: LookupError: no words"


def test_processes_one_after_the_other_are_no_several_activities(counting: Path) -> None:
    child = "[sys.executable, '-c', 'import counting; counting.Report().read([1, 1])']"
    code = f"import subprocess, sys; [subprocess.run({child}, check=True) for _ in range(2)]"
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "-c", code])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "single-activity"
    assert finding["verdict"]["reason"].endswith("by one activity only")


def test_a_fault_that_was_never_tried_is_not_reached(tmp_path: Path) -> None:
    program = """\
import threading
class Table:
    def __init__(self):
        self.lock = threading.Lock()
        self.rows = {}
    def put(self, name, text):
        self.lock.acquire()
        if text:
            self.rows[name] = cents(text)
        self.lock.release()
def cents(text):
    return int(text)
table = Table()
threads = [threading.Thread(target=table.put, args=("a", "")) for _ in range(2)]
for thread in threads:
    thread.start()
"""
    (tmp_path / "table.py").write_text(program)
    _, told, _ = confirm(tmp_path, "table.py", "--select", "DCT305", command=[sys.executable, "table.py"])
    [finding] = told["findings"]
    assert (finding["verdict"]["status"], finding["verdict"]["reason"]) == ("not reached", "nobody came to table.py:9")


@pytest.mark.parametrize(
    "work",
    ["*(each for each in self.rows)", "*(each for each in self.rows.values() if each)", "sum(x for x in self.rows)"],
)
def test_what_is_gone_through_for_arguments_is_watched(work: str, tmp_path: Path) -> None:
    program = f"""\
import threading
class Table:
    def __init__(self, rows=None):
        if rows is None:
            rows = {{}}
        self.rows = rows
    def show(self):
        print({work})
    def put(self, name):
        self.rows[name] = name
table = Table()
for each in range(4):
    table.put(each)
threads = [threading.Thread(target=table.show), threading.Thread(target=table.put, args=(9,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    (tmp_path / "table.py").write_text(program)
    _, told, _ = confirm(tmp_path, "table.py", "--confidence", "low", command=[sys.executable, "table.py"])
    [finding] = [each for each in told["findings"] if each["code"] == "DCT101"]
    assert finding["verdict"]["status"] == "confirmed", finding["verdict"]


def test_child_interpreters_are_watched(counting: Path) -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, 'counting.py'], check=True)"
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "-c", code])
    assert verdicts(told) == ["confirmed"]


def test_tests_are_named(counting: Path) -> None:
    (counting / "test_counting.py").write_text("import counting\ndef test_it():\n    counting.main()\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    _, told, _ = confirm(counting, "counting.py", command=command)
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "confirmed"
    assert "in test_counting.py::test_it" in finding["verdict"]["reason"]


def test_the_program_behaves_as_always(tmp_path: Path) -> None:
    program = """\
from __future__ import annotations
import sys, threading
TABLE = {"a": 1}
def add():
    TABLE["b"] = TABLE.get("b", 0) + 1
def main():
    threads = [threading.Thread(target=add) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
if __name__ == "__main__":
    main()
    print(__name__, __spec__, __package__, __file__, sys.argv, sys.path[0], sorted(TABLE), type(TABLE) is dict)
    print(__doc__, isinstance(TABLE, dict), TABLE == {"a": 1, "b": TABLE["b"]})
    raise SystemExit(int(sys.argv[1]))
"""
    (tmp_path / "program.py").write_text(program)
    command = [sys.executable, "program.py", "7"]
    plain = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    _, told, _ = confirm(tmp_path, "program.py", command=command)
    [run, *_] = told["confirmation"]["runs"]
    assert run["status"] == plain.returncode == 7
    assert Path(run["output"]).read_text() == plain.stdout.replace("True\nNone", "False\nNone")
