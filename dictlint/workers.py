"""Batches of work dealt out to processes. A process that dies is reported, never waited for; none outlives its parent.

Workers are forked on Linux, where the parent has one thread and what it imported is shared; elsewhere they are spawned.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Batch = TypeVar("Batch")
Result = TypeVar("Result")


class Died(msgspec.Struct, frozen=True):
    """Instead of a result: the process that worked on the batch ended."""

    reason: str


def usable_cpus() -> int:
    """The processors this process may run on, which in a container are fewer than the machine has."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def deal_out(
    work: Callable[[Batch], Result], batches: Sequence[Batch], jobs: int
) -> Iterator[tuple[Batch, Result | Died]]:
    """Each batch with its result, in the order in which they are done. `work` must be importable by name."""
    from multiprocessing.connection import wait

    waiting = deque(batches)
    crew: dict[Any, _Worker] = {}
    current: dict[Any, Batch] = {}
    try:
        while waiting or current:
            while waiting and len(current) < jobs:
                idle = next((link for link in crew if link not in current), None)
                link = idle or _hire(work, crew)
                current[link] = waiting.popleft()
                crew[link].give(current[link])
            for link in wait(list(current)):
                batch = current.pop(link)
                result = crew[link].take()
                if isinstance(result, Died):
                    crew.pop(link).end()
                yield batch, result
    finally:
        for worker in crew.values():
            worker.end()


class _Worker:
    """One process and the parent's end of the pipe to it."""

    def __init__(self, work: Callable[[Any], Any], siblings: list[Connection]) -> None:
        import multiprocessing

        forked = sys.platform == "linux"
        context: Any = multiprocessing.get_context("fork" if forked else "spawn")
        self.link, far_end = context.Pipe()
        # A forked worker inherits the parent's ends of all pipes; while they are open, no worker sees its parent die.
        inherited = [*siblings, self.link] if forked else []
        self._process = context.Process(target=_serve, args=(work, far_end, inherited), daemon=True)
        with _interrupts_held_back():
            self._process.start()
        far_end.close()

    def give(self, batch: object) -> None:
        with contextlib.suppress(OSError):  # a dead worker is found out by `take`
            self.link.send(batch)

    def take(self) -> Any:
        try:
            return self.link.recv()
        except (EOFError, OSError):
            self._process.join()
            return Died(_how_it_ended(self._process.exitcode))

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.link.close()


def _hire(work: Callable[[Any], Any], crew: dict[Any, _Worker]) -> Any:
    worker = _Worker(work, list(crew))
    crew[worker.link] = worker
    return worker.link


def _serve(work: Callable[[Any], Any], link: Connection, inherited: list[Connection]) -> None:
    """A worker's life: batches in, results out, until the parent hangs up."""
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
    with contextlib.suppress(EOFError, OSError):
        while True:
            link.send(work(link.recv()))


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """A new process starts deaf to Ctrl-C, so that none dies with a traceback while it is being started."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how_it_ended(code: int | None) -> str:
    if code == -9:
        return "the worker process was killed, perhaps for want of memory"
    if code is not None and code < 0:
        return f"the worker process was ended by signal {-code}"
    return f"the worker process ended with status {code}"
