"""Operations in the middle of which code of the program runs: comparisons of keys, and finalizers."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from experiments.material import entries
from experiments.splitting import Split, experiment


class Key:
    """A key whose comparison is code in Python, in which any other thread can run: `pause` lets one do so."""

    pause: Callable[[], object] | None = None

    def __init__(self, value: int) -> None:
        self.value = value

    def __hash__(self) -> int:
        return 7

    def __eq__(self, other: object) -> bool:
        pause, Key.pause = Key.pause, None
        if pause is not None:
            pause()
        return isinstance(other, Key) and self.value == other.value


@experiment("setdefault with a key that compares in Python", claim="gil")
def python_keys(end: float) -> None:
    m: Any = {**entries(), **{Key(n): n for n in range(3)}}

    def other() -> None:  # the place of 0 is free again when 10 is put in, but the first one has looked there already
        del m[Key(0)]
        m.setdefault(Key(10), 10)

    def let() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    def pause_at_the_second() -> None:
        Key.pause = let

    Key.pause = pause_at_the_second
    m.setdefault(Key(10), 10)
    if sum(isinstance(key, Key) and key.value == 10 for key in m) > 1:
        raise Split("two equal keys")


@experiment("list(d.items()) with finalizers in the collector", claim="gil" if sys.version_info < (3, 12) else "never")
def collected(end: float) -> None:
    m: Any = dict.fromkeys(range(200))
    state = [0]

    class Late:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            state[0] += 1
            m[1_000 + state[0] % 100] = None
            m.pop(1_000 + (state[0] + 50) % 100, None)

    threshold = gc.get_threshold()
    gc.set_threshold(20)
    gc.enable()
    try:
        while time.monotonic() < end:
            for _ in range(5):
                Late()
            list(m.items())
    finally:
        gc.set_threshold(*threshold)
        gc.collect()
