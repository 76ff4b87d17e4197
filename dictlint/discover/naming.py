"""The dotted name under which a file is imported, told from the folders around it."""

from __future__ import annotations

import os

# Folders that hold packages but are no part of their names.
SOURCE_ROOTS = frozenset({"src", "lib", "source", "python"})


class Names:
    """Module names below one bound. Lives for one run only, so that what it remembers of folders cannot go stale."""

    def __init__(self, bound: str) -> None:
        self._below = os.path.join(bound, "")
        self._prefixes: dict[tuple[str, bool], tuple[str, ...]] = {}

    def of(self, path: str) -> tuple[str, bool]:
        """The module's name, and whether it is a package."""
        folder, file = os.path.split(path)
        stem = file.rpartition(".")[0] or file
        is_package = stem == "__init__"
        parts = self._prefix(folder, inside_package=False)
        return readable(".".join(parts if is_package and parts else (*parts, stem))), is_package

    def _prefix(self, folder: str, inside_package: bool) -> tuple[str, ...]:
        key = folder, inside_package
        if key not in self._prefixes:
            self._prefixes[key] = self._climbed(folder, inside_package)
        return self._prefixes[key]

    def _climbed(self, folder: str, inside_package: bool) -> tuple[str, ...]:
        parent, name = os.path.split(folder)
        if not name:
            return ()
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            return (*self._prefix(parent, inside_package=True), name)
        if not folder.startswith(self._below) or name in SOURCE_ROOTS or not name.isidentifier():
            return ()
        # Around a package only a namespace counts, which holds nothing but folders; a `backend/` with scripts does not.
        if inside_package and _holds_files(folder):
            return ()
        return (*self._prefix(parent, inside_package), name)


def _holds_files(folder: str) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entry.is_file() and entry.name != "py.typed" for entry in entries)
    except OSError:
        return True


def readable(name: str) -> str:
    r"""A file name as text that every encoding can hold: bytes that are no UTF-8 become `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def is_test(module: str) -> bool:
    """Whether a module is a test: its callers and threads say nothing of how the program is used."""
    *folders, last = module.split(".")
    return (
        last.startswith("test_")
        or last.endswith("_test")
        or last == "conftest"
        or any(part in ("tests", "test", "testing", "unittests") for part in folders)
    )
