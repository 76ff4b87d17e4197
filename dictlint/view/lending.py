"""What becomes of a borrowed object on the paths through one function: normal, by exception, through `finally`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from dictlint.knowledge.pools import (
    DISCARDING,
    EMPTYING,
    FILLING,
    HARMLESS,
    KEEPING,
    LOCKING,
    REMEMBERING,
    STARTING,
)

Place = tuple[int, int, int, int]  # lines from 1, columns from 0, in characters, of the text that is looked at
NOWHERE: Place = (0, 0, 0, 0)
MOST_STATES = 160
_LOGS = frozenset(("debug", "info", "warning", "error", "exception", "log", "print", "id", "isinstance", "type"))
_WAITS = frozenset(("join", "result", "wait", "gather", "shutdown"))
_CATCH_ALL = frozenset(("Exception", "BaseException"))


class Question(NamedTuple):
    """What is asked of a function. `gives`: each with the position of the object (-1: the receiver). `param`: the name
    under which the object is handed in. `state`: the names of its containers ("" for the object itself). `sharing`: it
    runs on an event loop, where others get to run at an `await` only. `managed`: it is a context manager, whose
    `with` block runs at the `yield`.
    """

    text: str
    takes: frozenset[Place]
    leases: frozenset[Place]
    gives: frozenset[tuple[Place, int]]
    param: str = ""
    state: frozenset[str] = frozenset()
    fills: frozenset[str] = frozenset()
    resets: frozenset[str] = frozenset()
    sharing: bool = False
    managed: bool = False


class Happening(NamedTuple):
    """`kind`: `use` or `double` (after `first`, the giving back), `leak` (by what is raised at `first`), `dirty`
    (filled at `first`), `kept` (stored at `place`, given back at `first`). `name`: the object's, or its part's.
    """

    kind: str
    place: Place
    first: Place
    name: str
    taken: Place = NOWHERE


class State(NamedTuple):
    """Where the object is: `` nobody's, `out`, `back`, `gone` to somebody else who will see to it."""

    status: str = ""
    since: Place = NOWHERE
    used: bool = False
    waited: bool = False
    filled: Place = NOWHERE
    kept: Place = NOWHERE
    started: Place = NOWHERE
    taken: Place = NOWHERE
    known: frozenset[tuple[str, bool]] = frozenset()
    parts: frozenset[str] = frozenset()
    shelter: int = 0  # the critical section in which it was given back
    trouble: Place = NOWHERE  # what has been raised while it was out


States = frozenset[State]
NONE: States = frozenset()


class Flow:
    """Where control goes from a statement."""

    __slots__ = ("breaks", "goes", "leaves", "next", "raised")

    def __init__(self, following: Iterable[State] = ()) -> None:
        self.next: set[State] = set(following)
        self.breaks: set[State] = set()
        self.goes: set[State] = set()
        self.leaves: set[State] = set()
        self.raised: set[tuple[State, Place]] = set()

    def add(self, other: Flow) -> None:
        """Take over all ways out but the next statement."""
        self.breaks |= other.breaks
        self.goes |= other.goes
        self.leaves |= other.leaves
        self.raised |= other.raised


class TooMany(Exception):
    """More paths than anybody could read."""


@lru_cache(maxsize=512)
def story(question: Question) -> tuple[Happening, ...]:
    """Everything that goes wrong with the objects that a function borrows; nothing where it is too long to tell."""
    read = _read(question.text)
    if read is None:
        return ()
    function, places = read
    found: dict[Happening, None] = {}
    for name in _names(function, places, question):
        try:
            found.update(dict.fromkeys(_Walk(question, places, name).run(function)))
        except (TooMany, RecursionError):
            continue
    return tuple(found)


@lru_cache(maxsize=256)
def _read(text: str) -> tuple[Any, Any] | None:
    import libcst
    from libcst.metadata import MetadataWrapper, PositionProvider

    # A block that stands indented is parsed as it stands: what looks like indentation may be part of a string.
    text = f"if 1:\n{text}" if text[:1].isspace() else f"if 1: pass\n{text}"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    places = wrapper.resolve(PositionProvider)
    first, *rest = wrapper.module.body
    assert isinstance(first, libcst.If)
    statements = list(rest or first.body.body)
    found = statements[0] if len(statements) == 1 else None
    return (found, places) if isinstance(found, libcst.FunctionDef) else None


def _names(function: Any, places: Any, question: Question) -> list[str]:
    """The variables that hold borrowed objects."""
    import libcst
    from libcst import matchers

    found = [question.param] if question.param else []
    for call in matchers.findall(function, matchers.Call()):
        assert isinstance(call, libcst.Call)
        for place, position in question.gives:
            if _place(places, call) == place:
                given = _given(call, position)
                if isinstance(given, libcst.Name):
                    found.append(given.value)
    for item in matchers.findall(function, matchers.WithItem()):
        assert isinstance(item, libcst.WithItem)
        if _place(places, _bare(item.item)) in question.leases and item.asname is not None:
            name = item.asname.name
            if isinstance(name, libcst.Name):
                found.append(name.value)
    return list(dict.fromkeys(found))


def _given(call: Any, position: int) -> Any:
    import libcst

    if position < 0:
        return call.func.value if isinstance(call.func, libcst.Attribute) else None
    plain = [arg for arg in call.args if not arg.star]
    return plain[position].value if position < len(plain) else None


def _bare(node: Any) -> Any:
    import libcst

    return node.expression if isinstance(node, libcst.Await) else node


def _place(places: Any, node: Any) -> Place:
    """With the line that stands before the text taken off."""
    at = places[node]
    return at.start.line - 1, at.start.column, at.end.line - 1, at.end.column


def _last(node: Any) -> str:
    """The last name of what is called."""
    import libcst

    if isinstance(node, libcst.Attribute):
        return str(node.attr.value)
    return str(node.value) if isinstance(node, libcst.Name) else ""


class _Walk:
    """One object followed through one function; statements are taken in the order in which they run."""

    def __init__(self, question: Question, places: Any, name: str) -> None:
        self.question = question
        self.places = places
        self.name = name
        self.gives = dict(question.gives)
        self.sections: list[int] = []  # critical sections that are open
        self.found: dict[Happening, None] = {}
        self.let_go = False
        self.outer: frozenset[str] = frozenset()  # variables that live on when the function is left
        self.lost: list[State] = []
        self._orders = question.resets | EMPTYING | DISCARDING

    def run(self, function: Any) -> Iterator[Happening]:
        """What happens to the object."""
        from libcst import matchers

        declared = matchers.findall(function.body, matchers.Global() | matchers.Nonlocal())
        self.outer = frozenset(item.name.value for one in declared for item in getattr(one, "names", ()))
        start = State("out") if self.name == self.question.param else State()
        flow = self.block(function.body, frozenset((start,)))
        for state in flow.next | flow.leaves:
            self._let_go(state)
        self.let_go = self.let_go or self._returned_by_others(function)
        lost = [(s, s.trouble) for s in self.lost] + sorted(flow.raised, key=lambda one: one[1])
        for state, place in lost if not self.let_go else ():
            if state.status == "out" and state.taken != NOWHERE:
                self._say("leak", state.taken, place, state)
        return iter(self.found)

    def _returned_by_others(self, function: Any) -> bool:
        """Whether a function inside this one has the object."""
        from libcst import matchers

        inner = matchers.findall(function.body, matchers.Lambda() | matchers.FunctionDef())
        return any(map(self._mentions, inner))

    def _let_go(self, state: State) -> None:
        """Where an object is given up on a normal path, those who made the pool can do without it."""
        if state.status == "out" and state.taken != NOWHERE:
            if state.trouble != NOWHERE:
                self.lost.append(state)
            else:
                self.let_go = True

    def _say(self, kind: str, place: Place, first: Place, state: State, name: str = "") -> None:
        self.found[Happening(kind, place, first, name or self.name, state.taken)] = None

    def place(self, node: Any) -> Place:
        return _place(self.places, node)

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
        """A function inside: whoever runs it has what it mentions."""
        if not self._mentions(node):
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
        if self._is_it(value) or self._holds_it(value):
            return self._given_on(state)
        return self._keeps(value, state)

    def _given_on(self, state: State) -> State:
        """Somebody else has it now, and will give it back."""
        self.let_go = True
        return state._replace(status="gone")

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
        if self._is_it(node.target):
            flow.next = {State(known=s.known) if s.status != "out" else s for s in states}
            return flow
        if self._part_of(node.target) is not None:
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
            flow.next = {_forget(state, node.target.value) for state in flow.next}
        return flow

    def _store(self, target: Any, value: Any, states: Iterable[State], flow: Flow) -> set[State]:
        import libcst

        if isinstance(target, libcst.Name) and target.value in self.outer:
            return {self._stored(target, value, s) for s in states}
        if isinstance(target, libcst.Name):
            return {self._named(target.value, value, s) for s in states}
        if isinstance(target, (libcst.Tuple, libcst.List)):
            after = set(states)
            for element in target.elements:
                after = self._store(element.value, None, after, flow)
            return after
        part = self._part_of(target)
        if part is not None and part in self.question.state and not isinstance(target, libcst.Attribute):
            return {self._fill(target, self._used(target, s)) for s in states}
        if self._root(target) == self.name:
            if isinstance(target, libcst.Attribute) and part in self.question.state:
                return {self._used(target, s, writes=True)._replace(filled=NOWHERE, kept=NOWHERE) for s in states}
            return {self._used(target, s) for s in states}
        after = self.evaluate(target, frozenset(states), flow)
        return {self._stored(target, value, s) for s in after}

    def _stored(self, target: Any, value: Any, state: State) -> State:
        """Something outside the function holds the value from here on."""
        if value is None or state.status != "out":
            return state
        if self._is_it(value) or self._holds_it(value):
            return self._given_on(state)
        return self._keeps(value, state)

    def _keeps(self, value: Any, state: State) -> State:
        part = self._part_of(value)
        if part is not None and part in self.question.state and self._is_whole(value):
            return state._replace(kept=self.place(value))
        return state

    def _named(self, name: str, value: Any, state: State) -> State:
        """A local variable is bound."""
        state = _forget(state, name)
        constant = _constant(value)
        if name != self.name:
            parts = state.parts - {name}
            if value is not None and state.status in ("out", "gone"):
                if self._is_it(value):
                    return state._replace(status="gone", parts=parts)
                part = self._part_of(value)
                if part is not None and part in self.question.state and self._is_whole(value):
                    parts |= {name}
            state = state._replace(parts=parts)
            return _learn(state, name, constant) if constant is not None else state
        self._let_go(state)
        place = self._takes(value) if value is not None else NOWHERE
        if place != NOWHERE:
            fresh = State("out", place, taken=place, known=state.known)
            return _learn(fresh, name, True)
        fresh = State(known=state.known)
        return _learn(fresh, name, constant) if constant is not None else fresh

    def _takes(self, value: Any) -> Place:
        """Where a value is taken out of the pool, be it on condition (`free.pop() if free else Buffer()`)."""
        import libcst

        if isinstance(value, libcst.IfExp):
            return max(self._takes(value.body), self._takes(value.orelse))
        if isinstance(value, libcst.BooleanOperation):
            return max(self._takes(value.left), self._takes(value.right))
        place = self.place(_bare(value))
        return place if place in self.question.takes else NOWHERE

    # -- branches ---------------------------------------------------------------------------------------------------

    def _if(self, node: Any, states: States) -> Flow:
        flow = Flow()
        after = self.evaluate(node.test, states, flow)
        inside = self.block(node.body, frozenset(_assume(after, node.test, True)))
        flow.add(inside)
        flow.next = inside.next
        other = frozenset(_assume(after, node.test, False))
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
        from libcst import matchers

        flow = Flow()
        seen: set[State] = set()
        todo = set(states)
        done: set[State] = set()
        for _ in range(4):
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
                lasting = not matchers.findall(test, matchers.Attribute() | matchers.Subscript())
                done |= set() if _text(test) in ("True", "1") else _assume(after, test, False) if lasting else after
                inside = self.block(node.body, frozenset(_assume(after, test, True) if lasting else after))
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
            bare = _bare(item.item)
            place = self.place(bare)
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
            called = bare.func if isinstance(bare, libcst.Call) else bare
            locked = locked or bool(LOCKING.search(_last(called)))
            quiet = quiet or _last(called) == "suppress"
            if isinstance(bare, libcst.Call) and any(self._is_it(arg.value) for arg in bare.args):
                after = {s._replace(status="gone") if s.status == "out" else s for s in after}  # closing(conn)
        if locked:
            self.sections.append(id(node))
        inside = self.block(node.body, frozenset(after))
        if locked:
            self.sections.pop()
        if leased != NOWHERE:
            inside = self._returned(inside, leased)
        flow.add(inside)
        flow.next = inside.next
        if quiet:
            flow.next |= {state for state, _ in inside.raised}
        return flow

    def _returned(self, flow: Flow, place: Place) -> Flow:
        """The context manager gives the object back, however its block is left."""
        back = Flow(self._back(s, place) for s in flow.next)
        back.breaks = {self._back(s, place) for s in flow.breaks}
        back.goes = {self._back(s, place) for s in flow.goes}
        back.leaves = {self._back(s, place) for s in flow.leaves}
        back.raised = {(self._back(s, place), at) for s, at in flow.raised}
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
            inside = self.block(handler.body, frozenset(_in_trouble(s, at) for s, at in raised))
            if self._sees_to_it(raised, inside):
                seen_to = True
                inside.raised = _given_up(inside.raised)
            flow.add(inside)
            flow.next |= inside.next
            if handler.type is None or self._catches_all(handler.type):
                raised = set()
        # a handler of narrow types that gives the object back: the author has thought about what is raised
        flow.raised |= _given_up(raised) if seen_to else raised
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
        return any(_last(one) in _CATCH_ALL for one in kinds)

    def _finally(self, suite: Any, flow: Flow) -> Flow:
        done = Flow()

        def through(states: Iterable[State]) -> set[State]:
            there = frozenset(states)
            if not there:
                return set()
            told = self.block(suite, there)
            told.raised = _given_up(told.raised)  # what fails while cleaning up is another matter
            done.add(told)
            return told.next

        done.next = through(flow.next)
        done.breaks |= through(flow.breaks)
        done.goes |= through(flow.goes)
        done.leaves |= through(flow.leaves)
        for at in {place for _, place in flow.raised}:
            done.raised |= {(s, at) for s in through(s for s, place in flow.raised if place == at)}
        return done

    # -- expressions ------------------------------------------------------------------------------------------------

    def evaluate(self, node: Any, states: Iterable[State], flow: Flow) -> set[State]:
        """The states after an expression; what it may raise goes to the flow."""
        current = set(states)
        for kind, part in self._steps(node):
            if kind == "risk":
                flow.raised |= {(s._replace(started=NOWHERE), self.place(part)) for s in current}
            else:
                current = {self._after(kind, part, s) for s in current}
        return current

    def _steps(self, node: Any) -> Iterator[tuple[str, Any]]:
        """What matters in an expression, in the order of evaluation."""
        import libcst

        if isinstance(node, libcst.Name):
            if node.value == self.name:
                yield "use", node
            else:
                yield "part", node
        elif isinstance(node, libcst.Call):
            yield from self._call(node)
        elif isinstance(node, libcst.Lambda):
            if self._mentions(node):
                yield "hide", node
        elif isinstance(node, libcst.Attribute):
            yield from self._steps(node.value)
        elif isinstance(node, libcst.Await):
            yield from self._steps(node.expression)
            yield "wait", node
            called = node.expression.func if isinstance(node.expression, libcst.Call) else node.expression
            if isinstance(called, libcst.Name) or _last(called) in STARTING:
                yield "joined", node
            yield "risk", node
        elif isinstance(node, libcst.Yield):
            if node.value is not None:
                yield from self._steps(node.value)
            yield "wait", node
            if self.question.managed:
                yield "risk", node
        elif isinstance(node, libcst.Assert) or (isinstance(node, libcst.Comparison) and _compares_to_none(node)):
            pass
        elif isinstance(node, libcst.CSTNode):
            for child in node.children:
                if isinstance(child, (libcst.Arg, libcst.BaseExpression, libcst.Element, libcst.DictElement)) or (
                    child.children and not isinstance(child, libcst.BaseParenthesizableWhitespace)
                ):
                    yield from self._steps(child)

    def _call(self, node: Any) -> Iterator[tuple[str, Any]]:
        import libcst

        name = _last(node.func)
        position = self.gives.get(self.place(node))
        given = _given(node, position) if position is not None else None
        giving = isinstance(given, libcst.Name) and given.value == self.name
        if not (giving and position == -1) and isinstance(node.func, libcst.Attribute):
            yield from self._steps(node.func.value)
        mine = [arg for arg in node.args if self._is_it(arg.value)]
        for arg in node.args:
            if not (giving and arg.value is given) and not (mine and name in _LOGS):
                yield from self._steps(arg.value)
        if giving:
            yield "give", node
            return
        receiver = node.func.value if isinstance(node.func, libcst.Attribute) else None
        if self.place(node) in self.question.takes:
            if node.args or name not in ("get", "acquire"):
                yield "risk", node
            return
        if name in _WAITS:
            yield "joined", node
        if mine and (name in DISCARDING or name in KEEPING):
            yield ("drop" if name in DISCARDING else "hide"), node
        orders = receiver is not None and self._is_it(receiver) and name in self._orders
        if name not in HARMLESS and not orders:
            yield "risk", node
        if receiver is not None:
            yield from self._method(node, receiver, name)
        if name in STARTING and any(self._mentions(arg) for arg in node.args):
            yield "start", node
        elif name in KEEPING and not mine:
            for arg in node.args:
                yield "keep", arg.value

    def _method(self, node: Any, receiver: Any, name: str) -> Iterator[tuple[str, Any]]:
        question = self.question
        if self._is_it(receiver):
            if name in DISCARDING and name not in question.resets:
                yield "drop", node
            elif name in question.resets or (name in EMPTYING and name not in question.fills):
                yield "reset", node
            elif name in question.fills or (name in FILLING and "" in question.state):
                yield "fill", node
            elif name in ("pop", "popitem", "discard", "remove"):
                yield "reset", node
            return
        part = self._part_of(receiver)
        if part is not None and part in question.state and self._is_whole(receiver):
            if name in FILLING:
                yield "fill", node
            elif name in EMPTYING or name in ("pop", "popitem", "discard", "remove"):
                yield "reset", node

    def _after(self, kind: str, node: Any, state: State) -> State:
        if kind == "use":
            return self._used(node, state)
        if kind == "part":
            if node.value in state.parts and state.status == "back":
                self._after_return(node, state, node.value)
            return state
        if kind == "give":
            return self._give(node, state)
        if kind == "wait":
            return state._replace(waited=True) if state.status == "back" else state
        if kind == "hide" or kind == "drop":
            return state._replace(status="gone") if state.status == "out" else state
        if kind == "fill":
            return self._fill(node, state)
        if kind == "reset":
            return state._replace(filled=NOWHERE)
        if kind == "start":
            return state._replace(started=self.place(node)) if state.status == "out" else state
        if kind == "joined":
            return state._replace(started=NOWHERE)
        return self._keeps(node, state) if state.status == "out" else state

    def _used(self, node: Any, state: State, writes: bool = False) -> State:
        if state.status == "back":
            self._after_return(node, state, self.name)
            return state
        return state if state.used else state._replace(used=True)

    def _after_return(self, node: Any, state: State, name: str) -> None:
        if self.question.sharing and not state.waited:
            return
        if state.shelter and state.shelter in self.sections:
            return  # nobody gets at the pool before the section is left
        self._say("use", self.place(node), state.since, state, name)

    def _fill(self, node: Any, state: State) -> State:
        part = self._filled_part(node)
        if state.status != "out" or (part and REMEMBERING.search(part)):
            return state
        return state._replace(filled=self.place(node))

    def _filled_part(self, node: Any) -> str:
        import libcst

        target = node.func.value if isinstance(node, libcst.Call) and isinstance(node.func, libcst.Attribute) else node
        return self._part_of(target) or ""

    def _give(self, node: Any, state: State) -> State:
        place = self.place(node)
        if state.status == "out" and not state.used and state.taken != NOWHERE:
            return state._replace(status="gone")  # taken and put back at once: they are used in turn, not lent
        return self._back(state, place)

    def _back(self, state: State, place: Place) -> State:
        if state.status == "back":
            self._say("double", place, state.since, state)
        if state.status != "out":
            return state
        if state.filled != NOWHERE:
            self._say("dirty", place, state.filled, state)
        for kept in (state.kept, state.started):
            if kept != NOWHERE:
                self._say("kept", kept, place, state)
        section = self.sections[0] if self.sections else 0
        return state._replace(status="back", since=place, waited=False, shelter=section)

    # -- the object in the text -------------------------------------------------------------------------------------

    def _is_it(self, node: Any) -> bool:
        import libcst

        return isinstance(node, libcst.Name) and node.value == self.name

    def _holds_it(self, node: Any) -> bool:
        """Whether a display or a call's argument list has the object in it."""
        import libcst

        if isinstance(node, (libcst.Tuple, libcst.List, libcst.Set)):
            return any(self._is_it(e.value) for e in node.elements)
        if isinstance(node, libcst.Dict):
            return any(isinstance(e, libcst.DictElement) and self._is_it(e.value) for e in node.elements)
        if isinstance(node, libcst.Call):
            return any(self._is_it(arg.value) for arg in node.args) and _last(node.func)[:1].isupper()
        return False

    def _root(self, node: Any) -> str:
        import libcst

        while isinstance(node, (libcst.Attribute, libcst.Subscript)):
            node = node.value
        return str(node.value) if isinstance(node, libcst.Name) else ""

    def _part_of(self, node: Any) -> str | None:
        """The attribute of the object that an expression begins with; "" for an entry of the object itself."""
        import libcst

        inner = None
        while isinstance(node, (libcst.Attribute, libcst.Subscript)):
            inner, node = node, node.value
        if not (isinstance(node, libcst.Name) and node.value == self.name):
            return None
        return str(inner.attr.value) if isinstance(inner, libcst.Attribute) else ""

    def _is_whole(self, node: Any) -> bool:
        """Whether it is the object's container itself: `ctx.headers`, not an entry of it."""
        import libcst

        if isinstance(node, libcst.Attribute):
            return self._is_it(node.value)
        return self._is_it(node)

    def _mentions(self, node: Any) -> bool:
        from libcst import matchers

        return bool(matchers.findall(node, matchers.Name(self.name)))


def _text(node: Any) -> str:
    import libcst

    return libcst.Module(()).code_for_node(node)


def _constant(node: Any) -> bool | None:
    """The truth of a constant; None for anything else."""
    import libcst

    if isinstance(node, libcst.Name) and node.value in ("None", "False", "True"):
        return node.value == "True"
    return None


def _compares_to_none(node: Any) -> bool:
    import libcst

    return len(node.comparisons) == 1 and any(
        isinstance(side, libcst.Name) and side.value == "None" for side in (node.left, node.comparisons[0].comparator)
    )


def _given_up(raised: set[tuple[State, Place]]) -> set[tuple[State, Place]]:
    return {(s._replace(status="gone") if s.status == "out" else s, at) for s, at in raised}


def _in_trouble(state: State, place: Place) -> State:
    return state._replace(trouble=place) if state.status == "out" and state.trouble == NOWHERE else state


def _forget(state: State, name: str) -> State:
    """What was known of a variable that is bound anew."""
    if not state.known:
        return state
    word = re.compile(rf"\b{re.escape(name)}\b")
    return state._replace(known=frozenset(one for one in state.known if not word.search(one[0])))


def _learn(state: State, text: str, value: bool) -> State:
    return state._replace(known=state.known | {(text, value)})


def _assume(states: Iterable[State], test: Any, holds: bool) -> set[State]:
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
        return state
    text = _tested(test)
    if text is None:
        return state
    name, sense = text
    if (name, holds != sense) in state.known:
        return None
    return _learn(state, name, holds == sense)


def _tested(test: Any) -> tuple[str, bool] | None:
    """What a test asks for, and whether it asks for its truth: `conn is None` asks for the untruth of `conn`."""
    import libcst
    from libcst import matchers

    if isinstance(test, libcst.Comparison) and _compares_to_none(test):
        if isinstance(test.comparisons[0].operator, (libcst.Is, libcst.Equal)):
            return _text(test.left), False
        return _text(test.left), True
    if matchers.findall(test, matchers.Call() | matchers.Await() | matchers.NamedExpr()):
        return None
    return _text(test), True
