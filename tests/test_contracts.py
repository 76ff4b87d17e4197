"""The one direction of imports is kept, and the contracts that say so would notice if it were not."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


def test_contracts_are_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("model/site.py", "import dictlint.select"),
        ("select.py", "import dictlint.pipeline"),
        ("select.py", "import ast"),
        ("pipeline.py", "def late() -> None:\n    import libcst"),
        ("checks/__init__.py", "import astroid"),
        ("unheard_of.py", ""),
    ],
)
def test_a_breach_is_noticed(tmp_path: Path, part: str, line: str) -> None:
    shutil.copytree(ROOT / "dictlint", tmp_path / "dictlint", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "dictlint" / part).open("a") as file:
        file.write(f"\n{line}\n")
    assert lint_imports(tmp_path).returncode == 1


def test_the_runtime_costs_user_programs_nothing_but_the_standard_library() -> None:
    for path in (ROOT / "dictlint" / "runtime").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in names:
                optional = path.name == "metrics.py" and name.startswith("prometheus_client")  # an extra
                own = name.startswith("dictlint.runtime") or name.partition(".")[0] in sys.stdlib_module_names
                assert own or optional, path


def test_importing_the_package_imports_nothing() -> None:
    code = "import sys; before = set(sys.modules); import dictlint; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['dictlint']"
