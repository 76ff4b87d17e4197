"""Every file -> its facts: from the cache where the contents are known, else extracted, in parallel where that pays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b

import msgspec

from dictlint.cache import Cache, Entry, Look, digest_of, look_at, settled
from dictlint.discover import reason_of
from dictlint.model.facts import ModuleFacts
from dictlint.model.site import Skipped, SourceFile
from dictlint.workers import Died, deal_out, usable_cpus

# From this many bytes on a further process pays for itself; a batch is small enough for all to end at the same time.
BYTES_PER_JOB = 400_000
BYTES_PER_BATCH = 150_000
Progress = Callable[[int, int], None]
NOTHING: Mapping[str, bytes] = {}


class Task(msgspec.Struct, frozen=True, array_like=True):
    """A file to look into; `known` are digests of contents that need no extraction.

    `unsaved`: what an editor has not yet written to it.
    """

    position: int
    file: SourceFile
    size: int
    known: frozenset[bytes] = frozenset()
    unsaved: bytes | None = None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """Packed facts, or the trouble with the file, or neither where the digest is a known one.

    Without a digest the trouble does not lie in the contents, and may be over in the next run.
    """

    position: int
    digest: bytes = b""
    packed: bytes = b""
    trouble: tuple[str, int, int] | None = None
    facts: ModuleFacts | None = None  # in place of packed ones, where nobody needs these
    lines: int = 0


class Gathered(msgspec.Struct, frozen=True):
    """One entry for each file, and by position the packed facts that the cache does not have."""

    files: list[SourceFile]
    entries: list[Entry]
    fresh: dict[int, bytes]
    found: dict[int, ModuleFacts]

    def skipped(self) -> list[Skipped]:
        return [Skipped(file.path, *entry.trouble) for file, entry in zip(self.files, self.entries) if entry.trouble]

    def lines(self) -> int:
        return sum(entry.lines for entry in self.entries)

    def identity(self, stamp: str) -> bytes:
        """A name for this very program: these files with these contents, judged by the code of that stamp."""
        name = blake2b(stamp.encode(), digest_size=16)
        for file, entry in zip(self.files, self.entries):
            name.update(f"{file.path}\0{file.module}\0{entry.digest.hex()}\n".encode())
        return name.digest()


def gather(
    files: list[SourceFile],
    cache: Cache,
    jobs: int,
    progress: Progress | None = None,
    unsaved: Mapping[str, bytes] = NOTHING,
) -> Gathered:
    """What is known of every file after the unknown ones have been looked into. `unsaved`: contents by real path."""
    now = time.time_ns()
    looks = [Look(0, -1, 0) if file.real in unsaved else look_at(file.real) or Look(0, -1, 0) for file in files]
    known = [cache.unchanged(file, look) if look.mtime != -1 else None for file, look in zip(files, looks)]
    namesakes = {n: cache.namesakes(file) for n, file in enumerate(files) if known[n] is None}
    tasks = [
        Task(n, files[n], looks[n].size, frozenset(e.digest for e in old), unsaved.get(files[n].real))
        for n, old in namesakes.items()
    ]
    entries, fresh, found = list(known), {}, {}
    for answer in _answers(tasks, jobs, progress, pack=cache.keeps):
        n = answer.position
        old = next((entry for entry in namesakes[n] if entry.digest == answer.digest), None)
        entries[n] = _entry(files[n], settled(looks[n], now), answer, old)
        if answer.packed:
            fresh[n] = answer.packed
        if answer.facts:
            found[n] = answer.facts
    return Gathered(files, [entry for entry in entries if entry is not None], fresh, found)


def unpack(gathered: Gathered, cache: Cache, jobs: int) -> tuple[Gathered, list[tuple[SourceFile, ModuleFacts]]]:
    """The facts of all files that have any. What the cache has lost is extracted again, which gives new entries."""
    facts = {n: _unpacked(gathered, n, cache) for n, entry in enumerate(gathered.entries) if not entry.trouble}
    lost = [n for n, found in facts.items() if found is None]
    if lost:
        gathered = _again(gathered, lost, jobs)
        facts |= {n: _unpacked(gathered, n, cache) for n in lost}
    return gathered, [(gathered.files[n], found) for n, found in facts.items() if found is not None]


def _again(gathered: Gathered, lost: list[int], jobs: int) -> Gathered:
    entries, fresh = list(gathered.entries), dict(gathered.fresh)
    tasks = [Task(n, gathered.files[n], entries[n].look.size) for n in lost]
    for answer in _answers(tasks, jobs):
        n = answer.position
        # The contents may have changed meanwhile; then the old look must not vouch for them.
        look = entries[n].look if answer.digest == entries[n].digest else Look(0, -1, 0)
        entries[n] = _entry(gathered.files[n], look, answer, None)
        if answer.packed:
            fresh[n] = answer.packed
    return Gathered(gathered.files, entries, fresh, gathered.found)


def _entry(file: SourceFile, look: Look, answer: Answer, old: Entry | None) -> Entry:
    real = os.fsencode(file.real)
    if old is not None:
        return msgspec.structs.replace(old, real=real, look=look)
    seen = look if answer.digest else Look(0, -1, 0)
    entry = Entry(real, file.module, file.is_package, seen, answer.digest, answer.trouble)
    return msgspec.structs.replace(entry, lines=answer.lines)


def _unpacked(gathered: Gathered, n: int, cache: Cache) -> ModuleFacts | None:
    if n in gathered.found:
        return gathered.found[n]
    packed = gathered.fresh.get(n) or cache.packed(gathered.entries[n])
    if not packed:
        return None
    try:
        return FACTS.decode(packed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


FACTS = msgspec.msgpack.Decoder(ModuleFacts)
PACK = msgspec.msgpack.Encoder()


def _answers(tasks: list[Task], jobs: int, progress: Progress | None = None, *, pack: bool = True) -> Iterator[Answer]:
    done = 0
    for answers in _batches_done(tasks, jobs or _worthwhile_jobs(tasks), pack):
        yield from answers
        done += len(answers)
        if progress:
            progress(done, len(tasks))


def _worthwhile_jobs(tasks: list[Task]) -> int:
    return min(usable_cpus(), 1 + sum(task.size for task in tasks) // BYTES_PER_JOB)


def _batches_done(tasks: list[Task], jobs: int, pack: bool) -> Iterator[list[Answer]]:
    if tasks:
        import dictlint.index  # noqa: F401  # before workers are forked, so that they need not import it each
    if jobs <= 1 or len(tasks) <= 1:
        yield from ([look_into(task, pack)] for task in tasks)
        return
    suspects: list[Task] = []
    for batch, answers in deal_out(look_into_all, _batches(tasks), jobs):
        if isinstance(answers, Died):
            suspects += batch
        else:
            yield answers
    # One of these ended its worker; alone in a process each it can be named, and the others get their facts.
    for [task], answers in deal_out(look_into_all, [[task] for task in suspects], jobs):
        yield [Answer(task.position, trouble=(answers.reason, 1, 1))] if isinstance(answers, Died) else answers


def _batches(tasks: list[Task]) -> list[list[Task]]:
    """Batches of about the same size, those of the largest files first, so that nobody waits for one at the end."""
    batches: list[list[Task]] = []
    room = 0
    for task in sorted(tasks, key=lambda task: -task.size):
        if room <= 0:
            batches.append([])
            room = BYTES_PER_BATCH
        batches[-1].append(task)
        room -= task.size + 500
    return batches


def look_into_all(tasks: Iterable[Task]) -> list[Answer]:
    """A worker's job."""
    return [look_into(task) for task in tasks]


def look_into(task: Task, pack: bool = True) -> Answer:
    """Whatever is wrong with one file is an answer, too, and ends neither this process nor the others' work."""
    try:
        data = _contents(task)
    except (OSError, ValueError) as error:
        return Answer(task.position, trouble=(reason_of(error), 1, 1))
    digest = digest_of(data)
    if digest in task.known:
        return Answer(task.position, digest)
    return _extracted(task, data, digest, pack)


def _contents(task: Task) -> bytes:
    if task.unsaved is not None:
        return task.unsaved
    with open(task.file.real, "rb") as file:
        return file.read()


def _extracted(task: Task, data: bytes, digest: bytes, pack: bool) -> Answer:
    from dictlint.index import Unreadable, extract

    try:
        one = task.file
        facts = extract(data, one.module, one.is_package)
        kept = {"packed": PACK.encode(facts)} if pack else {"facts": facts}
        return Answer(task.position, digest, lines=facts.lines, **kept)
    except Unreadable as error:
        return Answer(task.position, digest, trouble=(error.reason, error.line, error.column))
    except (RecursionError, MemoryError):
        return Answer(task.position, digest, trouble=("is nested too deeply", 1, 1))
    except Exception as error:
        reason = f"dictlint failed on it, please report this: {type(error).__name__}: {error}"
        return Answer(task.position, trouble=(reason, 1, 1))
