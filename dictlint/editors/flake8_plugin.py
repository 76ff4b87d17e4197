"""The flake8 plugin: findings of the whole program, each shown in the file that it belongs to.

The program is analysed once, in the process that reads flake8's options; the processes that it deals the files out to
inherit the findings, or take them from the cache where nothing can be inherited. Nothing is imported before that.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from dictlint import __version__

if TYPE_CHECKING:
    import argparse

    from dictlint.config import Config
    from dictlint.model.outcome import Outcome

Row = tuple[int, int, str]
COOKIE_LINES = 2


class Plugin:
    """What flake8 makes for each file."""

    name = "dictlint"
    version = __version__
    found: ClassVar[dict[str, list[Row]]] = {}
    options: ClassVar[Any] = None

    def __init__(self, tree: object, filename: str, lines: list[str]) -> None:
        self._filename = filename
        self._lines = lines

    @staticmethod
    def add_options(parser: Any) -> None:
        """Flake8's own options choose among the findings; this one leaves the analysis out."""
        parser.add_option(
            "--dictlint-off",
            action="store_true",
            default=False,
            parse_from_config=True,
            help="Do not look for shared-dict concurrency bugs.",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Called once in flake8's first process, before any file is looked at."""
        cls.options = options
        cls.found = {}
        if not options.dictlint_off and "-" not in options.filenames:
            cls.found = _rows(_analysed(options, {}))

    def run(self) -> Iterator[tuple[int, int, str, type[Plugin]]]:
        """The findings of this file."""
        found = self.found
        if "-" in self.options.filenames and not self.options.dictlint_off:
            found = _rows(_analysed(self.options, {os.path.abspath(self._filename): _encoded(self._lines)}))
        for line, column, text in found.get(os.path.realpath(self._filename), ()):
            yield line, column, text, type(self)


def _analysed(options: argparse.Namespace, unsaved: dict[str, bytes]) -> Outcome:
    from msgspec.structs import replace

    from dictlint.config import load_config
    from dictlint.model.trouble import Trouble
    from dictlint.pipeline import Request, analyse

    try:
        config = load_config(os.getcwd())
        if unsaved or _is_worker():  # a small change, or findings that are in the cache: no process of our own
            config = replace(config, jobs=1)
        return analyse(_paths(options, config), config, None, Request(noqa=not options.disable_noqa, unsaved=unsaved))
    except Trouble as trouble:
        _end(str(trouble))


def _paths(options: argparse.Namespace, config: Config) -> list[str]:
    """The program: what the settings say; else the folders that flake8 is given; else the project around the files."""
    if config.paths:
        return [os.path.join(config.base, path) for path in config.paths]
    folders = [path for path in options.filenames if os.path.isdir(path)]
    outside = [
        path
        for path in options.filenames
        if os.path.isfile(path) and not os.path.abspath(path).startswith(os.path.join(config.root, ""))
    ]
    return folders or [config.root, *outside]


def _rows(outcome: Outcome) -> dict[str, list[Row]]:
    """By the real path of the file: line, column from 0, text."""
    from dictlint.report.terminal import plain

    real = {file.path: os.path.realpath(file.real) for file in outcome.files}
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for one in outcome.findings:
        path = real.get(one.path) or os.path.realpath(one.path)
        rows[path].append((one.line, one.column - 1, f"{one.code} {plain(one.message)}"))
    return dict(rows)


def _encoded(lines: list[str]) -> bytes:
    """A buffer as the bytes that its file would hold."""
    import io
    import tokenize

    text = "".join(lines)
    try:
        head = io.BytesIO("".join(lines[:COOKIE_LINES]).encode("utf-8", "replace"))
        return text.encode(tokenize.detect_encoding(head.readline)[0])
    except (SyntaxError, UnicodeEncodeError):
        return text.encode("utf-8", "replace")


def _is_worker() -> bool:
    import multiprocessing

    return bool(multiprocessing.current_process().daemon)


def _end(text: str) -> NoReturn:
    from flake8.exceptions import ExecutionError

    raise ExecutionError(f"dictlint: {text}") from None
