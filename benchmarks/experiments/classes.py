"""Operations of mappings that are written in Python."""

from __future__ import annotations

import sys
import weakref
from collections import ChainMap, OrderedDict, UserDict
from typing import Any

from experiments.material import Cell, entries, resize, same
from experiments.splitting import experiment, until


@experiment("OrderedDict iteration", claim="gil")
def ordered(end: float) -> None:
    m: Any = OrderedDict(entries())
    until(end, lambda: [same(k) for k in m], resize(m))


@experiment("WeakValueDictionary iteration", claim="gil")
def weak(end: float) -> None:
    kept = {n: Cell() for n in range(40)}
    m: Any = weakref.WeakValueDictionary(kept)
    state = [0]

    def change() -> None:
        state[0] += 1
        cell = Cell()
        m[100 + state[0] % 10] = cell
        m.pop(100 + (state[0] + 5) % 10, None)

    until(end, lambda: [same(k) for k in m], change)


@experiment("UserDict.get", claim="gil" if sys.version_info >= (3, 12) else "free-threaded")
def user_get(end: float) -> None:
    m: Any = UserDict()

    def change() -> None:
        m["k"] = 1
        m.pop("k", None)

    until(end, lambda: m.get("k"), change)


@experiment("ChainMap.get", claim="gil")
def chained_get(end: float) -> None:
    inner: dict[str, int] = {}
    m: Any = ChainMap({}, inner)

    def change() -> None:
        inner["k"] = 1
        same(1)
        inner.pop("k", None)
        same(1)

    until(end, lambda: m.get("k"), change)
