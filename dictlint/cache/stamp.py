"""Names for code: what was computed by other code than today's is not used, in a checkout as little as in a release."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from hashlib import blake2b

import dictlint
from dictlint.model.trouble import Trouble

# What facts depend on; findings depend on everything.
EXTRACTION = ("index", "model", "knowledge")


def extraction_stamp() -> str:
    package = os.path.dirname(os.path.abspath(dictlint.__file__))
    return _stamp(os.path.join(package, part) for part in EXTRACTION)


def whole_stamp(rules_folder: str, models: list[str]) -> str:
    """`models`: files of the user's own that say what frameworks do."""
    return _stamp([os.path.dirname(os.path.abspath(dictlint.__file__)), rules_folder], models)


def _stamp(folders: Iterator[str] | list[str], files: Iterable[str] = ()) -> str:
    """Version, interpreter, and size and time of every file: reading them would take longer and tell no more."""
    stamp = blake2b(f"{dictlint.__version__} {sys.version_info[:3]} {sys.implementation.name}".encode(), digest_size=16)
    for folder in folders:
        for path, size, time in sorted(_files(folder)):
            stamp.update(f"{path} {size} {time}\n".encode("utf-8", "surrogateescape"))
    for path in files:
        stamp.update(f"{path} {_contents(path)!r}\n".encode("utf-8", "surrogateescape"))
    return stamp.hexdigest()


def _contents(path: str) -> bytes:
    """Of a small file that users edit: its time alone would not tell two edits of one moment apart."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Trouble(f"cannot read the model {path}: {error.strerror}") from None


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir():
                    if entry.name != "__pycache__":
                        yield from _files(entry.path)
                elif entry.name.endswith((".py", ".toml")):
                    seen = entry.stat()
                    yield entry.path, seen.st_size, seen.st_mtime_ns
    except OSError:
        return
