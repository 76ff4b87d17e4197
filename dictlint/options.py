"""The command line, read by the standard library's parser; importing another would double the time of a warm start."""

from __future__ import annotations

import argparse
from typing import NoReturn

import msgspec

from dictlint.config import CHOICES, CONFIDENCE_OF, Config
from dictlint.model.trouble import Trouble, nearest
from dictlint.report import FORMATS

USAGE = "dictlint [check] [PATH ...] [options]"
ABOUT = """\
Finds dicts that threads, tasks and callbacks share without the care this takes: iteration while another thread
resizes, check-then-act, lost updates. The whole program is looked at together; nothing of it is imported or run."""
COMMANDS = """\
other commands:
  dictlint explain RULE   what a rule means, with examples (a code or a name)
  dictlint rules          all rules, a line each
  dictlint facts FILE     what the analysis reads out of one file
  dictlint models         the frameworks that are known; with FILE, a try of models of your own

exit status: 0 nothing found, 1 findings or files that cannot be analysed, 2 dictlint could not do its work"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and what was probably meant."""

    def __init__(self, command: str, **texts: str) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(command, formatter_class=form, allow_abbrev=False, **texts)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        raise Trouble(message)

    def read(self, argv: list[str]) -> argparse.Namespace:
        found, unknown = self.parse_known_intermixed_args(argv)
        if unknown:
            word = unknown[0].partition("=")[0]
            known = [option for action in self._actions for option in action.option_strings]
            raise Trouble(
                f"unknown option `{word}`{nearest(word, known)}" if word[0] == "-" else f"unexpected `{word}`"
            )
        return found


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def jobs(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not `{text}`")
    return int(text)


def check_parser() -> Parser:
    parser = Parser("dictlint", usage=USAGE, description=ABOUT, epilog=COMMANDS)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="files and folders that make up the program (default: .)")
    add("--version", "-V", action="store_true", help="show the version")

    what = parser.add_argument_group("what is shown").add_argument
    what(
        "--select",
        type=words,
        action="extend",
        metavar="RULES",
        help="only these: codes or their beginnings, names, families",
    )
    what("--ignore", type=words, action="extend", metavar="RULES", help="not these")
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

    how = parser.add_argument_group("how it is shown").add_argument
    how("--format", choices=FORMATS, default="text", help="default: text")
    how("--output", "-o", metavar="FILE", help="write to this file instead of the screen")
    how("--statistics", action="store_true", help="count the findings of each rule at the end")
    how("--exit-zero", action="store_true", help="exit with 0 even if there are findings")
    how("-q", "--quiet", action="store_true", help="nothing but findings")
    how("-v", "--verbose", action="store_true", help="tell what was done and how long it took")

    run = parser.add_argument_group("how it runs").add_argument
    run("--jobs", "-j", type=jobs, metavar="N", help="processes to use (default: as many as pay)")
    run("--cache-dir", metavar="DIR", help="where to keep what was learnt (default: .dictlint_cache in the project)")
    run("--no-cache", action="store_true", help="neither read nor write the cache")
    run("--no-config", action="store_true", help="do not read pyproject.toml or dictlint.toml")
    return parser


def merged(config: Config, given: argparse.Namespace) -> Config:
    """The settings, overruled by what stands on the command line."""
    names = ("select", "ignore", "confidence", "target", "contract", "profile", "jobs", "cache_dir")
    changes = {name: value for name in names if (value := getattr(given, name)) is not None}
    if "profile" in changes:
        changes.setdefault("confidence", CONFIDENCE_OF[changes["profile"]])
    changes |= {name: tuple(changes[name]) for name in ("select", "ignore") if name in changes}
    if given.no_cache:
        changes["cache"] = False
    return msgspec.structs.replace(config, **changes)
