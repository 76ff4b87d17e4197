"""Changes of other modules' names that can be taken back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

# Here the originals stay: the import system must not wait for us, and `_thread` is where we take the originals from.
UNTOUCHED = ("_thread", "importlib._bootstrap", "importlib._bootstrap_external", "_frozen_importlib", "threading")


INHERITED: Any = object()


class Patches:
    """What was replaced, and by what."""

    def __init__(self) -> None:
        self.active = False
        self._undo: list[tuple[Any, str, Any]] = []
        self._stand_ins: dict[int, tuple[Any, Any]] = {}
        self._waiting: dict[str, list[Callable[[Patches], None]]] = {}
        self._finder: _Finder | None = None

    def put(self, owner: Any, name: str, value: Any) -> None:
        """`owner.name` is `value` from now on."""
        if hasattr(owner, name):
            self._undo.append((owner, name, owner.__dict__.get(name, INHERITED)))
            setattr(owner, name, value)

    def wrap(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """A function of a class or module is replaced by what `make` makes of it."""
        original = owner.__dict__.get(name)
        if original is not None:
            made = make(original)
            made.__name__, made.__qualname__ = name, getattr(original, "__qualname__", name)
            made.__doc__, made.__module__ = original.__doc__, getattr(original, "__module__", None)
            made.__wrapped__ = original
            self.put(owner, name, made)

    def stand_in(self, original: Any, replacement: Any) -> None:
        """Wherever a module has `original` under any name, `replace_references` puts `replacement`."""
        self._stand_ins[id(original)] = (original, replacement)

    def replace_references(self) -> None:
        for name, module in list(sys.modules.items()):
            if name not in UNTOUCHED and not name.startswith("dictlint.runtime") and isinstance(module, ModuleType):
                self._replace_in(module)

    def _replace_in(self, module: ModuleType) -> None:
        for name, value in list(vars(module).items()):
            found = self._stand_ins.get(id(value))
            if found is not None and found[0] is value:
                self.put(module, name, found[1])

    def when_imported(self, name: str, install: Callable[[Patches], None]) -> None:
        """Now if the module is there already, else right after its import."""
        module = sys.modules.get(name)
        if module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False):
            install(self)
            return
        self._waiting.setdefault(name, []).append(install)
        if self._finder is None:
            self._finder = _Finder(self)
            sys.meta_path.insert(0, self._finder)

    def imported(self, name: str) -> None:
        for install in self._waiting.pop(name, ()):
            install(self)

    def waits_for(self, name: str) -> bool:
        return name in self._waiting

    def undo(self) -> None:
        for owner, name, value in reversed(self._undo):
            if value is INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        self._undo.clear()
        self._stand_ins.clear()
        self._waiting.clear()
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._finder = None
        self.active = False


class _Finder:
    """First in `sys.meta_path`: finds nothing by itself, and sees to modules that are waited for."""

    def __init__(self, patches: Patches) -> None:
        self._patches = patches

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not self._patches.waits_for(name):
            return None
        for finder in sys.meta_path:
            found = finder is not self and getattr(finder, "find_spec", lambda *_: None)(name, path, target)
            if found:
                spec: ModuleSpec = found
                self._follow(spec)
                return spec
        return None

    def _follow(self, spec: ModuleSpec) -> None:
        loader, patches = spec.loader, self._patches
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return

        def exec_module(module: ModuleType) -> None:
            del loader.exec_module  # type: ignore[union-attr]
            execute(module)
            patches.imported(spec.name)

        try:
            loader.exec_module = exec_module  # type: ignore[union-attr,method-assign]
        except AttributeError:  # a loader without room for it: then the module is not observed
            return
