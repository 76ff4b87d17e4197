"""flake8 itself, run on small projects: the same findings as `dictlint check`, however it is called."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.test_cache import POOL

pytest.importorskip("flake8")
ROOT = Path(__file__).resolve().parent.parent
STORE = """\
class Store:
    def __init__(self):
        self.sessions = {}

    def user(self, token):
        if token in self.sessions:
            return self.sessions[token]

    def sweep(self, ended):
        for token in ended:
            self.sessions.pop(token, None)
"""
MAIN = """\
import threading
from store import Store

store = Store()


def browse():
    print(store.user("a"))


def main():
    threading.Thread(target=browse).start()
    threading.Thread(target=store.sweep, args=(["a"],)).start()
    for token in store.sessions:
        print(token)
"""
Flake8 = Callable[..., list[str]]
LINE = re.compile(r"(\./)?(?P<path>[^:]+):(?P<line>\d+):(?P<column>\d+): (?P<code>[A-Z]+\d+) (?P<text>.*)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "store.py").write_text(STORE)
    (tmp_path / "main.py").write_text(MAIN)
    (tmp_path / "pool.py").write_text(POOL.format(n=1))
    return tmp_path


@pytest.fixture
def flake8(project: Path) -> Flake8:
    """Lines of `flake8 --select DCT`, by its own configuration; where dictlint is not installed the plugin is named."""
    installed = any(one.name == "DCT" for one in metadata.entry_points(group="flake8.extension"))
    local = "" if installed else "[flake8:local-plugins]\nextension =\n  DCT = dictlint.editors.flake8_plugin:Plugin\n"
    (project / ".flake8").write_text(local)

    def run(*args: str, stdin: str | None = None, status: int | None = None) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-m", "flake8", "--select=DCT", *args],
            cwd=project,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode in ((0, 1) if status is None else (status,)), done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return sorted(line.removeprefix("./") for line in done.stdout.splitlines())

    return run


def of_dictlint(dictlint: Run, *args: str) -> list[str]:
    done = dictlint("--format", "concise", *args)
    assert done.returncode < 2, done.stderr
    return sorted(done.stdout.splitlines())


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_the_same_findings(flake8: Flake8, dictlint: Run, jobs: str) -> None:
    expected = of_dictlint(dictlint, ".")
    assert {line.partition(":")[0] for line in expected} == {"main.py", "pool.py", "store.py"}
    assert flake8(jobs, ".") == flake8(jobs) == expected


def test_files_that_an_editor_or_a_hook_names(flake8: Flake8, dictlint: Run) -> None:
    expected = [line for line in of_dictlint(dictlint, ".") if line.startswith("store.py")]
    assert expected
    assert flake8("store.py") == expected


def test_one_analysis_for_all_workers(flake8: Flake8, project: Path) -> None:
    for n in range(12):
        (project / f"m{n}.py").write_text(POOL.format(n=n))
    probe = project / "sitecustomize.py"
    probe.write_text(
        "import os, sys\n"
        "class Probe:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'dictlint.link':\n"
        f"            open({str(project / 'linked')!r}, 'a').write('x')\n"
        "sys.meta_path.insert(0, Probe())\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "flake8", "--select=DCT", "-j2", "."],
        cwd=project,
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(project), str(ROOT)))},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert len(done.stdout.splitlines()) >= 13, done.stderr
    assert (project / "linked").read_text() == "x"


@pytest.mark.parametrize("method", [one for one in multiprocessing.get_all_start_methods() if one != "fork"])
def test_processes_that_inherit_nothing(flake8: Flake8, dictlint: Run, project: Path, method: str) -> None:
    expected = of_dictlint(dictlint, ".")
    (project / "start.py").write_text(
        "import multiprocessing, sys\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    from flake8.main.cli import main\n"
        "    sys.exit(main(['--select=DCT', '-j2', 'main.py', 'pool.py', 'store.py']))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "start.py"], cwd=project, env=environment, capture_output=True, text=True, timeout=120
    )
    assert sorted(done.stdout.splitlines()) == expected, done.stderr


def test_noqa_select_and_per_file_ignores_are_those_of_flake8(flake8: Flake8, project: Path) -> None:
    pool = project / "pool.py"
    pool.write_text(pool.read_text().replace("in self._conns:", "in self._conns:  # noqa: DCT101"))
    assert flake8("pool.py") == []
    assert [line.split()[1] for line in flake8("--disable-noqa", "pool.py")] == ["DCT101"]
    assert flake8("--per-file-ignores=pool.py:DCT101", "--disable-noqa", "pool.py") == []
    assert flake8("--extend-ignore=DCT1", "--disable-noqa", "pool.py") == []
    assert flake8("--dictlint-off", "--disable-noqa", ".") == []


def test_an_unsaved_buffer(flake8: Flake8, project: Path) -> None:
    """The other side is on disk, the hazard in the buffer alone; and the other way round."""
    bad = STORE
    (project / "store.py").write_text(
        bad.replace("if token in self.sessions:\n            return self.sessions[token]", "return None")
    )
    assert flake8("store.py") == []
    [line] = flake8("--stdin-display-name", "store.py", "-", stdin=bad)
    assert line.startswith("store.py:7:20: DCT102 ")
    (project / "store.py").write_text(bad)
    assert flake8("--stdin-display-name", "store.py", "-", stdin="x = {}\n") == []
    assert len(flake8("store.py")) == 1


def test_a_buffer_without_a_file(flake8: Flake8) -> None:
    [line] = flake8("--stdin-display-name", "new.py", "-", stdin=POOL.format(n=7))
    assert line.startswith("new.py:13:")
    [line] = flake8("-", stdin=POOL.format(n=7))
    assert line.startswith("stdin:13:")


def test_a_slip_in_the_settings_ends_flake8_with_a_word(flake8: Flake8, project: Path) -> None:
    (project / "dictlint.toml").write_text("selct = []\n")
    assert any("unknown key `selct`; did you mean `select`?" in line for line in flake8("pool.py", status=1))


def test_flake8_starts_without_the_analysis(tmp_path: Path) -> None:
    code = "import sys, dictlint.editors.flake8_plugin; print([m for m in sys.modules if m.startswith('dictlint')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['dictlint', 'dictlint.editors', 'dictlint.editors.flake8_plugin']"
