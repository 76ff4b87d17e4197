"""What a package's own tests cost with some of its dicts watched, as a ratio to the same tests without.

    python benchmarks/watched_suite.py FOLDER --watch MODULE:NAME... [--rounds 5] [--tests test] [-- PYTEST OPTIONS]

FOLDER is an unpacked source archive with its tests, whose dependencies are installed. Each round runs the tests once
without and once with `pytest --dictlint`; the ratio is that of the CPU time of whole processes, the start of the
interpreter included, taken within the round. Both must end with the same results. A last run counts the writes of each
watched map, so that a dict that nobody uses is not taken for a cheap one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cost import Cost, cost, middle, spread

LIMIT = 1.5
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "dictlint.editors.pytest_plugin"]
# So that an installed dictlint does not bring the plugin a second time.
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def suite(folder: Path, options: list[str], scratch: Path) -> tuple[Cost, str]:
    """What the run cost, and its last line without the time."""
    output = scratch / "output"
    taken = cost([*PYTEST, *options], folder, output)
    lines = output.read_text(errors="replace").strip().splitlines() or ["no output"]
    return taken, re.sub(r" in [\d.]+s.*", "", lines[-1].strip("= "))


def writes(folder: Path, options: list[str], scratch: Path) -> Counter[str]:
    """Of each watched map, how often it was written to."""
    log = scratch / "audit.jsonl"
    suite(folder, [*options, "--dictlint-mode=audit", f"--dictlint-report={log}"], scratch)
    found: Counter[str] = Counter()
    for line in log.read_text().splitlines() if log.exists() else ():
        record = json.loads(line)
        if record["type"] == "write":
            found[record["container"]["name"]] += 1
    return found


def measured(folder: Path, plain: list[str], watched: list[str], rounds: int, scratch: Path) -> list[float]:
    ratios = []
    for _ in range(rounds):
        one, without = suite(folder, plain, scratch)
        other, with_it = suite(folder, watched, scratch)
        print(f"  {one.cpu:6.2f} s, watched {other.cpu:6.2f} s; {without}", flush=True)
        if without != with_it:
            raise SystemExit(f"without: {without}\nwatched: {with_it}")
        ratios.append(other.cpu / one.cpu)
    return ratios


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--watch", metavar="MODULE:NAME", action="append", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tests", default="test")
    parser.add_argument("options", nargs="*", metavar="PYTEST OPTIONS")
    args = parser.parse_args()
    plain = [args.tests, *args.options]
    watched = [*plain, "--dictlint", *(f"--dictlint-watch={name}" for name in args.watch)]
    print(f"Python {sys.version.split()[0]}: {args.folder.name}")
    with tempfile.TemporaryDirectory() as scratch:
        ratios = measured(args.folder, plain, watched, args.rounds, Path(scratch))
        used = writes(args.folder, watched, Path(scratch))
    times = middle(ratios)
    missed = times > LIMIT
    print(f"  {times:.2f}x ({spread(ratios)}), limit {LIMIT}x{' MISSED' if missed else ''}")
    print("  writes: " + (", ".join(f"{name} {number}" for name, number in used.items()) or "none"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
