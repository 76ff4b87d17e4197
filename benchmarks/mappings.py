"""When a locked, a striped or a copy-on-write map pays: by number of threads, share of writes and size.

    python benchmarks/mappings.py [--entries 100 10000] [--operations 20000]

Each cell is the time of one operation, as a ratio to `LockedMapping` in the same round; the lowest is marked. With
the global interpreter lock, threads do not run side by side, so striping can only save waiting for a thread that was
switched away inside of its lock; on a free-threaded build it lets writers run side by side.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dictlint.runtime import CopyOnWriteMapping, LockedMapping, StripedMapping

KINDS: dict[str, Any] = {"locked": LockedMapping, "striped": StripedMapping, "copy-on-write": CopyOnWriteMapping}
THREADS = (1, 2, 4, 8)
WRITES = (0.0, 0.001, 0.01, 0.1, 0.5)
ROUNDS = 3


def plan(entries: int, operations: int, writes: float, seed: int) -> list[tuple[bool, int]]:
    chance = Random(seed)
    return [(chance.random() < writes, chance.randrange(entries)) for _ in range(operations)]


def work(m: Any, steps: list[tuple[bool, int]], gate: threading.Barrier) -> None:
    gate.wait()
    for writes, key in steps:
        if writes:
            m[key] = key
        else:
            m.get(key)
    gate.wait()


def seconds(make: Any, entries: int, operations: int, writes: float, threads: int) -> float:
    m = make(dict.fromkeys(range(entries)))
    gate = threading.Barrier(threads + 1)
    plans = [plan(entries, operations // threads, writes, n) for n in range(threads)]
    workers = [threading.Thread(target=work, args=(m, steps, gate)) for steps in plans]
    for worker in workers:
        worker.start()
    gate.wait()
    begun = time.perf_counter()
    gate.wait()
    taken = time.perf_counter() - begun
    for worker in workers:
        worker.join()
    return taken


def measured(entries: int, operations: int) -> Iterator[tuple[int, float, float, dict[str, float]]]:
    for threads in THREADS:
        for writes in WRITES:
            rounds = [
                {name: seconds(make, entries, operations, writes, threads) for name, make in KINDS.items()}
                for _ in range(ROUNDS)
            ]
            base = median(taken["locked"] for taken in rounds)
            ratios = {name: median(taken[name] / taken["locked"] for taken in rounds) for name in KINDS}
            yield threads, writes, base / operations * 1e9, ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[100, 10_000])
    parser.add_argument("--operations", type=int, default=20_000)
    options = parser.parse_args()
    free = not getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"Python {sys.version.split()[0]}{' free-threaded' if free else ''}")
    for entries in options.entries:
        print(f"\n{entries} entries\nthreads  writes   ns locked   " + "   ".join(f"{name:>14}" for name in KINDS))
        for threads, writes, base, ratios in measured(entries, options.operations):
            best = min(ratios, key=lambda name: ratios[name])
            cells = "   ".join(f"{ratio:12.2f}x{'*' if name == best else ' '}" for name, ratio in ratios.items())
            print(f"{threads:7}  {writes:6.1%}   {base:9.0f}   {cells}", flush=True)


if __name__ == "__main__":
    main()
