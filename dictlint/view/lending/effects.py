"""What the steps do to the state of the object, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dictlint.knowledge.pools import GATHERING, REMEMBERING
from dictlint.view.lending.nodes import last_name, text_of
from dictlint.view.lending.steps import Steps
from dictlint.view.lending.values import NOWHERE, Flow, Happening, Place, Question, State


class Effects(Steps):
    """Remembers what happens."""

    def __init__(self, question: Question, places: Any, name: str) -> None:
        super().__init__(question, places, name)
        self.sections: list[int] = []  # critical sections that are open
        self.found: dict[Happening, None] = {}

    def say(self, kind: str, place: Place, first: Place, state: State, name: str = "") -> None:
        """Write down what happens."""
        self.found[Happening(kind, place, first, name or self.name, state.taken)] = None

    def evaluate(self, node: Any, states: Iterable[State], flow: Flow) -> set[State]:
        """The states after an expression; what it may raise goes to the flow."""
        current = set(states)
        for kind, part in self.steps(node):
            if kind == "risk":
                flow.raised |= {(s._replace(started=NOWHERE), self.place(part)) for s in current}
            else:
                current = {self.after(kind, part, s) for s in current}
        return current

    def after(self, kind: str, node: Any, state: State) -> State:
        if kind == "use":
            return self.used(node, state)
        if kind == "part":
            if node.value in state.parts and state.status == "back":
                self._after_return(node, state, node.value)
            return state
        if kind == "give":
            return self.give(node, state)
        if kind == "wait":
            return state._replace(waited=True) if state.status == "back" else state
        if kind == "hide" and state.status == "out":
            return state._replace(status="gone", kept=self.kept_by(node))
        if kind == "hide" or kind == "drop":
            return state._replace(status="gone") if state.status == "out" else state
        if kind == "fill":
            return self.fill(node, state)
        if kind == "reset":
            return state._replace(filled=NOWHERE)
        if kind == "start":
            return state._replace(started=self.place(node)) if state.status == "out" else state
        if kind == "joined":
            return state._replace(started=NOWHERE)
        return self.keeps(node, state) if state.status == "out" else state

    def used(self, node: Any, state: State, writes: bool = False) -> State:
        if state.status == "back":
            self._after_return(node, state, self.name)
            return state
        return state if state.used else state._replace(used=True)

    def _after_return(self, node: Any, state: State, name: str) -> None:
        if self.question.sharing and not state.waited:
            return
        if state.shelter and state.shelter in self.sections:
            return  # nobody gets at the pool before the section is left
        self.say("use", self.place(node), state.since, state, name)

    def fill(self, node: Any, state: State) -> State:
        part = self._filled_part(node)
        if state.status != "out" or (part and REMEMBERING.search(part)):
            return state
        return state._replace(filled=self.place(node))

    def _filled_part(self, node: Any) -> str:
        import libcst

        target = node.func.value if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute) else node
        return self.part_of(target) or ""

    def give(self, node: Any, state: State) -> State:
        place = self.place(node)
        if state.status == "out" and not state.used and state.taken != NOWHERE:
            return state._replace(status="gone")  # taken and put back at once: they are used in turn, not lent
        return self.back(state, place)

    def back(self, state: State, place: Place) -> State:
        if state.status == "back":
            self.say("double", place, state.since, state)
        if state.status == "gone" and state.kept != NOWHERE:
            self.say("kept", state.kept, place, state)
        if state.status != "out":
            return state
        if state.filled != NOWHERE:
            self.say("dirty", place, state.filled, state)
        for kept in (state.kept, state.started):
            if kept != NOWHERE:
                self.say("kept", kept, place, state)
        section = self.sections[0] if self.sections else 0
        return state._replace(status="back", since=place, waited=False, shelter=section)

    def keeps(self, value: Any, state: State) -> State:
        """A value is kept by something that outlives the loan."""
        part = self.part_of(value)
        if part is not None and part in self.question.state and self.is_whole(value):
            return state._replace(kept=self.place(value))
        return state

    def kept_by(self, call: Any) -> Place:
        """Where a call keeps the whole object in a list or queue that lives on, and that nobody takes it out of."""
        import libcst

        if not (isinstance(call, libcst.Call) and isinstance(call.func, libcst.Attribute)):
            return NOWHERE
        if last_name(call.func) not in GATHERING or not self.outlasts(call.func.value):
            return NOWHERE
        return next((self.place(arg.value) for arg in call.args if self.is_it(arg.value)), NOWHERE)

    def outlasts(self, holder: Any) -> bool:
        """Whether something is mentioned once in the function: it was there before, and keeps what it is given."""
        return self.question.state != frozenset() and self.mentioned(text_of(holder)) == 1
