"""Drivers for findings where no command is given: written by a probe that runs in the program's interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable

import msgspec

from dictlint.confirm.launch import without_ours
from dictlint.confirm.plan import sides
from dictlint.model.finding import Finding
from dictlint.model.site import SourceFile

PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside", "probe.py")
SECONDS = 30


class Driver(msgspec.Struct, frozen=True):
    """`path` is empty where there is none; `missing`: what it takes to complete it."""

    path: str
    missing: tuple[str, ...] = ()


def write_driver(finding: Finding, files: Iterable[SourceFile], folder: str, python: str = "") -> Driver:
    begins, ends, walks, strikes = sides(finding)
    inner, outer = [*begins, *ends, *walks], strikes or ends
    if not inner or not outer:
        return Driver("", ("the finding names no two sides that could be run",))
    paths = {access.path for access in (inner[0], outer[0])}
    by_path = {file.path: file for file in files}
    file = by_path.get(inner[0].path)
    if len(paths) > 1 or file is None:
        return Driver("", (f"its sides stand in different files: {', '.join(sorted(paths))}",))
    symbols = list(dict.fromkeys((inner[0].symbol, outer[0].symbol)))
    os.makedirs(folder, exist_ok=True)
    base = os.path.join(folder, finding.fingerprint)
    real = os.path.abspath(file.real)
    request = {
        "module": file.module, "root": _root(real, file), "path": real, "symbols": symbols, "code": finding.code,
        "place": f"{finding.path}:{finding.line}", "message": finding.message, "container": finding.container.name,
        "driver": f"{base}.py", "answer": f"{base}.missing.json",
    }  # fmt: skip
    with open(f"{base}.request.json", "wb") as out:
        out.write(msgspec.json.encode(request))
    return _probed(base, python or sys.executable)


def _probed(base: str, python: str) -> Driver:
    command = [python, PROBE, f"{base}.request.json"]
    try:
        done = subprocess.run(
            command, timeout=SECONDS, stdin=subprocess.DEVNULL, capture_output=True, env=without_ours()
        )
    except subprocess.TimeoutExpired:
        return Driver("", (f"importing the module took longer than {SECONDS} seconds",))
    except OSError as error:
        return Driver("", (f"{python} cannot be run: {(error.strerror or '').lower()}",))
    try:
        with open(f"{base}.missing.json", "rb") as file:
            missing = msgspec.json.decode(file.read(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return Driver("", (f"importing the module ended the interpreter with status {done.returncode}",))
    finally:
        for rest in (f"{base}.missing.json", f"{base}.request.json"):
            if os.path.exists(rest):
                os.remove(rest)
    return Driver(f"{base}.py", tuple(missing))


def _root(real: str, file: SourceFile) -> str:
    """The folder from which the module is imported."""
    folder = os.path.dirname(real)
    parts = file.module.count(".") + (1 if file.is_package else 0)
    for _ in range(parts):
        folder = os.path.dirname(folder)
    return folder
