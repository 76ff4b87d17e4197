"""`dictlint confirm`: however a command ends, what it has shown is kept, and shown again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dictlint.confirm.steps import HELD
from tests.confirming import (
    COUNTING,
    GALLERY,
    confirm,
    copied,
    replay,
    verdicts,
)
from tests.conftest import Run


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["no-such-command"], "the command `no-such-command` cannot be run: no such file or directory"),
        ([], "no command is named behind `--`"),
    ],
)
def test_a_command_that_cannot_be_run(command: list[str], said: str, counting: Path, dictlint: Run) -> None:
    done = dictlint("confirm", counting / "counting.py", "--no-cache", "--", *command)
    assert done.returncode == 2
    assert said in done.stderr


ENDINGS = {
    "import counting; counting.main(); raise SystemExit(3)": (3, ""),
    "import counting, os; counting.main(); os.kill(os.getpid(), 9)": (-9, "it was ended by SIGKILL"),
    "import counting, time; [counting.main() for _ in range(3)]; time.sleep(60)": (None, "it was ended after 3 sec"),
    "import counting, os; os.chdir('/'); counting.main()": (0, ""),
    "import counting, os; counting.main(); os.write(1, bytes(range(256)) * 100); os._exit(0)": (0, ""),
    "import counting, shutil; counting.main(); shutil.rmtree('.dictlint_confirm')": (0, "it removed the folder"),
    "import counting, os; p = os.fork(); counting.main() if not p else os.waitpid(p, 0)": (0, ""),
}


@pytest.mark.parametrize("code", ENDINGS)
@pytest.mark.skipif(os.name != "posix", reason="signals and forks")
def test_however_it_ends(code: str, counting: Path) -> None:
    status, note = ENDINGS[code]
    command = [sys.executable, "-W", "ignore", "-c", code]
    budget = "3" if status is None else "30"
    _, told, _ = confirm(counting, "counting.py", "--runs", "3", "--budget", budget, command=command)
    [run, *_] = told["confirmation"]["runs"]
    assert run["status"] == status
    assert run["note"].startswith(note)
    assert verdicts(told) == ["confirmed"]


@pytest.mark.skipif(os.name != "posix", reason="removes what is open")
def test_a_report_folder_that_has_become_a_file(counting: Path) -> None:
    """What was seen is told all the same; only the witness cannot be kept."""
    folder = ".dictlint_confirm"
    code = f"import counting, shutil; counting.main(); shutil.rmtree('{folder}'); open('{folder}', 'w')"
    command = [sys.executable, "-W", "ignore", "-c", code]
    status, told, _ = confirm(counting, "counting.py", command=command)
    [finding] = told["findings"]
    assert (status, finding["verdict"]["status"], finding["verdict"]["witness"]) == (1, "confirmed", "")
    [note] = told["confirmation"]["notes"]
    assert note.startswith(f"cannot write to {counting / '.dictlint_confirm'}")


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_who_interrupts_it_sees_what_was_found_until_then(counting: Path) -> None:
    code = "import counting, time; counting.main(); print('done', flush=True); time.sleep(60)"
    dictlint = [sys.executable, "-m", "dictlint", "confirm", "counting.py", "--format", "json", "--no-cache"]
    command = [*dictlint, "--", sys.executable, "-c", code]
    running = subprocess.Popen(command, cwd=counting, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output = counting / ".dictlint_confirm" / "runs" / "1" / "output.txt"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not (output.exists() and "done" in output.read_text()):
        time.sleep(0.05)
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    told = json.loads(running.communicate(timeout=30)[0])
    assert running.returncode == 130
    assert verdicts(told) == ["confirmed"]
    assert [run["note"] for run in told["confirmation"]["runs"]] == ["it was interrupted"]


def test_a_command_without_python_says_so(counting: Path) -> None:
    _, told, _ = confirm(counting, "counting.py", command=["/bin/true"])
    assert verdicts(told) == ["not reached"]
    assert told["confirmation"]["notes"] == ["the command started no Python interpreter that could be watched"]


def test_a_replay_shows_it_again(counting: Path) -> None:
    _, told, _ = confirm(counting, "counting.py", command=[sys.executable, "counting.py"])
    [finding] = told["findings"]
    (counting / "counting.py").write_text("# A line more.\n\n" + COUNTING)
    done = replay(counting, finding["fingerprint"][:6], "--times", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "shown again in 3 of 3 runs" in done.stdout
    symbol = "Report.read" if sys.version_info >= (3, 11) else "read"  # 3.10 knows the last name alone
    assert f"counting.py:11, in {symbol}" in done.stdout


def test_what_was_seen_is_drawn(counting: Path) -> None:
    command = [sys.executable, "counting.py"]
    _, told, _ = confirm(counting, "counting.py", command=command)
    [finding] = told["findings"]
    verdict = finding["verdict"]
    one, other, again, last = verdict["timeline"]
    drawn = {"damage": ("get", "setitem", "setitem"), "window": HELD}  # whichever is seen first
    assert (one["what"], other["what"], again["what"]) == drawn[verdict["evidence"]]
    assert one["activity"] == again["activity"] != other["activity"]
    assert (one["path"], one["line"], one["code"][:12]) == ("counting.py", 9, "self.answers")
    assert last["activity"] == ""
    assert json.loads(Path(verdict["witness"]).read_bytes())["timeline"] == verdict["timeline"]

    events = json.loads(Path(verdict["trace"]).read_bytes())["traceEvents"]
    rows = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    taken = [(rows[event["tid"]], event["name"]) for event in events if event["ph"] == "X"]
    assert taken == [(step["activity"], step["what"]) for step in (one, other, again)]

    shown = replay(counting, finding["fingerprint"], "-q").stdout
    columns = [line.partition("| ")[2].strip() for line in shown.splitlines() if "|" in line]
    [step] = [column for column in columns[1:] if column and not column.startswith("self")]
    [outcome] = [line for line in shown.splitlines() if line.startswith("=> ")]
    came_of_it = {"setitem": "what the other one wrote was overwritten unseen", "comes in": "came to its side"}
    what, place = step.split("  ")
    assert (place, came_of_it[what] in outcome) == ("counting.py:9", True)
    assert came_of_it[other["what"]] in last["what"]


def test_errors_that_are_injected_are_drawn(tmp_path: Path) -> None:
    [program] = GALLERY.glob("G22*/bad.py")
    command = copied(program, tmp_path)
    _, told, _ = confirm(tmp_path, "bad.py", "--select", "DCT303", command=command)
    [step, last] = told["findings"][0]["verdict"]["timeline"]
    assert (step["what"], step["path"]) == ("an error is injected", "bad.py")
    assert "never heard of" in last["what"]


def test_a_replay_without_a_witness(counting: Path) -> None:
    done = replay(counting, "0123")
    assert done.returncode == 2
    assert "no witness has a fingerprint that begins with `0123`" in done.stderr


def test_what_the_last_invocation_learnt_is_kept(counting: Path) -> None:
    command = [sys.executable, "counting.py"]
    confirm(counting, "counting.py", command=command)
    memory = counting / ".dictlint_confirm" / "memory.json"
    if json.loads(memory.read_bytes())["steered"]:  # else it came true without any help
        _, told, _ = confirm(counting, "counting.py", command=command)
        assert len(told["confirmation"]["runs"]) == 1


def test_a_regression_test_fails_until_it_is_fixed(counting: Path) -> None:
    confirm(counting, "counting.py", "--write-test", "tests", command=[sys.executable, "counting.py"])
    pytest_command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]

    def tested() -> str:
        return subprocess.run(pytest_command, cwd=counting, capture_output=True, text=True, timeout=120).stdout

    assert "1 failed" in tested()
    fixed = COUNTING.replace("        for word in words:\n", "        for word in words:\n          with LOCK:\n")
    fixed = fixed.replace("import threading\n", "import threading\nLOCK = threading.Lock()\n")
    (counting / "counting.py").write_text(fixed)
    assert "1 passed" in tested()
    (counting / "counting.py").write_text("")
    (counting / "counting.py").rename(counting / "renamed.py")
    assert "does not import counting.py" in tested()


def test_the_error_that_pytest_tells_is_quoted(counting: Path) -> None:
    """Not the hint above it."""
    (counting / "test_counting.py").write_text("import no_such_module, counting\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    _, told, _ = confirm(counting, "counting.py", command=command)
    [finding] = told["findings"]
    assert finding["verdict"]["reason"].endswith("ModuleNotFoundError: No module named 'no_such_module'")
