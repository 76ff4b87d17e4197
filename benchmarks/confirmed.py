"""Which real bugs `dictlint confirm` confirms with a small driver, and that it confirms none in the releases without.

    python benchmarks/confirmed.py [NAME...] [--python PYTHON] [--folder FOLDER]

The cases and their drivers are in benchmarks/confirm. Each release is installed into a folder of its own, with what it
needs, by the interpreter that then runs the driver; some of them need Python 3.11 or older. Prints a row for each
release: what became of the findings that name a place of the bug, and in a fixed release of those by the same rule in
the same functions.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from fetch import Release, fetch

HERE = Path(__file__).resolve().parent
DRIVERS = HERE / "confirm"
NEAR = 3
START = "import runpy, sys; sys.path[:0] = sys.argv[1:3]; runpy.run_path(sys.argv[3], run_name='__main__')"
"""The releases are for the driver alone: what dictlint itself is made of may be among them."""


def installed(case: dict[str, Any], release: str, python: str, folder: Path) -> Path:
    """Where the module lies: installed, or unpacked where its set-up does not run on a Python of today."""
    site = folder / f"{case['package']}-{release}"
    if not (site / case["module"]).exists():
        wanted = [f"{case['package']}=={release}"] if "unpacked" not in case else []
        wanted += case.get("with", ())
        pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(site), *wanted]
        if wanted:
            subprocess.run(pip, check=True)
        for name in case.get("unpacked", ()):
            unpacked(name.format(release=release), folder, site)
    return site


def unpacked(wanted: str, folder: Path, site: Path) -> None:
    """The folder in which the module lies: at the top of a wheel, deeper in a source archive."""
    package, _, version = wanted.partition("==")
    home = fetch(Release(package, version), folder / "sources")
    module = min(home.rglob(f"{package}/__init__.py"), key=lambda path: len(path.parts))
    shutil.copytree(module.parent.parent, site, dirs_exist_ok=True)


def verdicts(case: dict[str, Any], site: Path, python: str, folder: Path) -> list[dict[str, Any]]:
    """The findings that name a place in the file of the bug; `at`: the lines that they name there."""
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    command = [
        *(sys.executable, "-m", "dictlint", "confirm", str(site / case["module"])),
        *("--confidence", "low", "--no-config"),
        *("--format", "json", "-q", "--folder", str(folder / "runs" / site.name), "--cache-dir", str(folder / "cache")),
        *("--budget", "120", "--", python, "-c", START, str(site), str(DRIVERS), str(DRIVERS / f"{case['name']}.py")),
    ]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=False)
    if not done.stdout:
        raise SystemExit(f"{case['name']}: no report")
    told = json.loads(done.stdout)
    path = os.path.realpath(site / case["module"] / case["file"])
    found = []
    for one in told["findings"]:
        at = [place["line"] for place in (one, *one["accesses"]) if os.path.realpath(folder / place["path"]) == path]
        found += [one | {"at": at}] if at else []
    return found


def is_near(places: list[int], lines: list[int]) -> bool:
    return any(abs(place - line) <= NEAR for place in places for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--python", default=sys.executable, help="runs the drivers (default: this one)")
    parser.add_argument("--folder", default="confirm-bench", help="for packages and runs")
    given = parser.parse_args()
    folder = Path(given.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    cases = tomllib.loads((DRIVERS / "cases.toml").read_text())["case"]
    hits = wrong = total = 0
    meant: set[tuple[str, str]] = set()
    for case in cases:
        if given.names and case["name"] not in given.names:
            continue
        total += 1
        for release, buggy in zip(case["releases"], (True, False)):
            site = installed(case, release, given.python, folder)
            found = verdicts(case, site, given.python, folder)
            if buggy:
                found = [one for one in found if is_near(one["at"], case["lines"])]
                meant = {(one["code"], one["symbol"]) for one in found}
                hits += any(one["verdict"]["status"] == "confirmed" for one in found)
            else:
                found = [one for one in found if (one["code"], one["symbol"]) in meant]
                wrong += any(one["verdict"]["status"] == "confirmed" for one in found)
            print(f"{case['name']} {release} ({'bug' if buggy else 'fixed'}): {len(found)} findings", flush=True)
            for one in found:
                verdict = one["verdict"]
                by = f" by {verdict['evidence']}" if verdict["evidence"] else ""
                print(f"  {one['line']}: {one['code']} {verdict['status']}{by}: {verdict['reason'][:120]}", flush=True)
    print(f"{hits} of {total} confirmed; {wrong} of the fixed releases")


if __name__ == "__main__":
    main()
