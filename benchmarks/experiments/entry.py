"""One operation on one entry, and updates of many."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

from experiments.material import resize, same
from experiments.splitting import KEYS, Split, experiment, rounds, until


@experiment("get, in, set, del, pop", claim="never")
def single(end: float) -> None:
    m: dict[Any, int] = {"k": 1}

    def look() -> None:
        if m.get("k", 1) != 1:
            raise Split("a value that nobody wrote")
        m.pop("k", None)

    def write() -> None:
        m["k"] = 1
        if "k" in m and len(m) > 60:
            raise Split("a size that nobody made")

    until(end, look, write, resize(m))


@experiment("setdefault", claim="never")
def setdefault(end: float) -> None:
    def judge(m: Any, results: list[Any]) -> None:
        if results[0] is not results[1]:
            raise Split("two winners")

    rounds(end, dict, lambda m, key: m.setdefault(key, object()), judge)


@experiment("pop", claim="never")
def pop(end: float) -> None:
    def judge(m: Any, results: list[Any]) -> None:
        if sorted(results) != [0, 1]:
            raise Split("popped twice or never")

    rounds(end, lambda: dict.fromkeys(range(KEYS), 1), lambda m, key: m.pop(key, 0), judge)


@experiment("update(dict), as a write", claim="never")
def update(end: float) -> None:
    m = dict.fromkeys(range(20), 0)
    news = [dict.fromkeys(range(20), n) for n in range(2)]

    def look() -> None:
        if len(set(m.copy().values())) > 1:
            raise Split("partly visible")

    until(end, look, lambda: [m.update(new) for new in news])


@experiment("update(generator), as a write", claim="gil")
def update_by_generator(end: float) -> None:
    m = dict.fromkeys(range(20), 0)
    state = [0]

    def write() -> None:
        state[0] += 1
        value = state[0]
        m.update((key, value) for key in range(20))

    def look() -> None:
        if len(set(m.copy().values())) > 1:
            raise Split("partly visible")

    until(end, look, write)


@experiment("missing key of defaultdict(list)", claim="never")
def missing(end: float) -> None:
    def judge(m: Any, results: list[Any]) -> None:
        if results[0] is not results[1]:
            raise Split("two objects")

    rounds(end, lambda: defaultdict(list), lambda m, key: m[key], judge)


@experiment(
    "missing key of defaultdict(python function)", claim="gil" if sys.version_info < (3, 13, 4) else "free-threaded"
)
def missing_in_python(end: float) -> None:
    def make() -> list[int]:
        return [same(1)]

    def judge(m: Any, results: list[Any]) -> None:
        if results[0] is not results[1]:
            raise Split("two objects")

    rounds(end, lambda: defaultdict(make), lambda m, key: m[key], judge)
