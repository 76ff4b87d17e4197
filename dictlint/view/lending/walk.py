"""Along the paths of a function: branches, loops, context managers and handlers; every way out is followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dictlint.knowledge.pools import LOCKING
from dictlint.view.lending.known import assume, given_up, in_trouble
from dictlint.view.lending.nodes import bare, last_name, text_of
from dictlint.view.lending.statements import Statements
from dictlint.view.lending.values import MOST_STATES, NOWHERE, Flow, Happening, Place, State, States, TooMany
from dictlint.view.tree import below, holds

_CATCH_ALL = frozenset(("Exception", "BaseException"))
_TURNS = 4  # of a loop: what has not shown by then does not


class Walk(Statements):
    """One object followed through one function."""

    def run(self, function: Any) -> Iterator[Happening]:
        """What happens to the object."""
        import libcst

        self.body = function.body
        declared = below(function.body, libcst.Global, libcst.Nonlocal)
        self.outer = frozenset(item.name.value for one in declared for item in getattr(one, "names", ()))
        start = State("out") if self.name == self.question.param else State()
        flow = self.block(function.body, frozenset((start,)))
        for state in flow.next | flow.leaves:
            self._let_go(state)
        self.let_go = self.let_go or self._returned_by_others(function)
        lost = [(s, s.trouble) for s in self.lost] + sorted(flow.raised, key=lambda one: one[1])
        for state, place in lost if not self.let_go else ():
            if state.status == "out" and state.taken != NOWHERE:
                self.say("leak", state.taken, place, state)
        return iter(self.found)

    def _returned_by_others(self, function: Any) -> bool:
        """Whether a function inside this one gives the object back."""
        import libcst

        inner = below(function.body, libcst.Lambda, libcst.FunctionDef)
        return any(map(self.gives_inside, inner))

    def _if(self, node: Any, states: States) -> Flow:
        import libcst

        flow = Flow()
        after = self.evaluate(node.test, states, flow)
        if not holds(node.test, libcst.Call) and not any(state.used for state in states):
            after = {state._replace(used=False) for state in after}  # looked at, to see whether it still serves
        inside = self.block(node.body, frozenset(assume(after, node.test, True)))
        flow.add(inside)
        flow.next = inside.next
        other = frozenset(assume(after, node.test, False))
        if node.orelse is None:
            flow.next |= other
        else:
            import libcst

            rest = node.orelse if isinstance(node.orelse, libcst.If) else None
            told = self._if(rest, other) if rest is not None else self.block(node.orelse.body, other)
            flow.add(told)
            flow.next |= told.next
        return flow

    def _match(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node.subject, states, flow)
        flow.next = set(after)
        for case in node.cases:
            inside = self.block(case.body, frozenset(after))
            flow.add(inside)
            flow.next |= inside.next
        return flow

    def _while(self, node: Any, states: States) -> Flow:
        return self._loop(node, states, node.test, None)

    def _for(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node.iter, states, flow)
        told = self._loop(node, frozenset(after), None, node.target)
        told.raised |= flow.raised
        return told

    def _loop(self, node: Any, states: States, test: Any, target: Any) -> Flow:
        import libcst

        flow = Flow()
        seen: set[State] = set()
        todo = set(states)
        done: set[State] = set()
        for _ in range(_TURNS):
            todo -= seen
            if not todo:
                break
            seen |= todo
            after = self.evaluate(test, frozenset(todo), flow) if test is not None else set(todo)
            if target is not None:
                done |= after
                after = self._store(target, None, after, flow)
                inside = self.block(node.body, frozenset(after))
            else:
                lasting = not holds(test, libcst.Attribute, libcst.Subscript)
                done |= set() if text_of(test) in ("True", "1") else assume(after, test, False) if lasting else after
                inside = self.block(node.body, frozenset(assume(after, test, True) if lasting else after))
            flow.raised |= inside.raised
            flow.leaves |= inside.leaves
            flow.breaks |= inside.breaks
            todo = inside.next | inside.goes
            if len(seen) > MOST_STATES:
                raise TooMany
        flow.next = flow.breaks | done
        flow.breaks = set()
        if node.orelse is not None:
            rest = self.block(node.orelse.body, frozenset(done))
            flow.next = (flow.next - done) | rest.next
            flow.add(rest)
        return flow

    def _with(self, node: Any, states: States) -> Flow:
        import libcst

        flow = Flow()
        after: set[State] = set(states)
        leased, locked, quiet = NOWHERE, False, False
        for item in node.items:
            inner = bare(item.item)
            place = self.place(inner)
            name = item.asname.name if item.asname is not None else None
            mine = isinstance(name, libcst.Name) and name.value == self.name
            after = self.evaluate(item.item, frozenset(after), flow)
            if place in self.question.leases and mine:
                leased = place
                after = {State("out", place, taken=NOWHERE, known=s.known) for s in after}
            elif place in self.question.takes and mine:
                after = {State("gone", known=s.known) for s in after}
            elif name is not None:
                after = self._store(name, None, after, flow)
            called = inner.func if isinstance(inner, libcst.Call) else inner
            locked = locked or bool(LOCKING.search(last_name(called)))
            quiet = quiet or last_name(called) == "suppress"
            if isinstance(inner, libcst.Call) and any(self.is_it(arg.value) for arg in inner.args):
                after = {s._replace(status="gone") if s.status == "out" else s for s in after}  # closing(conn)
        if locked:
            self.sections.append(id(node))
        inside = self.block(node.body, frozenset(after))
        if locked:
            self.sections.pop()
        if leased != NOWHERE:
            inside = self._returned(inside, leased)
            if node.asynchronous is not None:
                inside.next = {state._replace(waited=True) for state in inside.next}
        flow.add(inside)
        flow.next = inside.next
        if quiet:
            flow.next |= {state for state, _ in inside.raised}
        return flow

    def _returned(self, flow: Flow, place: Place) -> Flow:
        """The context manager gives the object back, however its block is left."""
        back = Flow(self.back(s, place) for s in flow.next)
        back.breaks = {self.back(s, place) for s in flow.breaks}
        back.goes = {self.back(s, place) for s in flow.goes}
        back.leaves = {self.back(s, place) for s in flow.leaves}
        back.raised = {(self.back(s, place), at) for s, at in flow.raised}
        return back

    def _try(self, node: Any, states: States) -> Flow:
        flow = Flow()
        body = self.block(node.body, states)
        raised, body.raised = body.raised, set()
        flow.add(body)
        flow.next = body.next
        if node.orelse is not None:
            rest = self.block(node.orelse.body, frozenset(body.next))
            flow.next = rest.next
            flow.add(rest)
        seen_to = False
        for handler in node.handlers:
            inside = self.block(handler.body, frozenset(in_trouble(s, at) for s, at in raised))
            if self._sees_to_it(raised, inside):
                seen_to = True
                inside.raised = given_up(inside.raised)
            flow.add(inside)
            flow.next |= inside.next
            if handler.type is None or self._catches_all(handler.type):
                raised = set()
        # a handler of narrow types that gives the object back: the author has thought about what is raised
        flow.raised |= given_up(raised) if seen_to else raised
        return self._finally(node.finalbody.body, flow) if node.finalbody is not None else flow

    _trystar = _try

    def _sees_to_it(self, raised: set[tuple[State, Place]], inside: Flow) -> bool:
        """Whether a handler gets rid of the object in one way or another."""
        if not any(state.status == "out" for state, _ in raised):
            return False
        done = inside.next | inside.leaves | inside.breaks | inside.goes
        if not done:
            return any(state.status != "out" for state, _ in inside.raised)
        return all(state.status != "out" for state in done)

    def _catches_all(self, kind: Any) -> bool:
        import libcst

        kinds = [e.value for e in kind.elements] if isinstance(kind, libcst.Tuple) else [kind]
        return any(last_name(one) in _CATCH_ALL for one in kinds)

    def _finally(self, suite: Any, flow: Flow) -> Flow:
        done = Flow()

        def through(states: Iterable[State]) -> set[State]:
            there = frozenset(states)
            if not there:
                return set()
            told = self.block(suite, there)
            told.raised = given_up(told.raised)  # what fails while cleaning up is another matter
            done.add(told)
            return told.next

        done.next = through(flow.next)
        done.breaks |= through(flow.breaks)
        done.goes |= through(flow.goes)
        done.leaves |= through(flow.leaves)
        for at in {place for _, place in flow.raised}:
            done.raised |= {(s, at) for s in through(s for s, place in flow.raised if place == at)}
        return done
