#!/usr/bin/env python3
"""Times other tools that are installed on the same files, next to dictlint and a bare parse.

    peers.py PATH... [--runs N]

Each runs without its cache, in turn; the table shows medians and the ratio to `ast.parse` of the same round.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from cost import DICTLINT, Cost, cost, middle, table
from speed import BARE_PARSE, scratch_copy

PEERS = {
    "ruff": ["-m", "ruff", "check", "--no-cache", "--isolated", "--select", "B", "--quiet", "code"],
    "pyflakes": ["-m", "pyflakes", "code"],
    "vulture": ["-m", "vulture", "code"],
    "mypy": ["-m", "mypy", "--config-file", os.devnull, "--cache-dir", os.devnull, "--ignore-missing-imports", "code"],
    "pylint": ["-m", "pylint", "--rcfile", os.devnull, "--disable", "all", "--enable", "W0640,W0102,E0601", "code"],
}


def commands(listing: Path) -> dict[str, list[str]]:
    installed = {name: [sys.executable, *words] for name, words in PEERS.items() if importlib.util.find_spec(name)}
    return {
        "ast.parse": [sys.executable, "-c", BARE_PARSE, str(listing)],
        "dictlint, 1 process": [*DICTLINT, "check", "--no-config", "--no-cache", "--jobs", "1", "code"],
        "dictlint, default": [*DICTLINT, "check", "--no-config", "--no-cache", "code"],
        **installed,
    }


def report(spent: dict[str, list[Cost]]) -> str:
    rows = [("tool", "CPU s", "wall s", "peak MB", "CPU / ast.parse", "exit")]
    for name, costs in spent.items():
        ratio = middle(c.cpu / base.cpu for c, base in zip(costs, spent["ast.parse"], strict=True))
        cpu, wall, peak = (middle(getattr(c, figure) for c in costs) for figure in ("cpu", "wall", "peak"))
        rows.append((name, f"{cpu:.2f}", f"{wall:.2f}", f"{peak:.0f}", f"{ratio:.2f}", str(costs[-1].status)))
    return table(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--runs", type=int, default=3, metavar="N")
    args = parser.parse_args()
    spent: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch).resolve()
        scratch_copy(args.paths, home)
        listing = home / "files"
        listing.write_text("\0".join(str(path) for path in sorted((home / "code").rglob("*.py"))), encoding="utf-8")
        for _ in range(args.runs):
            for name, words in commands(listing).items():
                spent[name].append(cost(words, home))
    print(report(spent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
