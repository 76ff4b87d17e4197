"""What an access path may denote: values (classes, instances, functions, containers) and locations (who holds it).

Demand-driven and memoised: nothing is evaluated that no hazard, lock, spawn or caller asks for. Cycles (recursive functions,
containers that hold themselves) are cut where they close; the part found so far is used.

A location is a tuple: ("g", module, name) a module global, ("i", class, attr) an attribute of instances, ("c", class, attr)
of the class itself, ("v", function, name) a parameter or captured variable, ("b", function, n) a container born
there that no one else holds, ("e", location) the entries of a container, ("s", class) `self` as a mapping,
("x", dotted) something external, ("u", attr) an attribute of an object nothing is known of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from dictlint.knowledge.concurrency import CONTAINER_BASES, MAPPINGS, SEQUENCES, SETS, SHARED_GLOBALS
from dictlint.knowledge.operations import DUNDERS
from dictlint.link.memo import Memo
from dictlint.link.symbols import Fn, Symbols, Value, is_private, mangled
from dictlint.model.facts import Bind, Call

Loc = tuple[Any, ...]
CONTAINER_KINDS = MAPPINGS | SEQUENCES | SETS
FAN = 8  # how many values, callers or locations are followed for one question
WRAPPERS = frozenset(
    (
        "functools.partial",
        "functools.wraps",
        "weakref.WeakMethod",
        "functools.partialmethod",
        "contextvars.copy_context",
    )
)
_PROPERTY = ("property", "cached_property", "functools.cached_property", "abc.abstractproperty")
# Method names that too many things have for a lone definition in the program to be taken for it.
COMMON_METHODS = (
    frozenset(dir(dict))
    | frozenset(dir(list))
    | frozenset(dir(set))
    | frozenset(dir(str))
    | frozenset(
        (
            "close",
            "open",
            "read",
            "write",
            "start",
            "stop",
            "run",
            "join",
            "send",
            "recv",
            "put",
            "submit",
            "result",
            "acquire",
            "release",
            "wait",
            "notify",
            "flush",
            "next",
            "connect",
            "execute",
            "commit",
            "fetchone",
            "fetchall",
            "set",
            "is_set",
            "info",
            "debug",
            "warning",
            "error",
            "exception",
            "log",
            "group",
            "match",
            "search",
            "sub",
            "seek",
            "readline",
            "name",
        )
    )
)


class Evaluator:
    """Answers questions on paths; holds the memo tables of one link run."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._memo = Memo()
        self.guessed: set[tuple[int, int]] = set()  # calls resolved by a method name that only one class has
        self._calls_by: defaultdict[Any, list[tuple[int, int]]] | None = None
        self._calls_all: defaultdict[str, list[tuple[int, int]]] | None = None
        self._by_op: dict[str, list[tuple[int, int, str]]] = {}
        self._super_calls_in: defaultdict[int, list[tuple[int, int]]] | None = None
        self._stores_named: defaultdict[str, list[tuple[int, int]]] | None = None
        self.flow = NameFlow(symbols)
        self.deliveries: dict[int, list[tuple[int, tuple[tuple[str, ...], ...], int]]] = {}

    # -- paths ------------------------------------------------------------------------------------------------------

    def values(self, fid: int, path: str) -> tuple[Value, ...]:
        """The values that `path`, written in function `fid`, may denote."""
        return self._memo.ask("values", (fid, path), lambda: _few(self._evaluate(fid, path), FAN * 2))

    def locs(self, fid: int, path: str) -> tuple[Loc, ...]:
        """The locations that `path` reads or writes; aliases are folded into the location that owns the container."""
        return self._memo.ask("locs", (fid, path), lambda: self._folded(fid, path))

    def _folded(self, fid: int, path: str) -> tuple[Loc, ...]:
        return _few((owner for loc in self.located(fid, path) for owner in self.canonical(loc)), FAN)

    def _evaluate(self, fid: int, path: str) -> Iterable[Value]:
        path = path.split("|", 1)[0]
        if path.endswith(("[]", "<>")):
            for loc in self.located(fid, path):
                yield from self.contents(loc)
            return
        base, attr = split(path)
        if attr:
            for value in self.values(fid, base):
                yield from self._attribute(value, attr)
            if not self.values(fid, base):
                for loc in self._by_unique_name(attr):
                    yield from self.contents(loc)
            return
        yield from self._root_values(fid, path)

    def _root_values(self, fid: int, path: str) -> Iterable[Value]:
        fn = self.symbols.fns[fid]
        first = path[:1]
        if first == "%":
            if fn.self_name and path[1:] == fn.self_name:
                class_side = ("classmethod",) in fn.facts.decorators or fn.self_name in ("cls", "mcs")
                return [("C" if class_side and not self._is_metaclass(fn.cls) else "I", fn.cls)]
            return self.contents(("v", fid, path[1:]))
        if first == "#":
            births = fn.facts.births
            return [("K", births[int(path[1:])].kind)] if int(path[1:]) < len(births) else ()
        if first == "!":
            return self.result(fid, int(path[1:]))
        if first == "&":
            return [("F", fn.mod.first_function + int(path[1:]))]
        if first == "^":
            owner, _, name = path[1:].partition(":")
            outer = fn.mod.first_function + int(owner)
            if name[:1] == "#":
                return [("K", self.symbols.fns[outer].facts.births[int(name[1:])].kind)]
            return self._variable(outer, name)
        if first == "(" or not path:
            return ()
        if path == "<super>":
            return [("S", fn.cls)] if fn.cls >= 0 else ()
        return [v for named in self.symbols.named(fn.mod, path) for v in self._settle(named)] + [
            v for loc in self._global_locs(fn, path) for v in self.contents(loc)
        ]

    def _variable(self, outer: int, name: str) -> tuple[Value, ...]:
        fn = self.symbols.fns[outer]
        if fn.self_name == name:
            return self.values(outer, "%" + name)
        return self.contents(("v", outer, name))

    def _is_metaclass(self, cid: int) -> bool:
        return cid >= 0 and "type" in self.symbols.classes[cid].outside

    def _settle(self, value: Value) -> Iterable[Value]:
        """Names that stand for variables become what the variables hold."""
        if value[0] == "G":
            return self.contents(("g", value[1], value[2]))
        if value[0] == "A":
            return [v for owner in self._settle(value[1]) for v in self._attribute(owner, value[2])]
        return [value]

    def _global_locs(self, fn: Fn, path: str) -> list[Loc]:
        """Locations named by a bare or absolute path without any unresolved step."""
        if path[0] == "@":
            named = self.symbols.dotted(path[1:])
        elif path in fn.mod.globals and path not in fn.mod.imports:
            return [("g", fn.mod.mid, path)]
        else:
            named = self.symbols.named(fn.mod, path)
        found: list[Loc] = []
        for value in named:
            if value[0] == "G":
                found.append(("g", value[1], value[2]))
            elif value[0] == "A":
                for owner in self._settle(value[1]):
                    found += self._attribute_locs(owner, value[2])
            elif value[0] == "X" and value[1] in SHARED_GLOBALS:
                found.append(("x", value[1]))
        return found

    def located(self, fid: int, path: str) -> list[Loc]:
        """The locations that a path names, aliases not followed."""
        path = path.split("|", 1)[0]
        if path.endswith(("[]", "<>")):
            return [("e", loc) for loc in self.locs(fid, path[:-2])]
        base, attr = split(path)
        if attr:
            values = self.values(fid, base)
            found = [loc for value in values for loc in self._attribute_locs(value, attr)]
            return found if found or values else self._by_unique_name(attr)
        fn = self.symbols.fns[fid]
        first = path[:1]
        if first == "%":
            if fn.self_name and path[1:] == fn.self_name:
                return [("s", fn.cls)] if self.mapping_kind(fn.cls) else []
            return [("v", fid, path[1:])]
        if first == "#":
            return [("b", fid, int(path[1:]))]
        if first == "^":
            owner, _, name = path[1:].partition(":")
            outer = fn.mod.first_function + int(owner)
            if name[:1] == "#":
                return [("b", outer, int(name[1:]))]
            if self.symbols.fns[outer].self_name == name:
                return self.located(outer, "%" + name)
            return [("v", outer, name)]
        if first == "!":
            return self.result_locs(fid, int(path[1:]))
        if not path or first in "(&~<":
            return []
        return self._global_locs(fn, path)

    # -- attributes -------------------------------------------------------------------------------------------------

    def _attribute(self, value: Value, attr: str) -> Iterable[Value]:
        kind = value[0]
        if kind == "I" or kind == "C":
            if attr == "__class__":
                return [("C", value[1])]
            method = self.symbols.method(value[1], attr)
            if method is not None:
                if kind == "I" and self.is_property(method):
                    return self.returned(method)
                return [("B", method)]
            if attr in self.symbols.classes[value[1]].nested:
                return [("C", self.symbols.classes[value[1]].nested[attr])]
            return [v for loc in self._attribute_locs(value, attr) for v in self.contents(loc)]
        if kind == "S":
            for ancestor in self.symbols.classes[value[1]].mro[1:]:
                method = self.symbols.classes[ancestor].methods.get(attr)
                if method is not None:
                    return [("B", method)]
            return ()
        if kind in ("M", "X"):
            return [v for named in self.symbols._member(value, attr, 0) for v in self._settle(named)]
        return ()

    def _attribute_locs(self, value: Value, attr: str) -> list[Loc]:
        kind = value[0]
        if kind == "I" or kind == "C":
            cid = value[1]
            method = self.symbols.method(cid, attr)
            if method is not None:
                return list(self.returned_locs(method)) if kind == "I" and self.is_property(method) else []
            if attr == "__dict__":
                return [("i", cid, "__dict__")]
            bound = self.symbols.binder(cid, attr)
            if bound is None:
                return self._bound_below(cid, attr) or [("i", cid, attr)]
            return [("c" if bound[1] else "i", bound[0], attr)]
        if kind == "M":
            return [("g", value[1], attr)] if attr in self.symbols.mods[value[1]].globals else []
        if kind == "X":
            dotted = f"{value[1]}.{attr}"
            return [("x", dotted)] if dotted in SHARED_GLOBALS else []
        return []

    def _bound_below(self, cid: int, attr: str) -> list[Loc]:
        """A base class uses an attribute that its subclasses bind."""
        below = [c for c in self.symbols.subclasses.get(cid, ()) if attr in self.symbols.classes[c].attrs]
        found = [self.symbols.binder(c, attr) for c in below[:FAN]]
        return [("i", top, attr) for top in dict.fromkeys(b[0] for b in found if b)]

    def _by_unique_name(self, attr: str) -> list[Loc]:
        """An unknown receiver: a distinctive attribute that one class alone binds as a container is taken for that one."""
        if "_" not in attr or attr.startswith("__"):
            return []
        owners = self.symbols.attr_owners.get(attr, ())
        tops = dict.fromkeys(bound for cid in owners[:FAN] if (bound := self.symbols.binder(cid, attr)))
        if len(tops) != 1 or len(owners) > FAN:
            return []
        top, class_side = next(iter(tops))
        loc: Loc = ("c" if class_side else "i", top, attr)
        return [loc] if self.container_kind(loc) else []

    def is_property(self, fid: int) -> bool:
        """Whether reading the attribute calls the function."""
        return any(
            name.lstrip("@") in _PROPERTY or name.endswith("cached_property")
            for d in self.symbols.fns[fid].facts.decorators
            for name in d
        )

    def mapping_kind(self, cid: int) -> str:
        """The container kind of a class that is a mapping (or set, list) itself, or an empty string."""
        if cid < 0:
            return ""
        return next(
            (CONTAINER_BASES[name] for name in self.symbols.classes[cid].outside if name in CONTAINER_BASES), ""
        )

    # -- what locations hold ----------------------------------------------------------------------------------------

    def contents(self, loc: Loc) -> tuple[Value, ...]:
        """The values stored at a location anywhere in the program."""
        return self._memo.ask("contents", loc, lambda: _few(self._stored(loc), FAN * 2))

    def _stored(self, loc: Loc) -> Iterable[Value]:
        kind = loc[0]
        if kind == "e":
            return self._entries(loc[1])
        if kind == "v" and self._param(loc) is not None:
            return self._argument_values(loc)
        if kind == "s":
            return [("K", self.mapping_kind(loc[1]))]
        if kind == "x":
            return [("K", SHARED_GLOBALS[loc[1]])]
        if kind == "b":
            return [("K", self.symbols.fns[loc[1]].facts.births[loc[2]].kind)]
        found: list[Value] = []
        for fid, bind in self.binds(loc):
            for path in bind.values:
                found += self.values(fid, path)
            for name in bind.types:
                found += self.typed(fid, name)
        return found

    def binds(self, loc: Loc) -> list[tuple[int, Bind]]:
        """Every assignment to a location."""
        kind = loc[0]
        if kind == "g":
            return self.symbols.mods[loc[1]].globals.get(loc[2], [])
        if kind == "v":
            return [
                (loc[1], b) for b in self.symbols.fns[loc[1]].facts.binds if b.target == ":" + loc[2]
            ] + self._nonlocal(loc)
        if kind in "ic":
            found: list[tuple[int, Bind]] = []
            related = [*self.symbols.classes[loc[1]].mro, *self.symbols.subclasses.get(loc[1], ())][:40]
            for cid in related:
                cls = self.symbols.classes[cid]
                found += cls.attrs.get(loc[2], [])
                found += cls.names.get(loc[2], [])
            found += self._foreign_binds(loc, set(related))
            return found
        return []

    def _nonlocal(self, loc: Loc) -> list[tuple[int, Bind]]:
        outer = self.symbols.fns[loc[1]]
        target = f"^{outer.gid - outer.mod.first_function}:{loc[2]}"
        last = outer.mod.first_function + len(outer.mod.facts.functions)
        return [
            (fid, b)
            for fid in range(outer.gid + 1, last)
            for b in self.symbols.fns[fid].facts.binds
            if b.target == target
        ]

    def _foreign_binds(self, loc: Loc, related: set[int]) -> list[tuple[int, Bind]]:
        """`obj.attr = ...` written outside the class, where `obj` is known to be one of its objects."""
        found = []
        for fid, bind in self.symbols.attr_binds.get(loc[2], ())[:40]:
            base = bind.target.rpartition(".")[0]
            if any(v[0] in ("I", "C") and v[1] in related for v in self.values(fid, base)):
                found.append((fid, bind))
        return found

    def _param(self, loc: Loc) -> int | None:
        params = self.symbols.fns[loc[1]].facts.params
        return next((i for i, p in enumerate(params) if p.name == loc[2]), None)

    def _argument_values(self, loc: Loc) -> list[Value]:
        fid, index = loc[1], self._param(loc)
        assert index is not None
        param = self.symbols.fns[fid].facts.params[index]
        found = [v for name in param.types for v in self.typed(fid, name)]
        if found:
            return found
        for caller, path in self.arguments(fid, index):
            found += self.values(caller, path)
        for default in param.default:
            found += self.values(fid, default)
        return found

    def arguments(self, fid: int, index: int) -> list[tuple[int, str]]:
        """What callers (calls and spawns) hand over for parameter `index`: (calling function, path)."""
        fn = self.symbols.fns[fid]
        name = fn.facts.params[index].name
        found: list[tuple[int, str]] = []
        for caller, number in self.callers(fid)[: FAN * 3]:
            if number < 0:
                continue  # an operator: what it hands over is no container
            call = self.symbols.fns[caller].facts.calls[number]
            position = index - self._shift(fn, caller, number)
            for path in given(call, position, name):
                found.append((caller, path))
        for caller, args, shift in self.deliveries.get(fid, ()):
            position = index - shift
            if 0 <= position < len(args):
                found += [(caller, path) for path in args[position]]
        return found[: FAN * 3]

    def _shift(self, fn: Fn, caller: int, number: int) -> int:
        """1 where the call binds `self` by itself."""
        if fn.self_name == "":
            return 0
        for value in self.targets(caller, number):
            if value == ("F", fn.gid):
                return 0
        callee = self.symbols.fns[caller].facts.calls[number].callee
        base, attr = split(callee)
        unbound = (
            attr and any(v[0] == "C" for v in self.values(caller, base)) and ("classmethod",) not in fn.facts.decorators
        )
        return 0 if unbound and fn.facts.name != "__init__" else 1

    def _entries(self, base: Loc) -> Iterable[Value]:
        found: list[Value] = []
        births = [(base[1], base[2])] if base[0] == "b" else []
        for fid, bind in self.binds(base):
            births += [(fid, int(p[1:])) for p in bind.values if is_birth(p)]
            for name in bind.types:
                found += self._typed_entries(fid, name)
        if base[0] == "v" and (index := self._param(base)) is not None:
            for name in self.symbols.fns[base[1]].facts.params[index].types:
                found += self._typed_entries(base[1], name)
        for fid, number in births:
            birth = self.symbols.fns[fid].facts.births[number]
            for path in birth.items:
                found += self.values(fid, path)
            if birth.factory not in ("<none>", ""):
                found += self._made_by(fid, birth.factory)
            for path in birth.copy_of:
                for loc in self.locs(fid, path):
                    found += self.contents(("e", loc))
        for fid, path in self.stores(base):
            found += self.values(fid, path)
        return found

    def _made_by(self, fid: int, factory: str) -> list[Value]:
        return [v for target in self.values(fid, factory) for v in self._call_value(target, fid, -1)]

    def stores(self, loc: Loc) -> list[tuple[int, str]]:
        """The values put into the entries of a container: (function, path)."""
        leaf = str(loc[-1]) if loc[0] in "gicvx" else ""
        if not leaf:
            return []
        if self._stores_named is None:
            self._stores_named = defaultdict(list)
            for fn in self.symbols.fns:
                for i, access in enumerate(fn.facts.accesses):
                    if access.values and access.op not in ("rebind", "unbind"):
                        self._stores_named[leaf_name(access.path)].append((fn.gid, i))
        found = []
        for fid, i in self._stores_named.get(leaf, ())[: FAN * 4]:
            access = self.symbols.fns[fid].facts.accesses[i]
            if loc in self.locs(fid, access.path):
                found += [(fid, path) for path in access.values]
        return found[: FAN * 2]

    def typed(self, fid: int, name: str) -> list[Value]:
        """The values that an annotation promises."""
        head = name.partition("[")[0]
        if head in CONTAINER_KINDS:
            return [("K", head)]
        if head in ("object", "str", "int", "bool", "float", "bytes", "None", "tuple", "type"):
            return []
        found: list[Value] = []
        for value in self.values(fid, head):
            if value[0] == "C":
                found.append(("I", value[1]))
            elif value[0] == "X":
                found.append(("XI", value[1], fid, -1))
        return found

    def _typed_entries(self, fid: int, name: str) -> list[Value]:
        head, bracket, rest = name.partition("[")
        return self.typed(fid, rest[:-1]) if bracket and head in CONTAINER_KINDS else []

    def container_kind(self, loc: Loc) -> str:
        """dict, set, ... where the program shows what the location holds; else an empty string."""
        kinds = [v[1] for v in self.contents(loc) if v[0] == "K"]
        for kind in kinds:
            if kind in MAPPINGS and kind != "dict":
                return str(kind)
        if kinds:
            return "dict" if "dict" in kinds else str(kinds[0])
        for value in self.contents(loc):
            if value[0] == "I" and (kind := self.mapping_kind(value[1])):
                return kind
        return ""

    # -- aliases ----------------------------------------------------------------------------------------------------

    def canonical(self, loc: Loc) -> tuple[Loc, ...]:
        """The locations that own the container held at `loc`: itself if born there, else where the alias came from."""
        return self._memo.ask("canonical", loc, lambda: _few(self._owners(loc), FAN)) or (loc,)

    def _owners(self, loc: Loc) -> list[Loc]:
        kind = loc[0]
        if kind == "b":
            return self._publications(loc) or [loc]
        if kind == "e" and loc[1][0] == "b":
            return self._copied_entries(loc[1]) or [loc]
        if kind == "v" and (index := self._param(loc)) is not None:
            found = [o for caller, path in self.arguments(loc[1], index) for o in self.locs(caller, path)]
            param = self.symbols.fns[loc[1]].facts.params[index]
            found += [o for path in param.default for o in self.locs(loc[1], path)]
            return found
        if kind not in "givc":
            return [loc]
        own, found = False, []
        for fid, bind in self.binds(loc):
            for path in bind.values:
                if is_birth(path):
                    own = True
                    continue
                aliases = [o for o in self.locs(fid, path) if self.container_kind(o)]
                if aliases:
                    found += aliases
                else:
                    own = True
        return [loc, *found] if own and found else (found or [loc])

    def _copied_entries(self, base: Loc) -> list[Loc]:
        """A shallow copy holds the very entries of what it was copied from."""
        births = self.symbols.fns[base[1]].facts.births
        birth = births[base[2]] if base[2] < len(births) else None
        if (
            birth is None
            or birth.deep
            or any(path.endswith("|items") for path in birth.copy_of if birth.kind == "list")
        ):
            return []
        return [("e", loc) for path in birth.copy_of for loc in self.locs(base[1], path)]

    def _publications(self, loc: Loc) -> list[Loc]:
        """Where a container born in a function is stored: that location owns it."""
        path = f"#{loc[2]}"
        found = []
        for bind in self.symbols.fns[loc[1]].facts.binds:
            if path in bind.values:
                found += self._target_locs(loc[1], bind.target)
        return found

    def _target_locs(self, fid: int, target: str) -> list[Loc]:
        if target[:1] == ":":
            return [("v", fid, target[1:])]
        if "." not in target and target[:1] not in "^%":
            return [("g", self.symbols.fns[fid].mod.mid, target)]
        return self.located(fid, target)

    # -- calls ------------------------------------------------------------------------------------------------------

    def targets(self, fid: int, number: int) -> tuple[Value, ...]:
        """What a call may call: functions, bound methods, classes, external names."""
        return self._memo.ask("targets", (fid, number), lambda: self._find_targets(fid, number))

    def _find_targets(self, fid: int, number: int) -> tuple[Value, ...]:
        callee = self.symbols.fns[fid].facts.calls[number].callee
        known = self.values(fid, callee) if callee else ()
        if callee and not known:
            known = self._by_unique_method(fid, callee)
            if known:
                self.guessed.add((fid, number))
        return tuple(self._overridden(fid, callee, known))

    def _overridden(self, fid: int, callee: str, values: tuple[Value, ...]) -> list[Value]:
        """`self.step()` in a base class may run what a subclass defines."""
        found = list(values)
        base, attr = split(callee)
        fn = self.symbols.fns[fid]
        if attr and base == "%" + fn.self_name and fn.cls >= 0:
            for cid in self.symbols.subclasses.get(fn.cls, ())[:FAN]:
                method = self.symbols.classes[cid].methods.get(attr)
                if method is not None and ("B", method) not in found:
                    found.append(("B", method))
        return found

    def _by_unique_method(self, fid: int, callee: str) -> tuple[Value, ...]:
        base, attr = split(callee)
        if not attr or attr in COMMON_METHODS or attr.startswith("__"):
            return ()
        if any(v[0] in ("X", "XI", "K", "M") for v in self.values(fid, base)) or base[:1] == "@" or "@" in base:
            return ()
        owners = self.symbols.methods_named.get(attr, ())
        return (("B", owners[0]),) if len(owners) == 1 else ()

    def functions(self, fid: int, number: int) -> tuple[int, ...]:
        """The program's functions that a call runs (constructors run `__init__`)."""
        return self._memo.ask(
            "functions",
            (fid, number),
            lambda: _few((f for v in self.targets(fid, number) for f in self.runs(v)), 4 * FAN),
        )

    def _constructors(self, cid: int) -> Iterable[int]:
        for name in ("__init__", "__new__", "__post_init__"):
            method = self.symbols.method(cid, name)
            if method is not None:
                yield method
        yield from self.metaclass_call(cid)

    def runs(self, value: Value) -> Sequence[int]:
        """The functions that calling a value runs."""
        kind = value[0]
        if kind in ("F", "B"):
            return [value[1], *self.wrappers(value[1])]
        if kind == "C":
            return self._memo.ask("made", value[1], lambda: tuple(self._constructors(value[1])))
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
        return [v[1] for v in self._memo.ask("wrappers", fid, lambda: _few(self._wrapping(fn), FAN))]

    def _wrapping(self, fn: Fn) -> Iterable[Value]:
        outer = fn.mod.first_function + max(fn.facts.parent, 0)
        for path in (p for group in fn.facts.decorators for p in group):
            for decorator in self.values(outer, path):
                if decorator[0] in ("F", "B"):
                    yield from (v for v in self.returned(decorator[1]) if v[0] == "F" and v[1] != fn.gid)

    def decorated(self) -> Iterable[tuple[int, int, str]]:
        """(decorator, function around the decorated one, path of the decorated one) for the program's own decorators."""
        for fn in self.symbols.fns:
            outer = fn.mod.first_function + max(fn.facts.parent, 0)
            for path in (p for group in fn.facts.decorators for p in group):
                for decorator in self.values(outer, path):
                    if decorator[0] in ("F", "B"):
                        yield decorator[1], outer, f"&{fn.gid - fn.mod.first_function}"

    def metaclass_call(self, cid: int) -> list[int]:
        for ancestor in self.symbols.classes[cid].mro:
            cls = self.symbols.classes[ancestor]
            for path in cls.facts.metaclass:
                for value in self.symbols.named(cls.mod, path):
                    if value[0] == "C" and (call := self.symbols.method(value[1], "__call__")) is not None:
                        return [call]
        return []

    def result(self, fid: int, number: int) -> list[Value]:
        """The values that a call may give."""
        found: list[Value] = []
        for target in self.targets(fid, number):
            found += self._call_value(target, fid, number)
        return found

    def _call_value(self, target: Value, fid: int, number: int) -> list[Value]:
        kind = target[0]
        if kind == "C":
            return [("I", target[1])]
        if kind == "X":
            if target[1] in CONTAINER_KINDS:
                return [("K", target[1])]
            if target[1] in CONTAINER_BASES:
                return [("K", CONTAINER_BASES[target[1]])]
            if target[1] in WRAPPERS and number >= 0:
                args = self.symbols.fns[fid].facts.calls[number].args
                return [v for path in (args[0] if args else ()) for v in self.values(fid, path)]
            return [("XI", target[1], fid, number)]
        if kind in ("F", "B"):
            return list(self.returned(target[1]))
        if kind == "I":
            return [v for f in self.runs(target) for v in self.returned(f)]
        return []

    def returned(self, fid: int) -> tuple[Value, ...]:
        """The values that a function returns."""
        facts = self.symbols.fns[fid].facts
        promised = [v for name in facts.return_types for v in self.typed(fid, name)]
        found = [v for path in facts.returns[:FAN] for v in self.values(fid, path)]
        specific = [v for v in promised if v[0] in ("I", "XI")] if not found else []
        return tuple(dict.fromkeys(found or specific or promised))

    def returned_locs(self, fid: int) -> list[Loc]:
        """The containers, held elsewhere, that a function hands out."""
        return [
            loc
            for path in self.symbols.fns[fid].facts.returns[:FAN]
            if not is_birth(path)
            for loc in self.locs(fid, path)
        ]

    def result_locs(self, fid: int, number: int) -> list[Loc]:
        """Where the container that a call returns is held; fresh ones are held nowhere."""
        found: list[Loc] = []
        call = self.symbols.fns[fid].facts.calls[number]
        for callee in self.functions(fid, number):
            fn = self.symbols.fns[callee]
            if fn.facts.name in ("__init__", "__new__"):
                continue
            for path in fn.facts.returns[:FAN]:
                root = path.split(".")[0].split("[")[0]
                if root[:1] == "%" and root[1:] != fn.self_name:
                    index = self._param(("v", callee, root[1:]))
                    if index is not None and path == root:
                        shift = self._shift(fn, fid, number)
                        found += [loc for arg in given(call, index - shift, root[1:]) for loc in self.locs(fid, arg)]
                elif not is_birth(path):
                    found += self.locs(callee, path)
        return found

    # -- callers ----------------------------------------------------------------------------------------------------

    def callers(self, fid: int) -> tuple[tuple[int, int], ...]:
        """Every call in the program that may run the function: (calling function, call number)."""
        return self._memo.ask("callers", fid, lambda: self._find_callers(fid))

    def _find_callers(self, fid: int) -> tuple[tuple[int, int], ...]:
        fn = self.symbols.fns[fid]
        found = [c for c in self._candidates(fid) if fid in self.functions(*c)]
        if fn.cls >= 0 and fn.facts.name in DUNDERS:
            found += self._operations_on(fn)
        return tuple(found)

    def _operations_on(self, fn: Fn) -> list[tuple[int, int]]:
        """Accesses that run a special method: (function, -1 - access number)."""
        family = {fn.cls, *self.symbols.subclasses.get(fn.cls, ())}
        return [
            (fid, -1 - number)
            for fid, number, path in self._accesses_by(DUNDERS[fn.facts.name])
            if any(v[0] == "I" and v[1] in family for v in self.values(fid, path))
        ]

    def _accesses_by(self, op: str) -> list[tuple[int, int, str]]:
        """(function, number, path) of every access with that operation through an attribute or a name."""
        if op not in self._by_op:
            self._by_op[op] = [
                (fn.gid, i, a.path)
                for fn in self.symbols.fns
                for i, a in enumerate(fn.facts.accesses)
                if a.op == op and a.path[:1] != "#" and a.path[-1:] != "]" and a.call < 0
            ]
        return self._by_op[op]

    def _super_calls(self, below: list[int]) -> list[tuple[int, int]]:
        """`super().__init__()` and the like, written in one of the classes."""
        if self._super_calls_in is None:
            self._super_calls_in = defaultdict(list)
            for name in ("__init__", "__new__", "__post_init__", "__call__"):
                for fid, number in self.calls_named(name):
                    self._super_calls_in[self.symbols.fns[fid].cls].append((fid, number))
        return [c for cid in below for c in self._super_calls_in.get(cid, ())]

    def _calls(self) -> dict[Any, list[tuple[int, int]]]:
        """Calls by last name; those on `self` by (class, name), plain ones by (module, name, "")."""
        if self._calls_by is None:
            self._calls_by = defaultdict(list)
            for fn in self.symbols.fns:
                own = f"%{fn.self_name}." if fn.cls >= 0 and fn.self_name else "?"
                for i, call in enumerate(fn.facts.calls):
                    callee = call.callee
                    if callee.isidentifier() and not fn.mod.stars:
                        self._calls_by[fn.mod.mid, callee, ""].append((fn.gid, i))
                    elif callee.startswith(own) and callee.count(".") == 1:
                        self._calls_by[fn.cls, callee[len(own) :]].append((fn.gid, i))
                    else:
                        self._calls_by[leaf_name(callee)].append((fn.gid, i))
        return self._calls_by

    def _calls_like(self, fn: Fn, names: list[str]) -> list[tuple[int, int]]:
        """Calls by one of the names from where they could mean the function."""
        calls = self._calls()
        family: tuple[int, ...] = ()
        if fn.cls >= 0:
            cls = self.symbols.classes[fn.cls]
            family = (*cls.mro, *self.symbols.subclasses.get(fn.cls, ()))
        found: list[tuple[int, int]] = []
        for name in names:
            found += calls.get(name, ())
            found += calls.get((fn.mod.mid, name, ""), ())
            for cid in family:
                found += calls.get((cid, name), ())
        return found

    def _candidates(self, fid: int) -> list[tuple[int, int]]:
        fn = self.symbols.fns[fid]
        names = [fn.facts.name]
        if fn.cls >= 0 and is_private(fn.facts.name):
            names.append(mangled(self.symbols.classes[fn.cls].facts.name, fn.facts.name))
        if fn.facts.name in ("__init__", "__new__", "__post_init__", "__call__") and fn.cls >= 0:
            below = [fn.cls, *self.symbols.subclasses.get(fn.cls, ())]
            below += [c for meta in below if fn.facts.name == "__call__" for c in self._classes_of(meta)]
            names = [self.symbols.classes[c].facts.name for c in below[:40]] + ["cls", "__class__"]
            return list(dict.fromkeys([c for c in self._constructions(names)] + self._super_calls(below)))
        elif fn.facts.parent > 0 or fn.facts.name.startswith("<lambda"):
            names += [f"&{fn.gid - fn.mod.first_function}"]
        others = self.flow.names_reached(names)
        found = self._calls_like(fn, names)
        for name in others:  # a stored callable is called wherever it is stored
            found += self.calls_named(name)
        return list(dict.fromkeys(found))

    def _constructions(self, names: list[str]) -> list[tuple[int, int]]:
        return [c for name in dict.fromkeys(names) for c in self.calls_named(name)]

    def calls_named(self, name: str) -> list[tuple[int, int]]:
        if self._calls_all is None:
            self._calls_all = defaultdict(list)
            for key, calls in self._calls().items():
                self._calls_all[key if isinstance(key, str) else key[1]] += calls
        return self._calls_all.get(name, [])


def _few(found: Iterable[Any], most: int) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(found))[:most]


class NameFlow:
    """Under which other names a function that is used as a value may be called: by names alone, to be verified.

    `Timer(self.collect)` with `def __init__(self, function): self._function = function` makes `_function` a name of `collect`.
    """

    HOPS, MOST = 4, 24
    TOO_COMMON = frozenset(
        ("self", "cls", "value", "key", "data", "name", "args", "kwargs", "result", "x", "obj", "item", "_", "")
    )

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._edges: defaultdict[str, set[str]] | None = None
        self._params: dict[str, list[tuple[str, ...]]] = {}
        self._named: dict[str, list[Fn]] = {}

    def names_reached(self, names: list[str]) -> list[str]:
        """All names that values called `names` are stored or passed under, in order of distance."""
        if self._edges is None:
            self._edges = self._build()
        found: dict[str, None] = {}
        fringe = names
        for _ in range(self.HOPS):
            fringe = sorted(
                {n for name in fringe for n in self._edges.get(name, ()) if n not in found and n not in names}
            )
            found.update(dict.fromkeys(fringe))
            if not fringe or len(found) > self.MOST:
                break
        return list(found)[: self.MOST]

    def _build(self) -> defaultdict[str, set[str]]:
        self._params = self._parameters()
        for one in self.symbols.fns:
            self._named.setdefault(one.facts.name, []).append(one)
        edges: defaultdict[str, set[str]] = defaultdict(set)
        for fn in self.symbols.fns:
            facts = fn.facts
            for bind in facts.binds:
                self._add(edges, fn, bind.values, leaf_name(bind.target))
            for access in facts.accesses:
                if access.values:
                    self._add(edges, fn, access.values, leaf_name(access.path))
            for call in facts.calls:
                self._add_call(edges, fn, call)
            for path in (p for group in facts.decorators for p in group):
                self._add_decorator(edges, fn, path)
        return edges

    def _add_decorator(self, edges: defaultdict[str, set[str]], fn: Fn, path: str) -> None:
        """What a decorator returns is called by the name of what it decorates."""
        if path[:1] == "!" and path[1:].isdigit():
            outer = self.symbols.fns[fn.mod.first_function + max(fn.facts.parent, 0)]
            path = outer.facts.calls[int(path[1:])].callee if int(path[1:]) < len(outer.facts.calls) else ""
        for decorator in self._named.get(leaf_name(path), ())[:4]:
            for inner in self._inside(decorator):
                edges[inner].add(fn.facts.name)

    def _inside(self, decorator: Fn) -> list[str]:
        own = decorator.gid - decorator.mod.first_function
        last = decorator.mod.first_function + len(decorator.mod.facts.functions)
        return [f.facts.name for f in self.symbols.fns[decorator.gid + 1 : last] if f.facts.parent == own] + [
            g.facts.name
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
            if values and any(_names_function(v) for v in values):
                for params in self._params.get(leaf_name(call.callee), ())[:6]:
                    if position < len(params):
                        self._add(edges, fn, values, params[position])
        for name, values in call.kwargs:
            self._add(edges, fn, values, name)

    def _add(self, edges: defaultdict[str, set[str]], fn: Fn, values: tuple[str, ...], target: str) -> None:
        if target in self.TOO_COMMON:
            return
        for value in values:
            if not _names_function(value):
                continue
            if value[0] == "!" and value[1:].isdigit():
                call = fn.facts.calls[int(value[1:])]
                if leaf_name(call.callee) == "partial" and call.args:
                    self._add(edges, fn, call.args[0], target)
                continue
            source = leaf_name(value)
            if source != target and source not in self.TOO_COMMON:
                edges[source].add(target)


def _names_function(value: str) -> bool:
    return bool(value) and value[0] not in "=#*("


def split(path: str) -> tuple[str, str]:
    """`%self._d.x` -> (`%self._d`, `x`); a root alone gives an empty attribute. `@a.b` is a root whatever its dots."""
    if path.endswith(("[]", "<>", ")")) or "." not in path:
        return path, ""
    base, _, attr = path.rpartition(".")
    if path[0] == "@" and "[" not in path and "<" not in path:
        return path, ""
    return (base, attr) if base else (path, "")


def is_birth(path: str) -> bool:
    """Whether a path is a container born here, and nothing inside it."""
    return path[:1] == "#" and path[1:].isdigit()


def leaf_name(path: str) -> str:
    """The last name of a path, without roots and steps: `%self._d[]` -> `_d`."""
    path = path.split("|", 1)[0]
    while path.endswith(("[]", "<>")):
        path = path[:-2]
    last = path.rpartition(".")[2]
    return last.rpartition(":")[2].lstrip("%@!#~") if last[:1] in "%@^" else last


def given(call: Call, position: int, name: str) -> tuple[str, ...]:
    """The values that a call gives for one parameter."""
    for keyword, values in call.kwargs:
        if keyword == name:
            return tuple(v for v in values if v[:1] != "=")
    if 0 <= position < len(call.args):
        return tuple(v for v in call.args[position] if v[:1] not in "=*")
    return ()
