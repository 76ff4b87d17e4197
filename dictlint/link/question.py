"""What every part of the evaluation may ask; the parts are layers of one object, since their questions need each
other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dictlint.knowledge.containers import CONTAINER_BASES, MAPPINGS, SEQUENCES, SETS, THREAD_LOCALS
from dictlint.link.memo import Memo
from dictlint.link.nameflow import NameFlow
from dictlint.link.symbols import Fn, Symbols, Value
from dictlint.model.body import Bind

Loc = tuple[Any, ...]
CONTAINER_KINDS = MAPPINGS | SEQUENCES | SETS
FAN = 8  # how many values, callers or locations are followed for one question
_PROPERTY = ("property", "cached_property", "functools.cached_property", "abc.abstractproperty")


class Pumped:
    """Functions that a framework's call runs: `client.loop_forever()` runs the callbacks of the client."""

    def __init__(self, runs: dict[tuple[int, int], tuple[int, ...]]) -> None:
        self.runs = runs
        self.callers: dict[int, list[tuple[int, int]]] = {}
        for call, functions in runs.items():
            for fid in functions:
                self.callers.setdefault(fid, []).append(call)


class Questions:
    """The memo of one link run, and the questions that the layers below implement."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.memo = Memo()
        self.flow = NameFlow(symbols)
        self.guessed: set[tuple[int, int]] = set()  # calls resolved by a method name that only one class has
        self.kin: set[tuple[int, int]] = set()  # those of them that run a method of some class of a family
        self.pumped = Pumped({})
        self.parked: frozenset[tuple[int, int]] = frozenset()  # calls that make generators which run elsewhere
        self.thread_locals = THREAD_LOCALS
        self.deliveries: dict[int, list[tuple[int, tuple[tuple[str, ...], ...], int]]] = {}

    def values(self, fid: int, path: str) -> tuple[Value, ...]:
        """The values that `path`, written in function `fid`, may denote."""
        raise NotImplementedError

    def evaluated(self, fid: int, path: str) -> tuple[Value, ...]:
        """The same, for a question that is remembered itself."""
        raise NotImplementedError

    def locs(self, fid: int, path: str) -> tuple[Loc, ...]:
        """The locations that `path` reads or writes; aliases are folded into the location that owns the container."""
        raise NotImplementedError

    def located(self, fid: int, path: str) -> list[Loc]:
        """The locations that a path names, aliases not followed."""
        raise NotImplementedError

    def located_on(self, value: Value, attr: str) -> list[Loc]:
        """The locations of an attribute of a value."""
        raise NotImplementedError

    def contents(self, loc: Loc) -> tuple[Value, ...]:
        """The values stored at a location anywhere in the program."""
        raise NotImplementedError

    def binds(self, loc: Loc) -> list[tuple[int, Bind]]:
        """Every assignment to a location."""
        raise NotImplementedError

    def targets(self, fid: int, number: int) -> tuple[Value, ...]:
        """What a call may call: functions, bound methods, classes, external names."""
        raise NotImplementedError

    def functions(self, fid: int, number: int) -> tuple[int, ...]:
        """The program's functions that a call runs (constructors run `__init__`)."""
        raise NotImplementedError

    def runs(self, value: Value) -> Sequence[int]:
        """The functions that calling a value runs."""
        raise NotImplementedError

    def call_value(self, target: Value, fid: int, number: int) -> list[Value]:
        """What calling a value gives."""
        raise NotImplementedError

    def returned(self, fid: int) -> tuple[Value, ...]:
        """The values that a function returns."""
        raise NotImplementedError

    def callers(self, fid: int) -> tuple[tuple[int, int], ...]:
        """Every call in the program that may run the function: (calling function, call number)."""
        raise NotImplementedError

    def calls_named(self, name: str) -> list[tuple[int, int]]:
        """Every call whose callee's last name is `name`."""
        raise NotImplementedError

    def shift(self, fn: Fn, caller: int, number: int) -> int:
        """1 where the call binds `self` by itself."""
        raise NotImplementedError

    def replaced_methods(self, fid: int) -> list[int]:
        """The methods in whose place decorators put the function."""
        raise NotImplementedError

    def object_of(self, fid: int) -> str:
        """The path of the object that a method, or what replaced one, is called on."""
        fn = self.symbols.fns[fid]
        if fn.self_name or fn.facts.parent <= 0 or not fn.facts.params or not self.replaced_methods(fid):
            return fn.own
        return f"%{fn.facts.params[0].name}"

    def is_property(self, fid: int) -> bool:
        """Whether reading the attribute calls the function."""
        decorators = [name for group in self.symbols.fns[fid].facts.decorators for name in group]
        return any(name.lstrip("@") in _PROPERTY or name.endswith("cached_property") for name in decorators)

    def is_setter(self, fid: int) -> bool:
        """Whether setting the attribute calls the function."""
        return any(name.endswith(".setter") for group in self.symbols.fns[fid].facts.decorators for name in group)

    def is_thread_local(self, fid: int, path: str) -> bool:
        """Whether attributes of what the path denotes belong to the thread that asks."""
        classes = self.symbols.classes
        return any(
            v[1] in self.thread_locals
            if v[0] in ("X", "XI")
            else v[0] == "I" and not self.thread_locals.isdisjoint(classes[v[1]].outside)
            for v in self.values(fid, path)
        )

    def names_of(self, classes: Iterable[int]) -> frozenset[str]:
        """The names by which objects of these classes may go, or of those below: to be asked before a path is
        evaluated, which may use up the limits.
        """
        below = {one for cid in classes for one in (cid, *self.symbols.subclasses.get(cid, ()))}
        return self.flow.closure({self.symbols.classes[cid].facts.name for cid in below}, hops=3)

    def mapping_kind(self, cid: int) -> str:
        """The container kind of a class that is a mapping (or set, list) itself, or an empty string."""
        outside = self.symbols.classes[cid].outside if cid >= 0 else ()
        return next((CONTAINER_BASES[name] for name in outside if name in CONTAINER_BASES), "")

    def param(self, loc: Loc) -> int | None:
        """The position of the parameter that a ("v", function, name) location is, None for a variable."""
        params = self.symbols.fns[loc[1]].facts.params
        return next((i for i, p in enumerate(params) if p.name == loc[2]), None)


def base_of(loc: Loc) -> Loc:
    """The container that holds it, where the location is an entry of one."""
    while loc[0] == "e":
        loc = loc[1]
    return loc


def few(found: Iterable[Any], most: int) -> tuple[Any, ...]:
    """The first different ones."""
    return tuple(dict.fromkeys(found))[:most]
