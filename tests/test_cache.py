"""The cache makes runs faster and changes nothing else: whatever is done to it, results are as without it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dictlint import gather as gathering
from dictlint import pipeline
from dictlint.cache import TICK, Look, settled
from dictlint.cache.files import MOST_PROGRAMS
from dictlint.config import Config
from dictlint.gather import Answer, Task
from dictlint.model.outcome import Outcome

POOL = """
import threading

class Pool{n}:
    def __init__(self):
        self._conns = {{}}
        threading.Thread(target=self._report).start()

    def add(self, host):
        self._conns[host] = 1

    def _report(self):
        for host in self._conns:
            print(host)
"""


class Project:
    """A few files, and how often files were extracted and programs linked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.extracted: list[str] = []
        self.linked = 0
        for n in range(5):
            (root / f"m{n}.py").write_text(POOL.format(n=n))
        (root / "bad.py").write_text("def f(:\n")
        self.age()

    def age(self) -> None:
        """Makes all files old enough for their times to be trusted."""
        long_ago = time.time_ns() - 10 * TICK
        for path in self.root.glob("*.py"):
            os.utime(path, ns=(long_ago, long_ago))

    def run(self, **changes: object) -> Outcome:
        self.extracted.clear()
        self.linked = 0
        return bare(pipeline.analyse(["."], msgspec.structs.replace(Config(root=str(self.root), jobs=1), **changes)))

    def cache_files(self) -> list[Path]:
        return sorted(path for path in (self.root / ".dictlint_cache").glob("*/*"))


def bare(outcome: Outcome) -> Outcome:
    """Without what may differ from run to run."""
    return msgspec.structs.replace(outcome, stages=(), notes=())


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    made = Project(root)
    extract, judge = gathering._extracted, pipeline.judge

    def noting(task: Task, data: bytes, digest: bytes, pack: bool) -> Answer:
        made.extracted.append(task.file.path)
        return extract(task, data, digest, pack)

    def counting(*args: object) -> object:
        made.linked += 1
        return judge(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(gathering, "_extracted", noting)
    monkeypatch.setattr(pipeline, "judge", counting)
    return made


@pytest.fixture
def truth(project: Project) -> Outcome:
    """What a run without a cache says; it must be worth comparing."""
    outcome = project.run(cache=False)
    assert len(outcome.findings) >= 5
    assert [one.path for one in outcome.skipped] == ["bad.py"]
    assert not (project.root / ".dictlint_cache").exists()
    return outcome


def test_nothing_changed(project: Project, truth: Outcome) -> None:
    assert project.run() == truth
    assert len(project.extracted) == 6
    assert project.run() == truth
    assert (project.extracted, project.linked) == ([], 0)


def test_other_questions_are_answered_from_the_same_findings(project: Project, truth: Outcome) -> None:
    project.run()
    assert project.run(confidence="low", target="gil").findings
    assert project.run(ignore=("ALL",)).findings == ()
    assert project.linked == 0


def test_one_file_changed(project: Project, truth: Outcome) -> None:
    project.run()
    for n in range(4):
        Path("m1.py").write_text(f"# {n}\n" + POOL.format(n=1))
        changed = project.run()
        assert (project.extracted, project.linked) == (["m1.py"], 1)
        assert changed == project.run(cache=False)
        assert changed != truth


def test_what_a_test_beside_the_program_says_does_not_matter(project: Project, truth: Outcome) -> None:
    Path("tests").mkdir()
    test = Path("tests/test_pools.py")
    test.write_text("import m1\n")
    assert project.run() == truth
    for text in (POOL.format(n=1), "def f(:\n"):
        test.write_text(text)
        assert project.run() == truth
        assert (project.extracted, project.linked) == ([], 0)


def test_touched_moved_and_copied_files_are_not_extracted_again(project: Project, truth: Outcome) -> None:
    project.run()
    os.utime("m1.py")
    assert project.run() == truth
    assert (project.extracted, project.linked) == ([], 0)
    shutil.copy("m2.py", "copy.py")
    os.replace("copy.py", "m2.py")
    assert project.run() == truth
    assert project.extracted == []


def test_files_come_and_go(project: Project, truth: Outcome) -> None:
    project.run()
    Path("m3.py").rename("m9.py")
    gone = project.run()
    assert project.extracted == ["m9.py"]
    assert gone == project.run(cache=False)
    Path("m9.py").rename("m3.py")
    assert project.run() == truth


def test_a_change_within_one_tick_of_the_clock_is_seen(project: Project) -> None:
    Path("m1.py").write_text("x = 1\n")
    times = os.stat("m1.py").st_mtime_ns
    project.run()
    Path("m1.py").write_text("x = (\n")
    os.utime("m1.py", ns=(times, times))
    assert [one.path for one in project.run().skipped] == ["bad.py", "m1.py"]
    assert settled(Look(1, 5, 1), 5 + TICK + 1) == Look(1, 5, 1)
    assert settled(Look(1, 5, 1), 5 + TICK) != Look(1, 5, 1)


def test_other_code_does_not_trust_the_cache(project: Project, truth: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    monkeypatch.setattr(pipeline, "whole_stamp", lambda *_: "other checks")
    assert project.run() == truth
    assert (project.extracted, project.linked) == ([], 1)
    monkeypatch.setattr(pipeline, "extraction_stamp", lambda: "other index")
    assert project.run() == truth
    assert len(project.extracted) == 6


def test_many_changes_do_not_make_it_grow(project: Project) -> None:
    project.run()
    size = sum(path.stat().st_size for path in project.cache_files())
    for n in range(30):
        Path(f"m{n % 5}.py").write_text(f"# {n}\n" + POOL.format(n=n % 5))
        project.run()
    assert sum(path.stat().st_size for path in project.cache_files()) < 3 * size
    assert not list(project.root.glob(".dictlint_cache/*/*.new"))


def test_its_folder_is_left_out_by_git_and_by_backups(project: Project) -> None:
    project.run()
    assert Path(".dictlint_cache/.gitignore").read_text() == "*\n"
    assert Path(".dictlint_cache/CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_it_can_be_elsewhere(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run(cache_dir=str(tmp_path / "a"))
    monkeypatch.setenv("DICTLINT_CACHE_DIR", str(tmp_path / "b"))
    project.run()
    assert (tmp_path / "a").is_dir()
    assert (tmp_path / "b").is_dir()
    assert not Path(".dictlint_cache").exists()


def test_programs_not_looked_at_any_more_are_forgotten(project: Project) -> None:
    for n in range(MOST_PROGRAMS + 5):
        Path(f"d{n}").mkdir()
        pipeline.analyse([f"d{n}", "m1.py"], Config(root=str(project.root), jobs=1))
    assert len([path for path in Path(".dictlint_cache").iterdir() if path.is_dir()]) <= MOST_PROGRAMS


def test_an_unusable_folder_is_a_note(project: Project, truth: Outcome) -> None:
    Path(".dictlint_cache").write_text("a file in its place")
    assert project.run() == truth
    notes = pipeline.analyse(["."], Config(root=str(project.root), jobs=1)).notes
    assert notes
    assert all(note.startswith("cache: cannot") for note in notes)


@pytest.mark.parametrize("name", ["ledger", "facts", "findings-python-medium"])
@pytest.mark.parametrize("damage", [b"", b"x", b"dictlint cache 1\n" + b"\0" * 40, b"\xff" * 5000])
def test_foreign_files(project: Project, truth: Outcome, name: str, damage: bytes) -> None:
    project.run()
    [path] = [path for path in project.cache_files() if path.name == name]
    path.write_bytes(damage)
    Path("m0.py").touch()
    assert project.run() == truth
    assert project.run() == truth


def test_folders_in_place_of_files(project: Project, truth: Outcome) -> None:
    project.run()
    for path in project.cache_files():
        path.unlink()
        path.mkdir()
    assert project.run() == truth


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["ledger", "facts", "findings-python-medium"]),
    where=st.floats(0, 0.9999),
    flip=st.integers(0, 255),
    forget_findings=st.booleans(),
)
def test_any_damage_is_survived(project: Project, name: str, where: float, flip: int, forget_findings: bool) -> None:
    """One byte changed, or (flip 0) all from there on cut off; with the findings gone, the facts are needed."""
    shutil.rmtree(".dictlint_cache", ignore_errors=True)
    truth = project.run()
    [path] = [path for path in project.cache_files() if path.name == name]
    whole = bytearray(path.read_bytes())
    at = int(where * len(whole))
    if flip:
        whole[at] ^= flip
    else:
        del whole[at:]
    path.write_bytes(whole)
    if forget_findings:
        path.with_name("findings-python-medium").unlink()
    assert project.run() == truth
    assert project.run() == truth


def test_two_runs_at_once(project: Project, truth: Outcome) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "dictlint", "--format", "json", "-j1", "."]
    for _ in range(3):
        runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
        outputs = [run.communicate(timeout=60) for run in runs]
        assert not any(error for _, error in outputs)
        assert len({str(msgspec.json.decode(out)["findings"]) for out, _ in outputs}) == 1
        Path("m1.py").write_text("# changed\n" + POOL.format(n=1))
    assert project.run() == project.run(cache=False)
