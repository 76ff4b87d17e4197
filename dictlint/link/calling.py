"""What calls run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from dictlint.knowledge.activities import AWAITING
from dictlint.knowledge.callables import COMMON_METHODS, NO_METHODS, WEAK
from dictlint.link.decorating import defers, on_the_spot
from dictlint.link.holdings import Holdings
from dictlint.link.paths import call_of, is_birth, is_in_part, leaf_name, split, tuple_parts
from dictlint.link.question import FAN, few
from dictlint.link.symbols import Fn, Symbols, Value
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts


def is_coroutine_function(fn: Fn) -> bool:
    return fn.facts.is_async and not fn.facts.is_generator


def is_handed_to_loop(calls: Sequence[Call], number: int) -> bool:
    """Whether a call's result is given to what takes awaitables alone: `wait_for(client.read(), 5)`."""
    path = (f"!{number}",)
    return any(path in call.args and leaf_name(call.callee) in AWAITING for call in calls[number + 1 :])


def goes_nowhere(fn: Fn, number: int) -> bool:
    """Whether a call's result is dropped, or looked at in a plain function, which cannot await it, and given to nobody
    who could.
    """
    facts, path = fn.facts, f"!{number}"
    if not facts.calls[number].bound:
        return True
    if facts.is_async or facts.calls[number].bound != "=":
        return False
    given = (group for call in facts.calls for group in call.groups)
    groups = (*facts.stored, *given, *(birth.items for birth in facts.births))
    return not any(path == value.lstrip("*") or f"({path}" in value for group in groups for value in group)


def gives_nothing(fn: Fn) -> bool:
    """Whether nothing that can be awaited comes out: it returns no value, or a container that it makes."""
    return not fn.facts.decorators and not fn.facts.yields and all(map(is_birth, fn.facts.returns))


class Calling(Holdings):
    """Callees, constructors, decorators, results."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._wrapper_names: frozenset[str] | None = None
        self._replaced: defaultdict[int, list[int]] | None = None

    def shift(self, fn: Fn, caller: int, number: int) -> int:
        """1 where the call binds `self` by itself."""
        if fn.self_name == "":
            return int(fn.facts.parent > 0 and self._is_in_place_of_method(fn, caller, number))
        for value in self.targets(caller, number):
            if value == ("F", fn.gid):
                return 0
        callee = self.symbols.fns[caller].facts.calls[number].callee
        base, _, attr = callee.rpartition(".") if callee[:1] == "@" else (split(callee)[0], "", split(callee)[1])
        unbound = (
            attr and any(v[0] == "C" for v in self.values(caller, base)) and ("classmethod",) not in fn.facts.decorators
        )
        return 0 if unbound and fn.facts.name != "__init__" else 1

    def _is_in_place_of_method(self, fn: Fn, caller: int, number: int) -> bool:
        """Whether the call means a method that a decorator replaced by this function: its object comes first."""
        methods = (v[1] for v in self.targets(caller, number) if v[0] == "B")
        return any(self.symbols.fns[one].self_name and fn.gid in self.wrappers(one) for one in methods)

    def replaced_methods(self, fid: int) -> list[int]:
        """The methods in whose place decorators put the function."""
        if self._replaced is None:
            self._replaced = defaultdict(list)
            for fn in self.symbols.fns:
                for wrapper in self.wrappers(fn.gid) if fn.facts.decorators and fn.cls >= 0 and fn.self_name else ():
                    self._replaced[wrapper].append(fn.gid)
        return self._replaced.get(fid, [])

    def targets(self, fid: int, number: int) -> tuple[Value, ...]:
        """What a call may call: functions, bound methods, classes, external names."""
        return self.memo.ask("targets", (fid, number), self._find_targets, fid, number)

    def _find_targets(self, fid: int, number: int) -> tuple[Value, ...]:
        callee = self.symbols.fns[fid].facts.calls[number].callee
        known = self.evaluated(fid, callee) if callee else ()
        if not known and callee.endswith("[]"):  # `Table[str]()` makes a `Table`
            known = tuple(v for v in self.values(fid, callee[:-2]) if v[0] in "CX")
        if callee.endswith(".__new__") and not any(v[0] in "FB" for v in known):
            known = self._made_by_new(fid, number) or known
        if callee and not known:
            call = self.symbols.fns[fid].facts.calls[number]
            known = self._by_unique_method(fid, call) or self._held_weakly(fid, call)
            if known:
                self.guessed.add((fid, number))
            if len(known) > 1:
                self.kin.add((fid, number))
        found = self._overridden(fid, callee, known)
        return tuple(self._meant(fid, number, found) if len(found) > 1 else found)

    def _meant(self, fid: int, number: int, values: list[Value]) -> list[Value]:
        """Where a coroutine and a plain function may be called, the call tells which: by `await`, or by keeping what
        it gives from all that could run a coroutine.
        """
        fns = self.symbols.fns
        calls = fns[fid].facts.calls
        coroutines = [v for v in values if v[0] in ("F", "B") and is_coroutine_function(fns[v[1]])]
        plain = [v for v in values if v[0] in ("F", "B") and v not in coroutines]
        if not coroutines or not plain:
            return values
        if calls[number].awaited or is_handed_to_loop(calls, number):
            return [v for v in values if v not in plain or not gives_nothing(fns[v[1]])]
        return [v for v in values if v not in coroutines] if goes_nowhere(fns[fid], number) else values

    def _made_by_new(self, fid: int, number: int) -> tuple[Value, ...]:
        """`Table.__new__(Table)`, `super().__new__(cls)`: of `object`; an object is made, as by calling the class."""
        call = self.symbols.fns[fid].facts.calls[number]
        paths = (split(call.callee)[0], *(call.args[0] if call.args else ()))
        return tuple(dict.fromkeys(v for path in paths for v in self.values(fid, path) if v[0] == "C"))

    def _overridden(self, fid: int, callee: str, values: tuple[Value, ...]) -> list[Value]:
        """`self.step()` in a base class may run what a subclass defines."""
        found = list(values)
        base, attr = split(callee)
        fn = self.symbols.fns[fid]
        if attr and base == "%" + fn.self_name and fn.cls >= 0:
            for cid in self.symbols.subclasses.get(fn.cls, ())[:FAN]:
                own = self.symbols.classes[cid].methods.get(attr)
                method = own if own is not None or values else self.symbols.method(cid, attr)  # of a sibling base
                if method is not None and ("B", method) not in found:
                    found.append(("B", method))
        return found

    def _held_weakly(self, fid: int, call: Call) -> tuple[Value, ...]:
        """`get = weak_get()`, `get()`, where `weak_get` was made of a method that is known by its name alone."""
        if call_of(call.callee) < 0:
            return ()
        makers = [v for v in self.targets(fid, call_of(call.callee)) if v[0] == "XI" and v[1] in WEAK and v[3] >= 0]
        for _, _, place, number in makers:
            args = self.symbols.fns[place].facts.calls[number].args
            for path in args[0] if args else ():
                if found := self._by_unique_method(place, replace(call, callee=path)):
                    return found
        return ()

    def _by_unique_method(self, fid: int, call: Call) -> tuple[Value, ...]:
        base, attr = split(call.callee)
        if not attr or attr in COMMON_METHODS or attr.startswith("__") or is_in_part(base):
            return ()
        if any(v[0] in ("X", "XI", "K", "M") for v in self.values(fid, base)) or base[:1] == "@" or "@" in base:
            return ()
        owners = self.symbols.methods_named.get(attr, ())
        if base != self.symbols.fns[fid].own and self._is_made_outside(self.values(fid, base), owners):
            return ()
        if len(owners) != 1 and not self._is_family(owners):
            return ()
        return tuple(("B", owner) for owner in owners if takes(self.symbols.fns[owner], call))

    def _is_made_outside(self, receivers: Sequence[Value], owners: Sequence[int]) -> bool:
        """Whether a method that no class of the receivers has comes from a library's class from which they derive."""
        classes = self.symbols.classes
        kin = {self.symbols.fns[owner].cls for owner in owners}
        return bool(receivers) and all(
            v[0] == "I"
            and not NO_METHODS.issuperset(classes[v[1]].outside)
            and kin.isdisjoint(self.symbols.family(v[1]))
            for v in receivers
        )

    def _is_family(self, methods: Sequence[int]) -> bool:
        """Whether one of the classes that have these methods is the base of all others."""
        if not 1 < len(methods) <= FAN:
            return False
        classes = [self.symbols.fns[method].cls for method in methods]
        return any(set(classes) <= {cid, *self.symbols.subclasses.get(cid, ())} for cid in classes)

    def functions(self, fid: int, number: int) -> tuple[int, ...]:
        """The program's functions that a call runs (constructors run `__init__`)."""
        if (fid, number) in self.parked:
            return ()
        found = few((f for v in self.targets(fid, number) for f in self.runs(v)), 4 * FAN)
        pumped = self.pumped.runs.get((fid, number))
        return found if pumped is None else (*found, *pumped)

    def _constructors(self, cid: int) -> tuple[int, ...]:
        methods = [self.symbols.method(cid, name) for name in ("__init__", "__new__", "__post_init__")]
        return (*(method for method in methods if method is not None), *self.metaclass_call(cid))

    def runs(self, value: Value) -> Sequence[int]:
        """The functions that calling a value runs."""
        kind = value[0]
        if kind in ("F", "B"):
            around = self.wrappers(value[1])
            return around if around and all(map(self._defers, around)) else [value[1], *around]
        if kind == "C":
            return self.memo.ask("made", value[1], self._constructors, value[1])
        if kind == "I":
            method = self.symbols.method(value[1], "__call__")
            return [method] if method is not None else []
        return []

    def _classes_of(self, meta: int) -> list[int]:
        """The classes that a metaclass makes."""
        return [
            cls.gid
            for cls in self.symbols.classes
            if cls.facts.metaclass
            and any(v == ("C", meta) for path in cls.facts.metaclass for v in self.symbols.named(cls.mod, path))
            for cls in [cls, *(self.symbols.classes[c] for c in self.symbols.subclasses.get(cls.gid, ()))]
        ]

    def wrappers(self, fid: int) -> list[int]:
        """The functions that the program's own decorators put in a function's place."""
        fn = self.symbols.fns[fid]
        if not fn.facts.decorators:
            return []
        return [v[1] for v in self.memo.ask("wrappers", fid, self._wrapping, fn)]

    def _defers(self, wrapper: int) -> bool:
        return bool(self.memo.ask("defers", wrapper, self._find_deferring, self.symbols.fns[wrapper]))

    def _find_deferring(self, wrapper: Fn) -> tuple[bool, ...]:
        return (True,) if defers(self.symbols, wrapper) else ()

    def passed_on(self, wrapper: int) -> frozenset[int]:
        """The calls by which a wrapper runs the function whose place it has: whoever calls that is said to run both."""
        return on_the_spot(self.symbols, self.symbols.fns[wrapper])

    def _wrapping(self, fn: Fn) -> tuple[Value, ...]:
        made = (v for decorator, _ in self._decorators(fn, self._wrapping_names()) for v in self.returned(decorator))
        return few((v for v in made if v[0] == "F" and v[1] != fn.gid), FAN)

    def _decorators(self, fn: Fn, names: frozenset[str]) -> Iterable[tuple[int, int]]:
        """(decorator, function around the decorated one), for the program's own decorators of these names."""
        outer = fn.mod.first_function + max(fn.facts.parent, 0)
        for path in (p for group in fn.facts.decorators for p in group):
            name = path
            if call_of(path) >= 0:
                name = self.symbols.fns[outer].facts.calls[call_of(path)].callee
            if leaf_name(name) in names:
                for value in self.values(outer, path):
                    if value[0] in ("F", "B"):
                        yield value[1], outer

    def _wrapping_names(self) -> frozenset[str]:
        """The names of all functions that define functions inside: only these can put another in a function's place."""
        if self._wrapper_names is None:
            inner = (fn for fn in self.symbols.fns if fn.facts.parent > 0)
            self._wrapper_names = frozenset(
                self.symbols.fns[fn.mod.first_function + fn.facts.parent].facts.name for fn in inner
            )
        return self._wrapper_names

    def decorated(self) -> Iterable[tuple[int, int, str]]:
        """(decorator, function around the decorated one, path of the decorated one) for the program's own
        decorators that may wrap, or that put what they are given into a container.
        """
        names = self._wrapping_names() | frozenset(fn.facts.name for fn in self.symbols.fns if _keeps_given(fn.facts))
        for fn in self.symbols.fns:
            if fn.facts.decorators:
                for decorator, outer in self._decorators(fn, names):
                    yield decorator, outer, f"&{fn.gid - fn.mod.first_function}"

    def makes_anew(self, cid: int) -> bool:
        """Whether a call of the class gives another object each time: no metaclass and no `__new__` has a say in it."""
        ruled = any(self.symbols.classes[one].facts.metaclass for one in self.symbols.classes[cid].mro)
        return not ruled and self.symbols.method(cid, "__new__") is None

    def metaclass_call(self, cid: int) -> list[int]:
        for ancestor in self.symbols.classes[cid].mro:
            cls = self.symbols.classes[ancestor]
            for path in cls.facts.metaclass:
                for value in self.symbols.named(cls.mod, path):
                    if value[0] == "C" and (call := self.symbols.method(value[1], "__call__")) is not None:
                        return [call]
        return []


def takes(fn: Fn, call: Call) -> bool:
    """Whether a method can be called with these arguments. A decorated one may take others than it says."""
    params = fn.facts.params
    kinds = {param.kind for param in params}
    if fn.facts.decorators:
        return True
    names = {param.name for param in params}
    if "double-star" not in kinds and any(name != "**" and name not in names for name, _ in call.kwargs):
        return False
    starred = any(path[:1] == "*" for group in call.args for path in group)
    most = sum(param.kind == "positional" for param in params) - bool(fn.self_name)
    return "star" in kinds or starred or len(call.args) <= most


def _keeps_given(facts: FunctionFacts) -> bool:
    """Whether a function stores one of its parameters in a container, as it is or in a tuple, and gives it back."""
    given = {f"%{param.name}" for param in facts.params}.intersection(facts.returns)
    stored = (value for access in facts.accesses for value in access.values) if given else ()
    return any(not given.isdisjoint(tuple_parts(value) if value[:1] == "(" else (value,)) for value in stored)
