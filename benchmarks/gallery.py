"""Whether `dictlint confirm` confirms the gallery's bad programs, every time, and never the fixed ones.

    python benchmarks/gallery.py [G01 DCT205...] [--times 20] [--replays 20] [--runs 5]

Each bad program is confirmed so many times, each time as if for the first time: nothing is remembered. A row says in
how many of these all that the program's comments expect was confirmed and nothing else was found, with what evidence,
after how many runs at most, and how long it took. Its witnesses are then replayed: how often they showed again, and
whether that needs somebody to be held (`steered`) or shows whatever the schedule (`deterministic`).

Of the fixed programs all findings down to the lowest confidence are confirmed as often, and each witness of the bad
program is replayed with the fixed program in its place: neither may show anything. Ends with status 1 unless every row
is as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
GALLERY = ROOT / "examples"
DICTLINT = [sys.executable, "-m", "dictlint"]
STATES = ".dictlint_confirm"


class Scenario(NamedTuple):
    """A bad program and its fixed counterpart: a file or a folder each."""

    name: str
    bad: Path
    fixed: Path
    codes: tuple[str, ...]


class Row(NamedTuple):
    """What became of one scenario: `hits` of `times`, `shown` of `replays`; `alarms` of the fixed program."""

    hits: int
    times: int
    evidence: Counter[str]
    most: int
    seconds: float
    shown: int
    replays: int
    how: str
    alarms: int
    odd: Counter[str]


def scenarios(wanted: list[str]) -> Iterator[Scenario]:
    """Those that are named, by the beginning of their name or by a rule, in that order; else all."""
    found = []
    for folder in sorted(GALLERY.iterdir()):
        bad = next((path for path in (folder / "bad.py", folder / "bad") if path.exists()), None)
        if bad is not None:
            text = "".join(path.read_text(encoding="utf-8") for path in sources(bad))
            codes = tuple(sorted(re.findall(r"# expect: (DCT\d+)", text)))
            found.append(Scenario(folder.name, bad, folder / bad.name.replace("bad", "fixed"), codes))
    if not wanted:
        yield from found
    for one in wanted:
        yield from (each for each in found if each.name.startswith(one) or one in each.codes)


def sources(program: Path) -> list[Path]:
    return sorted(program.rglob("*.py")) if program.is_dir() else [program]


def placed(program: Path, folder: Path, name: str) -> None:
    target = folder / name
    if program.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(program, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(program, target)


def confirmed(folder: Path, name: str, runs: int, *options: str) -> list[dict[str, Any]]:
    """The findings, each with its verdict; nothing of an earlier invocation is left."""
    shutil.rmtree(folder / STATES, ignore_errors=True)
    command = [*DICTLINT, "confirm", name, "--format", "json", "-q", "--no-config", "--runs", str(runs), *options]
    command += ["--cache-dir", str(folder / "cache"), "--", sys.executable, name]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, encoding="utf-8", check=False)
    if not done.stdout:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def replayed(folder: Path, fingerprint: str, times: int) -> tuple[int, str]:
    """How often it showed again, and what was said about the schedule."""
    command = [*DICTLINT, "replay", fingerprint, "-q", "--times", str(times), "--budget", "600"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, encoding="utf-8", check=False)
    said = re.search(r"^shown again in (\d+) of \d+ runs?: (\w+)", done.stdout, re.MULTILINE)
    if said is None and "it did not show again" not in done.stdout:
        raise SystemExit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return (int(said[1]), said[2]) if said else (0, "")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))}


def measured(one: Scenario, times: int, replays: int, runs: int) -> Row:
    with tempfile.TemporaryDirectory() as scratch:
        folder, name = Path(scratch), one.bad.name
        placed(one.bad, folder, name)
        hits, most, seconds = 0, 0, 0.0
        evidence, odd = Counter[str](), Counter[str]()
        kept: list[dict[str, Any]] = []
        for _ in range(times):
            started = time.monotonic()
            found = confirmed(folder, name, runs)
            seconds = max(seconds, time.monotonic() - started)
            good = [each for each in found if each["verdict"]["status"] == "confirmed"]
            odd.update(f"{each['code']} {each['verdict']['status']}" for each in found if each not in good)
            if len(good) == len(found) and tuple(sorted(each["code"] for each in good)) == one.codes:
                hits += 1
                kept = good
                most = max(most, *(each["verdict"]["runs"] for each in good))
                evidence.update(each["verdict"]["evidence"] for each in good)
        shown = [replayed(folder, each["fingerprint"], replays) for each in kept]
        how = "/".join(sorted({said for _, said in shown if said}))
        alarms = sum(fixed_alarms(one, folder, each["fingerprint"], runs) for each in kept)
        placed(one.fixed, folder, one.fixed.name)
        for _ in range(times):
            found = confirmed(folder, one.fixed.name, runs, "--confidence", "low")
            alarms += sum(each["verdict"]["status"] == "confirmed" for each in found)
            if not found:
                break  # nothing is run, nothing can be confirmed: once is enough
        again = min((number for number, _ in shown), default=0)
        return Row(hits, times, evidence, most, seconds, again, replays, how, alarms, odd)


def fixed_alarms(one: Scenario, folder: Path, fingerprint: str, runs: int) -> int:
    """How often the fixed program, in the place of the bad one, shows what the bad one has shown."""
    placed(one.fixed, folder, one.bad.name)
    shown, _ = replayed(folder, fingerprint, runs)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wanted", nargs="*", help="beginnings of names, or rules (default: all)")
    parser.add_argument("--times", type=int, default=20, help="so often each program is confirmed")
    parser.add_argument("--replays", type=int, default=20, help="so often a witness is replayed")
    parser.add_argument("--runs", type=int, default=5, help="so many runs an invocation may take")
    given = parser.parse_args()
    rows: list[tuple[Scenario, Row]] = []
    print(f"{'scenario':44} {'rules':14} {'confirmed':10} {'evidence':16} {'runs':4} {'s':>5} {'replay':24} fixed")
    for one in scenarios(given.wanted):
        row = measured(one, given.times, given.replays, given.runs)
        rows.append((one, row))
        evidence, codes = ", ".join(sorted(row.evidence)), ",".join(one.codes)
        hits, replay = f"{row.hits} of {row.times}", f"{row.shown} of {row.replays} {row.how}"
        print(f"{one.name[:44]:44} {codes:14} {hits:10} {evidence:16} {row.most:4} {row.seconds:5.1f} {replay:24} "
              f"{row.alarms or 'never'}", flush=True)  # fmt: skip
        for what, count in row.odd.items():
            print(f"    {what}, {count} times", flush=True)
    whole = [one for one, row in rows if row.hits == row.times]
    again = [one for one, row in rows if row.shown == row.replays]
    quiet = [one for one, row in rows if not row.alarms]
    print(f"bad: {len(whole)} of {len(rows)} confirmed every time; replayed: {len(again)} of {len(rows)} every time; "
          f"fixed: {len(quiet)} of {len(rows)} never")  # fmt: skip
    sys.exit(0 if len(whole) == len(again) == len(quiet) == len(rows) else 1)


if __name__ == "__main__":
    main()
