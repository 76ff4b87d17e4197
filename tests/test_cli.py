"""The commands, their output and their exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dictlint import __version__
from dictlint.catalogue import rules
from tests.conftest import Run
from tests.test_cache import POOL

posix = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX system")


@pytest.fixture
def racy(tmp_path: Path) -> Path:
    path = tmp_path / "pool.py"
    path.write_text(POOL.format(n=1))
    return path


@pytest.mark.parametrize("word", ["--version", "-V", "version"])
def test_version(dictlint: Run, word: str) -> None:
    assert dictlint(word).stdout == f"dictlint {__version__}\n"


def test_help_names_every_command(dictlint: Run) -> None:
    for args in (["-h"], ["check", "--help"]):
        done = dictlint(*args)
        assert done.returncode == 0
        for word in ("explain RULE", "rules", "facts FILE", "--select", "exit status"):
            assert word in done.stdout


def test_clean(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = {}\n")
    done = dictlint()
    assert (done.returncode, done.stdout, done.stderr) == (0, "no findings in 1 file\n", "")


def test_nothing_to_analyse(dictlint: Run) -> None:
    done = dictlint()
    assert (done.returncode, done.stdout) == (0, "no findings in 0 files\n")


def test_findings(dictlint: Run, racy: Path) -> None:
    for args in ([], ["check"], ["pool.py"], ["check", "."], [racy]):
        done = dictlint(*args)
        assert done.returncode == 1
        assert "pool.py:13:" in done.stdout
        assert re.search(r"^1 finding \(1 \w+\) in 1 file$", done.stdout, re.MULTILINE)


def test_exit_zero(dictlint: Run, racy: Path) -> None:
    done = dictlint("--exit-zero")
    assert done.returncode == 0
    assert "DCT101" in done.stdout


def test_skipped_files_alone_are_a_failure(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n")
    done = dictlint()
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("bad.py:1:7: DCT000 not analysed: ")
    assert done.stdout.endswith("no findings in 1 file; 1 file not analysed\n")
    assert dictlint("--exit-zero").returncode == 0


def test_quiet_is_findings_only(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = {}\n")
    done = dictlint("-q")
    assert (done.stdout, done.stderr) == ("", "")


def test_verbose_tells_stages_on_stderr(dictlint: Run, racy: Path) -> None:
    done = dictlint("-v", "--format", "json")
    json.loads(done.stdout)
    for word in ("settings: none", "discover", "index", "link", "check", "1 files"):
        assert word in done.stderr
    for path in (racy.parent / ".dictlint_cache").glob("*/ledger"):
        path.write_text("garbage")
    assert "cache: `ledger` is damaged or foreign" in dictlint("-v").stderr
    assert dictlint().stderr == ""


def test_statistics(dictlint: Run, racy: Path) -> None:
    done = dictlint("--statistics", "--format", "concise")
    assert done.stdout.splitlines()[-1].split() == ["1", "DCT101", "iteration-while-resized"]


def test_selection(dictlint: Run, racy: Path) -> None:
    assert dictlint("--select", "DCT102").returncode == 0
    assert dictlint("--select", "DCT102,iteration-while-resized").returncode == 1
    assert dictlint("--ignore", "sharing").returncode == 0
    assert dictlint("--select", "sharing", "--ignore", "DCT102", "--ignore", "DCT103").returncode == 1


def test_output_to_a_file(dictlint: Run, racy: Path, tmp_path: Path) -> None:
    done = dictlint("--format", "json", "--output", "out.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(json.loads((tmp_path / "out.json").read_text())["findings"]) == 1
    dictlint("--output", "out.txt", FORCE_COLOR="1")
    assert "\x1b" not in (tmp_path / "out.txt").read_text()


def test_paths_in_reports(dictlint: Run, racy: Path, tmp_path: Path) -> None:
    [finding] = json.loads(dictlint(tmp_path, "--format", "json").stdout)["findings"]
    assert finding["path"] == "pool.py"
    assert {access["path"] for access in finding["accesses"]} == {"pool.py"}


def test_json_does_not_depend_on_the_terminal(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "größe.py").write_text(POOL.format(n=1), encoding="utf-8")
    done = dictlint("--format", "json", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert json.loads(done.stdout)["findings"][0]["path"] == "größe.py"


def test_text_fits_any_terminal(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "größe.py").write_text(POOL.format(n=1), encoding="utf-8")
    done = dictlint(PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert r"gr\xf6\xdfe.py:13" in done.stdout


def test_explain(dictlint: Run) -> None:
    for doc in rules():
        by_code, by_name = dictlint("explain", doc.code.lower()), dictlint("explain", doc.name)
        assert by_code.returncode == 0
        assert by_code.stdout == by_name.stdout
        for word in (doc.code, doc.name, "What", "Why it breaks", "Bad", "Good", "How it is confirmed"):
            assert word in by_code.stdout
        assert "# expect" not in by_code.stdout


def test_rules(dictlint: Run) -> None:
    lines = dictlint("rules").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[doc.code, doc.name] for doc in rules()]


def test_facts(dictlint: Run, racy: Path, tmp_path: Path) -> None:
    done = dictlint("facts", "pool.py")
    assert done.returncode == 0
    assert "_report" in done.stdout
    (tmp_path / "bad.py").write_text("def f(:\n")
    assert dictlint("facts", "bad.py").stderr.startswith("dictlint: bad.py:1: ")
    assert dictlint("facts", ".").returncode == 2


def test_a_reader_that_leaves_is_no_error(racy: Path) -> None:
    for n in range(300):
        (racy.parent / f"m{n}.py").write_text(POOL.format(n=n))
    command = [sys.executable, "-m", "dictlint"]
    with subprocess.Popen(command, cwd=racy.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
    assert run.returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("words", [["--version"], ["--help"], ["rules"], ["pool.py", "--format", "json"], []])
def test_a_full_device_is_told_of_in_one_line(words: list[str], buffered: bool, racy: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, *(() if buffered else ("-u",)), "-m", "dictlint", *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, cwd=racy.parent, env=env, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (2, "dictlint: the output cannot be written: no space left on device\n")


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_at_once_and_leaves_nobody(tmp_path: Path, how: signal.Signals) -> None:
    for n in range(400):
        (tmp_path / f"m{n}.py").write_text(POOL.format(n=n) * 60)
    command = [sys.executable, "-m", "dictlint", "-j2"]
    run = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(1.5)
    os.killpg(run.pid, how) if how == signal.SIGINT else os.kill(run.pid, how)
    _, error = run.communicate(timeout=5)
    assert (run.returncode, error) in [(130, "dictlint: interrupted\n"), (143, "")]
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


@posix
def test_on_a_terminal_there_are_colours_and_a_counter(racy: Path) -> None:
    for args, env, coloured in (([], {}, True), ([], {"NO_COLOR": "1"}, False), (["--format", "json"], {}, False)):
        text = on_terminal(racy.parent, *args, "--no-cache", **env)
        assert "\r\x1b[2K" in text
        assert bool(re.search(r"\x1b\[[\d;]+m", text)) == coloured, text


def on_terminal(folder: Path, *args: str, **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "dictlint", *args]
    run = subprocess.Popen(command, cwd=folder, env=clean | {"TERM": "xterm"} | env, stdout=slave, stderr=slave)
    os.close(slave)
    seen = io.BytesIO()
    try:
        while chunk := os.read(master, 65536):
            seen.write(chunk)
    except OSError:  # the other side has been closed
        pass
    os.close(master)
    assert run.wait(30) == 1
    return seen.getvalue().decode()


def test_a_buffer_of_an_editor(dictlint: Run, racy: Path, tmp_path: Path) -> None:
    def run(text: str, name: str = "pool.py") -> list[str]:
        command = [sys.executable, "-m", "dictlint", "-", "--stdin-filename", name, "--format", "concise"]
        done = subprocess.run(command, cwd=tmp_path, input=text, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (int(bool(done.stdout)), "")
        return [line.split()[1] for line in done.stdout.splitlines()]

    assert run(POOL.format(n=1)) == ["DCT101"]
    assert run("x = {}\n") == []
    assert run(POOL.format(n=2), "new.py") == ["DCT101"]
    assert run("def f(:\n") == ["DCT000"]
    assert dictlint().returncode == 1  # the files are as they were
    assert dictlint("-").stderr == "dictlint: `-` needs --stdin-filename FILE, and stands alone\n"
    assert dictlint("-", "--stdin-filename", "pool.py", "--fix").returncode == 2


LIBRARY = """
class Cache:
    def __init__(self):
        self._values = {}

    def value(self, key, make):
        if key not in self._values:
            self._values[key] = make(key)
        return self._values[key]
"""


def test_an_audit_shows_what_is_only_possible(dictlint: Run, racy: Path, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(LIBRARY)
    assert "a.py" not in dictlint().stdout
    done = dictlint("--profile", "audit")
    assert done.returncode == 1
    assert done.stdout.index("pool.py:") < done.stdout.index("a.py:8")  # the gravest first
    assert "readiness for free-threaded Python" in done.stdout
    assert "a.py" not in dictlint("--profile", "audit", "--confidence", "medium").stdout.partition("readiness")[0]
    (tmp_path / "pyproject.toml").write_text('[tool.dictlint]\nprofile = "audit"\n')
    assert dictlint().stdout == done.stdout
    assert "readiness" not in dictlint("--profile", "default").stdout
    (tmp_path / "b.py").write_text("x = 1  # dictlint: ignore\n")
    said = dictlint("--profile", "audit").stdout
    assert "DCT002" in said
    assert "  b: " not in said.partition("readiness for")[2]  # what is said of comments is no race


def test_the_strict_contract_forbids_more(dictlint: Run, tmp_path: Path) -> None:
    (tmp_path / "states.py").write_text(
        "import threading\n\nstates = {}\n\n\ndef watch(feed):\n    for name in feed:\n        states[name] = 1\n\n\n"
        "def main(feed):\n    threading.Thread(target=watch, args=(feed,)).start()\n    print(states.get('a'))\n"
    )
    assert dictlint().returncode == 0
    assert "DCT114" in dictlint("--contract", "strict", "--format", "concise").stdout
    (tmp_path / "pyproject.toml").write_text('[tool.dictlint]\ncontract = "strict"\n')
    assert dictlint().returncode == 1
