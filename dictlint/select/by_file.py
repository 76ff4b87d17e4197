"""`per-file-ignores`: rules that do not matter in some files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dictlint.config import Config
from dictlint.model.finding import Finding
from dictlint.model.site import SourceFile
from dictlint.select.words import Rules, reach


class Exceptions:
    """Which rules are left out where. Patterns are those of a .gitignore in the project's folder."""

    def __init__(self, config: Config, files: Sequence[SourceFile], rules: Rules) -> None:
        from pathspec import GitIgnoreSpec

        self._root = config.root
        self._real = {file.path: file.real for file in files}
        self._rows = [
            (GitIgnoreSpec.from_lines([pattern]), frozenset(reach(words, rules)))
            for pattern, words in config.per_file_ignores
        ]

    def cover(self, finding: Finding) -> bool:
        """Whether a row speaks of the finding's file and rule."""
        path = os.path.relpath(self._real.get(finding.path, os.path.abspath(finding.path)), self._root)
        return any(finding.code in codes and spec.match_file(path) for spec, codes in self._rows)
