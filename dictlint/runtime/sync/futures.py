"""Thread pools: a task knows what was done before it was submitted.

Results are ordered by the condition inside of each future. The locks and the semaphore by which a pool counts its
idle workers order nothing: otherwise a task would look ordered after whichever task happened to be finished when it
was submitted.
"""

from __future__ import annotations

from concurrent.futures import thread as pools
from typing import Any

from dictlint.runtime.activity import Token, accept, local, publish
from dictlint.runtime.sync.patches import Patches
from dictlint.runtime.sync.waiting import made_inside


class _Submitted:
    """The function of a task, with what its submitter knew."""

    __slots__ = ("_function", "_token")

    def __init__(self, function: Any, token: Token | None) -> None:
        self._function = function
        self._token = token

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        accept(self._token)
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._function)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def _submit(original: Any) -> Any:
    def submit(self: pools.ThreadPoolExecutor, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        task = _Submitted(fn, publish()) if callable(fn) else fn
        local.internal += 1
        try:
            return original(self, task, *args, **kwargs)
        finally:
            local.internal -= 1

    return submit


def install(patches: Patches) -> None:
    patches.wrap(pools.ThreadPoolExecutor, "__init__", made_inside)
    patches.wrap(pools.ThreadPoolExecutor, "submit", _submit)
