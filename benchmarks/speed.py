#!/usr/bin/env python3
"""What a run of dictlint costs, as ratios of one session on one machine.

    speed.py PATH... [--runs N] [--jobs N]

PATH are folders of real code, at least 300,000 lines for figures that mean something (`fetch.py --to DIR speed`). They
are copied to a scratch folder first: one benchmark changes a file. Every round runs each command once, in turn, so
that a ratio pairs runs that stood next to each other; the table shows the median, the spread, and the target.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cost import DICTLINT, Cost, cost, middle, spread, table

from dictlint.discover import discover

BARE_PARSE = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in open(sys.argv[1], encoding="utf-8", errors="surrogateescape").read().split("\\0"):
    with open(path, "rb") as file:
        source = file.read()
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
"""
NOT_ENTERED = {"__pycache__", "_build", "build", "dist", "node_modules", "site-packages", "venv"}
CHECK = [*DICTLINT, "check", "--format", "json", "--no-config"]
Rounds = dict[str, list[Cost]]


@dataclass(frozen=True)
class Program:
    """A scratch copy of the code: its folder, its files, those of them that are tests beside the program, which
    dictlint does not read, and what it said of the others at first.
    """

    home: Path
    files: list[Path]
    tests: list[Path]
    stats: dict[str, int]

    @property
    def code(self) -> Path:
        return self.home / "code"


def scratch_copy(paths: list[Path], home: Path) -> None:
    for number, path in enumerate(paths):
        if not path.is_dir():
            raise SystemExit(f"speed.py: not a folder: {path}")
        shutil.copytree(path, home / "code" / f"{number}-{path.name}", ignore=not_code, symlinks=True)


def not_code(folder: str, names: list[str]) -> list[str]:
    """What is no Python file, and folders that dictlint does not enter: the rest is read by both sides of a ratio."""
    is_folder = {name: os.path.isdir(os.path.join(folder, name)) for name in names}
    return [
        name
        for name in names
        if (name in NOT_ENTERED or name[0] == "." if is_folder[name] else not name.endswith(".py"))
    ]


def first_look(home: Path) -> Program:
    """One uncounted run, which warms the disk cache, tells what was read and shows that the command works at all."""
    said = home / "first.json"
    first = cost([*CHECK, "--no-cache", "code"], home, said)
    if first.status not in (0, 1):
        raise SystemExit(f"speed.py: dictlint ended with {first.status}")
    report = json.loads(said.read_text(encoding="utf-8"))
    files = sorted(path for path in (home / "code").rglob("*.py") if path.is_file())
    apart = {os.path.realpath(file.real) for file in discover([str(home / "code")])[0] if file.apart}
    tests = [path for path in files if os.path.realpath(path) in apart]
    return Program(home, files, tests, report["stats"])


def touch_one(files: list[Path], turn: int) -> None:
    """Change the file of middle size, differently at each turn."""
    sized = sorted(files, key=lambda path: (path.stat().st_size, path))
    with open(sized[len(sized) // 2], "a", encoding="utf-8") as file:
        file.write(f"\nchanged_{turn} = {turn}\n")


def parse(files: list[Path], home: Path) -> Cost:
    listing = home / "files"
    listing.write_text("\0".join(map(str, files)), encoding="utf-8", errors="surrogateescape")
    return cost([sys.executable, "-c", BARE_PARSE, str(listing)], home)


def one_round(program: Program, turn: int, jobs: int) -> dict[str, Cost]:
    home = program.home
    done = {
        "parse": parse(program.files, home),
        "parse read": parse([path for path in program.files if path not in program.tests], home),
        "one": cost([*CHECK, "--no-cache", "--jobs", "1", "code"], home),
        "many": cost([*CHECK, "--no-cache", "--jobs", str(jobs), "code"], home),
    }
    cost([*CHECK, "code"], home)
    done["warm"] = cost([*CHECK, "code"], home)
    touch_one(program.tests, turn)
    done["test changed"] = cost([*CHECK, "code"], home)
    touch_one([path for path in program.files if path not in program.tests], turn)
    done["changed"] = cost([*CHECK, "code"], home)
    done["pass"] = cost([sys.executable, "-c", "pass"], home)
    done["version"] = cost([*DICTLINT, "--version"], home)
    return done


def ratios(rounds: Rounds, above: str, below: str, figure: Callable[[Cost], float]) -> list[float]:
    return [figure(a) / figure(b) for a, b in zip(rounds[above], rounds[below], strict=True)]


def cpu(c: Cost) -> float:
    return c.cpu


def wall(c: Cost) -> float:
    return c.wall


def peak(c: Cost) -> float:
    return c.peak


def figures(rounds: Rounds, jobs: int) -> list[tuple[str, list[float], str, float, float]]:
    """What, its figures, their unit, the limit and the aim. The limits of seconds and MB are for 500,000 lines."""
    return [
        ("cold CPU, one process / ast.parse of the same files", ratios(rounds, "one", "parse", cpu), "x", 2.5, 1.5),
        (f"cold wall, one process / {jobs} processes", ratios(rounds, "one", "many", wall), "x faster", 1.7, 1.9),
        ("warm, nothing changed", [c.wall for c in rounds["warm"]], "s", 0.4, 0.15),
        ("warm, one file changed", [c.wall for c in rounds["changed"]], "s", 1.0, 0.3),
        ("warm, one test beside it changed", [c.wall for c in rounds["test changed"]], "s", 1.0, 0.3),
        ("peak memory, one process", [c.peak for c in rounds["one"]], "MB", 600, 250),
        ("--version / python -c pass, wall", ratios(rounds, "version", "pass", wall), "x", 4, 2),
    ]


def context(rounds: Rounds, jobs: int) -> list[tuple[str, list[float], str]]:
    """Figures without a target, for proportion."""
    return [
        ("ast.parse of the same files, CPU", [c.cpu for c in rounds["parse"]], "s"),
        ("cold CPU, one process", [c.cpu for c in rounds["one"]], "s"),
        ("cold CPU, one process / ast.parse without the tests", ratios(rounds, "one", "parse read", cpu), "x"),
        (f"cold CPU, {jobs} processes / one", ratios(rounds, "many", "one", cpu), "x"),
        ("warm, nothing changed / cold, one process, wall", ratios(rounds, "warm", "one", wall), "x"),
        ("warm, one file changed / cold, one process, wall", ratios(rounds, "changed", "one", wall), "x"),
        ("warm, nothing changed / python -c pass, wall", ratios(rounds, "warm", "pass", wall), "x"),
        ("peak memory, one process / ast.parse", ratios(rounds, "one", "parse", peak), "x"),
        (f"peak memory of the largest of {jobs} processes", [c.peak for c in rounds["many"]], "MB"),
        ("peak memory, warm", [c.peak for c in rounds["warm"]], "MB"),
    ]


def verdict(value: float, unit: str, must: float, aim: float) -> str:
    more_is_better = unit.endswith("faster")
    reached = (value >= must, value >= aim) if more_is_better else (value <= must, value <= aim)
    return "aim reached" if reached[1] else "met" if reached[0] else "MISSED"


def report(program: Program, rounds: Rounds, jobs: int) -> str:
    rows = [("figure", "median", "unit", "spread", "must", "aim", "")]
    for what, values, unit, must, aim in figures(rounds, jobs):
        value = middle(values)
        rows.append(
            (what, f"{value:.3g}", unit, spread(values), f"{must:g}", f"{aim:g}", verdict(value, unit, must, aim))
        )
    for what, values, unit in context(rounds, jobs):
        rows.append((what, f"{middle(values):.3g}", unit, spread(values), "", "", ""))
    stats, turns = program.stats, len(rounds["one"])
    read = f"{stats['files']} files read, {stats['lines']} lines, {stats['findings']} findings"
    return f"{read}; {len(program.files)} files parsed; {turns} rounds; {os.cpu_count()} processors\n\n{table(rows)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="rounds (default 5)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes of the parallel run (default 2)")
    args = parser.parse_args()
    rounds: Rounds = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch).resolve()
        scratch_copy(args.paths, home)
        program = first_look(home)
        for turn in range(args.runs):
            for name, spent in one_round(program, turn, args.jobs).items():
                rounds[name].append(spent)
    print(report(program, rounds, args.jobs))
    return 0


if __name__ == "__main__":
    sys.exit(main())
