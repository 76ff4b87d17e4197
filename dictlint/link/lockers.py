"""Functions that lock for others: helpers that acquire and release, decorators, and what their parameters stand for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from dictlint.knowledge.locks import LOCKS, LOOP_LOCKS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, given, leaf_name, split
from dictlint.link.symbols import Fn, Value
from dictlint.model.body import Call, Held
from dictlint.model.facts import FunctionFacts

_NEVER = 1 << 30
_LATER = ("__enter__", "__aenter__", "acquire", "__init__")  # these leave locks held for what enters or owns them


class Around(NamedTuple):
    """What a decorator's wrapper holds around the function, and what that is: `path` in function `place`. `anew`: the
    decorator, or the call of its factory, makes it, so each decorated function has one of its own.
    """

    wrapper: int
    held: Held
    place: int
    path: str
    anew: bool


class Lockers:
    """Finds who takes locks for whom; the locks themselves are resolved by who asks."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev

    @cached_property
    def acquirers(self) -> frozenset[str]:
        """Names of the functions that return with something still held."""
        return frozenset(
            fn.facts.name for fn in self.ev.symbols.fns if fn.facts.exits_with and fn.facts.name not in _LATER
        )

    @cached_property
    def releasers(self) -> frozenset[str]:
        """Names of the functions that release what they have not acquired themselves."""
        return frozenset(
            fn.facts.name
            for fn in self.ev.symbols.fns
            if any(split(call.callee)[1] == "release" and not call.locks for call in fn.facts.calls)
        )

    def stretches(self, fid: int) -> Iterator[tuple[int, int, int, int]]:
        """(call, helper, start, end) of every stretch of a function in which a helper's acquiring holds on."""
        calls = self.ev.symbols.fns[fid].facts.calls
        for number, call in enumerate(calls):
            if leaf_name(call.callee) in self.acquirers:
                for callee in self.ev.functions(fid, number):
                    if self.ev.symbols.fns[callee].facts.exits_with:
                        yield number, callee, call.seq, self._end(calls, call)

    def _end(self, calls: tuple[Call, ...], start: Call) -> int:
        """The last release before the same helper acquires again: a release on the way out of a branch is no end."""
        again = min((c.seq for c in calls if c.seq > start.seq and c.callee == start.callee), default=_NEVER)
        ends = [
            c.seq
            for c in calls
            if start.seq < c.seq < again and (leaf_name(c.callee) in self.releasers or split(c.callee)[1] == "release")
        ]
        return max(ends, default=again)

    def handed(self, callee: int, path: str, fid: int, number: int) -> list[tuple[int, str]]:
        """What a path of `callee` stands for in one call of it: (function, path), itself where it is no parameter."""
        fn = self.ev.symbols.fns[callee]
        root, dot, rest = path.partition(".")
        if root[:1] != "%" or root[1:] == fn.self_name:
            return [(callee, path)]
        index = next((i for i, p in enumerate(fn.facts.params) if p.name == root[1:]), -1)
        if index < 0:
            return [(callee, path)]
        call = self.ev.symbols.fns[fid].facts.calls[number]
        values = given(call, index - self.ev.shift(fn, fid, number), root[1:])
        return [(fid, value + dot + rest) for value in values] or [(callee, path)]

    # -- decorators -------------------------------------------------------------------------------------------------

    def wrapped(self, fid: int) -> Iterator[Around]:
        """Everything that decorators hold around a function."""
        fn = self.ev.symbols.fns[fid]
        outer = fn.mod.first_function + max(fn.facts.parent, 0)
        for path in (p for group in fn.facts.decorators for p in group):
            for value in self.ev.values(outer, path):
                for wrapper in self._wrappers(value, fid):
                    yield from self._holding(wrapper, fn, outer, path, value)

    def foreign(self, fid: int) -> Iterator[tuple[int, str, tuple[str, ...]]]:
        """(function, name, arguments) of every decorator that is not of this program."""
        fn = self.ev.symbols.fns[fid]
        outer = fn.mod.first_function + max(fn.facts.parent, 0)
        for path in (p for group in fn.facts.decorators for p in group):
            if any(v[0] in ("F", "B", "I", "C") for v in self.ev.values(outer, path)):
                continue
            call = self._call(outer, path)
            args = tuple(p for group in call.args for p in group if p[:1] not in "=*(") if call else ()
            yield outer, call.callee if call else path, args

    def _call(self, outer: int, path: str) -> Call | None:
        called = call_of(path) >= 0
        return self.ev.symbols.fns[outer].facts.calls[call_of(path)] if called else None

    def _wrappers(self, decorator: Value, fid: int) -> Iterator[int]:
        """The functions that run in the decorated one's place."""
        runs = self.ev.runs(decorator) if decorator[0] in ("F", "B", "I") else ()
        if decorator[0] == "C":  # the decorated function becomes an object that is called
            call = self.ev.symbols.method(decorator[1], "__call__")
            yield from () if call is None else (call,)
        for one in runs:
            yield from self._given_back(one, fid)

    def _given_back(self, decorator: int, fid: int) -> Iterator[int]:
        for path in self.ev.symbols.fns[decorator].facts.returns:
            for value in self.ev.values(decorator, path):
                if value[0] == "F" and value[1] != fid:
                    yield value[1]

    def _holding(self, wrapper: int, decorated: Fn, outer: int, decorator: str, applied: Value) -> Iterator[Around]:
        facts = self.ev.symbols.fns[wrapper].facts
        for one in dict.fromkeys(one for lockset in facts.locksets[1:] for one in lockset):
            if _goes_without(facts, one):
                continue
            given = not one.instead or self._argument(wrapper, one.path, outer, decorator) not in ("", "=None")
            place, path = self._meant(wrapper, one.path if given else one.instead, decorated, outer, decorator)
            anew = place == wrapper and self._is_made_anew(wrapper, path, outer, decorator, applied)
            yield Around(wrapper, one, place, path, anew)

    def _is_made_anew(self, wrapper: int, path: str, outer: int, decorator: str, applied: Value) -> bool:
        """Whether the wrapper captures what the decorator has made for it, or the factory that stands behind the `@`;
        what a factory has made that was called elsewhere (`guarded = guarded_by_one_lock()`) is common to all.
        """
        number, _, name = path[1:].partition(":")
        if path[:1] != "^" or not number.isdigit() or "." in name:
            return False
        maker = self.ev.symbols.fns[wrapper].mod.first_function + int(number)
        factories = self.ev.functions(outer, call_of(decorator)) if call_of(decorator) >= 0 else ()
        if maker not in factories and maker not in self.ev.runs(applied):
            return False
        binds = [bind for bind in self.ev.symbols.fns[maker].facts.binds if bind.target == f":{name}"]
        return bool(binds) and all(self._makes_lock(maker, value) for bind in binds for value in bind.values)

    def _makes_lock(self, fid: int, path: str) -> bool:
        names = {v[1] for v in self.ev.targets(fid, call_of(path)) if v[0] == "X"} if call_of(path) >= 0 else set()
        return bool(names & (LOCKS | LOOP_LOCKS))

    def _meant(self, wrapper: int, path: str, decorated: Fn, outer: int, decorator: str) -> tuple[int, str]:
        """What a path of the wrapper stands for: the wrapped call's `self`, an argument of the decorator, or itself."""
        fn = self.ev.symbols.fns[wrapper]
        if call_of(path) >= 0:
            call = fn.facts.calls[call_of(path)]
            if call.callee == "getattr" and len(call.args) > 1 and call.args[0] and call.args[1]:
                name = self._constant(wrapper, call.args[1][0], outer, decorator)
                return self._meant(wrapper, f"{call.args[0][0]}.{name}", decorated, outer, decorator)
            return wrapper, path
        root, dot, rest = path.partition(".")
        if self._is_first(fn, root) and decorated.self_name and fn.cls < 0 and dot:
            return decorated.gid, f"%{decorated.self_name}.{rest}"
        argument = self._argument(wrapper, root, outer, decorator)
        return (outer, argument + dot + rest) if argument and argument[0] != "=" else (wrapper, path)

    def _is_first(self, fn: Fn, root: str) -> bool:
        """`self` of the decorated method, as the wrapper names it: its first parameter, or `args[0]`."""
        params = fn.facts.params
        return bool(params) and root in ("%" + params[0].name, f"%*{params[0].name}[]", f"%{params[0].name}[]")

    def _constant(self, wrapper: int, path: str, outer: int, decorator: str) -> str:
        if path[:1] != "=":
            path = self._argument(wrapper, path, outer, decorator)
        return path[2:-1] if path[:2] in ("='", '="') else "?"

    def _argument(self, wrapper: int, root: str, outer: int, decorator: str) -> str:
        """What the decorator's call gives for a parameter of the factory that the wrapper captures."""
        call = self._call(outer, decorator)
        number, _, name = root[1:].partition(":")
        if call is None or root[:1] != "^" or not number.isdigit():
            return ""
        factory = self.ev.symbols.fns[self.ev.symbols.fns[wrapper].mod.first_function + int(number)]
        index = next((i for i, p in enumerate(factory.facts.params) if p.name == name), -1)
        for keyword, values in call.kwargs:
            if keyword == name and values:
                return values[0]
        position = index - (1 if factory.self_name else 0)
        found = call.args[position] if 0 <= position < len(call.args) and index >= 0 else ()
        return found[0] if found else ""


def _goes_without(facts: FunctionFacts, held: Held) -> bool:
    """Whether a wrapper runs what it wraps under a lock in one branch, and without in another."""
    inside = {call.callee for call in facts.calls if call.callee[:1] == "^" and held in facts.locksets[call.locks]}
    return any(call.callee in inside and held not in facts.locksets[call.locks] for call in facts.calls)
