"""The gallery: the bad program is flagged as marked and fails in its interleaving, the fixed one does neither."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import harness
from tests.schedule import Played, play

GALLERY = Path(__file__).parent.parent / "examples"
FOLDERS = sorted(path for path in GALLERY.iterdir() if path.is_dir())
SECONDS = 10  # far more than the two that a program may take, for slow machines


@dataclass(frozen=True)
class Strike:
    """The order of steps that breaks the bad program, and how it shows: an error, or a result that is not `right`.

    `fixed_order` are the same steps where the fixed program has others.
    """

    order: tuple[str, ...]
    error: type[Exception] | None = None
    right: Callable[[Any], bool] = lambda result: True
    fixed_order: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Output:
    """A program that needs processes of its own, or ends its own: what it prints is `right` or not, at every run."""

    right: Callable[[str], bool]


STRIKES: dict[str, Strike | Output] = {
    "G01": Strike(("count", "count", "count.store", "count.store"), right=lambda answers: sum(answers.values()) == 10),
    "G02": Strike(("check", "sweep", "use"), error=KeyError),
    "G03": Strike(("walk", "emit", "register", "walk"), error=RuntimeError),
    "G04": Strike((), error=RuntimeError, right=lambda free: len(free) == 5),
    "G05": Strike(("walk", "line", "switch", "walk"), error=RuntimeError),
    "G06": Strike(("check", "check", "book", "book"), right=lambda tickets: len(tickets) == 1),
    "G07": Strike(("walk", "late", "leave", "walk"), error=RuntimeError),
    "G08": Strike((), right=lambda standard: standard == 4),
    "G09": Strike((), right=lambda plan: plan == "books: tape, 3 retries"),
    "G10": Strike(("fill", "fill", "fill", "take"), right=lambda lines: len(set(lines)) == 3),
    "G11": Strike((), error=RuntimeError, right=lambda left: left == 3),
    "G12": Strike((), right=lambda log: log == ["ada in", "ada out", "bob in", "bob out"]),
    "G13": Strike(("count", "count", "count.store", "count.store"), right=lambda pages: pages == 4),
    "G14": Strike(
        ("missing", "missing", "create", "take", "create", "take"),
        right=lambda cart: cart == ["desk", "lamp"],
        fixed_order=("create", "create"),
    ),
    "G15": Strike(("check", "leave", "use"), error=KeyError),
    "G16": Strike(("lookup", "lookup", "publish", "publish"), right=lambda counted: counted == 100),
    "G17": Strike(
        ("missing", "missing", "create", "create", "builtin"),
        right=lambda formats: formats == ["csv", "epub", "html", "pdf"],
        fixed_order=(),
    ),
    "G18": Strike(("start",) * 4 + ("walk", "child", "finish", "walk"), error=RuntimeError),
    "G19": Strike(("number", "number", "number.store", "number.store"), right=lambda numbers: numbers == [1, 2]),
    "G20": Strike(("walk", "add", "buy", "walk"), right=lambda value: value > 0),
    "G21": Strike((), right=lambda unreadable: unreadable == ["february"]),
    "G22": Strike((), right=lambda booked: booked == (7, ["desk two"])),
    "G23": Strike((), right=lambda pages: pages[-1] == "page /c"),
    "G24": Strike((), right=lambda totals: len(totals) == 3),
    "G25": Strike((), right=lambda total: total == 1250),
    "G26": Strike((), right=lambda said: said == "feed broken"),
    "G27": Output(right=lambda said: said == "inventory: 10 of 10 pieces\n"),
    "G28": Strike(("walk", "run", "queue", "walk"), error=RuntimeError, right=lambda results: len(results) == 3),
    "G29": Strike(("walk", "line", "announce", "walk"), error=RuntimeError),
    "G30": Strike((), right=lambda coins: coins == 150),
    "G31": Strike(("walk", "line", "store", "walk"), error=RuntimeError),
    "G32": Strike((), right=lambda stopped: stopped),
    "G33": Strike((), right=lambda weather: weather[1] == 2),
    "G34": Strike((), right=lambda pages: pages[-1] == "Welcome stranger"),
    "G35": Strike(("fill", "release", "fill", "log"), right=lambda log: log == ["ada", "bob"], fixed_order=()),
    "G36": Strike((), right=lambda printers: printers == ["laser"]),
    "G37": Strike((), right=lambda prices: prices == [None, 100]),
    "G38": Strike((), right=lambda zones: len(set(zones)) == 2),
    "G39": Strike(("walk", "line", "open", "walk"), error=RuntimeError),
    "G40": Strike(("set", "set", "walk", "line", "set", "walk"), error=RuntimeError),
    "G41": Strike(("add", "add", "add.store", "add.store"), right=lambda packets: packets == 10),
    "G42": Output(right=lambda said: said == "9 words in 2 texts\n"),
    "G43": Strike((), right=lambda opened: len(opened) == 1),
    "G44": Output(right=lambda said: said == "guests: ['ada', 'bob']\n"),
    "G45": Strike((), right=lambda gross: gross == 119),
    "G46": Strike((), right=lambda answers: "Empty" not in answers),
    "G47": Strike((), right=lambda titles: titles == ["Home", "Imprint"]),
    "G48": Strike((), right=lambda mails: mails == [5, 5, 5]),
}


def name(folder: Path) -> str:
    return folder.name


def program(folder: Path, stem: str) -> Path:
    """`bad.py` or `fixed.py`; a folder of modules where one file would not do."""
    file = folder / f"{stem}.py"
    return file if file.exists() else folder / stem


def printed(path: Path) -> str:
    command = [sys.executable, path.name]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, timeout=SECONDS, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def misbehaves(strike: Strike, played: Played) -> bool:
    if strike.error is not None:
        return any(isinstance(error, strike.error) for error in played.errors)
    return not strike.right(played.result)


def test_every_scenario_has_its_interleaving_and_its_row() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(\1\) \| ([\w, ]+) \|", (GALLERY / "README.md").read_text(), re.MULTILINE)
    assert [folder.name for folder in FOLDERS] == [folder for folder, _ in rows]
    assert [folder.name[:3] for folder in FOLDERS] == list(STRIKES)
    for folder, codes in rows:
        expectations = harness.read_case(program(GALLERY / folder, "bad")).expectations
        assert ", ".join(sorted({expectation.code for expectation in expectations})) == codes


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_the_bad_program_is_flagged_as_marked(folder: Path) -> None:
    harness.check(program(folder, "bad"))


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_the_fixed_program_is_silent(folder: Path) -> None:
    assert not harness.read_case(program(folder, "fixed")).expectations
    harness.check(program(folder, "fixed"))


def test_the_gallery_as_one_program_is_flagged_in_the_same_lines() -> None:
    marked = {place for folder in FOLDERS for place in places(harness.read_case(program(folder, "bad")))}
    found = [finding for finding in harness.run(GALLERY) if finding.confidence != "low"]
    assert {(*harness.place_of(finding), finding.code) for finding in found} == marked


def places(case: harness.Case) -> set[tuple[Path, int, str]]:
    return {(*expectation.place, expectation.code) for expectation in case.expectations}


@pytest.mark.parametrize("stem", ["bad", "fixed"])
@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_it_runs_by_itself(folder: Path, stem: str) -> None:
    assert printed(program(folder, stem)).count("\n") == 1


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_the_bad_program_fails_in_its_interleaving(folder: Path) -> None:
    strike = STRIKES[folder.name[:3]]
    if isinstance(strike, Output):
        assert not strike.right(printed(program(folder, "bad")))
        return
    played = play(program(folder, "bad"), strike.order)
    assert played.schedule.complete
    assert misbehaves(strike, played), (played.result, played.errors)


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_the_fixed_program_does_not(folder: Path) -> None:
    strike = STRIKES[folder.name[:3]]
    if isinstance(strike, Output):
        assert strike.right(printed(program(folder, "fixed")))
        return
    order = strike.order if strike.fixed_order is None else strike.fixed_order
    played = play(program(folder, "fixed"), order, patience=0.5)
    assert played.errors == []
    assert strike.right(played.result)
