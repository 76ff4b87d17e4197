"""Memo tables for questions that ask each other, with cycles.

A question that comes back to itself gets the empty answer there (tabling). What was computed under such a cut is kept
while the head of the cycle is being answered, so that nothing is asked exponentially often, then forgotten and asked
anew a few times at the most: the answers converge and the whole stays linear.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from typing import Any

DEEPEST = 80  # nested questions; the Python stack must hold them
ANEW = 2  # how often an answer that a cycle cut short is asked again
_NEVER = 1 << 30


Table = dict[Hashable, tuple[Any, ...]]


class Memo:
    """Answers by question and key; one instance for each link run. `known` may be looked into before asking."""

    def __init__(self) -> None:
        self.known: defaultdict[str, Table] = defaultdict(dict)
        self._open: dict[tuple[str, Hashable], int] = {}
        self._cut = _NEVER
        self._provisional: list[tuple[str, Hashable]] = []
        self._unsure: set[tuple[str, Hashable]] = set()
        self._asked: Counter[tuple[str, Hashable]] = Counter()

    def ask(self, question: str, key: Hashable, answer: Callable[[], tuple[Any, ...]]) -> tuple[Any, ...]:
        """The known answer, or `answer()`; an empty tuple inside a cycle or too deep down."""
        table = self.known[question]
        known = table.get(key)
        if known is not None:
            return known
        name = (question, key)
        depth = self._open.get(name)
        if depth is not None:
            self._cut = min(self._cut, depth)
            return ()
        depth = len(self._open)
        if depth > DEEPEST:
            return ()
        self._open[name] = depth
        outer, self._cut = self._cut, _NEVER
        start = len(self._provisional)
        result = table[key] = answer()
        del self._open[name]
        if self._cut < depth:
            self._provisional.append(name)
            self._unsure.add(name)
            self._cut = min(outer, self._cut)
        else:
            if self._cut == depth:
                self._forget(start)
            self._cut = outer
        return result

    def settled(self, question: str, key: Hashable) -> bool:
        """Whether the answer is known for good: no cycle or depth cut it short."""
        return key in self.known[question] and (question, key) not in self._unsure

    def _forget(self, start: int) -> None:
        for name in self._provisional[start:]:
            self._unsure.discard(name)
            if self._asked[name] < ANEW:
                self._asked[name] += 1
                self.known[name[0]].pop(name[1], None)
        del self._provisional[start:]
