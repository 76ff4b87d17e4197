"""Where the lock that a path denotes was made: two names of one lock lead to the same call that made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dictlint.knowledge.locks import LOCK_WRAPPERS, LOCKS, LOOP_LOCKS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, given, split
from dictlint.link.question import FAN, Loc
from dictlint.link.symbols import Fn
from dictlint.model.body import Call

DEEPEST = 5  # names, attributes and callers between a use and the making
_REMEMBERING = ("cache", "memo", "once", "singleton")


class Root(NamedTuple):
    """Call `number` of function `function` made it, itself or by a factory; or nobody is seen to make it, and `loc`
    holds it. `passing`: a property made it, which gives another one each time.
    """

    function: int
    number: int
    loc: Loc
    passing: bool = False


class Roots:
    """Follows paths back to the makers of locks."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._known: dict[tuple[int, str, int], tuple[Root, ...]] = {}
        self._targets: dict[tuple[int, int], tuple[Loc, ...]] = {}

    def of(self, fid: int, path: str, depth: int = 0) -> tuple[Root, ...]:
        """Every making that the path may lead back to, and every place where its trace is lost."""
        key = (fid, path, depth)
        if key not in self._known:
            self._known[key] = tuple(dict.fromkeys(self._find(fid, path, depth)))[:FAN]
        return self._known[key]

    def _find(self, fid: int, path: str, depth: int) -> Iterable[Root]:
        if depth > DEEPEST:
            return [Root(-1, -1, ("?",))]
        if call_of(path) >= 0:
            return self._made(fid, int(path[1:]), depth)
        getters = self._getters(fid, path)
        if getters:
            return [root for getter in getters for root in self._got(getter, depth)]
        found: list[Root] = []
        for loc in self.ev.located(fid, path):
            found += self._held_at(loc, depth)
        return found

    def _getters(self, fid: int, path: str) -> list[int]:
        """The property that reading an attribute calls."""
        base, attr = split(path)
        classes = [v[1] for v in self.ev.values(fid, base) if v[0] == "I"] if attr else []
        found = (self.ev.symbols.method(cid, attr) for cid in classes)
        return [method for method in dict.fromkeys(found) if method is not None and self.ev.is_property(method)]

    def _got(self, getter: int, depth: int) -> Iterable[Root]:
        fn = self.ev.symbols.fns[getter]
        if self._remembers(fn):
            return [Root(-1, -1, ("f", getter))]
        found = [(path, root) for path in fn.facts.returns[:FAN] for root in self.of(getter, path, depth + 1)]
        return [root._replace(passing=path[:1] == "!" and self._given_away(root)) for path, root in found]

    def _made(self, fid: int, number: int, depth: int) -> list[Root]:
        names = {v[1] for v in self.ev.targets(fid, number) if v[0] == "X"}
        if names & (LOCKS | LOOP_LOCKS):
            inner = self._built_on(self.ev.symbols.fns[fid], f"!{number}")
            return [root for path in inner for root in self.of(fid, path, depth + 1)] or [Root(fid, number, ())]
        found: list[Root] = []
        for callee in self.ev.functions(fid, number):
            fn = self.ev.symbols.fns[callee]
            if fn.facts.name in ("__init__", "__new__"):
                return [Root(fid, number, ())]
            if self._remembers(fn):
                return [Root(-1, -1, ("f", callee))]
            for path in fn.facts.returns[:FAN]:
                found += self._returned(fn, path, fid, number, depth)
        return found

    def _remembers(self, fn: Fn) -> bool:
        """Whether a decorator gives every caller what the first one got."""
        if not fn.facts.decorators:
            return False
        outer = self.ev.symbols.fns[fn.mod.first_function + max(fn.facts.parent, 0)].facts
        names = [
            outer.calls[call_of(path)].callee if call_of(path) >= 0 else path
            for group in fn.facts.decorators
            for path in group
        ]
        return any(word in name.lower() for name in names for word in _REMEMBERING)

    def _returned(self, fn: Fn, path: str, fid: int, number: int, depth: int) -> Iterable[Root]:
        """What a path that `fn` returns leads back to in one call of it."""
        root, dot, rest = path.partition(".")
        if root[:1] == "%" and root[1:] != fn.self_name:
            return [
                one
                for arg in self._given(fn, root[1:], fid, number)
                for one in self.of(fid, arg + dot + rest, depth + 1)
            ]
        if path[:1] != "!":
            return self.of(fn.gid, path, depth + 1)
        built_on = self._built_on(fn, path)
        if built_on:
            return [one for inner in built_on for one in self._returned(fn, inner, fid, number, depth + 1)]
        found = self.of(fn.gid, path, depth + 1)
        return [Root(fid, number, ()) if self._given_away(one) else one for one in found]

    def _given(self, fn: Fn, param: str, fid: int, number: int) -> tuple[str, ...]:
        """What a call hands over for a parameter."""
        index = self.ev.param(("v", fn.gid, param))
        position = -1 if index is None else index - self.ev.shift(fn, fid, number)
        return given(self.ev.symbols.fns[fid].facts.calls[number], position, param)

    def _built_on(self, fn: Fn, path: str) -> tuple[str, ...]:
        """The lock that a condition made here is built on."""
        if not path[1:].isdigit():
            return ()
        names = {v[1] for v in self.ev.targets(fn.gid, int(path[1:])) if v[0] == "X"}
        return lock_given(fn.facts.calls[call_of(path)]) if names & LOCK_WRAPPERS else ()

    def _given_away(self, root: Root) -> bool:
        """Made only to be returned: each call of the function gives another one, which is the call's own."""
        return root.number >= 0 and not self.places(root) and not self._kept(root)

    def _held_at(self, loc: Loc, depth: int) -> list[Root]:
        found: list[Root] = []
        for fid, path in self._stored(loc):
            if path[:1] != "=":
                found += self.of(fid, path, depth + 1)
        return found or [Root(-1, -1, loc)]

    def _stored(self, loc: Loc) -> list[tuple[int, str]]:
        """The values put at a location; entries of a container are many locks under one name."""
        if loc[0] == "v" and (index := self.ev.param(loc)) is not None:
            defaults = self.ev.symbols.fns[loc[1]].facts.params[index].default
            return self.ev.arguments(loc[1], index) or [(loc[1], path) for path in defaults]
        if loc[0] not in "givc":
            return []
        return [(fid, path) for fid, bind in self.ev.binds(loc) for path in bind.values]

    def home(self, root: Root) -> Loc:
        """The location that the making is bound to, where it is; else the place where the trace was lost."""
        if root.number < 0:
            return root.loc
        places = self.places(root)
        return places[0] if places else ()

    def places(self, root: Root) -> tuple[Loc, ...]:
        """All locations that the function which made it binds it to."""
        key = (root.function, root.number)
        if key not in self._targets:
            facts = self.ev.symbols.fns[root.function].facts
            path = f"!{root.number}"
            bound = [bind.target for bind in facts.binds if path in bind.values]
            found = [loc for target in bound for loc in self.ev.target_locs(root.function, target)]
            self._targets[key] = tuple(dict.fromkeys(found))
        return self._targets[key]

    def stays(self, root: Root) -> bool:
        """Whether nobody can have it but the run of the function that made it, or asked for it."""
        if root.passing:
            return True
        facts = self.ev.symbols.fns[root.function].facts
        returned = any(f"!{root.number}" in value for value in (*facts.returns, *facts.yields))
        return root.number >= 0 and not returned and not self.places(root) and not self._kept(root)

    def _kept(self, root: Root) -> bool:
        """Whether the function that made it stores it somewhere, or hands it on."""
        facts = self.ev.symbols.fns[root.function].facts
        stored = (v for access in facts.accesses for v in access.values)
        handed = (v for call in facts.calls for group in call.groups for v in group)
        return any(f"!{root.number}" in value for value in (*stored, *handed))


def lock_given(call: Call) -> tuple[str, ...]:
    """The lock that a `Condition` is built on."""
    return given(call, 0, "lock")
