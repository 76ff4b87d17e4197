"""Under which names functions travel when they are used as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dictlint.knowledge.callables import WEAK
from dictlint.link.paths import call_of, leaf_name, tuple_parts, whole
from dictlint.link.symbols import Fn, Symbols
from dictlint.model.body import Call

_NONE: frozenset[str] = frozenset()
_NAMELESS = "=#*("  # what constants, displays and unpacked arguments begin with; so does nothing


class NameFlow:
    """Under which other names a function that is used as a value may be called: by names alone, to be verified.

    `Timer(self.collect)` with `def __init__(self, function): self._function = function` makes `_function` a name of
    `collect`.
    """

    HOPS, MOST = 4, 24
    TOO_COMMON = frozenset(
        ("self", "cls", "value", "key", "data", "name", "args", "kwargs", "result", "x", "obj", "item", "_", "")
    )

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._edges: defaultdict[str, set[str]] | None = None
        self._returns: defaultdict[str, set[str]] | None = None
        self.kept_as: defaultdict[str, set[str]] = defaultdict(set)  # decorated ones, as decorators call them
        self._giving_back = {"partial", "WeakMethod"}
        self._params = self._parameters()
        self._named: dict[str, list[Fn]] = {}
        self._reached: dict[tuple[str, ...], list[str]] = {}

    def names_reached(self, names: tuple[str, ...]) -> list[str]:
        """All names that values called `names` are stored or passed under, in order of distance."""
        if names not in self._reached:
            self._reached[names] = self._reach(names)
        return self._reached[names]

    def _reach(self, names: tuple[str, ...]) -> list[str]:
        edges = self._graph()
        found: dict[str, None] = {}
        fringe = [name for name in names if name not in self.TOO_COMMON]
        for _ in range(self.HOPS):
            near = {n for name in fringe for n in edges.get(name, ()) if n not in found and n not in names}
            fringe = sorted(near - self.TOO_COMMON)
            found.update(dict.fromkeys(fringe))
            if not fringe or len(found) > self.MOST:
                break
        return list(found)[: self.MOST]

    def closure(self, names: set[str], hops: int = 99) -> frozenset[str]:
        """All names that anything called one of `names` may be known by, also what returns it."""
        edges, returned = self._graph(), self._returned()
        found, fringe = set(names), set(names)
        for _ in range(hops):
            near: set[str] = set()
            for name in fringe:
                near |= edges.get(name, _NONE)
                near |= returned.get(name, _NONE)
            fringe = near - found
            found |= fringe
            if not fringe:
                break
        return frozenset(found)

    def sources(self, names: frozenset[str]) -> frozenset[str]:
        """The names under which objects get what they keep under `names`: `Worker(known)`, `self._seen = seen`."""
        edges, kept = self._graph(), self._kept()
        given = {param for name in names for param in kept.get(name, ())} - self.TOO_COMMON
        return frozenset(given | {name for name, others in edges.items() if not given.isdisjoint(others)})

    def _kept(self) -> dict[str, set[str]]:
        """Parameters of methods by the attributes that keep them."""
        found: dict[str, set[str]] = {}
        for fn in self.symbols.fns:
            for bind in fn.facts.binds if fn.own else ():
                params = {path[1:] for path in bind.values if path[:1] == "%" and path[1:].isidentifier()}
                if params and bind.target.startswith(fn.own + "."):
                    found.setdefault(leaf_name(bind.target), set()).update(params)
        return found

    def parameters_at(self, function: str, position: int) -> list[str]:
        """What functions of that name call the argument at a position."""
        return [params[position] for params in self._params.get(function, ())[:6] if position < len(params)]

    def _returned(self) -> defaultdict[str, set[str]]:
        """Names of functions by the names of what they return; made by a constructor, by the class's name."""
        if self._returns is None:
            self._returns = defaultdict(set)
            for fn in self.symbols.fns:
                for path in _each(*fn.facts.returns, *fn.facts.yields):
                    self._returns[self._called(fn, path)].add(fn.facts.name)
                for bind in fn.facts.binds:
                    for path in bind.values:
                        if path[:1] == "!":
                            self._returns[self._called(fn, path)].add(leaf_name(bind.target))
        return self._returns

    def _called(self, fn: Fn, path: str) -> str:
        path = whole(path)
        number = path[1:]
        return (
            leaf_name(fn.facts.calls[int(number)].callee) if path[:1] == "!" and number.isdigit() else leaf_name(path)
        )

    def _graph(self) -> defaultdict[str, set[str]]:
        if self._edges is None:
            self._edges = self._build()
        return self._edges

    def _build(self) -> defaultdict[str, set[str]]:
        for one in self.symbols.fns:
            self._named.setdefault(one.facts.name, []).append(one)
        weak = (cls for cls in self.symbols.classes if any(name in WEAK for name in cls.outside))
        self._giving_back |= {cls.facts.name for cls in weak}
        edges: defaultdict[str, set[str]] = defaultdict(set)
        for fn in self.symbols.fns:
            facts = fn.facts
            for bind in facts.binds:
                self._add(edges, fn, bind.values, leaf_name(bind.target).lstrip(":"))
            for access in facts.accesses:
                if access.values:
                    self._add(edges, fn, access.values, leaf_name(access.path))
            for call in facts.calls:
                self._add_call(edges, fn, call)
            for path in (p for group in facts.decorators for p in group):
                self._add_decorator(edges, fn, path)
        return edges

    def _add_decorator(self, edges: defaultdict[str, set[str]], fn: Fn, path: str) -> None:
        """What a decorator returns is called by the name of what it decorates; what it was given and gives back, by the
        name of its parameter, too: it keeps something that calls it.
        """
        if call_of(path) >= 0:
            outer = self.symbols.fns[fn.mod.first_function + max(fn.facts.parent, 0)]
            path = outer.facts.calls[call_of(path)].callee if int(path[1:]) < len(outer.facts.calls) else ""
        for decorator in self._named.get(leaf_name(path), ())[:4]:
            inside = self._inside(decorator)
            for inner in inside:
                edges[inner.facts.name].add(fn.facts.name)
            for one in (decorator, *inside):
                self.kept_as[fn.facts.name] |= _given_back(one) - self.TOO_COMMON
            edges[fn.facts.name] |= self.kept_as.get(fn.facts.name, _NONE)

    def _inside(self, decorator: Fn) -> list[Fn]:
        own = decorator.gid - decorator.mod.first_function
        last = decorator.mod.first_function + len(decorator.mod.facts.functions)
        return [f for f in self.symbols.fns[decorator.gid + 1 : last] if f.facts.parent == own] + [
            g
            for f in self.symbols.fns[decorator.gid + 1 : last]
            if f.facts.parent == own
            for g in self.symbols.fns[f.gid + 1 : last]
            if g.facts.parent == f.gid - f.mod.first_function
        ]

    def _parameters(self) -> dict[str, list[tuple[str, ...]]]:
        """Parameter names by the name that a call uses: the function's, or the class's."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for fn in self.symbols.fns:
            params = tuple(p.name for p in fn.facts.params)[1 if fn.self_name else 0 :]
            name = fn.facts.name
            if name == "__init__" and fn.cls >= 0:
                found.setdefault(self.symbols.classes[fn.cls].facts.name, []).append(params)
            found.setdefault(name, []).append(params)
        return found

    def _add_call(self, edges: defaultdict[str, set[str]], fn: Fn, call: Call) -> None:
        for position, values in enumerate(call.args):
            named = tuple([v for v in values if not _is_nameless(v)])
            if named:
                for name in self.parameters_at(leaf_name(call.callee), position):
                    self._add(edges, fn, named, name)
                if position + 1 < len(call.args):
                    self._hand_on(edges, fn, named, call.args[position + 1 :])
                    self._hand_on(edges, fn, named, _in_tuple(call.args[position + 1]))  # of a timer
        for name, values in call.kwargs:
            self._add(edges, fn, values, name)
            if name == "args":  # of a thread
                targets = next((v for k, v in call.kwargs if k in ("target", "function")), ())
                targets = targets or tuple(v for group in call.args for v in group)
                self._hand_on(edges, fn, targets, _in_tuple(values))

    def _hand_on(
        self, edges: defaultdict[str, set[str]], fn: Fn, targets: tuple[str, ...], args: tuple[tuple[str, ...], ...]
    ) -> None:
        """A function that is handed on together with its arguments: to a pool, a partial, a thread."""
        for target in targets:
            if target[0] not in "!=#*(":
                for position, values in enumerate(args):
                    for name in self.parameters_at(leaf_name(target), position):
                        self._add(edges, fn, values, name)

    def _add(self, edges: defaultdict[str, set[str]], fn: Fn, values: tuple[str, ...], target: str) -> None:
        for value in values:
            if _is_nameless(value):
                continue
            if value[0] == "!" and value[1:].isdigit():
                call = fn.facts.calls[call_of(value)]
                if leaf_name(call.callee) in self._giving_back and call.args:
                    self._add(edges, fn, call.args[0], target)
                continue
            source = fn.facts.births[int(value[1:])].name if value[0] == "#" else leaf_name(value)
            if source != target:
                edges[source].add(target)


def _is_nameless(value: str) -> bool:
    """Whether nothing is known of a value but where it was made; a container goes by the variable it was made for."""
    return value[:1] in _NAMELESS and not (value[:1] == "#" and value[1:].isdigit())


def _each(*paths: str) -> Iterable[str]:
    """The paths; of a tuple its parts."""
    return (part for path in paths for part in (tuple_parts(path) if path[:1] == "(" else (path,)))


def _in_tuple(values: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((part,) for path in values if path[:1] == "(" for part in tuple_parts(path))


def _given_back(fn: Fn) -> set[str]:
    """The parameter that a function returns, if that is all that it returns."""
    params = {f"%{param.name}" for param in fn.facts.params if param.name != fn.self_name}
    return {path[1:] for path in fn.facts.returns} if params.issuperset(fn.facts.returns) else set()
