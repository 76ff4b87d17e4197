"""The command, flake8 and pre-commit: what is selected, hidden or known is the same in all three."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.test_cache import POOL
from tests.test_flake8_plugin import MAIN, ROOT, STORE

HOOKS = ROOT / ".pre-commit-hooks.yaml"
LINE = re.compile(r"^(?:\./)?(?P<path>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?P<code>DCT\d+)", re.MULTILINE)
Rows = list[tuple[str, ...]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which everything is staged and nothing committed."""
    root = tmp_path / "project"
    root.mkdir()
    for name, text in (("store.py", STORE), ("main.py", MAIN), ("pool.py", POOL.format(n=1))):
        (root / name).write_text(text)
    (root / ".gitignore").write_text(".dictlint_cache/\n")
    (root / ".flake8").write_text("[flake8]\nselect = DCT\n" + plugin())
    (root / ".pre-commit-config.yaml").write_text(hook("dictlint"))
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    git(root, "init", "-q", "-b", "main")
    return root


def plugin() -> str:
    installed = any(one.name == "DCT" for one in metadata.entry_points(group="flake8.extension"))
    return "" if installed else "[flake8:local-plugins]\nextension =\n  DCT = dictlint.editors.flake8_plugin:Plugin\n"


def hook(id: str) -> str:
    """The hook as other repositories get it, run by this interpreter instead of one made for it."""
    lines = HOOKS.read_text().split("- id: ")
    [own] = [part for part in lines if part.startswith(f"{id}\n")]
    own = own.replace("entry: dictlint", f'entry: "{sys.executable}" -m dictlint').replace(
        "language: python", "language: system"
    )
    own = (
        re.sub(r"(entry: .*)", r"\1 --format concise", own)
        .replace('entry: "', "entry: '\"")
        .replace("concise", "concise'")
    )
    body = "\n".join(f"      {line}".rstrip() for line in f"  id: {own}".splitlines()).lstrip()
    return f"repos:\n  - repo: local\n    hooks:\n      - {body}\n"


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *args], cwd=folder, check=True, capture_output=True)


def run(folder: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout


def rows(text: str) -> Rows:
    return sorted(match.groups() for match in LINE.finditer(text))


def by_command(folder: Path) -> Rows:
    return rows(run(folder, "dictlint", "--format", "concise"))


def by_flake8(folder: Path) -> Rows:
    pytest.importorskip("flake8")
    return rows(run(folder, "flake8", "-j2"))


def by_pre_commit(folder: Path) -> Rows:
    pytest.importorskip("pre_commit")
    git(folder, "add", "-A")
    return rows(run(folder, "pre_commit", "run"))


ALL = ["main.py DCT101", "pool.py DCT101", "store.py DCT102"]
CASES: dict[str, tuple[dict[str, str], dict[str, tuple[str, str]], list[str]]] = {
    "nothing": ({}, {}, ALL),
    "settings": ({"dictlint.toml": 'select = ["DCT101"]\nexclude = ["pool.py"]\n'}, {}, ["main.py DCT101"]),
    "pyproject": ({"pyproject.toml": '[tool.dictlint]\nextend-ignore = ["check-then-act"]\n'}, {}, ALL[:2]),
    "by file": ({"dictlint.toml": '[per-file-ignores]\n"*o*.py" = ["ALL"]\n'}, {}, ["main.py DCT101"]),
    "confidence": ({"dictlint.toml": 'confidence = "high"\ntarget = "gil"\n'}, {}, ALL[:2]),
    "comment": ({}, {"main.py": ("in store.sessions:", "in store.sessions:  # dictlint: ignore[DCT101] x")}, ALL[1:]),
    "noqa": ({}, {"main.py": ("in store.sessions:", "in store.sessions:  # noqa: DCT101")}, ALL[1:]),
    "bare noqa": ({}, {"main.py": ("in store.sessions:", "in store.sessions:  # noqa")}, ALL[1:]),
    "another noqa": ({}, {"main.py": ("in store.sessions:", "in store.sessions:  # noqa: E501")}, ALL),
    "file": ({}, {"pool.py": ("import threading", "# dictlint: ignore-file[DCT101] x\nimport threading")}, ALL[::2]),
    "unused": (
        {},
        {"main.py": ("import threading", "import threading  # dictlint: ignore[DCT104]")},
        ["main.py DCT002", *ALL],
    ),
    "reason": (
        {"dictlint.toml": "require-reason = true\n"},
        {"main.py": ("in store.sessions:", "in store.sessions:  # dictlint: ignore")},
        ["main.py DCT001", *ALL[1:]],
    ),
    "declared": ({"dictlint.toml": 'thread-safe = ["store.Store"]\n'}, {}, ALL[1:]),
    "paths": ({"dictlint.toml": 'paths = ["pool.py"]\n'}, {}, ["pool.py DCT101"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_same_by_every_way(project: Path, name: str) -> None:
    files, changes, expected = CASES[name]
    for path, text in files.items():
        (project / path).write_text(text)
    for path, (old, new) in changes.items():
        before = (project / path).read_text()
        (project / path).write_text(before.replace(old, new))
        assert (project / path).read_text() != before
    found = by_command(project)
    assert [f"{path} {code}" for path, _, _, code in found] == sorted(expected)
    assert by_flake8(project) == found
    assert by_pre_commit(project) == found


def test_a_baseline_by_every_way(project: Path) -> None:
    (project / "dictlint.toml").write_text('baseline = "known.json"\n')
    run(project, "dictlint", "baseline")
    assert by_command(project) == by_flake8(project) == by_pre_commit(project) == []
    (project / "pool.py").write_text(
        "# moved\n" + POOL.format(n=1) + "        for host in self._conns:\n            pass\n"
    )
    found = by_command(project)
    assert [f"{path} {code}" for path, _, _, code in found] == ["pool.py DCT101"]
    assert by_flake8(project) == by_pre_commit(project) == found


def test_a_commit_of_one_side_shows_the_hazard_on_the_other(project: Path) -> None:
    pytest.importorskip("pre_commit")
    (project / ".pre-commit-config.yaml").write_text(hook("dictlint-changed"))
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "first")
    assert by_pre_commit(project) == []
    (project / "store.py").write_text(STORE.replace("(token, None)", "(token, 0)"))
    assert [(path, code) for path, _, _, code in by_pre_commit(project)] == [
        ("main.py", "DCT101"),
        ("store.py", "DCT102"),
    ]


def test_pre_commit_refuses_the_commit(project: Path) -> None:
    pytest.importorskip("pre_commit")
    run(project, "pre_commit", "install")
    git(project, "add", "-A")
    commit = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "x"]
    done = subprocess.run(commit, cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert "store.py:7:20: DCT102" in done.stderr + done.stdout
    (project / "dictlint.toml").write_text("ignore = ['ALL']\n")
    git(project, "add", "-A")
    subprocess.run(commit, cwd=project, check=True, capture_output=True)


def test_pre_commit_installs_this_repository(project: Path, tmp_path: Path) -> None:
    """As users have it: cloned, built and installed by pre-commit into an environment of its own."""
    pytest.importorskip("pre_commit")
    clone = subprocess.run(["git", "clone", "-q", str(ROOT), str(tmp_path / "dictlint")], capture_output=True)
    if clone.returncode:
        pytest.skip("this is no git repository")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path / "dictlint", capture_output=True, text=True)
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {tmp_path / 'dictlint'}\n    rev: {head.stdout.strip()}\n    hooks:\n      - id: dictlint\n"
        "        args: [--format, concise]\n"
    )
    git(project, "add", "-A")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run"],
        cwd=project, env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    if "Could not find a version" in done.stdout or "No matching distribution" in done.stdout:
        pytest.skip("the packages that dictlint needs cannot be installed here")
    assert rows(done.stdout) == by_command(project), done.stdout + done.stderr
