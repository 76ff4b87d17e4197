"""Operations made of several: reading and writing, testing and acting."""

from __future__ import annotations

import functools
import weakref
from collections import Counter, UserDict
from collections.abc import Callable
from typing import Any

from experiments.material import Cell, same
from experiments.splitting import EXPERIMENTS, KEYS, Experiment, Split, experiment, rounds


def count(work: Callable[[Any], None], make: Callable[[], Any] = lambda: {"k": 0}) -> Callable[[float], None]:
    def run(end: float) -> None:
        def repeat(m: Any, key: int) -> None:
            work(m)

        def judge(m: Any, results: list[Any]) -> None:
            if m["k"] != 2 * KEYS:
                raise Split(f"{2 * KEYS - m['k']} of {2 * KEYS} updates lost")

        rounds(end, make, repeat, judge)

    return run


def _plus(m: Any) -> None:
    m["k"] += 1


def _plus_get(m: Any) -> None:
    m["k"] = m.get("k", 0) + 1


def _plus_call(m: Any) -> None:
    m["k"] += same(1)


EXPERIMENTS += [
    Experiment("d[k] += 1", count(_plus), claim="free-threaded"),
    Experiment("d[k] = d.get(k, 0) + 1", count(_plus_get), claim="gil"),
    Experiment("d[k] += f()", count(_plus_call), claim="gil"),
    Experiment("Counter: c[k] += 1", count(_plus, lambda: Counter(k=0)), claim="free-threaded"),
    Experiment("Counter.update(mapping)", count(lambda m: m.update({"k": 1}), lambda: Counter(k=0)), claim="gil"),
]


def create(work: Callable[[Any, int], Any], make: Callable[[], Any] = dict) -> Callable[[float], None]:
    def run(end: float) -> None:
        def judge(m: Any, results: list[Any]) -> None:
            if results[0] is not results[1]:
                raise Split("two objects for one key")

        rounds(end, make, work, judge)

    return run


def winners(work: Callable[[Any, int], bool]) -> Callable[[float], None]:
    def run(end: float) -> None:
        def judge(m: Any, results: list[Any]) -> None:
            if all(results):
                raise Split("both found nothing")

        rounds(end, dict, work, judge)

    return run


def _create(m: Any, k: int) -> Any:
    if k not in m:
        value = m[k] = make_one()
        return value
    return m[k]


def _create_constant(m: Any, k: int) -> Any:
    if k not in m:
        m[k] = True
        return True
    return False


def _create_after_get(m: Any, k: int) -> Any:
    value = m.get(k)
    if value is None:
        value = m[k] = make_one()
    return value


def _create_on_error(m: Any, k: int) -> Any:
    try:
        return m[k]
    except KeyError:
        value = m[k] = make_one()
        return value


def make_one() -> list[int]:
    return [1]


class Memory(dict):  # type: ignore[type-arg]
    def __missing__(self, key: str) -> object:
        value = self[key] = make_one()
        return value


EXPERIMENTS += [
    Experiment("if k not in d: d[k] = make()", create(_create), claim="gil"),
    Experiment("if k not in d: d[k] = const", winners(_create_constant), claim="free-threaded"),
    Experiment("if d.get(k) is None: d[k] = v", create(_create_after_get), claim="gil"),
    Experiment("try: d[k] except KeyError: d[k] = make()", create(_create_on_error), claim="gil"),
    Experiment("__missing__", create(lambda m, k: m[k], Memory), claim="gil"),
    Experiment("UserDict.setdefault", create(lambda m, k: m.setdefault(k, make_one()), UserDict), claim="gil"),
    Experiment(
        "WeakValueDictionary.setdefault",
        create(lambda m, k: m.setdefault(k, Cell()), weakref.WeakValueDictionary),
        claim="gil",
    ),
]


@experiment("lru_cache", claim="gil")
def memoised(end: float) -> None:
    def judge(m: Any, results: list[Any]) -> None:
        if results[0] is not results[1]:
            raise Split("two objects for one call")

    def make() -> Any:
        return functools.lru_cache(lambda key: [same(key)])

    rounds(end, make, lambda m, key: m(key), judge)


def taking(work: Callable[[Any, int], Any]) -> Callable[[float], None]:
    def run(end: float) -> None:
        rounds(end, lambda: dict.fromkeys(range(KEYS), 1), work, lambda m, results: None)

    return run


def _test_and_delete(m: Any, k: int) -> None:
    if k in m:
        del m[k]


def _test_call_and_delete(m: Any, k: int) -> None:
    if k in m:
        same(m)
        del m[k]


def _test_and_pop(m: Any, k: int) -> None:
    if k in m:
        m.pop(k)


EXPERIMENTS += [
    Experiment("if k in d: del d[k]", taking(_test_and_delete), claim="free-threaded"),
    Experiment("if k in d: d.pop(k)", taking(_test_and_pop), claim="free-threaded"),
    Experiment("if k in d: f(); del d[k]", taking(_test_call_and_delete), claim="gil"),
]
