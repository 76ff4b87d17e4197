"""Memo tables for questions that ask each other, with cycles.

A question that comes back to itself gets, there, the answer that it had the last time (tabling; at first none). What
was computed under such a cut is kept while the head of the cycle is being answered, then forgotten; the head is
answered anew until its answer stands. So an answer that is kept answers its question alone, whoever asked what before.

Some questions look only so far: `level` is how many callers up a parameter was already followed. What was computed
without meeting that limit holds at every level, other answers at their own only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

Answer = tuple[Any, ...]
Name = tuple[str, Hashable, int]

DEEPEST = 80  # nested questions; the Python stack must hold them
ANEW = 3  # how often the head of a cycle is answered at the most
LEVELS = 3
_NEVER = 1 << 30


class Limited(tuple[Any, ...]):
    """An answer that met the limit of its level."""

    __slots__ = ()


class Memo:
    """Answers by question and key; one instance for each link run."""

    def __init__(self) -> None:
        self._known = tuple(defaultdict[str, dict[Hashable, Answer]](dict) for _ in range(LEVELS))
        self._here = self._known[0]
        self.level = 0
        self._open: dict[Name, int] = {}
        self._before: dict[Name, Answer] = {}
        self._met_limit = False
        self._cut = _NEVER
        self._provisional: list[Name] = []
        self._unsure: set[Name] = set()

    @contextmanager
    def at(self, level: int) -> Iterator[None]:
        """Questions inside look as far as at that level, wherever they are asked."""
        outer = self.level
        self.level, self._here = level, self._known[level]
        yield
        self.level, self._here = outer, self._known[outer]

    @contextmanager
    def everywhere(self, level: int) -> Iterator[None]:
        """As `at`; and what is asked inside is the same at all levels."""
        met = self._met_limit
        with self.at(level):
            yield
        self._met_limit = met

    def limit(self) -> Answer:
        """The empty answer of a question that looks no further."""
        self._met_limit = True
        return ()

    def ask(self, question: str, key: Hashable, answer: Callable[..., Answer], *args: Any) -> Answer:
        """The known answer, or `answer(*args)`; an earlier or no answer inside a cycle, none too deep down."""
        known = self._here[question].get(key)
        if known is not None:
            if type(known) is Limited:
                self._met_limit = True
            return known
        name = (question, key, self.level)
        depth = self._open.get(name)
        if depth is not None:
            self._cut = min(self._cut, depth)
            return self._before.get(name, ())
        depth = len(self._open)
        if depth > DEEPEST:
            self._cut = 0
            return ()
        self._open[name] = depth
        outer_cut, self._cut = self._cut, _NEVER
        outer_met, self._met_limit = self._met_limit, False
        start = len(self._provisional)
        result = answer(*args)
        if self._cut == depth:
            result = self._stands(name, start, result, answer, args)
            self._cut = outer_cut
        elif self._cut < depth:
            self._provisional.append(name)
            self._unsure.add(name)
            self._cut = min(outer_cut, self._cut)
        else:
            self._cut = outer_cut
        del self._open[name]
        result = self._keep(name, result)
        self._met_limit |= outer_met
        return result

    def settled(self, question: str, key: Hashable) -> bool:
        """Whether the answer is known for good: no cycle or depth cut it short."""
        return key in self._here[question] and (question, key, self.level) not in self._unsure

    def _stands(
        self, name: Name, start: int, result: Answer, answer: Callable[..., Answer], args: tuple[Any, ...]
    ) -> Answer:
        """The head of a cycle, answered anew with its last answer where it comes back to itself, until that stands."""
        self._forget(start)
        for _ in range(ANEW - 1):
            if self._before.get(name, ()) == result:
                break
            self._before[name] = result
            result = answer(*args)
            self._forget(start)
        self._before.pop(name, None)
        return result

    def _keep(self, name: Name, result: Answer) -> Answer:
        question, key, level = name
        if self._met_limit:
            result = self._known[level][question][key] = Limited(result)
        else:
            for table in self._known:
                table[question][key] = result
        return result

    def _forget(self, start: int) -> None:
        for name in self._provisional[start:]:
            self._unsure.discard(name)
            for table in self._known:
                table[name[0]].pop(name[1], None)
        del self._provisional[start:]
