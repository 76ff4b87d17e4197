#!/usr/bin/env python3
"""How many of the shown findings on released packages are false alarms.

    noise.py GROUP... --packages DIR [--confidence medium] [--draft]

DIR holds what `fetch.py --to DIR GROUP` downloaded. Every finding is compared with verdicts.toml, where each has been
read and judged: `true` (a race that can lose or break something), `benign` (it can happen and harms nothing) or
`false alarm` (it cannot happen). `--draft` prints the findings without a verdict as rows to judge and paste there.

Exit status: 0 when every finding has a verdict and every verdict its finding, 1 when not, 2 for unusable input.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cost import DICTLINT, environment, table
from fetch import HERE, Release, chosen, listed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VERDICTS = ("true", "benign", "false alarm")
Key = tuple[str, str]


class Unusable(Exception):
    """What the user can mend: a missing package, a malformed verdict, a run that failed."""


@dataclass(frozen=True)
class Verdict:
    """What a reader made of one finding, and why."""

    verdict: str
    reason: str
    place: str


def judged(path: Path) -> dict[Key, Verdict]:
    found: dict[Key, Verdict] = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8")).get("finding", []):
        key = (row["package"], row["fingerprint"])
        if row["verdict"] not in VERDICTS or not row["reason"]:
            raise Unusable(f"{path.name}: {key[0]} {key[1]}: a verdict of {', '.join(VERDICTS)}, and a reason")
        if key in found:
            raise Unusable(f"{path.name}: {key[0]} {key[1]} is judged twice")
        found[key] = Verdict(row["verdict"], row["reason"], row["place"])
    return found


def findings(release: Release, packages: Path, confidence: str) -> list[dict[str, Any]]:
    """What dictlint shows on one release, seen from its own folder, so that paths are the same for everyone."""
    home = packages / release.folder
    if not home.is_dir():
        raise Unusable(f"no {home.name} in the folder of packages; fetch.py downloads it")
    words = [*DICTLINT, "check", "--format", "json", "--no-config", "--no-cache", "--confidence", confidence, "."]
    run = subprocess.run(words, cwd=home, env=environment(), capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        raise Unusable(
            f"{release.folder}: exit {run.returncode}: {(run.stderr.strip().splitlines() or ['no output'])[-1]}"
        )
    shown: list[dict[str, Any]] = json.loads(run.stdout)["findings"]
    return shown


def place(finding: dict[str, Any]) -> str:
    return f"{finding['code']} {finding['path']} {finding['symbol']} {finding['container']['name']}"


def draft(package: str, finding: dict[str, Any]) -> str:
    """A row for verdicts.toml, with the verdict left to whoever reads the code."""
    said = [f"# {finding['confidence']}: {finding['path']}:{finding['line']} {finding['message']}"]
    for a in finding["accesses"]:
        where = f"{a['path']}:{a['line']} {a['symbol']}"
        said.append(f"#   {a['role']} {a['op']} {where} [{a['activity']}] {' '.join(a['locks'])}".rstrip())
    values = {
        "package": package,
        "fingerprint": finding["fingerprint"],
        "place": place(finding),
        "verdict": "",
        "reason": "",
    }
    return "\n".join(["[[finding]]", *said, *(f"{name} = {json.dumps(value)}" for name, value in values.items()), ""])


def share(count: Counter[str]) -> str:
    total = sum(count[verdict] for verdict in VERDICTS)
    return f"{count['false alarm'] / total:.0%}" if total else "-"


def summary(rows: dict[str, Counter[str]], gone: Counter[str]) -> str:
    heading = ("package", "findings", *VERDICTS, "no verdict", "gone", "false alarms")
    lines: list[tuple[str, ...]] = [heading]
    total: Counter[str] = Counter()
    for package, count in rows.items():
        total.update(count)
        lines.append(_row(package, count, gone[package]))
    return table([*lines, _row("all", total, gone.total())])


def _row(name: str, count: Counter[str], gone: int) -> tuple[str, ...]:
    verdicts = [str(count[verdict]) for verdict in (*VERDICTS, "no verdict")]
    return (name, str(count.total()), *verdicts, str(gone), share(count))


def compare(releases: Iterable[Release], args: argparse.Namespace) -> int:
    verdicts = judged(args.verdicts)
    rows: dict[str, Counter[str]] = {}
    unread: list[str] = []
    seen: set[Key] = set()
    for release in releases:
        count = rows[release.folder] = Counter()
        for finding in findings(release, args.packages, args.confidence):
            key = (release.folder, finding["fingerprint"])
            seen.add(key)
            known = verdicts.get(key)
            count[known.verdict if known else "no verdict"] += 1
            if not known:
                unread.append(
                    draft(release.folder, finding) if args.draft else f"no verdict: {release.folder} {place(finding)}"
                )
    gone = {key: verdict for key, verdict in verdicts.items() if key[0] in rows and key not in seen}
    print(*unread, sep="\n", end="\n" if unread else "")
    for (package, _), verdict in gone.items():
        print(f"gone: {package} {verdict.place} ({verdict.verdict})")
    print(summary(rows, Counter(package for package, _ in gone)))
    print("\nfalse alarms among judged findings: at most 10% must, 3% is the aim")
    return 1 if unread or gone else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", metavar="GROUP", help="a group of packages.toml, or NAME==VERSION")
    parser.add_argument("--packages", type=Path, required=True, metavar="DIR")
    parser.add_argument("--confidence", choices=("high", "medium", "low"), default="medium")
    parser.add_argument("--verdicts", type=Path, default=HERE / "verdicts.toml", metavar="FILE")
    parser.add_argument("--draft", action="store_true")
    args = parser.parse_args()
    try:
        return compare(chosen(args.what, listed()), args)
    except Unusable as error:
        print(f"noise.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
