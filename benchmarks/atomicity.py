"""Which operations on a dict can another thread split, on this interpreter?

    python benchmarks/atomicity.py [--seconds 0.5] [--every] [--json] [NAME...]

Each experiment tries to split one operation: threads are switched as often as the interpreter allows, while one
performs it and another changes the dict, until it was split or the time is over. `split` is proof; `not seen` is
none, only evidence, and weaker on free-threaded builds. Beside it stands what `dictlint.knowledge` or the experiment
claims: the builds on which the operation can be split.

| claim | a GIL build must show | a free-threaded build must show |
|---|---|---|
| never | not seen | not seen |
| free-threaded | not seen | anything |
| gil | split | anything |

The garbage collector is off, except in the experiment that is about it: before Python 3.12 it can run finalizers in
the middle of any operation that allocates.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from experiments import EXPERIMENTS, Experiment

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


def disagrees(claim: str, result: str) -> bool:
    """Whether what was seen contradicts what is claimed, on this build."""
    split = result.startswith("split")
    if claim == "never":
        return split
    return GIL and split != (claim == "gil")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of names; without, all")
    parser.add_argument("--seconds", type=float, default=0.5, help="the most for each experiment")
    parser.add_argument("--every", action="store_true", help="on every Python below ~/.pyenv")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.every:
        return _every()
    results = list(_results(options.names, options.seconds))
    if options.json:
        print(json.dumps([{"name": one.name, "claim": one.claimed(), "result": result} for one, result in results]))
    else:
        print(f"Python {sys.version.split()[0]}{'' if GIL else ' free-threaded'}")
        for one, result in results:
            mark = "  DISAGREES" if disagrees(one.claimed(), result) else ""
            print(f"  {one.name:48} {one.claimed():14} {result[:60]}{mark}", flush=True)
    return int(any(disagrees(one.claimed(), result) for one, result in results))


def _results(names: list[str], seconds: float) -> Iterator[tuple[Experiment, str]]:
    for one in EXPERIMENTS:
        if not names or any(name in one.name for name in names):
            yield one, one.result(seconds)


def _every() -> int:
    rest = [argument for argument in sys.argv[1:] if argument != "--every"]
    found = sorted(Path.home().glob(".pyenv/versions/3.1[0-9]*/bin/python3"))
    return max(subprocess.run([str(python), __file__, *rest]).returncode for python in found)


if __name__ == "__main__":
    sys.exit(main())
