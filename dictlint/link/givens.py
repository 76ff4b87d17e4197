"""Which branches a run takes: by constants that callers hand over, by states of `self` that were tested, and none that
is for a method which is there.
"""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from dictlint.knowledge.containers import CLASSES, TYPES
from dictlint.link.context import Context
from dictlint.link.coverage import is_within, needless
from dictlint.link.evaluate import Evaluator
from dictlint.link.flags import Flags
from dictlint.link.loading import Loading
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.link.turnstiles import Turnstiles
from dictlint.model.body import Access, Call, Given
from dictlint.model.site import Span

Constants = frozenset[tuple[str, str]]
States = frozenset[tuple[str, str, bool]]
_NONE: frozenset[str] = frozenset()
_FALSE = frozenset(("=None", "=False", "=0", "=0.0", "=''"))


class Givens:
    """Asks what branches know; `edges` are the calls that matter."""

    def __init__(self, ev: Evaluator, edges: defaultdict[int, list[tuple[int, int]]]) -> None:
        self.ev = ev
        self.edges = edges
        self._deciding: dict[int, frozenset[str]] = {}
        self._arguments: dict[tuple[int, int, int, str], str] = {}
        self._of_self: dict[int, list[Given]] = {}
        self._needless: dict[int, tuple[Span, ...]] = {}
        self._loading = Loading(ev)
        self._turnstiles = Turnstiles(ev)
        self.flags = Flags(ev)

    def excluded(self, context: Context, step: Access | Call) -> bool:
        """Whether the constants of this run keep it from the step, or no run comes there."""
        facts = self.ev.symbols.fns[context.function].facts
        if facts.tries and any(is_within(step.at, handler) for handler in self._never_entered(context.function)):
            return True
        known, seq = dict(context.constants), step.seq
        return bool(known) and any(
            given.path[1:] in known and given.start <= seq < given.stop and _contradicts(known[given.path[1:]], given)
            for given in facts.givens
        )

    def is_other(self, fid: int, access: Access, kind: str) -> bool:
        """Whether the branch is for something of another type than a container of that kind."""
        narrowings = self.ev.symbols.fns[fid].facts.narrowings
        return bool(narrowings) and any(
            given.start <= access.seq < given.stop
            and given.path == access.path.partition("|")[0]
            and _is_for_others(given, kind)
            for given in narrowings
        )

    def _never_entered(self, fid: int) -> tuple[Span, ...]:
        if fid not in self._needless:
            self._needless[fid] = tuple(needless(self.ev, fid))
        return self._needless[fid]

    def handed(self, context: Context, number: int, callee: int) -> Constants:
        """The constants that a call hands over for parameters which decide something."""
        deciding = self.deciding(callee)
        if not deciding:
            return frozenset()
        known = dict(context.constants)
        found = []
        for name in deciding:
            value = self._argument(context.function, number, callee, name)
            value = known.get(value[1:], "") if value[:1] == "%" else value
            if value:
                found.append((name, value))
        return frozenset(found)

    def deciding(self, fid: int) -> frozenset[str]:
        """Parameters whose value decides a branch of the function, or of one that it hands them to."""
        if fid not in self._deciding:
            self._deciding[fid] = _NONE  # while it is being found out
            fn = self.ev.symbols.fns[fid]
            found = {given.path[1:] for given in fn.facts.givens if "." not in given.path}
            for number, callee in self.edges.get(fid, ()):
                for name in self.deciding(callee) if number >= 0 else ():
                    value = self._argument(fid, number, callee, name)
                    if value[:1] == "%":
                        found.add(value[1:])
            self._deciding[fid] = frozenset(found) - {fn.self_name}
        return self._deciding[fid]

    def _argument(self, fid: int, number: int, callee: int, name: str) -> str:
        key = (fid, number, callee, name)
        if key not in self._arguments:
            self._arguments[key] = self._find_argument(*key)
        return self._arguments[key]

    def _find_argument(self, fid: int, number: int, callee: int, name: str) -> str:
        """The constant, or the caller's own parameter, that a call gives for a parameter; empty when unknown."""
        fn = self.ev.symbols.fns[callee]
        call = self.ev.symbols.fns[fid].facts.calls[number]
        index = next((i for i, p in enumerate(fn.facts.params) if p.name == name), -1)
        if index < 0 or fn.facts.params[index].kind.endswith("star"):
            return ""
        values = argument(call, index - self.ev.shift(fn, fid, number), name)
        if values is None:
            return fn.facts.params[index].constant if self.called_by_name(fn, call) else ""
        value = values[0] if len(values) == 1 else ""
        if value[:1] in "=%":
            return value if value != "=?" and (value[:1] != "%" or value[1:].isidentifier()) else ""
        return self._named_constant(fid, value) if leaf_name(value).isupper() else ""

    def _named_constant(self, fid: int, path: str) -> str:
        """What a module's only assignment to a name in capitals says."""
        found = {bind.constant for loc in self.ev.located(fid, path) for _, bind in self.ev.binds(loc)}
        value = found.pop() if len(found) == 1 else ""
        return value if value != "=?" else ""

    def called_by_name(self, fn: Fn, call: Call) -> bool:
        """Whether nobody, such as a partial or a decorator, can add arguments on the way."""
        name = leaf_name(call.callee)
        own = fn.facts.name if fn.facts.name != "__init__" or name == "__init__" else self._class_name(fn)
        return name == own and not self.ev.wrappers(fn.gid)

    def _class_name(self, fn: Fn) -> str:
        return self.ev.symbols.classes[fn.cls].facts.name

    def states(self, context: Context, step: Access | Call) -> States:
        """What has been tested of `self` when the step runs: by the callers, and here under the same locks; what has
        been loaded; and which flags the run has for itself.
        """
        return self._turnstiles.states(context.function, step, self._tested(context, step))

    def _tested(self, context: Context, step: Access | Call) -> States:
        loaded = self._loading.known(context.function, step.seq, context.states)
        called = self._loading.called(context.function, step) if isinstance(step, Call) else frozenset()
        if called:
            return context.states | called  # it waits for its lock: what was missing before may be there
        tests = self._tests_of_self(context.function)
        if turns := self.ev.symbols.fns[context.function].facts.turns:
            tests = [*tests, *(given for given in turns if self.flags.lasts(context.function, given))]
        if not tests:
            return context.states | loaded if loaded else context.states
        facts = self.ev.symbols.fns[context.function].facts
        held = set(facts.locksets[step.locks])
        found = set(context.states | loaded)
        for given in tests:
            if given.start <= step.seq < given.stop:
                changed = any(b.target == given.path and given.start <= b.seq < step.seq for b in facts.binds)
                if not changed and held <= set(facts.locksets[given.locks]):
                    found.add((given.path.partition(".")[2], given.value, given.holds))
        return frozenset(found)

    def _tests_of_self(self, fid: int) -> list[Given]:
        if fid not in self._of_self:
            fn = self.ev.symbols.fns[fid]
            own = f"%{fn.self_name}"
            of_self = [g for g in fn.facts.givens if g.path == own or g.path.startswith(own + ".")]
            self._of_self[fid] = [self._as_kept(fn, given) for given in of_self] if fn.self_name else []
        return self._of_self[fid]

    def _as_kept(self, fn: Fn, given: Given) -> Given:
        """A property that only gives another attribute tells of that one."""
        attr = given.path.partition(".")[2]
        method = self.ev.symbols.method(fn.cls, attr) if attr and fn.own else None
        if method is None or not self.ev.is_property(method):
            return given
        asked = self.ev.symbols.fns[method]
        only = asked.facts.returns[0] if len(asked.facts.returns) == 1 else ""
        plain = not asked.facts.binds and split(only)[0] == asked.own
        return replace(given, path=f"{fn.own}.{split(only)[1]}") if plain else given


def argument(call: Call, position: int, name: str) -> tuple[str, ...] | None:
    """The values for a parameter, constants too; None where the call gives none, so that the default holds."""
    for keyword, values in call.kwargs:
        if keyword == name:
            return values
    if any(keyword == "**" for keyword, _ in call.kwargs):
        return ()
    for at, values in enumerate(call.args[: position + 1]):
        if values == ("=?",) or any(value[:1] == "*" for value in values):
            return ()
        if at == position:
            return values
    return None


def _contradicts(constant: str, given: Given) -> bool:
    """Whether the constant goes the other way at the test."""
    if given.value == "true":
        return (constant not in _FALSE) != given.holds
    return given.value[:1] == "=" and (constant == given.value) != given.holds


def _is_for_others(given: Given, kind: str) -> bool:
    """Whether what `isinstance` has said excludes a container of that kind."""
    is_a = [_is_one(kind, name) for name in given.value.split(",")]
    return True not in is_a and None not in is_a if given.holds else True in is_a


def _is_one(kind: str, name: str) -> bool | None:
    """Whether a container of that kind is one of that class; None where nobody knows."""
    cls, of = TYPES.get(kind), CLASSES.get(name)
    return None if cls is None or of is None else issubclass(cls, of)
