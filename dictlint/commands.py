"""The commands around the work: settings, baseline, cache, shells. Each imports what it needs when it runs."""

from __future__ import annotations

import os
import sys


def config(argv: list[str]) -> int:
    """What is in force here, and where each value comes from."""
    from dictlint.config import load_config
    from dictlint.options import check_parser, merged
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
    found = merged(load_config(os.getcwd(), use_files=not given.no_config), given)
    print(schema() if given.schema else listing(found, style_of(sys.stdout)), end="")
    return 0


def baseline(argv: list[str]) -> int:
    """Writes down what is found today."""
    from msgspec.structs import replace

    from dictlint.config import load_config
    from dictlint.options import check_parser, merged, program_paths
    from dictlint.pipeline import Request, analyse
    from dictlint.report.terminal import counted
    from dictlint.select.baseline import DEFAULT, written

    parser = check_parser()
    parser.prog, parser.usage = "dictlint baseline", "dictlint baseline [PATH ...] [--output FILE] [options of check]"
    given = parser.read(argv)
    found = merged(load_config(os.getcwd(), use_files=not given.no_config), given)
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
