"""What is known of variables on a path, so that no path takes both branches of one condition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from dictlint.view.lending.nodes import compares_to_none, text_of
from dictlint.view.lending.values import NOWHERE, Place, State
from dictlint.view.tree import holds


def forget(state: State, name: str) -> State:
    """What was known of a variable that is bound anew."""
    if not state.known:
        return state
    word = re.compile(rf"\b{re.escape(name)}\b")
    return state._replace(known=frozenset(one for one in state.known if not word.search(one[0])))


def learn(state: State, text: str, value: bool) -> State:
    return state._replace(known=state.known | {(text, value)})


def assume(states: Iterable[State], test: Any, holds: bool) -> set[State]:
    """The states in which a test can come out that way, with what it tells."""
    return {one for state in states if (one := _assumed(state, test, holds)) is not None}


def _assumed(state: State, test: Any, holds: bool) -> State | None:
    import libcst

    if isinstance(test, libcst.UnaryOperation) and isinstance(test.operator, libcst.Not):
        return _assumed(state, test.expression, not holds)
    if isinstance(test, libcst.BooleanOperation):
        if isinstance(test.operator, libcst.And) == holds:
            left = _assumed(state, test.left, holds)
            return None if left is None else _assumed(left, test.right, holds)
        sides = (_assumed(state, test.left, holds), _assumed(state, test.right, holds))
        return None if sides == (None, None) else state
    text = _tested(test)
    if text is None:
        return state
    name, sense = text
    if (name, holds != sense) in state.known:
        return None
    return learn(state, name, holds == sense)


def _tested(test: Any) -> tuple[str, bool] | None:
    """What a test asks for, and whether it asks for its truth: `conn is None` asks for the untruth of `conn`."""
    import libcst

    if isinstance(test, libcst.Comparison) and compares_to_none(test):
        if isinstance(test.comparisons[0].operator, (libcst.Is, libcst.Equal)):
            return text_of(test.left), False
        return text_of(test.left), True
    if holds(test, libcst.Call, libcst.Await, libcst.NamedExpr):
        return None
    return text_of(test), True


def given_up(raised: set[tuple[State, Place]]) -> set[tuple[State, Place]]:
    return {(s._replace(status="gone") if s.status == "out" else s, at) for s, at in raised}


def in_trouble(state: State, place: Place) -> State:
    return state._replace(trouble=place) if state.status == "out" and state.trouble == NOWHERE else state
