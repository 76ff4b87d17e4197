"""What one command costs as a whole process, its workers included, by the operating system's own account."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

CHECKOUT = Path(__file__).resolve().parent.parent
DICTLINT = [sys.executable, "-m", "dictlint"]
KIB_PER_UNIT = 1 / 1024 if sys.platform == "darwin" else 1


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time and of wall time, and the peak of the largest single process in MB."""

    cpu: float
    wall: float
    peak: float
    status: int


def environment() -> dict[str, str]:
    """So that `python -m dictlint` is the checkout that the benchmark stands in, from any working directory."""
    here = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(CHECKOUT), here]))}


def cost(words: Sequence[str], cwd: Path, output: Path | None = None) -> Cost:
    with open(output or os.devnull, "wb") as sink:
        start = time.perf_counter()
        child = subprocess.Popen(words, cwd=cwd, env=environment(), stdout=sink, stderr=subprocess.DEVNULL)
        _, code, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(code)
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * KIB_PER_UNIT / 1024, child.returncode)


def middle(figures: Iterable[float]) -> float:
    return median(list(figures))


def spread(figures: Sequence[float]) -> str:
    return f"{min(figures):.3g} to {max(figures):.3g}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their widest cell; the first row is the heading."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
