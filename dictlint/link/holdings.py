"""What locations hold, and which location owns a container that several hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import AbstractContextManager

from dictlint.knowledge.containers import MAPPINGS, PROXIES, PROXY, SHARED_GLOBALS
from dictlint.link.memo import LEVELS
from dictlint.link.paths import call_of, given, is_birth, leaf_name, split, tuple_parts
from dictlint.link.question import CONTAINER_KINDS, FAN, Loc, Questions, base_of, few
from dictlint.link.symbols import Symbols, Value
from dictlint.model.body import Bind

CHASE = (
    LEVELS - 1
)  # how many callers up a parameter is followed for one question: what a program says of it stands near


class Holdings(Questions):
    """Assignments, entries, arguments and aliases."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._stores_named: defaultdict[str, list[tuple[int, int]]] | None = None

    def near(self) -> AbstractContextManager[None]:
        """Questions inside do not follow parameters to their callers."""
        return self.memo.everywhere(CHASE)

    def contents(self, loc: Loc) -> tuple[Value, ...]:
        """The values stored at a location anywhere in the program."""
        return self.memo.ask("contents", loc, self._contents, loc)

    def _contents(self, loc: Loc) -> tuple[Value, ...]:
        return few(self._stored(loc), FAN * 2)

    def _stored(self, loc: Loc) -> Iterable[Value]:
        kind = loc[0]
        if kind == "e":
            return self._entries(loc[1])
        if kind == "v" and self.param(loc) is not None:
            return self._argument_values(loc)
        if kind == "s":
            return [("K", self.held_kind(loc[1]))]
        if kind == "x":
            return [("K", SHARED_GLOBALS[loc[1]])]
        if kind == "b" and loc[2] < 0:
            return self.values(loc[1], f"!{-1 - loc[2]}")
        if kind == "b":
            return [("K", self.symbols.fns[loc[1]].facts.births[loc[2]].kind)]
        found: list[Value] = [("K", "dict")] if loc[0] == "i" and loc[2] == "__dict__" else []
        for fid, bind in self.binds(loc):
            for path in bind.values:
                found += self._values_for(loc, fid, path)
            for name in bind.types:
                found += self.typed(fid, name)
        return found

    def _values_for(self, loc: Loc, fid: int, path: str) -> Iterable[Value]:
        """What a method of a base class stores in objects of one class below: what that class makes of its calls, what
        its own constructors hand up.
        """
        fn = self.symbols.fns[fid]
        if loc[0] != "i" or path[:1] not in "!%" or not self._is_above(fn.cls, loc[1]):
            return self.values(fid, path)
        if call_of(path) >= 0:
            base, attr = split(fn.facts.calls[call_of(path)].callee)
            methods = self._methods_for(loc[1], attr) if attr and base == fn.own else ()
            return [v for method in methods for v in self.returned(method)] or self.values(fid, path)
        index = self.param(("v", fid, path[1:])) if fn.facts.name == "__init__" else None
        if index is None or fn.facts.params[index].types:
            return self.values(fid, path)
        return self._argument_values(("v", fid, path[1:]), loc[1]) or self.values(fid, path)

    def _is_above(self, top: int, cid: int) -> bool:
        return top >= 0 and top != cid and top in self.symbols.classes[cid].mro

    def _methods_for(self, cid: int, name: str) -> list[int]:
        """What `self.name()` runs on objects of a class, and of those below it."""
        below = [self.symbols.classes[sub].methods.get(name) for sub in self.symbols.subclasses.get(cid, ())]
        found = dict.fromkeys((self.symbols.method(cid, name), *below))
        return [method for method in found if method is not None]

    def _makes_another(self, fid: int, caller: int, number: int, cid: int) -> bool:
        """Whether a call of a base class's constructor makes objects of a sibling class only."""
        line = set(self.symbols.family(cid))
        family = set(self.symbols.subclasses.get(self.symbols.fns[fid].cls, ())) - line
        inside = self.symbols.fns[caller].cls
        if self.symbols.fns[caller].facts.calls[number].callee.endswith("__init__"):
            return inside in family
        made = [v[1] for v in self.targets(caller, number) if v[0] == "C"]
        return bool(made) and family.issuperset(made)

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
            related = self.symbols.family(loc[1])[:40]
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

    def _argument_values(self, loc: Loc, cid: int = -1) -> list[Value]:
        fid, index = loc[1], self.param(loc)
        assert index is not None
        param = self.symbols.fns[fid].facts.params[index]
        found = [v for name in param.types for v in self.typed(fid, name)]
        if found:
            return found
        if not index and (methods := self.replaced_methods(fid)):  # what is put in a method's place gets its object
            return [("I", cls) for cls in dict.fromkeys(self.symbols.fns[one].cls for one in methods)][:FAN]
        if self.memo.level >= CHASE:
            return list(self.memo.limit())
        with self.memo.at(self.memo.level + 1):
            for caller, path in self.arguments(fid, index, cid):
                found += self.values(caller, path)
            for default in param.default:
                found += self.values(fid, default)
        return found

    def arguments(self, fid: int, index: int, cid: int = -1) -> list[tuple[int, str]]:
        """What callers (calls and spawns) hand over for parameter `index`: (calling function, path). With `cid` of a
        constructor: where objects of that class are made, or of one above or below it.
        """
        fn = self.symbols.fns[fid]
        name = fn.facts.params[index].name
        found: list[tuple[int, str]] = []
        for caller, number in self.callers(fid)[: FAN * 3]:
            if number < 0:
                continue  # an operator: what it hands over is no container
            if cid >= 0 and self._makes_another(fid, caller, number, cid):
                continue
            call = self.symbols.fns[caller].facts.calls[number]
            position = index - self.shift(fn, caller, number)
            for path in given(call, position, name):
                found.append((caller, path))
        for caller, args, shift in self.deliveries.get(fid, ()):
            position = index - shift
            if 0 <= position < len(args):
                found += [(caller, path) for path in args[position]]
        return found[: FAN * 3]

    def _entries(self, base: Loc) -> Iterable[Value]:
        found: list[Value] = []
        births = self._births_at(base)
        for fid, bind in self.binds(base):
            for name in bind.types:
                found += self._typed_entries(fid, name)
        if base[0] == "v" and (index := self.param(base)) is not None:
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
        return found + self._in_rows(base[1]) if base[0] == "e" else found

    def _in_rows(self, table: Loc) -> list[Value]:
        """What is in the tuples that a container holds, where one column alone holds things of the program: by the path
        `table<><>` nobody knows which column is meant.
        """
        items = [(fid, self.symbols.fns[fid].facts.births[number].items) for fid, number in self._births_at(table)]
        given = [(fid, path) for fid, paths in items for path in paths]
        columns: dict[int, list[Value]] = {}
        for fid, path in (*given, *self.stores(table)):
            for column, part in enumerate(tuple_parts(path) if path[:1] == "(" else ()):
                if values := self.values(fid, part) if part != "?" else ():
                    columns.setdefault(column, []).extend(values)
        return columns.popitem()[1] if len(columns) == 1 else []

    def _births_at(self, loc: Loc) -> list[tuple[int, int]]:
        """Where the containers are born that a location holds: (function, birth)."""
        if loc[0] == "b":
            return [(loc[1], loc[2])] if loc[2] >= 0 else []
        if loc[0] != "e":
            return [(fid, int(path[1:])) for fid, bind in self.binds(loc) for path in bind.values if is_birth(path)]
        outer = self._births_at(loc[1])
        given = [(fid, path) for fid, number in outer for path in self.symbols.fns[fid].facts.births[number].items]
        return [(fid, int(path[1:])) for fid, path in (*given, *self.stores(loc[1])) if is_birth(path)]

    def _made_by(self, fid: int, factory: str) -> list[Value]:
        return [v for target in self.values(fid, factory) for v in self.call_value(target, fid, -1)]

    def stores(self, loc: Loc) -> list[tuple[int, str]]:
        """The values put into the entries of a container: (function, path)."""
        base = base_of(loc)
        leaf = str(base[-1]) if base[0] in "gicvx" else ""
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
        held = self.contents(loc)
        guessed = () if any(map(self._copies_itself, held)) else ("copy",)
        kinds = [v[1] for v in held if v[0] == "K" and len(v) == 2]
        kinds = kinds or [v[1] for v in held if v[0] == "K" and v[2:] == guessed]  # a copy is what was copied
        for kind in kinds:
            if kind in MAPPINGS and kind != "dict":
                return str(kind)
        if kinds:
            return "dict" if "dict" in kinds else str(kinds[0])
        for value in self.contents(loc):
            if value[0] == "XI" and PROXIES.get(value[1]) == "dict":
                return PROXY
            if value[0] == "I" and (kind := self.held_kind(value[1])):
                return kind
        return ""

    def _copies_itself(self, value: Value) -> bool:
        """Whether it is an object that is no container and has a `copy` of its own: another such object comes of it."""
        if value[0] != "I" or self.mapping_kind(value[1]):
            return False
        return self.symbols.method(value[1], "copy") is not None

    def held_kind(self, cid: int) -> str:
        """The container kind of a class that is one itself; of one whose reads may write that of a defaultdict."""
        kind = self.mapping_kind(cid)
        return "defaultdict" if kind in MAPPINGS and self.fills_missing(cid) else kind

    def fills_missing(self, cid: int) -> bool:
        """Whether the class stores what its own `__missing__` makes."""
        method = self.symbols.method(cid, "__missing__")
        if method is None:
            return False
        fn = self.symbols.fns[method]
        return any(a.op in ("setitem", "setdefault") and a.path in (fn.own, "<super>") for a in fn.facts.accesses)

    # -- aliases ----------------------------------------------------------------------------------------------------

    def canonical(self, loc: Loc) -> tuple[Loc, ...]:
        """The locations that own the container held at `loc`: itself if born there, else where the alias came from."""
        if loc[0] == "v" and self.memo.level >= CHASE and self.param(loc) is not None:
            return self.memo.limit() or (loc,)
        return self.memo.ask("canonical", loc, self._canonical, loc) or (loc,)

    def owners_for(self, loc: Loc, value: Value) -> Iterable[Loc]:
        """The same for an attribute of one object: what a sibling of its class stores there, it never has."""
        owners = self.canonical(loc)
        if value[0] != "I" or loc[0] != "i" or owners == (loc,) or not self._is_line(loc[1], value[1]):
            return owners
        narrow = narrowed(loc, value[1])
        return [loc if owner == narrow else owner for owner in self.canonical(narrow)]

    def _is_line(self, top: int, cid: int) -> bool:
        """Whether all that objects of a class inherit from `top` stands above or below the class itself."""
        classes, below = self.symbols.classes, self.symbols.subclasses.get(cid, ())
        line = {*classes[cid].mro, *below}
        inherited = (other for sub in below for other in classes[sub].mro if top in classes[other].mro)
        return cid != top and top in line and line.issuperset(inherited)

    def _canonical(self, loc: Loc) -> tuple[Loc, ...]:
        return few(self._owners(loc), FAN)

    def _owners(self, loc: Loc) -> list[Loc]:
        kind = loc[0]
        if kind == "b":
            return self._publications(loc) or [loc]
        if kind == "e" and loc[1][0] == "b" and loc[1][2] >= 0:
            return self._copied_entries(loc[1]) or [loc]
        if kind == "v" and (index := self.param(loc)) is not None:
            return self._handed_in(loc[1], index)
        if kind not in "givc":
            return [loc]
        own, found = False, []
        for fid, bind in self.binds(loc):
            for path in bind.values:
                if is_birth(path):
                    own = True
                    continue
                aliases = self._itself(fid, path) or [o for o in self.locs(fid, path) if self.container_kind(o)]
                if aliases:
                    found += aliases
                else:
                    own = True
        return [loc, *found] if own and found else (found or [loc])

    def _itself(self, fid: int, path: str) -> list[Loc]:
        """The only object of a class that is a mapping, and stores as its base does: what its methods call `self`."""
        number = call_of(path)
        made = [v[1] for v in self.values(fid, path) if v[0] == "I"] if number >= 0 else []
        if len(made) != 1 or not self.mapping_kind(made[0]) or self.symbols.method(made[0], "__setitem__") is not None:
            return []
        sites = self.calls_named(self.symbols.classes[made[0]].facts.name)
        once = not self.symbols.fns[fid].facts.calls[number].loops
        return [("s", made[0])] if once and sites == [(fid, number)] else []

    def _handed_in(self, fid: int, index: int) -> list[Loc]:
        """The containers that callers hand over for a parameter."""
        with self.memo.at(self.memo.level + 1):
            found = [o for caller, path in self.arguments(fid, index) for o in self.locs(caller, path)]
            found += [o for path in self.symbols.fns[fid].facts.params[index].default for o in self.locs(fid, path)]
        return found

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
        path = f"#{loc[2]}" if loc[2] >= 0 else f"!{-1 - loc[2]}"
        found = []
        for bind in self.symbols.fns[loc[1]].facts.binds:
            if path in bind.values:
                found += self.target_locs(loc[1], bind.target)
        return found

    def target_locs(self, fid: int, target: str) -> list[Loc]:
        if target[:1] == ":":
            return [("v", fid, target[1:])]
        if "." not in target and target[:1] not in "^%":
            return [("g", self.symbols.fns[fid].mod.mid, target)]
        return self.located(fid, target)


def narrowed(loc: Loc, cid: int) -> Loc:
    """The attribute as objects of that class have it: what a sibling class stores there, they never see."""
    return (loc[0], cid, loc[2]) if loc[0] in "ic" else loc
