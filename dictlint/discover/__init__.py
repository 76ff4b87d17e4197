"""Paths -> the source files of a program. Ignore files are respected, nothing is parsed, the order is fixed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from dictlint.discover.ignored import ALWAYS, Patterns, patterns_around, patterns_of, with_patterns
from dictlint.discover.naming import Names, is_test, readable
from dictlint.model.site import Skipped, SourceFile
from dictlint.model.trouble import Trouble

Found = tuple[list[SourceFile], list[Skipped]]
SUFFIXES = (".py", ".pyw")
KINDS = {stat.S_IFIFO: "a FIFO", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


def discover(paths: list[str], *, exclude: Sequence[str] = (), root: str = "") -> Found:
    """The files below `paths` (each named file as well, whatever its suffix), and what could not be looked at.

    `exclude` are patterns as in a `.gitignore` that stands in `root`.
    """
    cwd = os.getcwd()
    found: dict[str, SourceFile | Skipped] = {}
    for path in paths:
        top = os.path.abspath(path)
        for real, thing in _below(top, path, cwd, exclude, root or cwd):
            found.setdefault(real, thing)
    _drop_links_to_found(found)
    ordered = [found[real] for real in sorted(found)]
    files = [x for x in ordered if isinstance(x, SourceFile)]
    return with_tests_marked(files), [x for x in ordered if isinstance(x, Skipped)]


def with_tests_marked(files: list[SourceFile]) -> list[SourceFile]:
    """Tests beside a program are no part of it; tests alone are the program."""
    tests = [is_test(file.module) for file in files]
    if all(tests):
        return files
    return [replace(file, apart=True) if test else file for file, test in zip(files, tests)]


def shown_path(real: str, cwd: str) -> str:
    """A path as people and other programs see it: relative where it is below the working directory, with slashes."""
    below = os.path.join(cwd, "")
    path = real[len(below) :] if real.startswith(below) else real
    return readable(path.replace(os.sep, "/") if os.sep != "/" else path)


def _below(
    top: str, given: str, cwd: str, exclude: Sequence[str], root: str
) -> Iterator[tuple[str, SourceFile | Skipped]]:
    try:
        mode = os.stat(top).st_mode
    except (FileNotFoundError, NotADirectoryError):
        if os.path.islink(top):
            yield top, Skipped(shown_path(top, cwd), "is a symbolic link to a file that does not exist")
            return
        raise Trouble(f"no such file or directory: {readable(given)}") from None
    except (OSError, ValueError) as error:
        yield top, Skipped(shown_path(top, cwd), reason_of(error))
        return
    if not stat.S_ISDIR(mode):
        yield top, _as_source(top, mode, Names(_bound(top, cwd)), cwd)
        return
    is_root = not os.path.isfile(os.path.join(top, "__init__.py"))
    names = Names(top if is_root else _bound(top, cwd))
    for real, told in _walk(top, with_patterns(root, exclude, patterns_around(top))):
        yield (
            real,
            Skipped(shown_path(real, cwd), told) if isinstance(told, str) else _as_source(real, told, names, cwd),
        )


def unsaved_file(real: str) -> SourceFile:
    """A file that so far stands in an editor only."""
    cwd = os.getcwd()
    module, is_package = Names(_bound(real, cwd)).of(real)
    return SourceFile(shown_path(real, cwd), real, module, is_package)


def _bound(path: str, cwd: str) -> str:
    """The folder below which folders without `__init__.py` may be namespaces."""
    return cwd if path.startswith(os.path.join(cwd, "")) else path


def _as_source(real: str, mode: int, names: Names, cwd: str) -> SourceFile | Skipped:
    path = shown_path(real, cwd)
    if not stat.S_ISREG(mode):
        return Skipped(path, f"is {KINDS.get(stat.S_IFMT(mode), 'something')}, not a regular file")
    module, is_package = names.of(real)
    return SourceFile(path, real, module, is_package)


def _walk(top: str, outer: Patterns | None) -> Iterator[tuple[str, int | str]]:
    """Each Python file below `top` with its mode, or the reason why it, or a folder, cannot be read.

    Links to folders are not followed: what they point to is found where it is, or is not part of the program.
    """
    waiting = [(top, outer)]
    while waiting:
        folder, patterns = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
        except OSError as error:
            yield folder, reason_of(error)
            continue
        patterns = patterns_of(folder, [entry.name for entry in entries if entry.name.startswith(".")], patterns)
        for entry in entries:
            name = entry.name
            if name.endswith(SUFFIXES):
                if not (patterns and patterns.ignore(entry.path)) and (told := _told(entry)) is not None:
                    yield entry.path, told
            elif _worth_entering(entry) and not (patterns and patterns.ignore(entry.path + "/")):
                waiting.append((entry.path, patterns))


def _worth_entering(entry: os.DirEntry[str]) -> bool:
    return entry.name not in ALWAYS and not entry.name.endswith(".egg-info") and entry.is_dir(follow_symlinks=False)


def _told(entry: os.DirEntry[str]) -> int | str | None:
    """The mode of what has a Python file's name, or why it cannot be read; None for what was never meant as a file."""
    try:
        if entry.is_file(follow_symlinks=False):
            return stat.S_IFREG
        mode = entry.stat().st_mode
    except OSError as error:
        # Editors lock files by links to nowhere of this name.
        return None if entry.name.startswith(".#") else reason_of(error)
    return None if stat.S_ISDIR(mode) else mode


def _drop_links_to_found(found: dict[str, SourceFile | Skipped]) -> None:
    """A link to a file that is analysed anyway would show every finding twice."""
    for real in [real for real in found if os.path.islink(real)]:
        target = os.path.realpath(real)
        if target != real and target in found:
            del found[real]


def reason_of(error: OSError | ValueError) -> str:
    """Why the system refused, in its own words: `permission denied`."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return words[:1].lower() + words[1:]
