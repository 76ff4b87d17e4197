"""The files of a cache: read only if they are whole, replaced as a whole, in a folder that looks after itself."""

from __future__ import annotations

import contextlib
import os
import time
import zlib
from collections.abc import Iterator

MAGIC = b"dictlint cache 1\n"
HEADER = len(MAGIC) + 12
MOST_PROGRAMS = 24
LONGEST_UNUSED = 14 * 86_400
OWN_FILES = {
    ".gitignore": "*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# Made by dictlint; it may be deleted.\n",
}


class Folder:
    """One program's files in the cache `top`, which is "" where nothing is kept. `notes`: what went wrong, for -v."""

    def __init__(self, top: str, program: str) -> None:
        self.notes: list[str] = []
        self._top = top
        self._path = os.path.join(top, program) if top else ""

    @property
    def keeps(self) -> bool:
        return bool(self._top)

    def body(self, name: str) -> tuple[memoryview, memoryview]:
        """The checked body of a file, and what follows it; both empty where it is not as it was written."""
        data = memoryview(self.read(name))
        size = int.from_bytes(data[HEADER - 8 : HEADER], "big")
        body = data[HEADER : HEADER + size]
        if data[: len(MAGIC)] == MAGIC and data[len(MAGIC) : HEADER - 8] == _checksum(body):
            return body, data[HEADER + size :]
        if len(data):
            self.notes.append(f"cache: `{name}` is damaged or foreign, and not used")
        return memoryview(b""), memoryview(b"")

    def read(self, name: str) -> bytes:
        if not self._path:
            return b""
        try:
            with open(os.path.join(self._path, name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            self.notes.append(f"cache: cannot read `{name}`: {error.strerror}")
            return b""

    def write(self, name: str, *pieces: bytes | memoryview) -> None:
        """The file appears whole or not at all, whoever else writes it at the same time."""
        if not self._path:
            return
        try:
            self._prepare()
            self._replace(os.path.join(self._path, name), pieces)
        except OSError as error:
            self.notes.append(f"cache: cannot write `{name}`: {error.strerror}")

    def _replace(self, path: str, pieces: tuple[bytes | memoryview, ...]) -> None:
        draft = f"{path}.{os.getpid()}.new"
        try:
            with open(draft, "wb") as file:
                file.writelines(pieces)
            os.replace(draft, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(draft)
            raise

    def _prepare(self) -> None:
        if os.path.isdir(self._path):
            return
        os.makedirs(self._path, exist_ok=True)
        for name, text in OWN_FILES.items():
            path = os.path.join(self._top, name)
            if not os.path.exists(path):
                self._replace(path, (text.encode(),))
        for old in _outdated(self._top, keep=self._path):
            _remove(old)


def with_header(body: bytes) -> bytes:
    """A body that `Folder.body` recognises as whole."""
    return MAGIC + _checksum(body) + len(body).to_bytes(8, "big") + body


def _checksum(data: bytes | memoryview) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def _outdated(top: str, keep: str) -> Iterator[str]:
    """The folders of programs not looked at for long, and all beyond the most that are kept."""
    ages = []
    for entry in os.scandir(top):
        with contextlib.suppress(OSError):
            if entry.is_dir(follow_symlinks=False) and entry.path != keep:
                ages.append((time.time() - entry.stat().st_mtime, entry.path))
    for rank, (age, path) in enumerate(sorted(ages), start=1):
        if rank >= MOST_PROGRAMS or age > LONGEST_UNUSED:
            yield path


def _remove(folder: str) -> None:
    """Removes a program's files. Only files with our own names are touched, and another run may be doing the same."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if name.partition(".")[0] in ("ledger", "facts") or name.startswith("findings"):
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)


def remove_all(top: str) -> bool:
    """Removes a cache, and nothing else that may stand in its folder. Whether there was one."""
    if not os.path.isfile(os.path.join(top, "CACHEDIR.TAG")):
        return False
    with os.scandir(top) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
    for name in OWN_FILES:
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(top, name))
    with contextlib.suppress(OSError):
        os.rmdir(top)
    return True
