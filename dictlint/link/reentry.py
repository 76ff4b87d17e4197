"""Callbacks that Python runs in the middle of other code: finalizers, signal handlers, log handlers.

They need no second thread, and no lock keeps them out: the interrupted code is on the very same stack.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dictlint.knowledge.activities import INTERRUPTING, LOGGING_CALLS
from dictlint.knowledge.locks import PLAIN_LOCKS
from dictlint.knowledge.operations import RESIZING, breaks_on
from dictlint.link.activities import Spawn
from dictlint.link.concern import run_by
from dictlint.link.containers import Assembler
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.question import Loc
from dictlint.model.activity import Lock
from dictlint.model.body import Access, Call
from dictlint.model.program import BY_CALLER, Container, Holding, Interruption, Use

_MAIN_THREAD = frozenset(("caller", "main"))
_ENDS = frozenset(("@sys.exit", "@os._exit", "@os.abort", "@os.kill", "exit", "quit", "@os.execv", "@os.execl"))
DEEPEST = 2  # calls below the callback; the last of them is only possible


def interrupting(ev: Evaluator, spawns: list[Spawn]) -> dict[int, set[int]]:
    """What such callbacks change or touch under a lock: function -> accesses. They matter whatever they are."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    entries = [entry for s in spawns if s.activity.domain in INTERRUPTING for entry in s.entries]
    for fid in run_by(ev, entries):
        accesses = ev.symbols.fns[fid].facts.accesses
        wanted[fid] |= {number for number, a in enumerate(accesses) if a.locks or a.op in RESIZING}
    return wanted


class Reentry:
    """What each container suffers from the callbacks that interrupt its ordinary uses."""

    def __init__(self, ev: Evaluator, assembler: Assembler) -> None:
        self.ev = ev
        self.assembler = assembler
        self.by_activity = {s.activity.number: s for s in assembler.contexts.spawns}

    def interruptions(self, containers: dict[Loc, Container]) -> Iterator[tuple[Container, Interruption]]:
        """Every change inside such a callback that some loop does not expect, every lock it cannot get."""
        for container in containers.values():
            inside = [u for u in container.uses if u.activity.domain in INTERRUPTING and self._depth(u) <= DEEPEST]
            if inside and container.kind not in ("attribute", "list"):
                outside = [u for u in container.uses if u.activity.domain in _MAIN_THREAD | {"thread", "loop"}]
                yield from self._resized(container, inside, outside)
                yield from self._locked(container, inside, outside)

    def _resized(
        self, container: Container, inside: list[Use], outside: list[Use]
    ) -> Iterator[tuple[Container, Interruption]]:
        loops = [u for u in outside if breaks_on(u.access.op, u.access.how, container.kind) == "gil"]
        loops = [u for u in loops if not u.taken]  # what has been taken out no callback finds any more
        for use in inside:
            if loops and use.access.op in RESIZING and not use.overwrites and not self._gives_up(use):
                met = tuple(loop for loop in loops if self._reaches(use, loop))
                if met and not self._kept_alive(container, use):
                    yield container, Interruption(use, met, None, self._direct(use), self._sure(use))

    def _locked(
        self, container: Container, inside: list[Use], outside: list[Use]
    ) -> Iterator[tuple[Container, Interruption]]:
        told: dict[tuple[int, int, Lock], Interruption] = {}
        for use in sorted(inside, key=lambda use: use.access.op not in RESIZING):
            for held in use.held:
                place = (use.activity.number, use.function, held.lock)
                if (
                    held.region != BY_CALLER
                    and place not in told
                    and self._is_plain(use)
                    and not self._is_own(use, held.lock)
                ):
                    met = tuple(u for u in outside if held.lock in u.locks and self._holds_up(use, u))
                    if met:
                        taken = self._taking(use, held)
                        told[place] = Interruption(taken, met, held.lock, self._direct(use), self._sure(use))
        yield from ((container, one) for one in told.values())

    def _taking(self, use: Use, held: Holding) -> Use:
        """The step that takes the lock."""
        if held.at is None:
            return use
        access = Access(use.access.path, "acquire", "with", held.at, use.access.seq, locks=use.access.locks)
        return self.assembler.step(use.function, access, use.activity, use.held)

    # -- what the callback can do there -----------------------------------------------------------------------------

    def _direct(self, use: Use) -> bool:
        return use.function in self.by_activity[use.activity.number].entries

    def _depth(self, use: Use) -> int:
        """How many calls below the callback; what lies deep comes to pass under conditions that nobody follows."""
        fringe = set(self.by_activity[use.activity.number].entries)
        for depth in range(DEEPEST + 1):
            if use.function in fringe:
                return depth
            fringe = {callee for fid in fringe for _, callee in self.assembler.contexts.edges.get(fid, ())}
        return DEEPEST + 1

    def _sure(self, use: Use) -> bool:
        return use.status != "unknown" and not use.guessed and self._depth(use) < DEEPEST

    def _gives_up(self, use: Use) -> bool:
        """A signal handler that ends the program: the loop that it interrupts never goes on."""
        entries = self.by_activity[use.activity.number].entries
        calls = [call for entry in entries for call in self.ev.symbols.fns[entry].facts.calls if not call.loops]
        return use.activity.domain == "signal" and any(call.callee in _ENDS for call in calls)

    def _reaches(self, use: Use, loop: Use) -> bool:
        """A log handler runs inside a loop only where the loop logs."""
        if use.activity.domain != "logging":
            return True
        calls = self.ev.symbols.fns[loop.function].facts.calls
        return any(loop.index in call.during and _logs(call) for call in calls)

    def _kept_alive(self, container: Container, use: Use) -> bool:
        """`__del__` never runs for an object that the container itself holds."""
        if self.by_activity[use.activity.number].function >= 0 or use.activity.domain != "finalizer":
            return False
        stores = [u for u in container.uses if u.access.op in ("setitem", "add", "append", "setdefault")]
        return bool(stores) and all(
            u.access.values == ("%" + self.ev.symbols.fns[u.function].self_name,) for u in stores
        )

    def _is_plain(self, use: Use) -> bool:
        """Whether all that is held there by the function itself are locks that a thread cannot take twice."""
        held = self.ev.symbols.fns[use.function].facts.locksets[use.access.locks]
        kinds = [v[1] for one in held for v in self.ev.values(use.function, one.path) if v[0] == "XI"]
        return bool(kinds) and all(kind in PLAIN_LOCKS for kind in kinds)

    def _is_own(self, use: Use, lock: Lock) -> bool:
        """The lock of the dying object itself: nobody can hold it any more."""
        spawn = self.by_activity[use.activity.number]
        if spawn.function >= 0 or use.activity.domain != "finalizer":
            return False
        return any(f"('i', {cid}," in lock.key for cid in self.ev.symbols.classes[spawn.cls].mro)

    def _holds_up(self, use: Use, outside: Use) -> bool:
        """Whether the thread that holds the lock is the one that is interrupted."""
        if use.activity.domain == "signal":
            return outside.activity.domain in _MAIN_THREAD
        if use.activity.domain == "logging":
            facts = self.ev.symbols.fns[outside.function].facts
            return any(call.locks == outside.access.locks and _logs(call) for call in facts.calls)
        return True


def _logs(call: Call) -> bool:
    """Whether a call looks like one that writes a log record."""
    base, attr = split(call.callee)
    if call.callee.startswith("@logging."):
        return call.callee.rpartition(".")[2] in LOGGING_CALLS
    return attr in LOGGING_CALLS and "log" in leaf_name(base).lower()
