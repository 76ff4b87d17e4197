"""The commands and their exit codes. No analysis happens here."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING

from dictlint import commands
from dictlint.model.trouble import Trouble

if TYPE_CHECKING:
    import argparse

    from dictlint.config import Config
    from dictlint.gather import Progress
    from dictlint.model.outcome import Outcome

CLEAN, FOUND, FAILED, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143
NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))
"""How writing fails where there is no room, or the device is broken."""


def run(argv: list[str]) -> int:
    """One command; whatever goes wrong ends in one line on stderr."""
    # Ended in the middle, a run still takes its workers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    command = COMMANDS.get(argv[0]) if argv else None
    try:
        _make_output_safe()
        status = command(argv[1:]) if command else check(argv)
        sys.stdout.flush()
        return status
    except Trouble as trouble:
        return _complain(str(trouble))
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_output()  # the reader has gone, as `head` does
        return FOUND
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in NO_ROOM:
            _let_go_of_output()
            return _complain(f"the output cannot be written: {(error.strerror or str(error)).lower()}")
        if "-v" in argv or "--verbose" in argv:
            raise
        return _complain(f"internal error: {type(error).__name__}: {error} (-v shows where; please report it)")


def _let_go_of_output() -> None:
    """Python must not try to flush into the void when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check(argv: list[str]) -> int:
    from dictlint.options import check_parser, in_force, outputs, program_paths

    given = check_parser().read(argv)
    if given.version:
        return version([])
    from dictlint.pipeline import Request, analyse

    config = in_force(given)
    reports = outputs(given, config)
    request = Request(since=given.since or "", noqa=not given.no_noqa)
    if given.watch:
        return commands.watch(argv)
    paths = program_paths(config, given)
    if "-" in given.paths:
        request = commands.with_buffer(request, given)
    outcome = analyse(paths, config, _progress(given.quiet), request)
    if request.unsaved:
        outcome = commands.of_buffer(outcome, request)
    if given.add_ignore is not None:
        return commands.add_ignores(outcome, given.add_ignore)
    pending = False
    if given.fix or given.diff or given.unsafe_fixes:
        outcome, pending = commands.mended(outcome, paths, config, given)
        reports = [] if given.diff else reports
    for form, file in reports:
        _write(_rendered(outcome, form, bool(file), given), form, file)
    if given.verbose:
        _tell(outcome, config)
    return CLEAN if given.exit_zero or not (pending or _fails(outcome, config.fail_on)) else FOUND


def _fails(outcome: Outcome, level: str) -> bool:
    """Whether anything is as grave as `fail-on` says. A file that was not analysed is as grave as can be."""
    from dictlint.model.finding import SEVERITIES

    lowest = SEVERITIES.index(level)
    return bool(outcome.skipped) or any(SEVERITIES.index(one.severity) >= lowest for one in outcome.findings)


def confirm(argv: list[str]) -> int:
    from dictlint.options import confirm_parser, in_force, outputs, program_paths

    cut = argv.index("--") if "--" in argv else len(argv)
    command, given = argv[cut + 1 :], confirm_parser().read(argv[:cut])
    if "--" in argv and not command:
        raise Trouble("no command is named behind `--`")
    from dictlint.confirm.launch import INTERRUPTED as INTERRUPTION
    from dictlint.confirm.run import Limits, confirmed, named, verdicts_of
    from dictlint.confirm.store import Store
    from dictlint.pipeline import Request, analyse

    config = in_force(given)
    reports = outputs(given, config)
    request = Request(since=given.since or "", noqa=not given.no_noqa)
    outcome = named(analyse(program_paths(config, given), config, _progress(given.quiet), request), given.finding)
    store = Store(given.folder or os.path.join(config.root, ".dictlint_confirm"))
    limits = Limits(given.runs, given.budget, given.python or "", given.strategy)
    tell = _silent if given.quiet else _say
    outcome, witnesses = verdicts_of(outcome, command, store, config.contract, limits, tell)
    for form, file in reports:
        _write(_rendered(outcome, form, bool(file), given), form, file)
    if given.verbose:
        _tell(outcome, config)
    if given.write_test:
        from dictlint.confirm.regression import write_test

        for witness in witnesses:
            tell(f"wrote {write_test(witness, given.write_test)}")
    if outcome.confirmation and any(run.note.startswith(INTERRUPTION) for run in outcome.confirmation.runs):
        return INTERRUPTED
    bad = bool(confirmed(outcome)) if given.fail_on == "confirmed" else _fails(outcome, config.fail_on)
    return FOUND if bad and not given.exit_zero else CLEAN


def replay(argv: list[str]) -> int:
    from dictlint.config import load_config
    from dictlint.confirm.replay import is_steered, load
    from dictlint.confirm.replay import replay as run_again
    from dictlint.confirm.store import Store
    from dictlint.options import replay_parser
    from dictlint.report.replayed import Seen, told
    from dictlint.report.terminal import style_of

    given = replay_parser().read(argv)
    store = Store(given.folder or os.path.join(load_config(os.getcwd()).root, ".dictlint_confirm"))
    witness = load(given.witness, store)
    made = run_again(witness, store, given.times, given.budget, _silent if given.quiet else _say)
    seen = [
        Seen(one.proof.text if one.proof else "", one.note, one.missing, one.timeline, one.same_as(witness))
        for one in made
    ]
    python = witness.schedule.python if witness.schedule else ""
    style, steered = style_of(sys.stdout), is_steered(witness)
    print(told(witness.finding, seen, given.times, style, python, steered), end="")
    return CLEAN if all(one.text for one in seen) else FOUND


def _silent(text: str) -> None:
    """Nothing is told."""


def explain(argv: list[str]) -> int:
    from dictlint.catalogue import rule
    from dictlint.fix import PLANNED
    from dictlint.options import Parser
    from dictlint.report.catalogue import explanation, remark_explained
    from dictlint.report.terminal import style_of
    from dictlint.select.remarks import REMARKS

    parser = Parser("dictlint explain", description="What a rule means, why it matters and what to do.")
    parser.add_argument("rule", metavar="RULE", help="a code (DCT101) or a name (iteration-while-resized)")
    word = parser.read(argv).rule
    about_comments = [one for one in REMARKS if word.upper() == one.code or word.lower() == one.name]
    style = style_of(sys.stdout)
    if about_comments:
        print(remark_explained(about_comments[0], style), end="")
        return CLEAN
    doc = rule(word)
    print(explanation(doc, style), end="")
    if doc.code in PLANNED:
        print("\n`dictlint --diff` and `--fix` mend some of these findings, `--unsafe-fixes` more of them.")
    return CLEAN


def rules(argv: list[str]) -> int:
    from dictlint.catalogue import rules as all_rules
    from dictlint.options import Parser
    from dictlint.report.catalogue import table
    from dictlint.report.terminal import style_of

    Parser("dictlint rules", description="All rules, a line each.").read(argv)
    print(table(all_rules(), style_of(sys.stdout)), end="")
    return CLEAN


def facts(argv: list[str]) -> int:
    from dictlint.discover import discover
    from dictlint.options import Parser
    from dictlint.report.terminal import plain

    about = "What the analysis reads out of one file before it links the program."
    parser = Parser("dictlint facts", description=about)
    parser.add_argument("file", metavar="FILE")
    files, skipped = discover([parser.read(argv).file])
    for one in skipped:
        raise Trouble(f"{plain(one.path)} {one.reason}")
    if len(files) != 1:
        raise Trouble("facts are shown of one file at a time")
    from dictlint.index import Unreadable, extract
    from dictlint.index.show import describe
    from dictlint.pipeline import read

    try:
        described = describe(extract(read(files[0]), files[0].module, files[0].is_package))
    except Unreadable as error:
        raise Trouble(f"{plain(files[0].path)}:{error.line}: {error.reason}") from None
    print("\n".join(map(plain, described.splitlines())))
    return CLEAN


def models(argv: list[str]) -> int:
    from dictlint.frameworks import load_model, shipped_files
    from dictlint.options import Parser
    from dictlint.report.catalogue import known_models
    from dictlint.report.terminal import style_of

    parser = Parser("dictlint models", description="The frameworks that are known, or a try of models of your own.")
    parser.add_argument("files", nargs="*", metavar="FILE", help="models whose examples are tried")
    files = parser.read(argv).files
    if not files:
        print(known_models([load_model(path) for path in shipped_files()], style_of(sys.stdout)), end="")
        return CLEAN
    return FOUND if [path for path in files if not _tried(path)] else CLEAN


def _tried(path: str) -> bool:
    """Whether the examples of a model are recognised as their comments say."""
    from dictlint.frameworks import load_model
    from dictlint.rehearsal import complaints

    model = load_model(path)
    said = complaints(model)
    print("\n".join(f"{path}: {one}" for one in said) or f"{path}: {len(model.example)} examples are as they say")
    return not said


def version(argv: list[str]) -> int:
    from dictlint import __version__

    print(f"dictlint {__version__}")
    return CLEAN


COMMANDS = {
    "check": check,
    "confirm": confirm,
    "replay": replay,
    "explain": explain,
    "rules": rules,
    "facts": facts,
    "models": models,
    "config": commands.config,
    "baseline": commands.baseline,
    "clean": commands.clean,
    "completion": commands.completion,
    "version": version,
}


def _rendered(outcome: Outcome, format: str, to_file: bool, given: argparse.Namespace) -> str:
    from dictlint.report import FOR_PEOPLE, renderer, statistics, summary, verdicts
    from dictlint.report.terminal import Style, style_of

    style = Style() if to_file else style_of(sys.stdout)
    text = renderer(format)(outcome, style)
    if format not in FOR_PEOPLE:
        return text
    if given.statistics:
        text += statistics(outcome, style)
    if format == "text" and not given.quiet:
        text += summary(outcome, style) + verdicts(outcome, style)
    return text


def _write(text: str, format: str, file: str) -> None:
    from dictlint.report import FOR_PEOPLE

    if file:
        try:
            with open(file, "w", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError as error:
            raise Trouble(f"cannot write {file}: {error.strerror}") from None
    elif format not in FOR_PEOPLE and hasattr(sys.stdout, "buffer"):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(errors="backslashreplace"))  # UTF-8, whatever the terminal speaks
    else:
        sys.stdout.write(text)


def _tell(outcome: Outcome, config: Config) -> None:
    _say(f"settings: {config.source or 'none'}")
    for note in outcome.notes:
        _say(note)
    for stage, seconds in outcome.stages:
        _say(f"{stage:<10}{seconds * 1000:9.1f} ms")
    told = f", {len(outcome.ignored)} of them because of comments" if outcome.ignored else ""
    _say(f"{len(outcome.files)} files, {outcome.lines} lines, {outcome.hidden} findings not shown{told}")


def _progress(quiet: bool) -> Progress | None:
    """A counter for whoever watches a terminal; nothing for a log."""
    if quiet or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        text = f"reading {done} of {total} files" if done < total else ""
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()

    return show


def _complain(text: str) -> int:
    _say(text)
    return FAILED


def _say(text: str) -> None:
    from dictlint.report.terminal import plain

    print(f"dictlint: {plain(text)}", file=sys.stderr)


def _make_output_safe() -> None:
    """No text, whatever it holds, may fail to be printed on any terminal; a closed stream takes it silently."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
