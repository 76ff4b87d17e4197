"""`dictlint confirm`: the gallery's bad programs are confirmed, and what can go wrong with a command is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dictlint.confirm.plan import FAMILIES
from dictlint.confirm.steps import HELD
from tests.conftest import Run

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


def replay(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    dictlint = [sys.executable, "-m", "dictlint", "replay", *args]
    return subprocess.run(dictlint, cwd=folder, capture_output=True, encoding="utf-8", timeout=120)


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    (tmp_path / "counting.py").write_text(COUNTING)
    return tmp_path


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


def test_tasks_are_watched_without_holding_them(tmp_path: Path) -> None:
    program = """\
import asyncio
TABLE = {}
async def add(key):
    TABLE[key] = 1
    await asyncio.sleep(0.01)
    del TABLE[key]
async def drop(key):
    await asyncio.sleep(0.005)
    TABLE.pop(key, None)
async def main():
    await asyncio.gather(add("a"), drop("a"), return_exceptions=True)
asyncio.run(main())
"""
    (tmp_path / "tasks.py").write_text(program)
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    [finding] = told["findings"]
    assert finding["code"] == "DCT107"
    assert finding["verdict"]["status"] == "confirmed", finding["verdict"]
    assert "on the same key of the same container" in finding["verdict"]["reason"]


def test_other_keys_confirm_nothing(tmp_path: Path) -> None:
    program = """\
import asyncio
TABLE = {}
async def add(key):
    TABLE[key] = 1
    await asyncio.sleep(0.01)
    del TABLE[key]
async def drop(key):
    await asyncio.sleep(0.005)
    TABLE.pop(key, None)
async def main():
    await asyncio.gather(add("a"), drop("b"), return_exceptions=True)
asyncio.run(main())
"""
    (tmp_path / "tasks.py").write_text(program)
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    assert verdicts(told) == ["not confirmed"]


@pytest.mark.parametrize("space", ["", "self.__dict__; vars(self)['extra'] = 1; "])
def test_an_object_and_its_namespace_are_one_holder(space: str) -> None:
    from dictlint.confirm.inside.holders import holders

    scope: dict[str, Any] = {}
    exec(f"class Keeper:\n    def __init__(self, part):\n        {space}self.part = part", scope)
    part = [1, 2]
    keeper = scope["Keeper"](part)
    assert len(holders(part)) == 1
    other = {"one": part, "two": keeper}
    assert len(holders(part)) == 2, other


UNBOUND = """\
import threading
from collections import defaultdict
class Table(defaultdict):
    def take(self, key):
        {take}
    def sizes(self):
        return [len(value) for value in self.values()]
table = Table(dict)
together = threading.Barrier(2)
def work(name):
    for _ in range(20):
        for each in range(4):
            table[name + str(each)] = {{}}
        together.wait()
        try:
            table.sizes()
        except RuntimeError:
            pass
        for each in range(4):
            table.take(name + str(each))
for name in "ab":
    threading.Thread(target=work, args=(name,)).start()
"""


@pytest.mark.parametrize("take", ["defaultdict.pop(self, key)", "super().pop(key)"])
def test_operations_of_the_base_class_are_about_the_object(take: str, tmp_path: Path) -> None:
    (tmp_path / "table.py").write_text(UNBOUND.format(take=take))
    _, told, _ = confirm(tmp_path, "table.py", "--select", "DCT101", command=[sys.executable, "table.py"])
    assert verdicts(told) == ["confirmed"], told["findings"]


HANDED = """\
import asyncio
class Cache:
    def __init__(self):
        self.waiting = {}
    async def ask(self, key):
        if key in self.waiting:
            return await self.waiting[key]
        self.waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.create_task(self.fetch(key))
    async def fetch(self, key):
        await told(key)
        try:
            await asyncio.sleep(0)
        finally:
            self.waiting.pop(key)
async def told(key):
    await asyncio.sleep(0)
async def main():
    cache = Cache()
    for _ in range(2):
        try:
            await asyncio.wait_for(cache.ask("a"), 1)
        except Exception as error:
            print(repr(error))
asyncio.run(main())
"""


def test_a_task_may_have_to_end_what_another_one_began(tmp_path: Path) -> None:
    (tmp_path / "handed.py").write_text(HANDED)
    _, told, _ = confirm(tmp_path, "handed.py", "--select", "DCT304", command=[sys.executable, "handed.py"])
    assert verdicts(told) == ["confirmed"], told["findings"]
    assert "`undo` never came" in told["findings"][0]["verdict"]["reason"]


RECORDS = """\
class Handler:
    def __init__(self, state: dict):
        self.state = state
    def scope(self, path):
        self.scope = {{
            "type": "http", "path": path, "method": "GET", "headers": [], "query_string": b"", "state": {given},
        }}
        return self.scope
state = {{"database": 1}}
for path in "ab":
    scope = Handler(state).scope(path)
    {done}
"""


@pytest.mark.parametrize("changed", [True, False])
def test_a_record_with_the_dict_of_the_one_before(changed: bool, tmp_path: Path) -> None:
    done = 'scope["state"]["user"] = path' if changed else "pass"
    (tmp_path / "records.py").write_text(RECORDS.format(given="self.state", done=done))
    _, told, _ = confirm(
        tmp_path, "records.py", "--select", "DCT408", "--confidence", "low", command=[sys.executable, "records.py"]
    )
    assert verdicts(told) == ["confirmed" if changed else "not confirmed"], told["findings"]


LAZY = """\
import threading
class Pool:
    def __init__(self):
        self._items = None
    def items(self):
        if self._items is None:
            self._items = {{}}
        return self._items
TABLE = None
def table():
    global TABLE
    if TABLE is None:
        TABLE = {{}}
    return TABLE
lock = threading.Lock()
def work(pool):
    for _ in range(2):
        together.wait()
        {work}
together = threading.Barrier(2)
pool = Pool()
for each in (pool, {other}):
    threading.Thread(target=work, args=(each,)).start()
"""


@pytest.mark.parametrize(
    ("other", "work", "status"),
    [
        ("pool", "pool.items(), table()", "confirmed"),
        ("Pool()", "pool.items()", "single-activity"),
        ("pool", "lock.acquire(), pool.items(), lock.release()", "not confirmed"),
    ],
    ids=["one", "two", "locked"],
)
def test_what_is_bound_when_it_is_needed_first(other: str, work: str, status: str, tmp_path: Path) -> None:
    (tmp_path / "lazy.py").write_text(LAZY.format(other=other, work=work))
    _, told, _ = confirm(tmp_path, "lazy.py", "--confidence", "low", command=[sys.executable, "lazy.py"])
    found = [finding["verdict"] for finding in told["findings"] if "table" in work or finding["symbol"] != "table"]
    assert {verdict["status"] for verdict in found} == {status}, found
    assert len(found) == 1 + ("table" in work)


@pytest.mark.parametrize("tasks", ["pool.items(), pool.items()", "pool.items(), Pool().items()"], ids=["one", "two"])
def test_what_tasks_bind_when_it_is_needed_first(tasks: str, tmp_path: Path) -> None:
    program = f"""\
import asyncio
class Pool:
    def __init__(self):
        self._items = None
    async def items(self):
        if self._items is None:
            await asyncio.sleep(0.001)
            self._items = {{}}
        return self._items
async def main():
    pool = Pool()
    await asyncio.gather({tasks})
asyncio.run(main())
"""
    (tmp_path / "lazy.py").write_text(program)
    _, told, _ = confirm(tmp_path, "lazy.py", "--confidence", "low", command=[sys.executable, "lazy.py"])
    assert verdicts(told) == ["single-activity" if "Pool()." in tasks else "confirmed"], told["findings"]


def test_equal_keys_are_the_same_key() -> None:
    """Values are made anew each time; what compares itself in a way of its own is not asked."""
    import datetime
    import uuid
    from collections import namedtuple

    from dictlint.confirm.inside.identity import alike

    class Asked:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            return 1

    point = namedtuple("point", "x y")
    assert alike(uuid.UUID(int=1), uuid.UUID(int=1))
    assert alike((1, datetime.date(2020, 1, 1)), (1, datetime.date(2020, 1, 1)))
    assert alike(point(1, "a"), point(1, "a"))
    assert not alike(uuid.UUID(int=1), uuid.UUID(int=2))
    assert not alike(Asked(), Asked())
    assert not alike((1, Asked()), (1, Asked()))


def test_any_place_of_a_side_will_do(tmp_path: Path) -> None:
    """The finding names a change as an example; the program comes to another one, with keys made anew."""
    program = """\
import asyncio, uuid
TABLE = {uuid.UUID(int=1): 1}
async def stop(key):
    if key in TABLE:
        await asyncio.sleep(0)
        del TABLE[key]
async def drop(key):
    TABLE.pop(key, None)
async def main(works):
    await asyncio.gather(*(work(uuid.UUID(int=1)) for work in works), return_exceptions=True)
asyncio.run(main([stop, stop] if TABLE else [drop, drop]))
"""
    (tmp_path / "tasks.py").write_text(program)
    _, told, _ = confirm(tmp_path, "tasks.py", "--select", "DCT107", command=[sys.executable, "tasks.py"])
    [finding] = told["findings"]
    assert any(access["line"] == 8 for access in finding["accesses"])
    assert finding["verdict"]["status"] == "confirmed", finding["verdict"]


def test_what_runs_with_the_module_is_found_when_it_has_moved(tmp_path: Path) -> None:
    program = """\
class Basket:
    items = {}
    def add(self, name):
        self.items[name] = 1
one, other = Basket(), Basket()
one.add("a")
other.add("b")
"""
    (tmp_path / "basket.py").write_text(program)
    _, told, _ = confirm(tmp_path, "basket.py", command=[sys.executable, "basket.py"])
    assert verdicts(told) == ["confirmed"]
    (tmp_path / "basket.py").write_text(f"# Moved.\n\n{program}")
    done = replay(tmp_path, told["findings"][0]["fingerprint"])
    assert "shown again in 1 of 1 run" in done.stdout, done.stdout
    assert "nobody came to" not in done.stdout


def test_another_dict_put_in_its_place_is_not_seen(tmp_path: Path) -> None:
    program = """\
import threading
class Table:
    def __init__(self):
        self.rows = {}
    def row(self, name):
        if name in self.rows:
            return self.rows[name]
    def renew(self, names):
        self.rows = dict.fromkeys(names, 1)
table = Table()
def work():
    for _ in range(5):
        table.row("a")
def renewing():
    for _ in range(5):
        table.renew(["a"])
for each in (work, renewing):
    threading.Thread(target=each).start()
"""
    (tmp_path / "table.py").write_text(program)
    _, told, _ = confirm(tmp_path, "table.py", "--select", "DCT102", command=[sys.executable, "table.py"])
    [finding] = told["findings"]
    assert finding["verdict"]["status"] == "not checkable"
    reason = "both sides were reached; whether table.py:9 puts another dict there in between is not seen"
    assert finding["verdict"]["reason"] == reason
