"""Findings that the program's authors deny: containers that one thread uses, or whose single operations are safe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from dictlint.config import Config
from dictlint.model.finding import Finding
from dictlint.model.note import Notes
from dictlint.model.site import SourceFile

# What a map with safe single operations cannot suffer from; a test and an act are still two operations of it.
OF_ONE_STEP = frozenset(("DCT101", "DCT110", "DCT112", "DCT113", "DCT114"))


class Declared:
    """Dotted names (or patterns) of classes, functions and containers that are confined or thread-safe."""

    def __init__(self, config: Config, notes: Notes, files: Sequence[SourceFile]) -> None:
        modules = {file.path: file.module for file in files} if notes else {}
        told = [
            (note.kind, f"{modules.get(path, '')}.{note.name}") for path, there in notes for note in there if note.name
        ]
        self._confined = (*config.confined, *(name for kind, name in told if kind == "confined"))
        self._safe = (*config.thread_safe, *(name for kind, name in told if kind == "thread-safe"))
        self._modules = modules or {file.path: file.module for file in files}

    def denies(self, finding: Finding) -> bool:
        """Whether it is denied. That one thread alone uses it does not hold against two that are proven."""
        names = {finding.container.qualname, f"{self._modules.get(finding.path, '')}.{finding.symbol}"}
        if finding.confidence != "high" and _named(names, self._confined):
            return True
        return finding.code in OF_ONE_STEP and _named({finding.container.qualname}, self._safe)

    @property
    def says_anything(self) -> bool:
        return bool(self._confined or self._safe)


def _named(names: Iterable[str], declared: Iterable[str]) -> bool:
    """Whether one of the names is declared, or stands below a declared one."""
    return any(
        name == one or name.startswith(f"{one}.") or fnmatchcase(name, one) for name in names for one in declared
    )
