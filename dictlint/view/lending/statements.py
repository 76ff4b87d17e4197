"""Statements one by one: what they bind and store, and which way out they take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dictlint.view.lending.effects import Effects
from dictlint.view.lending.known import assume, forget, learn
from dictlint.view.lending.nodes import bare, constant_of
from dictlint.view.lending.values import MOST_STATES, NOWHERE, Flow, Place, Question, State, States, TooMany

_CATCH_ALL = frozenset(("Exception", "BaseException"))
_TURNS = 4  # of a loop: what has not shown by then does not


class Statements(Effects):
    """One object in statements without branches."""

    def __init__(self, question: Question, places: Any, name: str) -> None:
        super().__init__(question, places, name)
        self.let_go = False
        self.outer: frozenset[str] = frozenset()  # variables that live on when the function is left
        self.lost: list[State] = []

    # -- statements -------------------------------------------------------------------------------------------------

    def block(self, suite: Any, states: States) -> Flow:
        """A body, statement by statement."""
        flow = Flow(states)
        for statement in suite.body:
            if not flow.next:
                break
            here = self.statement(statement, frozenset(flow.next))
            flow.next = here.next
            flow.add(here)
            if len(flow.next) + len(flow.raised) > MOST_STATES:
                raise TooMany
        return flow

    def statement(self, node: Any, states: States) -> Flow:
        import libcst

        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is not None:
            flow: Flow = method(node, states)
            return flow
        if isinstance(node, (libcst.SimpleStatementLine, libcst.SimpleStatementSuite)):
            return self.block(node, states)
        return self._evaluated(node, states)

    def _evaluated(self, node: Any, states: States) -> Flow:
        """A statement that only evaluates what stands in it."""
        flow = Flow()
        flow.next = self.evaluate(node, states, flow)
        return flow

    def _functiondef(self, node: Any, states: States) -> Flow:
        return self._hidden(node, states)

    def _classdef(self, node: Any, states: States) -> Flow:
        return self._hidden(node, states)

    def _hidden(self, node: Any, states: States) -> Flow:
        """A function inside: whoever runs it gives back what it has."""
        if not self.gives_inside(node):
            return Flow(states)
        return Flow(s._replace(status="gone") if s.status == "out" else s for s in states)

    def _return(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node.value, states, flow) if node.value is not None else set(states)
        flow.leaves = {self._handed_out(node.value, s) for s in after}
        return flow

    def _handed_out(self, value: Any, state: State) -> State:
        if state.status != "out" or value is None:
            return state
        if self.is_it(value) or self.holds_it(value):
            return self._given_on(state, self.place(value) if self.question.state else NOWHERE)
        return self.keeps(value, state)

    def _given_on(self, state: State, kept: Place = NOWHERE) -> State:
        """Somebody else has it now, and will give it back; if not, it is `kept`."""
        self.let_go = True
        return state._replace(status="gone", kept=kept)

    def _raise(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node, states, flow)
        flow.raised |= {(s, self.place(node)) for s in after}
        return flow

    def _break(self, node: Any, states: States) -> Flow:
        flow = Flow()
        flow.breaks = set(states)
        return flow

    def _continue(self, node: Any, states: States) -> Flow:
        flow = Flow()
        flow.goes = set(states)
        return flow

    def _del(self, node: Any, states: States) -> Flow:
        flow = Flow()
        if self.is_it(node.target):
            flow.next = {State(known=s.known) if s.status != "out" else s for s in states}
            return flow
        if self.part_of(node.target) is not None:
            flow.next = {s._replace(filled=NOWHERE) for s in states}
            return flow
        flow.next = self.evaluate(node, states, flow)
        return flow

    def _assign(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node.value, states, flow)
        for target in node.targets:
            after = self._store(target.target, node.value, after, flow)
        flow.next = after
        return flow

    def _annassign(self, node: Any, states: States) -> Flow:
        flow = Flow()
        flow.next = set(states)
        if node.value is not None:
            after = self.evaluate(node.value, states, flow)
            flow.next = self._store(node.target, node.value, after, flow)
        return flow

    def _augassign(self, node: Any, states: States) -> Flow:
        import libcst

        flow = Flow()
        after = self.evaluate(node.value, states, flow)
        flow.next = self.evaluate(node.target, frozenset(after), flow)
        if isinstance(node.target, libcst.Name):
            flow.next = {forget(state, node.target.value) for state in flow.next}
        return flow

    def _store(self, target: Any, value: Any, states: Iterable[State], flow: Flow) -> set[State]:
        import libcst

        if isinstance(target, libcst.Name) and target.value in self.outer:
            return {self._stored(target, value, s) for s in states}
        if isinstance(target, libcst.Name):
            return {after for s in states for after in self._named(target.value, value, s)}
        if isinstance(target, (libcst.Tuple, libcst.List)):
            after = set(states)
            for element in target.elements:
                after = self._store(element.value, None, after, flow)
            return after
        part = self.part_of(target)
        if part is not None and part in self.question.state and not isinstance(target, libcst.Attribute):
            return {self.fill(target, self.used(target, s)) for s in states}
        if self.root(target) == self.name:
            if isinstance(target, libcst.Attribute) and part in self.question.state:
                return {self.used(target, s, writes=True)._replace(filled=NOWHERE, kept=NOWHERE) for s in states}
            return {self.used(target, s) for s in states}
        after = self.evaluate(target, frozenset(states), flow)
        return {self._stored(target, value, s) for s in after}

    def _stored(self, target: Any, value: Any, state: State) -> State:
        """Something outside the function holds the value from here on."""
        if value is None or state.status != "out":
            return state
        if self.is_it(value) or self.holds_it(value):
            return self._given_on(state, self.place(value) if self._is_for_good(target) else NOWHERE)
        return self.keeps(value, state)

    def _is_for_good(self, target: Any) -> bool:
        """Whether it is stored in an entry of something that lives on, or in a variable of that kind, once."""
        import libcst

        return self.outlasts(target.value if isinstance(target, libcst.Subscript) else target)

    def _named(self, name: str, value: Any, state: State) -> Iterator[State]:
        """A local variable is bound."""
        state = forget(state, name)
        constant = constant_of(value)
        if name != self.name:
            state = self._other(name, value, state)
            yield learn(state, name, constant) if constant is not None else state
            return
        self._let_go(state)
        fresh = State(known=state.known)
        if constant is not None:
            yield learn(fresh, name, constant)
            return
        for place, known in self._sources(value, fresh) if value is not None else ((NOWHERE, fresh),):
            if place == NOWHERE:
                yield known
            else:
                yield learn(known._replace(status="out", since=place, taken=place), name, True)

    def _other(self, name: str, value: Any, state: State) -> State:
        """Another variable is bound, perhaps to the object or to a part of it."""
        parts = state.parts - {name}
        if value is not None and state.status in ("out", "gone"):
            if self.is_it(value):
                return state._replace(status="gone", parts=parts)
            part = self.part_of(value)
            if part is not None and part in self.question.state and self.is_whole(value):
                parts |= {name}
        return state._replace(parts=parts)

    def _sources(self, value: Any, state: State) -> Iterator[tuple[Place, State]]:
        """Where a value comes from: the pool, or on some condition not (`free.pop() if free else Buffer()`)."""
        import libcst

        if isinstance(value, libcst.IfExp):
            for holds, side in ((True, value.body), (False, value.orelse)):
                for known in assume((state,), value.test, holds):
                    yield from self._sources(side, known)
        elif isinstance(value, libcst.BooleanOperation):
            first = isinstance(value.operator, libcst.Or)  # the left side is the value where it is true
            for known in assume((state,), value.left, first):
                yield from self._sources(value.left, known)
            for known in assume((state,), value.left, not first):
                yield from self._sources(value.right, known)
        else:
            place = self.place(bare(value))
            yield (place if place in self.question.takes else NOWHERE), state

    def _let_go(self, state: State) -> None:
        """Where an object is given up on a normal path, those who made the pool can do without it."""
        if state.status == "out" and state.taken != NOWHERE:
            if state.trouble != NOWHERE:
                self.lost.append(state)
            else:
                self.let_go = True
