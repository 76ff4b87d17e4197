"""What `.gitignore`, `.ignore` and `exclude` leave out. pathspec is imported only where there is any of these."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILES = (".gitignore", ".ignore")

# Never entered, unless named on the command line: what tools and builds leave behind, as in ruff and black.
# fmt: off
ALWAYS = frozenset((
    ".bzr", ".direnv", ".dictlint_cache", ".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox",
    ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".svn", ".tox", ".venv", ".vscode",
    "__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist", "node_modules", "site-packages", "venv",
))
# fmt: on


class Patterns:
    """The patterns of one folder, and those of the folders around it."""

    def __init__(self, folder: str, spec: GitIgnoreSpec, outer: Patterns | None) -> None:
        self._start = len(os.path.join(folder, ""))
        self._spec = spec
        self._outer = outer

    def ignore(self, path: str) -> bool:
        """Whether a path (a folder's ends in a slash) is left out; the innermost folder that speaks of it decides."""
        at: Patterns | None = self
        while at is not None:
            verdict = at._spec.check_file(path[at._start :]).include
            if verdict is not None:
                return verdict
            at = at._outer
        return False


def patterns_of(folder: str, names: list[str], outer: Patterns | None) -> Patterns | None:
    """`outer`, extended by the ignore files among the `names` that stand in `folder`."""
    lines = [line for name in IGNORE_FILES if name in names for line in _lines(os.path.join(folder, name))]
    return with_patterns(folder, lines, outer)


def with_patterns(folder: str, lines: Sequence[str], outer: Patterns | None) -> Patterns | None:
    if not lines:
        return outer
    from pathspec import GitIgnoreSpec

    try:
        return Patterns(folder, GitIgnoreSpec.from_lines(lines), outer)
    except ValueError:
        # git, too, ignores a line that makes no sense; here the whole file is, because pathspec does not say which.
        return outer


def patterns_around(folder: str) -> Patterns | None:
    """What the folders above `folder` say, up to the top of its repository; nothing outside of a repository."""
    above: list[str] = []
    at = folder
    while not os.path.exists(os.path.join(at, ".git")):
        parent = os.path.dirname(at)
        if parent == at:
            return None
        above.append(at := parent)
    patterns: Patterns | None = None
    for outer in reversed(above):
        present = [name for name in IGNORE_FILES if os.path.isfile(os.path.join(outer, name))]
        patterns = patterns_of(outer, present, patterns)
    return None if patterns and patterns.ignore(os.path.join(folder, "")) else patterns


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return [line for line in file.read().splitlines() if line.strip() and not line.startswith("#")]
    except OSError:
        return []
