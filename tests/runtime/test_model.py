"""Random programs, run in a given order of steps, against a model that knows every event and compares all pairs.

The model draws the edges between events, closes them transitively, and applies the definition of a violation to every
two events. It has no clocks, forgets nothing, and knows nothing of how the runtime does it.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dictlint import runtime
from dictlint.runtime import CheckedDict
from dictlint.runtime.sync import locks

THREADS = 3
EXAMPLES = int(os.environ.get("DICTLINT_EXAMPLES", "150"))

# A program is a list of (thread, action). What cannot be done at its moment (a lock that is taken) is left out.
ACTIONS = (
    [("acquire", n) for n in range(2)]
    + [("release", n) for n in range(2)]
    + [("put", 0), ("get", 0), ("simple put", 0), ("simple get", 0), ("set", 0), ("wait", 0), ("up", 0), ("down", 0)]
)
SINGLE = [(op, key) for op in ("load", "store", "remove") for key in "ab"] + [("len", ""), ("walk", "")]
COMPOUND = [(op, key) for op in ("update", "create", "discard", "store", "remove") for key in "ab"] + [("walk", "")]


@dataclass
class Event:
    number: int
    thread: int
    op: str
    key: str = ""
    effect: str = ""
    """What a write did: insert, overwrite, remove."""
    after: set[int] = field(default_factory=set)
    """Every event that happened before."""


@dataclass
class Compound:
    kind: str
    begin: Event
    end: Event | None
    key: str


class Model:
    """Events, and what of them happened before what."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.compounds: list[Compound] = []
        self._last: dict[int, Event] = {}
        self._told: dict[Any, list[Event]] = {}
        self._queues: dict[str, list[Event]] = {"put": [], "simple put": []}
        self.content: dict[str, int] = {}

    def event(self, thread: int, op: str, key: str = "", *, of: list[Event] | None = None) -> Event:
        event = Event(len(self.events), thread, op, key)
        before = [self._last[thread]] if thread in self._last else self._told.get("start", [])
        for other in [*before, *(of or [])]:
            event.after |= other.after | {other.number}
        self.events.append(event)
        self._last[thread] = event
        return event

    def sync(self, thread: int, op: str, n: int) -> None:
        if op == "acquire":
            self.event(thread, op, of=self._told.get(("lock", n), []))
        elif op == "release":
            self._told["lock", n] = [self.event(thread, op)]
        elif op in ("put", "simple put"):
            self._queues[op].append(self.event(thread, op))
        elif op in ("get", "simple get"):
            self.event(thread, op, of=[self._queues[op.replace("get", "put")].pop(0)])
        elif op in ("set", "up"):
            self._told.setdefault(op, []).append(self.event(thread, op))
        elif op in ("wait", "down"):
            self.event(thread, op, of=self._told.get("set" if op == "wait" else "up", []))

    def write(self, thread: int, op: str, key: str) -> Event:
        event = self.event(thread, op, key)
        there = key in self.content
        if op == "remove":
            event.effect = "remove" if there else ""
            self.content.pop(key, None)
        else:
            event.effect = "overwrite" if there else "insert"
            self.content[key] = 1
        return event

    # The definitions

    def unordered(self) -> bool:
        """The strict contract."""
        touching = [event for event in self.events if event.op in STRICT_OPS]
        return any(
            one.thread != other.thread
            and {one.op, other.op} & {"store", "remove"}
            and one.number not in other.after
            and other.number not in one.after
            for place, one in enumerate(touching)
            for other in touching[place + 1 :]
        )

    def falsified(self) -> set[str]:
        """The python contract: kinds of compound operations between whose ends a falsifying write may come."""
        return {
            compound.kind
            for compound in self.compounds
            for write in self.events
            if write.effect and write.thread != compound.begin.thread and self._falsifies(compound, write)
        }

    def _falsifies(self, compound: Compound, write: Event) -> bool:
        if compound.kind != "iteration-while-resized" and write.key != compound.key:
            return False
        if write.number in compound.begin.after:
            return False
        if compound.end is None:  # not acted upon, but it would have been, had the write come later
            wanted = {"racy-get-or-create": "insert", "check-then-act": "remove"}[compound.kind]
            return write.number < compound.begin.number and write.effect == wanted
        if compound.end.number in write.after:
            return False
        struck = compound.begin.number < write.number < compound.end.number
        return (
            write.effect
            in {
                "lost-update": ("insert", "overwrite", "remove"),
                "racy-get-or-create": ("insert",) if struck else ("insert", "overwrite"),
                "check-then-act": ("remove",),
                "iteration-while-resized": ("insert", "remove"),
            }[compound.kind]
        )


STRICT_OPS = ("load", "store", "remove", "len", "walk")


class Stage:
    """Runs real threads one step at a time, by locks that the runtime does not see."""

    def __init__(self, mapping: Any) -> None:
        self.m = mapping
        self.locks = [threading.Lock() for _ in range(2)]
        self.queue: queue.Queue[object] = queue.Queue()
        self.simple: Any = queue.SimpleQueue()
        self.event = threading.Event()
        self.semaphore = threading.Semaphore(0)
        self._work: list[Callable[[], object] | None] = [None] * THREADS
        self._go = [locks.raw_lock() for _ in range(THREADS)]
        self._done = locks.raw_lock()
        for baton in (*self._go, self._done):
            baton.acquire()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def _run(self, n: int) -> None:
        self._go[n].acquire()
        while (work := self._work[n]) is not None:
            self._work[n] = None
            work()
            self._done.release()
            self._go[n].acquire()

    def turn(self, n: int) -> None:
        """Called in the middle of a compound operation: others may do something now, and this thread, too."""
        while True:
            self._done.release()
            self._go[n].acquire()
            work = self._work[n]
            if work is None:
                return
            self._work[n] = None
            work()

    def step(self, n: int, work: Callable[[], object] | None = None) -> None:
        """Lets a thread do `work`, or go on with what it has begun."""
        self._work[n] = work
        self._go[n].release()
        self._done.acquire()

    def close(self) -> None:
        for n, thread in enumerate(self._threads):
            self._work[n] = None
            self._go[n].release()
            thread.join()


def synchronise(stage: Stage, op: str, n: int) -> None:
    does: dict[str, Callable[[], object]] = {
        "acquire": lambda: stage.locks[n].acquire(),
        "release": lambda: stage.locks[n].release(),
        "put": lambda: stage.queue.put(object()),
        "get": lambda: stage.queue.get(),
        "simple put": lambda: stage.simple.put(1),
        "simple get": lambda: stage.simple.get(),
        "set": lambda: stage.event.set(),
        "wait": lambda: stage.event.wait(),
        "up": lambda: stage.semaphore.release(),
        "down": lambda: stage.semaphore.acquire(),
    }
    does[op]()


class Feasible:
    """Whether a synchronisation can be done now without waiting; if so, it counts as done."""

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}
        self._count = dict.fromkeys(("put", "simple put", "up", "set"), 0)

    def __call__(self, thread: int, op: str, n: int) -> bool:
        if op == "acquire":
            return n not in self._owners and self._owners.setdefault(n, thread) == thread
        if op == "release":
            return self._owners.get(n) == thread and self._owners.pop(n) == thread
        if op in self._count:
            self._count[op] += 1
            return True
        if op == "wait":
            return self._count["set"] > 0
        giver = {"get": "put", "simple get": "simple put", "down": "up"}[op]
        if not self._count[giver]:
            return False
        self._count[giver] -= 1
        return True


def update(m: Any, key: str, turn: Callable[[], None]) -> None:
    value = m.get(key, 0)
    turn()
    m[key] = value + 1


def create(m: Any, key: str, turn: Callable[[], None]) -> None:
    if key not in m:
        turn()
        m[key] = 1


def discard(m: Any, key: str, turn: Callable[[], None]) -> None:
    if key in m:
        turn()
        with suppress(KeyError):
            del m[key]


def walk(m: Any, turn: Callable[[], None]) -> None:
    try:
        for _ in m:
            turn()
    except RuntimeError:
        pass


class Play:
    """One program, on the stage and in the model at once."""

    def __init__(self, contract: str) -> None:
        runtime.configure(contract=contract)
        runtime.clear()
        self.model = Model()
        self.stage = Stage(CheckedDict())
        self._feasible = Feasible()
        self._open: dict[int, Compound] = {}
        self._over: set[int] = set()

    def do(self, thread: int, op: str, operand: Any) -> None:
        m, model, stage = self.stage.m, self.model, self.stage
        if isinstance(operand, int):
            if self._feasible(thread, op, operand):
                model.sync(thread, op, operand)
                stage.step(thread, lambda: synchronise(stage, op, operand))
        elif thread in self._open:
            self._go_on(thread)
        elif op in ("store", "remove"):
            model.write(thread, op, operand)
            stage.step(thread, lambda: m.__setitem__(operand, 1) if op == "store" else m.pop(operand, None))
        elif op in ("load", "len"):
            model.event(thread, op, operand)
            stage.step(thread, lambda: m.get(operand) if op == "load" else len(m))
        else:
            self._begin(thread, op, operand)

    def _begin(self, thread: int, op: str, key: str) -> None:
        m, model = self.stage.m, self.model
        kind = {"update": "lost-update", "create": "racy-get-or-create", "discard": "check-then-act"}
        begun = Compound(kind.get(op, "iteration-while-resized"), model.event(thread, op), None, key)
        acts = {"update": True, "create": key not in model.content, "discard": key in model.content}
        if acts.get(op, True):
            self._open[thread] = begun
        else:
            model.compounds.append(begun)

        def turn() -> None:
            self.stage.turn(thread)

        def work() -> None:
            if op == "walk":
                walk(m, turn)
            else:
                {"update": update, "create": create, "discard": discard}[op](m, key, turn)
            self._over.add(thread)

        self._over.discard(thread)
        self.stage.step(thread, work)
        if op == "walk" and thread in self._over:
            self._finish(thread, begun.begin)

    def _go_on(self, thread: int) -> None:
        compound = self._open[thread]
        op = compound.begin.op
        if op == "walk":
            event = self.model.event(thread, "walk")
        else:
            event = self.model.write(thread, "remove" if op == "discard" else "store", compound.key)
        self.stage.step(thread)
        compound.end = event
        if thread in self._over:
            self._finish(thread, event)

    def _finish(self, thread: int, end: Event) -> None:
        compound = self._open.pop(thread)
        compound.end = end
        self.model.compounds.append(compound)

    def close(self) -> set[str]:
        for thread in list(self._open):
            while thread in self._open:
                self._go_on(thread)
        self.stage.close()
        return {violation.kind for violation in runtime.violations()}


@pytest.fixture(autouse=True)
def quietly(fresh_runtime: None) -> None:
    """A runtime that remembers nothing."""


quick = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def programs(actions: list[tuple[str, Any]]) -> st.SearchStrategy[list[tuple[int, tuple[str, Any]]]]:
    return st.lists(st.tuples(st.integers(0, THREADS - 1), st.sampled_from(ACTIONS + actions)), max_size=30)


@quick
@given(programs(SINGLE))
def test_strict(program: list[tuple[int, tuple[str, Any]]]) -> None:
    play = Play("strict")
    for thread, (op, operand) in program:
        if op == "walk" or thread in play._open:
            op, operand = "len", ""
        play.do(thread, op, operand)
    assert play.close() == ({"unordered-access"} if play.model.unordered() else set())


@quick
@given(programs(COMPOUND))
def test_python(program: list[tuple[int, tuple[str, Any]]]) -> None:
    play = Play("python")
    for thread, (op, operand) in program:
        play.do(thread, op, operand)
    found = play.close() - {"self-invalidation"}
    assert found == play.model.falsified()
