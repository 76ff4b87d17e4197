"""The recipe, in order: paths -> files -> facts -> program -> findings -> those that are shown."""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b

import msgspec

from dictlint.cache import Cache, Verdicts
from dictlint.cache.stamp import extraction_stamp, whole_stamp
from dictlint.catalogue import rule_names, rules_folder
from dictlint.config import Config
from dictlint.discover import discover, unsaved_file
from dictlint.frameworks import models_for, own_files
from dictlint.gather import Gathered, Progress, gather, unpack
from dictlint.model.facts import ModuleFacts
from dictlint.model.note import Note
from dictlint.model.outcome import Outcome
from dictlint.model.site import SourceFile
from dictlint.select import View, all_rules, choose, chooses, chosen, place


class Clock:
    """Seconds by stage, for -v and the statistics."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float]] = []
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages.append((stage, now - self._last))
        self._last = now


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of one run beyond the settings. `since`: findings that lines changed since this revision take part
    in; `noqa`: comments meant for all linters are heeded; `unsaved`: contents that editors have not yet written.
    """

    since: str = ""
    noqa: bool = True
    unsaved: dict[str, bytes] = {}


def analyse(
    paths: list[str], config: Config, progress: Progress | None = None, request: Request | None = None
) -> Outcome:
    """The whole story. All findings are made before any is selected, so that they serve the next run, too."""
    clock = Clock()
    request = request or Request()
    if chooses(config):
        chosen(config, all_rules(rule_names()))  # a slip in the settings is told before the work
    with collector_off():
        files, skipped = discover(paths, exclude=config.exclude, root=config.root)
        files += [unsaved_file(real) for real in request.unsaved if real not in {file.real for file in files}]
        program = [file for file in files if not file.apart]
        clock.lap("discover")
        cache = Cache(cache_top(config), cache_name(paths, config), extraction_stamp())
        gathered = gather(program, cache, config.jobs, progress, request.unsaved)
        clock.lap("index")
        stamp = f"{whole_stamp(rules_folder(), own_files(config))} {config.entries}"
        key = gathered.identity(stamp)
        kept_as = f"{config.contract}-{depth(config)}"
        verdicts = cache.verdicts(kept_as, key)
        if verdicts is None:
            gathered, verdicts = judge(gathered, cache, key, config, clock, reader(request.unsaved))
            if not request.unsaved:  # what is true for one key stroke only must not push out the others
                cache.keep_verdicts(kept_as, verdicts)
        cache.keep(gathered.entries, gathered.fresh)
        clock.lap("cache")
    whole = all(map(os.path.isdir, paths))
    view = View(files=files, rules=rule_names, whole=whole, noqa=request.noqa, since=request.since)
    selection = choose(verdicts.findings, verdicts.notes, config, view)
    clock.lap("select")
    return Outcome(
        findings=selection.findings,
        ignored=selection.ignored,
        hidden=selection.hidden,
        skipped=tuple(sorted([*skipped, *gathered.skipped()], key=lambda one: one.path)),
        files=tuple(program),
        lines=gathered.lines(),
        stages=tuple(clock.stages),
        notes=tuple(cache.notes),
        profile=config.profile,
    )


def judge(
    gathered: Gathered,
    cache: Cache,
    key: bytes,
    config: Config,
    clock: Clock,
    read: Callable[[SourceFile], bytes],
) -> tuple[Gathered, Verdicts]:
    """The costly half: what the linker and the checks make of the facts."""
    gathered, modules = unpack(gathered, cache, config.jobs)
    clock.lap("unpack")
    from dictlint.link import link

    models = models_for((facts for _, facts in modules), config)
    program = link(modules, depth(config) == "low", config.contract == "strict", models, config.entries)
    clock.lap("link")
    from dictlint.checks import find_all

    findings = tuple(sorted(find_all(program, read, config.contract, depth(config)), key=place))
    notes = tuple(_notes(modules, {finding.path for finding in findings}, read))
    clock.lap("check")
    return gathered, Verdicts(key, findings, notes)


def _notes(
    modules: list[tuple[SourceFile, ModuleFacts]], found: set[str], read: Callable[[SourceFile], bytes]
) -> Iterator[tuple[str, tuple[Note, ...]]]:
    """What comments have a say: those to dictlint, and in files with findings those to all linters."""
    from dictlint.index.notes import noqa_of

    for file, facts in modules:
        notes = (*facts.notes, *(noqa_of(read(file)) if file.path in found else ()))
        if notes:
            yield file.path, notes


def depth(config: Config) -> str:
    """How far the linker looks: what can only be of low confidence is left out unless it is asked for."""
    return "low" if config.confidence == "low" else "medium"


def reader(unsaved: Mapping[str, bytes]) -> Callable[[SourceFile], bytes]:
    """How the contents of an analysed file are had."""
    return lambda file: unsaved[file.real] if file.real in unsaved else read(file)


def read(file: SourceFile) -> bytes:
    """The contents of an analysed file; empty if it has vanished meanwhile, which leaves a check nothing to look at."""
    try:
        with open(file.real, "rb") as source:
            return source.read()
    except OSError:
        return b""


def cache_top(config: Config) -> str:
    """Where the cache is; empty where none is wanted."""
    if not config.cache:
        return ""
    return config.cache_dir or os.environ.get("DICTLINT_CACHE_DIR", "") or os.path.join(config.root, ".dictlint_cache")


def cache_name(paths: list[str], config: Config) -> str:
    """One name for runs that look at the same program from the same place."""
    what = [os.getcwd(), *sorted(map(os.path.abspath, paths)), "--", *config.exclude]
    return blake2b(b"\0".join(map(os.fsencode, what)), digest_size=8).hexdigest()


@contextlib.contextmanager
def collector_off() -> Iterator[None]:
    """Facts are many and hold no cycles: the cyclic collector would only walk them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
