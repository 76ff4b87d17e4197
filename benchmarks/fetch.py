#!/usr/bin/env python3
"""Download released packages and unpack their python sources. Nothing of them is installed or run.

    fetch.py --to DIR GROUP...            the groups of packages.toml
    fetch.py --to DIR NAME==VERSION...    any release, as a wheel where there is one

Each release becomes DIR/NAME-VERSION, holding its .py and .pyi files; what is there already is left alone. pip does
the downloading, from wherever it is set up to look.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent
WHEEL = ["--only-binary=:all:"]
PYTHON_3_7 = [*WHEEL, "--python-version=3.7", *(f"--platform=manylinux{n}_x86_64" for n in (1, 2010, 2014))]
PYTHON_2_7 = [*WHEEL, "--python-version=2.7", "--implementation=py", "--platform=any", "--abi=none"]
SOURCE = ["--no-binary=:all:", "--no-build-isolation", "--use-pep517"]


@dataclass(frozen=True)
class Release:
    """One release, whether it is wanted as its source archive, and the groups that it is in."""

    name: str
    version: str
    groups: tuple[str, ...] = ()
    source: bool = False

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def attempts(self) -> list[list[str]]:
        """pip's options, the preferred form first: wheels leave the tests out, source archives hold them."""
        return [SOURCE] if self.source else [WHEEL, PYTHON_3_7, PYTHON_2_7, SOURCE]


def listed(path: Path = HERE / "packages.toml") -> list[Release]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    return [Release(row["name"], row["version"], tuple(row["groups"]), row.get("source", False)) for row in rows]


def chosen(words: Iterable[str], releases: list[Release]) -> list[Release]:
    known = {group for release in releases for group in release.groups}
    picked: dict[str, Release] = {}
    for word in words:
        name, pinned, version = word.partition("==")
        if not pinned and word not in known:
            raise SystemExit(f"fetch.py: no group {word!r}; there are {', '.join(sorted(known))}")
        found = [Release(name, version)] if pinned else [r for r in releases if word in r.groups]
        picked.update((release.folder, release) for release in found)
    return list(picked.values())


def download(release: Release, into: Path) -> Path:
    """The archive of one release, by the first form that the index has."""
    here = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE / "inert"), here])),
        "RELEASE_NAME": release.name,
        "RELEASE_VERSION": release.version,
    }
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--ignore-requires-python"]
    said = ""
    for form in release.attempts:
        words = [*command, *form, "--dest", str(into), f"{release.name}=={release.version}"]
        run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        archives = list(into.iterdir())
        if run.returncode == 0 and archives:
            return archives[0]
        said = (run.stderr.strip().splitlines() or ["no output"])[-1]
    raise RuntimeError(said)


def is_python(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix in {".py", ".pyi"} and not path.is_absolute() and ".." not in path.parts


def unpack(archive: Path, home: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as z:
            z.extractall(home, [name for name in z.namelist() if is_python(name)])
        return
    with tarfile.open(archive) as t:
        t.extractall(home, [m for m in t.getmembers() if m.isfile() and is_python(m.name)], filter="data")


def fetch(release: Release, to: Path) -> Path:
    """The unpacked release below `to`; a marker tells a whole one from one that was cut short."""
    home = to / release.folder
    marker = home / ".done"
    if marker.exists():
        return home
    with tempfile.TemporaryDirectory() as scratch:
        archive = download(release, Path(scratch))
        home.mkdir(parents=True, exist_ok=True)
        unpack(archive, home)
    marker.touch()
    return home


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", help="a group of packages.toml, or NAME==VERSION")
    parser.add_argument("--to", type=Path, required=True)
    args = parser.parse_args()
    failures = 0
    for release in chosen(args.what, listed()):
        try:
            print(fetch(release, args.to), flush=True)
        except RuntimeError as error:
            failures += 1
            print(f"{release.folder}: {error}", file=sys.stderr, flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
