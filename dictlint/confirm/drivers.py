"""Drivers for findings where no command is given: written by a probe that runs in the program's interpreter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable

import msgspec

from dictlint.confirm.launch import without_ours
from dictlint.confirm.plan import is_bound, sides
from dictlint.model.finding import AccessRef, Finding
from dictlint.model.site import SourceFile

PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside", "probe", "__main__.py")
SECONDS = 30.0
"""For one driver, unless the budget is smaller."""
SEARCH = 20.0
"""Of that, for arguments: at most, and never more than half of what the budget has left, or none is left to run it."""
STAND_IN = "MagicMock()"
ALONE = ("DCT304", "DCT305", "DCT404")
"""Rules about what one function leaves behind when something in it raises: calling it is all that it takes."""
SEVERAL = ("DCT204",)
"""Rules about what objects have in common: one object shows nothing."""


class Driver(msgspec.Struct, frozen=True):
    """`path` is empty where there is none; `missing`: what it takes to complete it.

    `stand_ins`: it has mocks for objects that could not be made, which lock nothing and hold nothing.
    """

    path: str
    missing: tuple[str, ...] = ()
    stand_ins: bool = False


def write_driver(
    finding: Finding, files: Iterable[SourceFile], folder: str, python: str = "", seconds: float = SECONDS
) -> Driver | None:
    """None where the `seconds` are over before it is written: it had no turn."""
    begins, ends, walks, strikes = sides(finding)
    inner, outer = [*begins, *ends, *walks], strikes or ends
    if finding.code in ALONE:
        inner = outer = list(finding.accesses)
    if not inner or not outer:
        return Driver(
            "", (f"what {finding.code} is about shows in the program itself: name what runs it (`-- COMMAND`)",)
        )
    by_path = {file.path: file for file in files}
    named = [access for access in (inner[0], outer[0]) if access.path in by_path]
    if len(named) < 2:
        return Driver("", ("its sides stand in files that were not analysed",))
    meant = list({(access.path, access.symbol): access for access in named}.values())
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(os.path.abspath(folder), finding.fingerprint)
    first = by_path[meant[0].path]
    fresh = is_bound(finding) or finding.code in SEVERAL
    request = {
        "root": _root(os.path.abspath(first.real), first), "code": finding.code, "fresh": fresh,
        "sides": [_side(access, by_path[access.path], [*inner, *outer]) for access in meant],
        "place": f"{finding.path}:{finding.line}", "message": finding.message, "container": finding.container.name,
        "driver": f"{base}.py", "answer": f"{base}.missing.json",
        "seconds": min(SEARCH, seconds / 2),
    }  # fmt: skip
    with open(f"{base}.request.json", "wb") as out:
        out.write(msgspec.json.encode(request))
    return _probed(base, python or sys.executable, seconds)


def _side(meant: AccessRef, file: SourceFile, accesses: list[AccessRef]) -> dict[str, object]:
    """What is to be called, and the lines of the finding to which that has to come."""
    own = [access for access in accesses if (access.path, access.symbol) == (meant.path, meant.symbol)]
    lines = sorted({(access.line, access.end_line) for access in own})
    return {"module": file.module, "path": os.path.abspath(file.real), "symbol": meant.symbol, "lines": lines}


def _probed(base: str, python: str, seconds: float) -> Driver | None:
    os.makedirs(f"{base}.scratch", exist_ok=True)  # calls that are tried may write what they like
    try:
        return _answered(base, python, seconds)
    finally:
        shutil.rmtree(f"{base}.scratch", ignore_errors=True)
        for rest in (f"{base}.missing.json", f"{base}.request.json"):
            if os.path.exists(rest):
                os.remove(rest)


def _answered(base: str, python: str, seconds: float) -> Driver | None:
    python = os.path.abspath(python) if os.path.dirname(python) else python
    try:
        done = subprocess.run(
            [python, PROBE, f"{base}.request.json"], timeout=min(SECONDS, seconds), stdin=subprocess.DEVNULL,
            capture_output=True, env=without_ours(), cwd=f"{base}.scratch",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        if seconds < SECONDS:
            return None
        return Driver("", (f"the module was not imported and tried out within {SECONDS:.0f} seconds",))
    except OSError as error:
        return Driver("", (f"{python} cannot be run: {(error.strerror or '').lower()}",))
    try:
        with open(f"{base}.missing.json", "rb") as file:
            missing = msgspec.json.decode(file.read(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return Driver("", (f"importing the module ended the interpreter with status {done.returncode}",))
    with open(f"{base}.py", encoding="utf-8") as made:
        return Driver(f"{base}.py", tuple(missing), STAND_IN in made.read())


def _root(real: str, file: SourceFile) -> str:
    """The folder from which the module is imported."""
    folder = os.path.dirname(real)
    parts = file.module.count(".") + (1 if file.is_package else 0)
    for _ in range(parts):
        folder = os.path.dirname(folder)
    return folder
