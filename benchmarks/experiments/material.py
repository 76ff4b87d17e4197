"""Dicts to work on, and what changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def entries() -> dict[Any, int]:
    return {f"k{n}": n for n in range(40)}


def resize(m: Any) -> Callable[[], None]:
    state = [0]

    def work() -> None:
        state[0] += 1
        m[f"x{state[0] % 50}"] = 1
        m.pop(f"x{(state[0] + 25) % 50}", None)

    return work


def same(value: Any) -> Any:
    """A call of code in Python, in which threads can be switched."""
    return value


class Cell:
    """Something that can be referred to weakly."""
