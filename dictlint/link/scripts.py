"""Scripts: files that are run and never imported. What one of them starts is in no process of another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dictlint.link.activities import Spawn
from dictlint.link.paths import leaf_name
from dictlint.link.symbols import Mod, Symbols
from dictlint.model.body import Call

_ABSOLUTE = re.compile(r"@([\w.]+)")
# What loads a file that no import names: then anything may be in the process.
_LOADING = frozenset(
    (
        "__import__",
        "import_module",
        "load_module",
        "load_source",
        "exec_module",
        "spec_from_file_location",
        "run_path",
        "run_module",
        "iter_entry_points",
        "entry_points",
        "exec",
        "execfile",
    )
)


class Scripts:
    """By module."""

    def __init__(self, symbols: Symbols, spawns: list[Spawn]) -> None:
        self.symbols = symbols
        self._homes = {s.activity.number: s.activity.path for s in spawns if s.activity.path}
        self._by_path = {mod.file.path: mod for mod in symbols.mods}
        self._imported: frozenset[int] | None = None
        self._absent: dict[int, frozenset[int]] = {}
        self._direct: dict[int, frozenset[int]] = {}

    def absent(self, mod: Mod) -> frozenset[int]:
        """The activities that no process of a script has; none if the module may be imported."""
        if mod.mid not in self._absent:
            self._absent[mod.mid] = self._find_absent(mod) if self._homes and self._is_script(mod) else frozenset()
        return self._absent[mod.mid]

    def elsewhere(self, mod: Mod) -> frozenset[int]:
        """Those of them that other scripts start: how a script uses a library, its other users may do so as well."""
        return frozenset(
            number
            for number in self.absent(mod)
            if (home := self._by_path.get(self._homes[number])) and self._is_script(home)
        )

    def home(self, path: str) -> Mod | None:
        """The module of a file."""
        return self._by_path.get(path)

    def _find_absent(self, mod: Mod) -> frozenset[int]:
        there = self._closure(mod)
        if any(_loads(call) for mid in there for f in self.symbols.mods[mid].facts.functions for call in f.calls):
            return frozenset()
        paths = {self.symbols.mods[mid].file.path for mid in there}
        return frozenset(number for number, path in self._homes.items() if path not in paths)

    def _is_script(self, mod: Mod) -> bool:
        """Whether it ends in what runs as a script, is in no package, and nothing imports it."""
        if mod.facts.functions[0].ends_in_main < 0 or mod.facts.is_package:
            return False
        folder = mod.facts.module.rpartition(".")[0]
        if folder in self.symbols.by_name:
            return False
        if self._imported is None:
            self._imported = frozenset(mid for one in self.symbols.mods for mid in self._imports(one.mid))
        return mod.mid not in self._imported

    def _closure(self, mod: Mod) -> set[int]:
        """The module and all that it imports, directly or not."""
        found = {mod.mid}
        todo = [mod.mid]
        while todo:
            new = self._imports(todo.pop()) - found
            found |= new
            todo += new
        return found

    def _imports(self, mid: int) -> frozenset[int]:
        """The modules that a module imports anywhere, with the packages in which they lie."""
        if mid not in self._direct:
            by_name = self.symbols.by_name
            names = set(self._names(self.symbols.mods[mid]))
            self._direct[mid] = frozenset(
                by_name[prefix] for name in names for prefix in _prefixes(name) if prefix in by_name
            ) - {mid}
        return self._direct[mid]

    def _names(self, mod: Mod) -> Iterator[str]:
        yield from (statement.target for statement in mod.facts.imports)
        yield mod.facts.module.rpartition(".")[0]
        for facts in mod.facts.functions:
            paths = [call.callee for call in facts.calls] + [p for bind in facts.binds for p in bind.values]
            paths += [path for call in facts.calls for group in call.args for path in group]
            yield from (name for path in paths if "@" in path for name in _ABSOLUTE.findall(path))


def _loads(call: Call) -> bool:
    """Whether a call may import a module that is not named; that of an object is there already."""
    if leaf_name(call.callee) not in _LOADING:
        return False
    return not call.args or not all(path.endswith(".__module__") for path in call.args[0] or ("",))


def _prefixes(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
