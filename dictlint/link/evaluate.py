"""What an access path may denote: values (classes, instances, functions, containers) and locations (who holds it).

Demand-driven and memoised: nothing is evaluated that no hazard, lock, spawn or caller asks for. Cycles (recursive
functions, containers that hold themselves) are cut where they close; the part found so far is used.

A location is a tuple: ("g", module, name) a module global, ("i", class, attr) an attribute of instances, ("c", class,
attr) of the class itself, ("v", function, name) a parameter or captured variable, ("b", function, n) a container born
there that no one else holds (-1 - n: what its call n has made outside), ("e", location) the entries of a container,
("s", class) `self` as a mapping, ("x", dotted) something external, ("u", attr) an attribute of an object nothing is
known of.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from dictlint.knowledge.activities import HANDLER_BASES, THREADING_SERVERS
from dictlint.knowledge.containers import MANAGERS, PROCESS_CONTEXTS, PROXIES, SHARED_GLOBALS
from dictlint.link.callers import Callers
from dictlint.link.fields import is_kept_property
from dictlint.link.holdings import narrowed
from dictlint.link.paths import call_of, is_birth, is_in_part, leaf_name, part_of, split
from dictlint.link.question import FAN, Loc, few
from dictlint.link.symbols import Fn, Value
from dictlint.model.facts import FunctionFacts

_COPIES = ("copy:", "copy.copy:", "copy.deepcopy:")


class Evaluator(Callers):
    """Answers questions on paths; holds the memo tables of one link run."""

    def values(self, fid: int, path: str) -> tuple[Value, ...]:
        """The values that `path`, written in function `fid`, may denote."""
        fn = self.symbols.fns[fid]
        if path == fn.own:
            return fn.own_value
        return self.memo.ask("values", (fid, path), self.evaluated, fid, path)

    def evaluated(self, fid: int, path: str) -> tuple[Value, ...]:
        return few(self._evaluate(fid, path), FAN * 2)

    def locs(self, fid: int, path: str) -> tuple[Loc, ...]:
        """The locations that `path` reads or writes; aliases are folded into the location that owns the container."""
        return self.memo.ask("locs", (fid, path), self._folded, fid, path)

    def _folded(self, fid: int, path: str) -> tuple[Loc, ...]:
        if call_of(path) >= 0:  # what a call gives is folded as its receiver has it
            given = self.result_locs(fid, int(path[1:]))
            return few((one for loc in given for one in ((loc,) if loc[0] in "ic" else self.canonical(loc))), FAN)
        found = dict.fromkeys(owner for loc in self.located(fid, path) for owner in self.canonical(loc))
        for number in self.read_by_methods(fid, path):
            found.update(dict.fromkeys(self.result_locs(fid, number)))
        if len(found) > 1 or any(loc[0] not in "ic" for loc in found):
            return few(self._as_seen(fid, path, found), FAN)
        return few(found, FAN)

    def _as_seen(self, fid: int, path: str, owners: Iterable[Loc]) -> Iterable[Loc]:
        """Without what only a sibling class stores under an attribute: objects of this one never have it."""
        base, attr = split(path.split("|", 1)[0])
        values = self.values(fid, base) if attr and path[-1:] not in "]>" else ()
        if not any(v[0] == "I" for v in values):
            return owners
        return [owner for v in values for loc in self._attribute_locs(v, attr) for owner in self.owners_for(loc, v)]

    def read_by_methods(self, fid: int, path: str) -> list[int]:
        """The calls behind a path that stands for an entry, where they run the program's own `get` or `pop`."""
        base = path[:-2] if path.endswith("[]") else ""
        accesses = self.symbols.fns[fid].facts.accesses if base else ()
        return [a.call for a in accesses if a.call >= 0 and a.path == base and self.functions(fid, a.call)]

    def _indexing(self, fid: int, path: str) -> list[int]:
        """The program's own `__getitem__` that gives what a path denotes."""
        if not self._indexed or not path.endswith("[]"):
            return []
        fn, number = self.symbols.fns[fid], call_of(path[:-2])
        name = leaf_name(path[:-2] if number < 0 else fn.facts.calls[number].callee)
        if name not in self._indexed and path[:-2] != fn.own:
            return []
        classes = (v[1] for v in self.values(fid, path[:-2]) if v[0] == "I")
        return [m for cid in classes if (m := self.symbols.method(cid, "__getitem__")) is not None]

    @cached_property
    def _indexed(self) -> frozenset[str]:
        """The names by which objects go whose class has a `__getitem__`."""
        methods = self.symbols.methods_named.get("__getitem__", ())
        return self.names_of({self.symbols.fns[method].cls for method in methods} - {-1}) if methods else frozenset()

    def _evaluate(self, fid: int, path: str) -> Iterable[Value]:
        path = path.split("|", 1)[0]
        if path.endswith(("[]", "<>")):
            for loc in self.located(fid, path):
                yield from self.contents(loc)
            for number in self.read_by_methods(fid, path):
                yield from self.result(fid, number)
            for method in self._indexing(fid, path):
                yield from self.returned(method)
            return
        if part_of(path)[0] >= 0:  # what is kept somewhere; of what was made anew it is not known who else has it
            for loc in self.located(fid, path):
                yield from self.contents(loc)
            return
        base, attr = split(path)
        if attr:
            for value in self.values(fid, base):
                yield from self._attribute(value, attr)
            if not self.values(fid, base) and not is_in_part(base):
                for loc in self._by_unique_name(attr):
                    yield from self.contents(loc)
            return
        yield from self._root_values(fid, path)

    def _root_values(self, fid: int, path: str) -> Iterable[Value]:
        fn = self.symbols.fns[fid]
        first = path[:1]
        if first == "%":
            return fn.own_value if path == fn.own else self.contents(("v", fid, path[1:]))
        if first == "#":
            return self._born(fn.facts, int(path[1:])) if int(path[1:]) < len(fn.facts.births) else ()
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
        if first in "(=":  # the empty path, too
            return ()
        if path == "<super>":
            return [("S", fn.cls)] if fn.cls >= 0 else ()
        return [v for named in self.symbols.named(fn.mod, path) for v in self._settle(named)] + [
            v for loc in self._global_locs(fn, path) for v in self.contents(loc)
        ]

    def _born(self, facts: FunctionFacts, number: int) -> list[Value]:
        """A container of the birth's kind, but of `x.copy()`, `copy.copy(x)`: that is one only if `x` is."""
        birth = facts.births[number]
        copied = (
            birth.copy_of
            and not is_birth(birth.copy_of[0])
            and any(a.at == birth.at and a.how.startswith(_COPIES) for a in facts.accesses)
        )
        return [("K", birth.kind, "copy") if copied else ("K", birth.kind)]

    def _variable(self, outer: int, name: str) -> tuple[Value, ...]:
        fn = self.symbols.fns[outer]
        if fn.self_name == name:
            return self.values(outer, "%" + name)
        return self.contents(("v", outer, name))

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
            entries = [("e", loc) for loc in self.locs(fid, path[:-2]) if loc[0] != "x"]  # strings, modules, loggers
            return entries + [loc for method in self._indexing(fid, path) for loc in self.returned_locs(method)]
        if part_of(path)[0] >= 0:
            return self.result_locs(fid, *part_of(path))
        base, attr = split(path)
        if attr:
            values = self.values(fid, base)
            found = [loc for value in values for loc in self._attribute_locs(value, attr)]
            return found if found or values or is_in_part(base) else self._by_unique_name(attr)
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
        if path == "<super>":  # what a base class of a library does to the object itself
            return [("s", fn.cls)] if fn.cls >= 0 and self.mapping_kind(fn.cls) else []
        if first in "(&~<=":
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
                if kind == "I" and attr in ("__new__", "__init__") and "type" in self.symbols.classes[value[1]].outside:
                    return ()  # a class has its own
                return [("B", method)]
            if attr in self.symbols.classes[value[1]].nested:
                return [("C", self.symbols.classes[value[1]].nested[attr])]
            if attr == "server" and kind == "I" and (server := self._server_of(value[1])) is not None:
                return [server]
            return [v for loc in self._attribute_locs(value, attr) for v in self.contents(narrowed(loc, value[1]))]
        if kind == "S":
            for ancestor in self.symbols.classes[value[1]].mro[1:]:
                method = self.symbols.classes[ancestor].methods.get(attr)
                if method is not None:
                    return [("B", method)]
            return ()
        if kind in ("M", "X"):
            return [v for named in self.symbols._member(value, attr, 0) for v in self._settle(named)]
        if kind == "XI":
            return _made_outside(value[1], attr)
        return ()

    def _server_of(self, cid: int) -> Value | None:
        """What request handlers have of the standard library: the server, where the program has one class of them."""
        classes = self.symbols.classes
        if HANDLER_BASES.keys().isdisjoint(classes[cid].outside) or self.symbols.binder(cid, "server"):
            return None
        servers = [one.gid for one in classes if not THREADING_SERVERS.isdisjoint(one.outside)]
        return ("I", servers[0]) if len(servers) == 1 else None

    def located_on(self, value: Value, attr: str) -> list[Loc]:
        """The locations of an attribute of a value."""
        return self._attribute_locs(value, attr)

    def _attribute_locs(self, value: Value, attr: str) -> list[Loc]:
        kind = value[0]
        if kind == "I" or kind == "C":
            cid = value[1]
            method = self.symbols.method(cid, attr)
            if method is not None:
                if kind != "I" or not self.is_property(method):
                    return []
                owner = self.symbols.fns[method].cls
                kept = attr in self.symbols.classes[owner].attrs and is_kept_property(self.symbols.fns[method].facts)
                return [("i", owner, attr)] if kept else list(self.returned_locs(method))
            if attr == "__dict__":
                return [("i", self.symbols.classes[cid].mro[-1], "__dict__")] if kind == "I" else []
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
        """An unknown receiver: a distinctive attribute that one class alone binds as a container is taken for that
        one.
        """
        if "_" not in attr or attr.startswith("__"):
            return []
        owners = self.symbols.attr_owners.get(attr, ())
        if attr in self.symbols.methods_named:  # a property of that name, perhaps
            return []
        tops = dict.fromkeys(bound for cid in owners[:FAN] if (bound := self.symbols.binder(cid, attr)))
        if len(tops) != 1 or len(owners) > FAN:
            return []
        top, class_side = next(iter(tops))
        loc: Loc = ("c" if class_side else "i", top, attr)
        return [loc] if self.container_kind(loc) else []


def _made_outside(dotted: str, attr: str) -> list[Value]:
    """What an object of the standard library has under a name, where it matters."""
    if dotted in MANAGERS and f"{dotted}.{attr}" in PROXIES:
        return [("X", f"{dotted}.{attr}")]
    if dotted in PROCESS_CONTEXTS:
        return [("X", f"{dotted.partition('.')[0]}.{attr}")]
    return []
