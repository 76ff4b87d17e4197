"""What `dictlint confirm` makes of released packages when it is given no command, but makes up drivers itself.

    python benchmarks/drivers.py [NAME...] [--python PYTHON] [--folder FOLDER]

The packages are in drivers.toml, by name and version; nobody has prepared anything for them. Each is installed into a
folder of its own, with what it needs, by the interpreter that then runs the drivers. Prints a row for each class with
what became of its findings, and the totals. `confirmed` in drivers.toml: what was confirmed when the list was made.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
BUDGET = 900
NO_DRIVER = "no driver can be made"
STAND_INS = "with stand-ins"


def installed(package: dict[str, Any], python: str, folder: Path) -> Path:
    site = folder / f"{package['name']}-{package['version']}"
    if not (site / package["module"]).exists():
        wanted = [f"{package['name']}=={package['version']}", *package.get("with", ())]
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(site), *wanted]
        subprocess.run(pip, check=True)
    return site / package["module"]


def findings(module: Path, python: str, folder: Path) -> list[dict[str, Any]]:
    command = [
        *(sys.executable, "-m", "dictlint", "confirm", str(module), "--confidence", "low", "--no-config", "-q"),
        *("--folder", str(folder / "runs" / module.parent.name), "--cache-dir", str(folder / "cache")),
        *("--format", "json", "--python", python, "--budget", str(BUDGET)),
    ]
    done = subprocess.run(command, cwd=HERE.parent, stdout=subprocess.PIPE, check=False)
    if not done.stdout:
        raise SystemExit(f"{module}: no report")
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def outcome(finding: dict[str, Any]) -> str:
    verdict = finding["verdict"]
    if verdict["status"] == "confirmed":
        return "confirmed with stand-ins" if STAND_INS in verdict["reason"] else "confirmed"
    return "no driver" if verdict["reason"].startswith(NO_DRIVER) else str(verdict["status"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", default=sys.executable, help="runs the drivers (default: this one)")
    parser.add_argument("--folder", default="drivers-bench", help="for packages and runs")
    parser.add_argument("--draft", action="store_true", help="print what is confirmed, as rows for drivers.toml")
    given = parser.parse_args()
    folder = Path(given.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    classes: set[tuple[str, str]] = set()
    real: set[tuple[str, str]] = set()
    for package in tomllib.loads((HERE / "drivers.toml").read_text())["package"]:
        if given.names and package["name"] not in given.names:
            continue
        found = findings(installed(package, given.python, folder), given.python, folder)
        owners: dict[str, Counter[str]] = {}
        for one in found:
            owner = one["symbol"].rpartition(".")[0] or one["symbol"]
            owners.setdefault(owner, Counter())[outcome(one)] += 1
        confirmed = sorted({f"{one['code']} {one['symbol']}" for one in found if outcome(one) == "confirmed"})
        print(f"{package['name']} {package['version']}: {len(found)} findings", flush=True)
        for owner, counts in owners.items():
            print(f"  {owner}: {', '.join(f'{count} {what}' for what, count in counts.most_common())}", flush=True)
            total += counts
            classes |= {(package["name"], owner)} if counts["confirmed"] + counts["confirmed with stand-ins"] else set()
            real |= {(package["name"], owner)} if counts["confirmed"] else set()
        for row in sorted(set(package.get("confirmed", ())) - set(confirmed)):
            print(f"  not confirmed this time: {row}", flush=True)
        if given.draft:
            print("confirmed = [" + "".join(f'\n    "{row}",' for row in confirmed) + "\n]", flush=True)
    tried, without = sum(total.values()), total["no driver"]
    print(f"{tried} findings: {tried - without} with a driver, {without} told what is missing")
    print("; ".join(f"{count} {what}" for what, count in total.most_common()))
    print(f"{len(classes)} classes or functions confirmed, {len(real)} of them without stand-ins")


if __name__ == "__main__":
    main()
