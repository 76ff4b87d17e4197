"""Queues: who takes an item knows what was done before it was put in.

The mutex inside of a `queue.Queue` orders nothing by itself: by it, workers that take jobs from the same queue would
all look ordered, and no race between them would be seen.
"""

from __future__ import annotations

import queue
from typing import Any

from dictlint.runtime.activity import PatientLock, Token, accept, local, publish
from dictlint.runtime.sync.patches import Patches
from dictlint.runtime.sync.waiting import learn, tell

DONE, SLOTS, ITEMS = "_dictlint_done", "_dictlint_slots", "_dictlint_items"
_RawSimpleQueue = queue.SimpleQueue


class _Items(PatientLock):
    """Which token belongs to which item in one queue: by identity, as items of a priority queue may not be wrapped."""

    __slots__ = ("tokens",)

    def __init__(self) -> None:
        super().__init__()
        self.tokens: dict[int, list[Token]] = {}

    def put(self, item: object, token: Token) -> None:
        if self.enter():
            try:
                self.tokens.setdefault(id(item), []).append(token)
            finally:
                self.leave()

    def take(self, item: object) -> list[Token]:
        """The same object may be in the queue several times: then all that were put count."""
        if not self.enter():
            return []
        try:
            tokens = self.tokens.get(id(item), [])
            found = list(tokens)
            del tokens[:1]
            if not tokens:
                self.tokens.pop(id(item), None)
            return found
        finally:
            self.leave()


def _items(owner: queue.Queue[Any]) -> _Items:
    found = owner.__dict__.get(ITEMS)
    if found is None:
        found = owner.__dict__.setdefault(ITEMS, _Items())
    return found  # type: ignore[no-any-return]


def _put(original: Any) -> Any:
    def put(self: queue.Queue[Any], item: Any, block: bool = True, timeout: float | None = None) -> None:
        items = _items(self)
        tell(self)
        token = publish()
        if token is not None:
            items.put(item, token)
        local.internal += 1
        try:
            original(self, item, block, timeout)
        except BaseException:
            items.take(item)
            raise
        finally:
            local.internal -= 1
        if self.maxsize > 0:
            learn(self, SLOTS)

    return put


def _get(original: Any) -> Any:
    def get(self: queue.Queue[Any], block: bool = True, timeout: float | None = None) -> Any:
        if self.maxsize > 0:
            tell(self, SLOTS)
        local.internal += 1
        try:
            item = original(self, block, timeout)
        except queue.Empty:
            raise
        except BaseException:  # shut down
            learn(self)
            raise
        finally:
            local.internal -= 1
        tokens = _items(self).take(item)
        for token in tokens:
            accept(token)
        if not tokens:  # put in past `put`
            learn(self)
        return item

    return get


def _task_done(original: Any) -> Any:
    def task_done(self: queue.Queue[Any]) -> None:
        tell(self, DONE)
        original(self)

    return task_done


def _join(original: Any) -> Any:
    def join(self: queue.Queue[Any]) -> None:
        original(self)
        learn(self, DONE)

    return join


def _shutdown(original: Any) -> Any:
    def shutdown(self: queue.Queue[Any], immediate: bool = False) -> None:
        tell(self)
        original(self, immediate)

    return shutdown


class SimpleQueue(_RawSimpleQueue):  # type: ignore[type-arg]
    """The C queue, with a token beside each item. As reentrant as the original: it holds no lock of its own."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put((publish(), item), block, timeout)

    def put_nowait(self, item: Any) -> None:
        super().put((publish(), item))

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        token, item = super().get(block, timeout)
        accept(token)
        return item

    def get_nowait(self) -> Any:
        return self.get(False)


SimpleQueue.__module__ = _RawSimpleQueue.__module__


def install(patches: Patches) -> None:
    patches.wrap(queue.Queue, "put", _put)
    patches.wrap(queue.Queue, "get", _get)
    patches.wrap(queue.Queue, "task_done", _task_done)
    patches.wrap(queue.Queue, "join", _join)
    patches.wrap(queue.Queue, "shutdown", _shutdown)
    patches.stand_in(_RawSimpleQueue, SimpleQueue)
