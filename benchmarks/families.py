"""What families 2 to 4 add to linking and checking: the same facts, with and without them, in turn.

    python benchmarks/families.py FOLDER [--rounds 3]

Prints CPU seconds of index, link and checks, and the share that the three families add to a cold run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from statistics import median
from typing import TypeVar
from unittest.mock import patch

from dictlint import checks, link, pipeline
from dictlint.cache import Cache
from dictlint.config import Config
from dictlint.discover import discover
from dictlint.frameworks import models_for
from dictlint.gather import gather, unpack
from dictlint.link.mishaps import Mishaps

Result = TypeVar("Result")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    files, _ = discover([given.folder])
    cache = Cache("", "benchmark", "")
    with pipeline.collector_off():
        index, gathered = timed(lambda: gather(files, cache, 1))
        _, modules = unpack(gathered, cache, 1)
        models = models_for((facts for _, facts in modules), Config(root=given.folder))

        def rest() -> None:
            program = link.link(modules, models=models)
            list(checks.find_all(program, pipeline.read, "python", "medium"))

        rest()  # imports
        seconds: dict[str, list[float]] = {"all": [], "first": []}
        for _ in range(given.rounds):
            seconds["all"].append(timed(rest)[0])
            with without_families():
                seconds["first"].append(timed(rest)[0])
    whole, first = median(seconds["all"]), median(seconds["first"])
    print(f"index {index:.2f} s, link and checks {whole:.2f} s, of the first family alone {first:.2f} s")
    print(f"families 2 to 4 add {(whole - first) / (index + first):.1%} to the run of the first family (20% allowed)")


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def without_families() -> ExitStack:
    """Neither their questions to the linker nor their checks."""
    stack = ExitStack()
    nothing: Iterator[object] = iter(())
    for name in ("sharings", "pooled", "loans"):
        stack.enter_context(patch.object(link, name, lambda *_: ()))
    stack.enter_context(patch.object(Mishaps, "found", lambda _: nothing))
    rules = tuple(rule for rule in checks.RULES if rule.CODE.startswith("DCT1"))
    stack.enter_context(patch.object(checks, "RULES", rules))
    return stack


if __name__ == "__main__":
    main()
