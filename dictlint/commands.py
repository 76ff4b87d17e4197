"""The commands around the work: settings, baseline, cache, shells. Each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from dictlint.config import Config
    from dictlint.model.outcome import Outcome
    from dictlint.pipeline import Request


def config(argv: list[str]) -> int:
    """What is in force here, and where each value comes from."""
    from dictlint.options import check_parser, in_force
    from dictlint.report.settings import listing, schema
    from dictlint.report.terminal import style_of

    if argv == ["--schema"]:
        print(schema(), end="")
        return 0
    parser = check_parser()
    parser.prog, parser.usage = "dictlint config", "dictlint config [--show | --schema] [options of check]"
    parser.add_argument("--show", action="store_true", help="the settings in force (default)")
    parser.add_argument("--schema", action="store_true", help="the JSON schema of the settings, for editors")
    given = parser.read(argv)
    found = in_force(given)
    print(schema() if given.schema else listing(found, style_of(sys.stdout)), end="")
    return 0


def baseline(argv: list[str]) -> int:
    """Writes down what is found today."""
    from msgspec.structs import replace

    from dictlint.options import check_parser, in_force, program_paths
    from dictlint.pipeline import Request, analyse
    from dictlint.report.terminal import counted
    from dictlint.select.baseline import DEFAULT, written

    parser = check_parser()
    parser.prog, parser.usage = "dictlint baseline", "dictlint baseline [PATH ...] [--output FILE] [options of check]"
    given = parser.read(argv)
    found = in_force(given)
    outcome = analyse(program_paths(found, given), replace(found, baseline=""), None, Request(noqa=not given.no_noqa))
    path = given.output[-1] if given.output else os.path.join(found.base, found.baseline or DEFAULT)
    _write(path, written(outcome.findings, outcome.files, found))
    print(f"wrote {counted(len(outcome.findings), 'finding')} to {os.path.relpath(path)}")
    if not found.baseline:
        print(f'`baseline = "{os.path.relpath(path, found.base)}"` in the settings, or `--baseline`, puts it in force')
    return 0


def clean(argv: list[str]) -> int:
    """Removes the cache of this project."""
    from dictlint.cache.files import remove_all
    from dictlint.config import load_config
    from dictlint.options import Parser
    from dictlint.pipeline import cache_top

    parser = Parser("dictlint clean", description="Removes what was learnt of this project's files.")
    parser.add_argument("--cache-dir", metavar="DIR", help="where it is kept (default: .dictlint_cache in the project)")
    given = parser.read(argv)
    top = given.cache_dir or cache_top(load_config(os.getcwd()))
    print(f"removed {top}" if top and remove_all(top) else "there is no cache")
    return 0


def completion(argv: list[str]) -> int:
    """A script for the shell: what may stand on the command line, by the options as they are."""
    from dictlint.completion import SHELLS, script
    from dictlint.options import Parser

    about = 'Put `eval "$(dictlint completion bash)"` (or zsh) into the shell\'s start-up file; for fish: `| source`.'
    parser = Parser("dictlint completion", description=about)
    parser.add_argument("shell", choices=SHELLS)
    print(script(parser.read(argv).shell), end="")
    return 0


def _write(path: str, text: str) -> None:
    from dictlint.model.trouble import Trouble

    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        raise Trouble(f"cannot write {path}: {error.strerror}") from None


def with_buffer(request: Request, given: argparse.Namespace) -> Request:
    """What an editor sends takes the place of the file that it edits."""
    from msgspec.structs import replace

    from dictlint.model.trouble import Trouble

    if not given.stdin_filename or len(given.paths) > 1:
        raise Trouble("`-` needs --stdin-filename FILE, and stands alone")
    if given.fix or given.diff or given.add_ignore is not None or given.watch:
        raise Trouble("nothing can be changed on standard input")
    return replace(request, unsaved={os.path.abspath(given.stdin_filename): sys.stdin.buffer.read()})


def of_buffer(outcome: Outcome, request: Request) -> Outcome:
    """What is found in the file that is edited."""
    from msgspec.structs import replace

    shown = {file.path for file in outcome.files if file.real in request.unsaved}
    findings = tuple(one for one in outcome.findings if one.path in shown)
    return replace(outcome, findings=findings, skipped=tuple(one for one in outcome.skipped if one.path in shown))


def mended(outcome: Outcome, paths: list[str], config: Config, given: argparse.Namespace) -> tuple[Outcome, bool]:
    """Fixes the findings, or shows how; what is found then, and whether anything is only shown."""
    import gc

    from msgspec.structs import replace

    from dictlint.fix import Workshop
    from dictlint.model.trouble import Trouble
    from dictlint.pipeline import Request, analyse
    from dictlint.report.terminal import counted

    if not (given.fix or given.diff):
        raise Trouble("--unsafe-fixes goes with --fix or --diff")
    noqa = not given.no_noqa

    def again(unsaved: dict[str, bytes]) -> Outcome:
        gc.collect()  # what the analysis before has left
        return analyse(paths, config, None, Request(noqa=noqa, unsaved=unsaved))

    wanted = frozenset(one.fingerprint for one in outcome.findings) if given.since else None
    work = Workshop(again({}) if given.since else outcome, again, unsafe=given.unsafe_fixes, wanted=wanted).mend()
    if given.diff:
        sys.stdout.write(work.diff)
    else:
        work.write()
    if not given.quiet:
        verb = "would fix" if given.diff else "fixed"
        more = f"; --unsafe-fixes would fix {work.offered} more" if work.offered else ""
        where = f" in {counted(len(work.texts), 'file')}" if work.texts else ""
        print(f"dictlint: {verb} {counted(len(work.fixed), 'finding')}{where}{more}", file=sys.stderr)
    left = work.outcome
    if wanted is not None:
        left = replace(left, findings=tuple(one for one in left.findings if one.fingerprint in wanted))
    return left, given.diff and bool(work.texts)


def add_ignores(outcome: Outcome, reason: str) -> int:
    """Writes a suppression comment for each finding."""
    from dictlint import fix
    from dictlint.report.terminal import counted

    print(f"added comments for {counted(fix.add_ignores(outcome, reason), 'finding')}")
    return 0


def watch(argv: list[str]) -> int:
    """Runs again whenever a file of the program, or the settings, changes."""
    import subprocess
    import time

    from dictlint.discover import discover
    from dictlint.options import check_parser, in_force, program_paths

    rest = [word for word in argv if word != "--watch"]
    command = [sys.executable, "-m", "dictlint", "check", *rest]
    given = check_parser().read(rest)
    seen: object = None
    while True:
        config = in_force(given)
        files, _ = discover(program_paths(config, given), exclude=config.exclude, root=config.root)
        looks = [(path, _look(path)) for path in [*(file.real for file in files), config.source]]
        if looks != seen:
            seen = looks
            if sys.stdout.isatty():
                print("\x1b[2J\x1b[H", end="", flush=True)
            subprocess.run(command, check=False)
            print(time.strftime("-- %H:%M:%S, waiting for changes (Ctrl-C ends)"), flush=True)
        time.sleep(0.5)


def _look(path: str) -> tuple[int, int]:
    try:
        seen = os.stat(path)
    except OSError:
        return 0, 0
    return seen.st_size, seen.st_mtime_ns
