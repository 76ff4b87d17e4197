"""What earlier runs found out, kept in files. Any of it may be missing, foreign, cut or garbled: then it is not used.

Each program (the paths named on the command line) has a folder with

`ledger`    for each file its size, time and content digest, and where in `facts` its facts are; facts newer than
            `facts` follow the ledger itself, so that a run with one changed file does not write the others again
`facts`     the packed facts of all files, one after the other
`findings`  what the checks found in exactly these contents, one such file for each contract
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

import msgspec

from dictlint.cache.files import Folder, with_header
from dictlint.model.finding import Finding
from dictlint.model.note import Notes
from dictlint.model.site import Skipped, SourceFile

# A file changed this short before it was looked at (2 s: the coarsest clock of a file system) may change again unseen.
TICK = 2_000_000_000
T = TypeVar("T")


class Look(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a file looks like from outside."""

    size: int
    mtime: int
    inode: int


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is known of one file. Its facts stand at `start` in `facts`, or behind the ledger if `recent`.

    `trouble`: reason, line and column where the contents cannot be analysed; then there are no facts.
    """

    real: bytes
    module: str
    is_package: bool
    look: Look
    digest: bytes
    trouble: tuple[str, int, int] | None = None
    start: int = 0
    length: int = 0
    checksum: int = 0
    recent: bool = False
    lines: int = 0

    def skipped(self, file: SourceFile) -> Skipped | None:
        return Skipped(file.path, *self.trouble) if self.trouble else None


class Ledger(msgspec.Struct, frozen=True, array_like=True):
    """`stamp` names the code that extracted the facts."""

    stamp: str
    entries: tuple[Entry, ...] = ()


class Verdicts(msgspec.Struct, frozen=True, array_like=True):
    """All findings of one program, before any selection, and the notes that have a say in it. `key` names its contents
    and the code that judged them.
    """

    key: bytes
    findings: tuple[Finding, ...]
    notes: Notes = ()


class Cache:
    """The cache of one program; an empty `top` keeps nothing."""

    def __init__(self, top: str, program: str, stamp: str) -> None:
        self._folder = Folder(top, program)
        self._stamp = stamp
        body, self._recent = self._folder.body("ledger")
        ledger = _decoded(body, Ledger)
        self._ledger = ledger if ledger and ledger.stamp == stamp else Ledger(stamp)
        self._by_path = {(entry.real, entry.module): entry for entry in self._ledger.entries}
        self._by_module: dict[str, list[Entry]] = {}
        self._facts: memoryview | None = None

    @property
    def keeps(self) -> bool:
        """Whether anything is kept for later runs."""
        return self._folder.keeps

    @property
    def notes(self) -> list[str]:
        """What went wrong with the cache; never more than a note."""
        return self._folder.notes

    def unchanged(self, file: SourceFile, look: Look | None) -> Entry | None:
        """What is known of a file that looks as it did."""
        entry = self._by_path.get((os.fsencode(file.real), file.module))
        return entry if entry and entry.look == look else None

    def namesakes(self, file: SourceFile) -> list[Entry]:
        """What holds for the file if it has the same contents: a file moved or touched is not extracted again."""
        if not self._by_module:
            for entry in self._ledger.entries:
                self._by_module.setdefault(entry.module, []).append(entry)
        return [one for one in self._by_module.get(file.module, ()) if one.is_package == file.is_package]

    def packed(self, entry: Entry) -> memoryview | None:
        """The facts of an entry, None where they are not what was written."""
        data = self._recent if entry.recent else self._older_facts()
        piece = data[entry.start : entry.start + entry.length]
        return piece if len(piece) == entry.length and zlib.crc32(piece) == entry.checksum else None

    def keep(self, entries: Sequence[Entry], fresh: dict[int, bytes]) -> None:
        """Remembers all files of the program. `fresh`: new facts by position in `entries`; others stay in place."""
        if not self.keeps or (not fresh and tuple(entries) == self._ledger.entries):
            return
        newer = [n for n, entry in enumerate(entries) if n in fresh or entry.recent]
        small = sum(len(fresh[n]) if n in fresh else entries[n].length for n in newer)
        large = sum(entry.length for n, entry in enumerate(entries) if n not in fresh and not entry.recent)
        # Everything is written anew when what is newer, or the holes it left, have become a good part of the whole.
        if small * 4 <= large and (not newer or len(self._older_facts()) <= 2 * large):
            ledger, pieces = self._placed(entries, newer, fresh, recent=True)
            self._folder.write("ledger", ledger, *pieces)
        else:
            ledger, pieces = self._placed(entries, range(len(entries)), fresh, recent=False)
            self._folder.write("facts", *pieces)
            self._folder.write("ledger", ledger)

    def verdicts(self, name: str, key: bytes) -> Verdicts | None:
        verdicts = _decoded(self._folder.body(f"findings-{name}")[0], Verdicts)
        return verdicts if verdicts and verdicts.key == key else None

    def keep_verdicts(self, name: str, verdicts: Verdicts) -> None:
        self._folder.write(f"findings-{name}", with_header(msgspec.msgpack.encode(verdicts)))

    def _older_facts(self) -> memoryview:
        if self._facts is None:
            self._facts = memoryview(self._folder.read("facts"))
        return self._facts

    def _placed(
        self, entries: Sequence[Entry], moved: Sequence[int], fresh: dict[int, bytes], *, recent: bool
    ) -> tuple[bytes, list[bytes | memoryview]]:
        """The ledger in which the facts of the `moved` entries stand one after the other, and these facts."""
        placed, pieces, start = list(entries), [], 0
        for n in moved:
            piece = fresh[n] if n in fresh else self.packed(entries[n]) or b""
            place = {"start": start, "length": len(piece), "checksum": zlib.crc32(piece), "recent": recent}
            placed[n] = msgspec.structs.replace(entries[n], **place)
            pieces.append(piece)
            start += len(piece)
        return with_header(msgspec.msgpack.encode(Ledger(self._stamp, tuple(placed)))), pieces


def look_at(real: str) -> Look | None:
    try:
        seen = os.stat(real)
    except (OSError, ValueError):
        return None
    return Look(seen.st_size, seen.st_mtime_ns, seen.st_ino)


def settled(look: Look, now: int) -> Look:
    """The look to remember of a file looked at `now`: one that no file has, if it may have changed since unseen."""
    return look if look.mtime < now - TICK else Look(look.size, -1, look.inode)


def digest_of(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _decoded(data: memoryview, kind: type[T]) -> T | None:
    if not len(data):
        return None
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
