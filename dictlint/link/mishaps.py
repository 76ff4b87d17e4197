"""Where errors go astray: a lock that stays locked, a worker's exception that nobody hears of.

`kind` of a mishap   found in
`leak`               a lock is acquired, and the function may end without releasing it
`around-start`       a handler stands around a start, and is meant for what the worker raises
`dropped`            nobody asks how a job or task has ended
`silent`             a worker's loop drops every error without a trace
`endless`            a worker's loop swallows the request to stop
`dirty`              a change is taken back or completed only where nothing raises
`lazy`               what is made inside a `try` or under a lock runs after it
`early`              a handler takes what is not there yet for what is gone
`exit`               an exit in a worker ends too little, or too much
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.knowledge.containers import ANSWERING
from dictlint.knowledge.operations import SEQUENCES
from dictlint.link.activities import Spawn
from dictlint.link.containers import Assembler
from dictlint.link.coverage import around, may_raise
from dictlint.link.dirty import Dirty
from dictlint.link.early import Early
from dictlint.link.evaluate import Evaluator
from dictlint.link.lazies import Lazies
from dictlint.link.loops import Loops
from dictlint.link.reach import Reach
from dictlint.link.starts import Starts
from dictlint.link.symbols import Fn
from dictlint.model.body import Leak
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Holding, Mishap
from dictlint.model.site import Span

# How functions are called that leave it to another one to release.
_ACQUIRING = ("acquire", "lock", "enter", "aenter", "begin")


class Mishaps:
    """Every place of the program where an error goes astray."""

    def __init__(self, ev: Evaluator, assembler: Assembler, spawns: list[Spawn]) -> None:
        self.ev = ev
        self.reach = Reach(ev, assembler, spawns)
        self.locks = assembler.locks

    def found(self) -> Iterator[Mishap]:
        """All of them, in the order of the program's text."""
        for fn in self.ev.symbols.fns:
            for leak in fn.facts.leaks:
                yield from self._leak(fn, leak)
        starts = Starts(self.reach)
        yield from starts.handled()
        yield from starts.dropped()
        yield from Loops(self.reach).found()
        yield from Dirty(self.reach).found()
        yield from Lazies(self.reach).found()
        yield from Early(self.reach).found()

    def _leak(self, fn: Fn, leak: Leak) -> Iterator[Mishap]:
        locks = self.locks.identify(fn.gid, leak.path, "acquire")
        words = fn.facts.name.strip("_").split("_")
        if len(locks) != 1 or words[0].startswith(_ACQUIRING) or any(word in _ACQUIRING for word in words):
            return
        left = next(((how, by) for how, by in leak.ways if self._leads_out(fn, leak, how, by)), None)
        if left is None:
            return
        how, at = left
        lock = locks[0]
        place = self.reach.place
        step = place(fn.gid, "acquire", leak.at, path=leak.path)
        held = (Holding(lock, 1),)
        by = place(fn.gid, how, at, held=held)
        also = (("release", place(fn.gid, "release", leak.release, held=held)),)
        subject = self.reach.subject(lock.key, lock.name, "lock", fn.gid, leak.at.line)
        traits = frozenset(("vague",)) if lock.vague else frozenset[str]()
        yield Mishap("leak", subject, step, by, "leave", how, also, lock, traits)

    def _leads_out(self, fn: Fn, leak: Leak, how: str, by: Span) -> bool:
        """Whether control may well leave the function there."""
        if how == "key":
            return not self._is_there(fn, leak, by)
        calls = [n for n, call in enumerate(fn.facts.calls) if how == "call" and call.at == by]
        return not calls or any(may_raise(self.ev, fn.gid, n) or self._runs_conversion(fn.gid, n) for n in calls)

    def _runs_conversion(self, fid: int, number: int) -> bool:
        """Whether a function that a call runs makes a number of something, and lets the error out that this may be."""
        run = (self.ev.symbols.fns[callee].facts for callee in self.ev.functions(fid, number))
        return any(not _is_tried(facts, attempt) for facts in run for attempt, _ in facts.converts)

    def _is_there(self, fn: Fn, leak: Leak, by: Span) -> bool:
        """Whether the entry cannot be missing: the container answers for every key, or was asked under the lock, or
        given the entry where it was missing. A list is another matter: who goes through its positions knows how long
        it is.
        """
        facts = fn.facts
        end = (by.end_line, by.end_column)  # of `del d[k]`, the target's end
        numbers = [n for n, access in enumerate(facts.accesses) if (access.at.end_line, access.at.end_column) == end]
        kinds = {self.ev.container_kind(loc) for n in numbers for loc in self.ev.locs(fn.gid, facts.accesses[n].path)}
        if kinds and kinds <= ANSWERING | SEQUENCES:
            return True
        firsts = [c.first for c in facts.compounds if c.kind == "test-act" and c.second in numbers]
        asked = {(facts.accesses[n].path, facts.accesses[n].key) for n in numbers}
        made = [c.second for c in facts.compounds if c.kind == "get-create" and c.second < max(numbers, default=0)]
        firsts += [n for n in made if (facts.accesses[n].path, facts.accesses[n].key) in asked]
        return any(held.at == leak.at for n in firsts for held in facts.locksets[facts.accesses[n].locks])


def _is_tried(facts: FunctionFacts, attempt: int) -> bool:
    """Whether some handler of the function is there for what a step raises."""
    return any(one.handlers for one in around(facts, attempt))
