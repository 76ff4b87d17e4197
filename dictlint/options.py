"""The command line, read by the standard library's parser; importing another would double the time of a warm start."""

from __future__ import annotations

import argparse
import os
from typing import NoReturn

import msgspec

from dictlint.config import CHOICES, CONFIDENCE_OF, FORMATS, Config, load_config
from dictlint.model.trouble import Trouble, nearest

USAGE = "dictlint [check] [PATH ...] [options]"
ABOUT = """\
Finds dicts that threads, tasks and callbacks share without the care this takes: iteration while another thread
resizes, check-then-act, lost updates. The whole program is looked at together; nothing of it is imported or run."""
COMMANDS = """\
other commands:
  dictlint explain RULE   what a rule means, with examples (a code or a name)
  dictlint rules          all rules, a line each
  dictlint facts FILE     what the analysis reads out of one file
  dictlint confirm [PATH ...] [-- COMMAND ...]
                          runs the command, and says which findings came true
  dictlint replay FINGERPRINT
                          shows a confirmed finding again
  dictlint models         the frameworks that are known; with FILE, a try of models of your own
  dictlint config         the settings in force and where each comes from; --schema: their JSON schema
  dictlint baseline       write down what is found today, so that only what is new is shown
  dictlint clean          remove the cache
  dictlint completion     what a shell needs to complete these words: bash, zsh, fish

exit status: 0 nothing found, 1 findings or files that cannot be analysed, 2 dictlint could not do its work"""


FOLDER = "where everything is written (default: .dictlint_confirm in the project)"
STRATEGY = "steer: one side is held for the other (default); explore: many interleavings first (extra `explore`)"
CONFIRM_USAGE = "dictlint confirm [PATH ...] [options] [-- COMMAND ...]"
CONFIRM_ABOUT = """\
Runs a command that exercises the program (a script, `python -m module`, `pytest ...`) while the places of the findings
are watched, in it and in the interpreters that it starts. What looks promising is tried again with one side held until
the other one arrives. Each finding gets a verdict. Without a command, a driver is made up for each finding: the object
is built, and both sides are called from two threads; for this the program is imported."""
CONFIRM_EPILOG = """\
verdicts: confirmed (by damage, by window: something did come in between, by order: nothing prevents it),
not confirmed, single-activity, not reached, not checkable

exit status: 0 nothing found, 1 findings (see --fail-on), 2 dictlint could not do its work"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was probably meant."""

    def __init__(self, command: str, **texts: str) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(command, formatter_class=form, allow_abbrev=False, **texts)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        raise Trouble(message)

    def print_help(self, file: object = None) -> None:
        """Of argparse's own nobody would hear that it cannot be written."""
        print(self.format_help(), end="", flush=True)

    def read(self, argv: list[str]) -> argparse.Namespace:
        found, unknown = self.parse_known_intermixed_args([BARE.get(word, word) for word in argv])
        if unknown:
            word = unknown[0].partition("=")[0]
            known = [option for action in self._actions for option in action.option_strings]
            raise Trouble(
                f"unknown option `{word}`{nearest(word, known)}" if word[0] == "-" else f"unexpected `{word}`"
            )
        return found


# An optional value must stand behind `=`: the next word is a path, not a reason.
BARE = {"--add-ignore": "--add-ignore="}


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not `{text}`")
    return int(text)


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1_000_000:
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not `{text}`")
    return value


def check_parser() -> Parser:
    parser = Parser("dictlint", usage=USAGE, description=ABOUT, epilog=COMMANDS)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files and folders that make up the program (default: .)")
    add("--version", "-V", action="store_true", help="show the version")
    _add_options(parser)
    return parser


def confirm_parser() -> Parser:
    parser = Parser("dictlint confirm", usage=CONFIRM_USAGE, description=CONFIRM_ABOUT, epilog=CONFIRM_EPILOG)
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to analyse (default: .)")
    add = parser.add_argument_group("what is run").add_argument
    add("--finding", action="append", metavar="FINGERPRINT", help="only these findings (or the beginnings of theirs)")
    add("--runs", type=jobs, default=5, metavar="N", help="run the command at most N times (default: 5)")
    add("--budget", type=seconds, default=300.0, metavar="SECONDS", help="for all runs together (default: 300)")
    add("--strategy", choices=("steer", "explore"), default="steer", help=STRATEGY)
    add("--python", metavar="FILE", help="the interpreter for drivers that are made up (default: the one of dictlint)")
    add("--folder", metavar="DIR", help=FOLDER)
    add("--write-test", metavar="DIR", help="write a regression test for each confirmed finding into this folder")
    _add_options(parser, ("confirmed",), "findings (`confirmed`), or the ")
    return parser


def replay_parser() -> Parser:
    about = "Runs the command of a confirmed finding again, and shows what happens."
    parser = Parser("dictlint replay", description=about)
    parser.add_argument("witness", metavar="FINGERPRINT", help="of the finding, or its beginning, or a witness file")
    parser.add_argument("--times", type=jobs, default=1, metavar="N", help="how often (default: 1)")
    parser.add_argument("--budget", type=seconds, default=300.0, metavar="SECONDS", help="for all runs (default: 300)")
    parser.add_argument("--folder", metavar="DIR", help=FOLDER)
    parser.add_argument("-q", "--quiet", action="store_true", help="nothing but what was seen")
    return parser


def _add_options(parser: Parser, more_levels: tuple[str, ...] = (), or_else: str = "") -> None:
    what = parser.add_argument_group("what is shown").add_argument
    what(
        "--select",
        type=words,
        action="extend",
        metavar="RULES",
        help="only these: codes or their beginnings, names, families",
    )
    what("--ignore", type=words, action="extend", metavar="RULES", help="not these")
    what("--extend-select", type=words, action="extend", metavar="RULES", help="these as well as those of the settings")
    what("--extend-ignore", type=words, action="extend", metavar="RULES", help="nor these")
    what(
        "--exclude",
        action="append",
        metavar="PATTERN",
        help="leave out such files, as in a .gitignore; may be repeated",
    )
    what("--confidence", choices=CHOICES["confidence"], help="show findings this sure and surer (default: medium)")
    what("--target", choices=CHOICES["target"], help="the builds of Python that matter (default: any)")
    what(
        "--contract", choices=CHOICES["contract"], help="python: single operations are safe (default); strict: none is"
    )

    what(
        "--profile",
        choices=CHOICES["profile"],
        help="audit: readiness for free-threaded Python, all that is possible, ranked, with a summary of each module",
    )

    what("--baseline", metavar="FILE", help="leave out the findings that this file knows (see `dictlint baseline`)")
    what("--no-baseline", action="store_true", help="show these, too")
    what("--since", metavar="REV", help="findings only that lines changed since this git revision take part in")
    what("--no-noqa", action="store_true", help="heed no `# noqa` comments, which speak to all linters")

    how = parser.add_argument_group("how it is shown").add_argument
    how("--format", choices=FORMATS, help="default: text")
    how(
        "--output",
        "-o",
        action="append",
        default=[],
        metavar="[FORMAT:]FILE",
        help="write to this file instead of the screen; several, each in a format of its own, may be given",
    )
    how("--statistics", action="store_true", help="count the findings of each rule at the end")
    levels = (*CHOICES["fail_on"], *more_levels)
    how("--fail-on", choices=levels, help=f"the {or_else}severity from which on the exit status is 1 (default: info)")
    how("--exit-zero", action="store_true", help="exit with 0 even if there are findings")
    how("-q", "--quiet", action="store_true", help="nothing but findings")
    how("-v", "--verbose", action="store_true", help="tell what was done and how long it took")

    change = parser.add_argument_group("what is changed").add_argument
    change("--fix", action="store_true", help="mend what can be mended without changing what the program means")
    change("--unsafe-fixes", action="store_true", help="with --fix or --diff: the others, too, to be looked at")
    change("--diff", action="store_true", help="show what --fix would change, and change nothing")
    change(
        "--add-ignore",
        metavar="[=REASON]",
        help="write a suppression comment for each finding, with the reason if one stands behind `=`",
    )

    run = parser.add_argument_group("how it runs").add_argument
    run("--stdin-filename", metavar="FILE", help="with `-` as path: the text on standard input is what this file holds")
    run("--watch", action="store_true", help="run again whenever a file changes")
    run("--jobs", "-j", type=jobs, metavar="N", help="processes to use (default: as many as pay)")
    run("--cache-dir", metavar="DIR", help="where to keep what was learnt (default: .dictlint_cache in the project)")
    run("--no-cache", action="store_true", help="neither read nor write the cache")
    run("--config", metavar="FILE", help="take the settings of this file, not of the nearest one")
    run("--no-config", action="store_true", help="do not read pyproject.toml or dictlint.toml")


def in_force(given: argparse.Namespace) -> Config:
    """The settings of this run."""
    return merged(load_config(os.getcwd(), use_files=not given.no_config, file=given.config or ""), given)


def merged(config: Config, given: argparse.Namespace) -> Config:
    """The settings, overruled by what stands on the command line."""
    changes = {name: value for name in OVERRULED if (value := getattr(given, name)) is not None}
    origins = dict(config.origins) | dict.fromkeys(changes, "command line")
    if "profile" in changes and "confidence" not in changes:
        changes["confidence"] = CONFIDENCE_OF[changes["profile"]]
        origins["confidence"] = f"profile {changes['profile']}"
    changes |= {name: tuple(changes[name]) for name in LISTS if name in changes}
    for name in ADDED:
        changes[name] = (*getattr(config, name), *changes[name]) if name in changes else getattr(config, name)
    for name, off, value in (("cache", given.no_cache, False), ("baseline", given.no_baseline, "")):
        if off:
            changes[name], origins[name] = value, "command line"
    if given.baseline is not None and not given.no_baseline:
        changes["baseline"] = os.path.abspath(given.baseline)
    if changes.get("fail_on") == "confirmed":  # no severity
        del changes["fail_on"]
    if given.paths and given.paths != ["-"]:
        changes["paths"], origins["paths"] = tuple(map(os.path.abspath, given.paths)), "command line"
    return msgspec.structs.replace(config, origins=tuple(sorted(origins.items())), **changes)


OVERRULED = (
    "select", "ignore", "extend_select", "extend_ignore", "exclude", "confidence", "target", "contract", "profile",
    "format", "fail_on", "baseline", "jobs", "cache_dir",
)  # fmt: skip
LISTS = ("select", "ignore", "extend_select", "extend_ignore", "exclude")
ADDED = ("extend_select", "extend_ignore", "exclude")


def program_paths(config: Config, given: argparse.Namespace) -> list[str]:
    """What is analysed: what the command line names, else what the settings name, else the working directory; around a
    buffer the whole project.
    """
    named = [path for path in given.paths if path != "-"]
    return named or [os.path.join(config.base, path) for path in config.paths] or [config.root if given.paths else "."]


def outputs(given: argparse.Namespace, config: Config) -> list[tuple[str, str]]:
    """(format, file) of each report; the file of the screen is ""."""
    chosen = config.format
    found = []
    for text in given.output:
        form, colon, file = text.partition(":")
        known = bool(colon) and form in FORMATS
        if colon and not known and form.isalnum() and len(form) > 1 and not os.path.exists(text):
            raise Trouble(f"no format is called `{form}`{nearest(form, list(FORMATS))}")
        found.append((form, file) if known else (chosen, text))
    named = [(form, "" if file == "-" else file) for form, file in found]
    if any(not file for form, file in found if form in FORMATS):
        raise Trouble("--output needs a file behind the format; `-` is the screen")
    is_screen_asked = given.format is not None and all(":" in text for text in given.output)
    return [*named, (chosen, "")] if not named or is_screen_asked else named
