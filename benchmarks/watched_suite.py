"""What a package's own tests cost with some of its dicts watched, as a ratio to the same tests without.

    python benchmarks/watched_suite.py FOLDER --watch MODULE:NAME... [--rounds 5] [--tests test] [-- PYTEST OPTIONS]
    python benchmarks/watched_suite.py FOLDER --confirm PATH [--rounds 5] [--tests test] [-- PYTEST OPTIONS]

FOLDER is an unpacked source archive with its tests, whose dependencies are installed. Each round runs the tests once
without and once with `pytest --dictlint`; the ratio is that of the CPU time of whole processes, the start of the
interpreter included, taken within the round. Both must end with the same results. A last run counts the writes of each
watched map, so that a dict that nobody uses is not taken for a cheap one.

With `--confirm` the other side is the first run of `dictlint confirm PATH -- pytest`, as if it were the first time: it
watches what each finding names, and holds nobody. The ratio is that of wall time, and it is said what was reached.
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

from cost import DICTLINT, Cost, cost, middle, spread

LIMIT = 1.5
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "dictlint.editors.pytest_plugin"]
# So that an installed dictlint does not bring the plugin a second time.
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"


def suite(folder: Path, options: list[str], scratch: Path) -> tuple[Cost, str]:
    """What the run cost, and its last line without the time."""
    output = scratch / "output"
    taken = cost([*PYTEST, *options], folder, output)
    return taken, last_line(output.read_text(errors="replace"))


def last_line(output: str) -> str:
    lines = output.strip().splitlines() or ["no output"]
    return re.sub(r" in [\d.]+s.*", "", lines[-1].strip("= "))


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


def confirming(folder: Path, path: str, options: list[str], scratch: Path) -> tuple[float, str, Counter[str]]:
    """How many seconds the run took, its last line, and how many findings got which verdict."""
    report, command = scratch / "report.json", [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    watching = [*DICTLINT, "confirm", path, "--confidence", "low", "--no-config", "--no-cache", "--runs", "1"]
    with tempfile.TemporaryDirectory(dir=scratch) as states:
        asked = ["--folder", states, "--format", "json", "-q", "--", *command, *options]
        cost([*watching, *asked], folder, report)
        told = json.loads(report.read_text(encoding="utf-8"))
        [run] = told["confirmation"]["runs"]
        last = last_line(Path(run["output"]).read_text(errors="replace"))
    return run["seconds"], last, Counter(one["verdict"]["status"] for one in told["findings"])


def confirmed(folder: Path, path: str, options: list[str], rounds: int, scratch: Path) -> list[float]:
    ratios = []
    for _ in range(rounds):
        one, without = suite(folder, options, scratch)
        seconds, with_it, verdicts = confirming(folder, path, options, scratch)
        print(f"  {one.wall:6.2f} s, confirming {seconds:6.2f} s; {without}; {dict(verdicts)}", flush=True)
        if without != with_it:
            raise SystemExit(f"without: {without}\nconfirming: {with_it}")
        ratios.append(seconds / one.wall)
    return ratios


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


def split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before `--`, and behind it."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--watch", metavar="MODULE:NAME", action="append")
    what.add_argument("--confirm", metavar="PATH")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tests", default="test")
    own, options = split(sys.argv[1:])
    args = parser.parse_args(own)
    plain = [args.tests, *options]
    watched = [*plain, "--dictlint", *(f"--dictlint-watch={name}" for name in args.watch or ())]
    print(f"Python {sys.version.split()[0]}: {args.folder.name}")
    with tempfile.TemporaryDirectory() as scratch:
        if args.confirm:
            return verdict(confirmed(args.folder, args.confirm, plain, args.rounds, Path(scratch)))
        ratios = measured(args.folder, plain, watched, args.rounds, Path(scratch))
        used = writes(args.folder, watched, Path(scratch))
    print("  writes: " + (", ".join(f"{name} {number}" for name, number in used.items()) or "none"))
    return verdict(ratios)


def verdict(ratios: list[float]) -> int:
    times = middle(ratios)
    missed = times > LIMIT
    print(f"  {times:.2f}x ({spread(ratios)}), limit {LIMIT}x{' MISSED' if missed else ''}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
