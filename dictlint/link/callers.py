"""Who calls a function: by calls, by operators, by the names under which it is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dictlint.knowledge.callables import COMMON_METHODS
from dictlint.knowledge.operations import ABSTRACT_MAPPINGS, DUNDERS, MIXINS
from dictlint.link.holdings import CHASE
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.results import Results
from dictlint.link.symbols import Fn, Symbols, is_private, mangled
from dictlint.model.body import Access

SETTER = ".setter"  # what follows the property's name in that of the method
SIBLINGS = 40  # how many classes below one are searched for other bases
Group = Any  # a name; (class, name) for `self.name()`; (module, name, "") for `name()`; (class, name, "super")
Sites = Mapping[str, list[tuple[int, int, str]]]  # (function, access number, path) by the last name of the receiver


class Callers(Results):
    """Calls grouped by what they could mean, each resolved once."""

    def __init__(self, symbols: Symbols) -> None:
        super().__init__(symbols)
        self._calls_by: defaultdict[Group, list[tuple[int, int]]] | None = None
        self._groups_named: defaultdict[str, list[Group]] | None = None
        self._waiting: dict[Group, list[tuple[int, int]]] = {}
        self._filed: dict[Group, dict[int, list[tuple[int, int]]]] = {}
        self._read_in: defaultdict[int, set[tuple[str, str]]] | None = None
        self._reads: dict[str, list[tuple[int, int, str]]] | None = None
        self._by_op: dict[str, dict[str, list[tuple[int, int, str]]]] | None = None
        self._operating: defaultdict[int, set[tuple[str, str, str]]] | None = None

    def callers(self, fid: int) -> tuple[tuple[int, int], ...]:
        """Every call in the program that may run the function: (calling function, call number)."""
        with self.near():
            found = self.memo.ask("callers", fid, self._find_callers, fid)
        pumps = self.pumped.callers.get(fid)
        return found if pumps is None else (*found, *pumps)

    def _find_callers(self, fid: int) -> tuple[tuple[int, int], ...]:
        fn = self.symbols.fns[fid]
        found = dict.fromkeys(call for group in self._groups(fn) for call in self._hits(group, fid))
        for group in self._stored_as(fn):
            found |= dict.fromkeys(self._hits(group, fid))
            if self._is_handed_in(group) or group in self.flow.kept_as.get(fn.facts.name, ()):
                with self.memo.everywhere(CHASE - 1):
                    found |= dict.fromkeys(self._hits(group, fid, 1))
        if fn.cls >= 0 and fn.facts.name in DUNDERS:
            found |= dict.fromkeys(self._operations_on(fn))
        if fn.facts.decorators and self.is_property(fid):
            found |= dict.fromkeys(self._uses_of(fn, fn.facts.name))
        elif fn.facts.decorators and self.is_setter(fid):
            found |= dict.fromkeys(self._uses_of(fn, fn.facts.name + SETTER))
        return tuple(found)

    def _hits(self, group: Group, fid: int, hops: int = 0) -> list[tuple[int, int]]:
        """The calls of one group that run the function. Each call is resolved once, then filed under what it runs."""
        key = (group, hops)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = list(self._calls().get(group, ()))
        filed = self._filed.setdefault(key, {})
        still, late = [], []
        for call in waiting:
            runs = self.functions(*call)
            if self.memo.settled("targets", call):
                for one in runs:
                    filed.setdefault(one, []).append(call)
            else:
                still.append(call)
                if fid in runs:
                    late.append(call)
        if len(still) < len(waiting) and self._waiting.get(key) is waiting:
            self._waiting[key] = still
        return [*filed.get(fid, ()), *late]

    def _operations_on(self, fn: Fn) -> list[tuple[int, int]]:
        """Accesses that run a special method: (function, -1 - access number)."""
        family = {fn.cls, *self.symbols.subclasses.get(fn.cls, ())}
        names = {*self._objects_of(family), *(f"~{cid}" for cid in self._family(fn.cls))}
        return [
            (fid, -1 - number)
            for by, sites in self._sites_of(fn.facts.name, family)
            for name in sorted(names & sites.keys())
            for fid, number, path in sites[name]
            if any(v[0] == "I" and v[1] in family and self._has(v[1], by) for v in self.values(fid, path))
        ]

    def _sites_of(self, special: str, classes: Iterable[int]) -> Iterator[tuple[str, Sites]]:
        """What may run a special method of these classes: its operator, and what mappings have from their base."""
        yield "", self._accesses_by(DUNDERS[special])
        if any(map(self._is_mapping, classes)):
            yield from ((by, self._accesses_by(by)) for by, specials in MIXINS.items() if special in specials)

    def _has(self, cid: int, by: str) -> bool:
        """Whether objects of a class have a method, if any, from an abstract mapping."""
        return not by or (self._is_mapping(cid) and self.symbols.method(cid, by) is None)

    def _is_mapping(self, cid: int) -> bool:
        return not ABSTRACT_MAPPINGS.isdisjoint(self.symbols.classes[cid].outside)

    def _objects_of(self, classes: Iterable[int]) -> frozenset[str]:
        """The names that objects of these classes go by."""
        return self.flow.closure({self.symbols.classes[cid].facts.name for cid in classes}, hops=3)

    def operators_run(self, fid: int) -> set[int]:
        """The special methods that a function's operations run."""
        if self._operating is None:
            self._operating = self._operators()
        found = set()
        for path, special, by in self._operating.get(fid, ()):
            objects = (v[1] for v in self.values(fid, path) if v[0] == "I")
            found |= {self.symbols.method(cid, special) for cid in objects if self._has(cid, by)}
        return {one for one in found if one is not None}

    def _operators(self) -> defaultdict[int, set[tuple[str, str, str]]]:
        """By function: the paths of what may be an object with a special method that an operation there runs, and what
        of a mapping's base runs it, if that does.
        """
        found: defaultdict[int, set[tuple[str, str, str]]] = defaultdict(set)
        for special in DUNDERS:
            having = {self.symbols.fns[one].cls for one in self.symbols.methods_named.get(special, ())} - {-1}
            having |= {below for cid in having for below in self.symbols.subclasses.get(cid, ())}
            names = {*self._objects_of(having), *(f"~{cid}" for cid in having)} if having else set[str]()
            for by, sites in self._sites_of(special, having) if having else ():
                for name in sites.keys() & names:
                    for fid, _, path in sites[name]:
                        found[fid].add((path, special, by))
        return found

    def _uses_of(self, fn: Fn, name: str) -> list[tuple[int, int]]:
        """Operations on what a property gives, which run it, or those that set it: (function, -1 - access number)."""
        family = {fn.cls, *self.symbols.subclasses.get(fn.cls, ())}
        alone = self.symbols.methods_named[name] == [fn.gid] and name not in self.symbols.attr_owners
        found = []
        for fid, number, base in self._on_properties().get(name, ()):
            values = self.values(fid, base)
            if any(v[0] == "I" and v[1] in family for v in values):
                found.append((fid, -1 - number))
            elif alone and not values and name not in COMMON_METHODS:
                self.guessed.add((fid, -1 - number))
                found.append((fid, -1 - number))
        return found

    def properties_read(self, fid: int) -> set[int]:
        """The properties, and their setters, that a function's operations run."""
        if self._read_in is None:
            self._read_in = defaultdict(set)
            for attr, reads in self._on_properties().items():
                for reader, _, base in reads:
                    self._read_in[reader].add((base, attr))
        here = self._read_in.get(fid, ())
        found = {self.symbols.method(v[1], attr) for base, attr in here for v in self.values(fid, base) if v[0] == "I"}
        return {one for one in found if one is not None and (self.is_property(one) or self.is_setter(one))}

    def _on_properties(self) -> dict[str, list[tuple[int, int, str]]]:
        """Operations on attributes that have the name of a property: (function, number, path of the object), those that
        set it by the name of the setter.
        """
        if self._reads is None:
            decorated = (fn for fn in self.symbols.fns if fn.facts.decorators and fn.cls >= 0)
            names = {fn.facts.name for fn in decorated if self.is_property(fn.gid)}
            self._reads = {}
            for fn in self.symbols.fns if names else ():
                for number, access in enumerate(fn.facts.accesses):
                    base, attr = split(access.path.partition("|")[0])
                    if attr in names and access.op not in ("rebind", "unbind"):
                        attr += SETTER if access.op == "set" else ""
                        self._reads.setdefault(attr, []).append((fn.gid, number, base))
        return self._reads

    def _accesses_by(self, by: str) -> Sites:
        """Accesses with that operation, or by that method of a mapping, by the last name of their receiver, `~N` for
        objects of class N in their own methods: (function, number, path).
        """
        if self._by_op is None:
            self._by_op = {}
            for fn in self.symbols.fns:
                for number, access in enumerate(fn.facts.accesses):
                    explicit = fn.cls >= 0 and access.how in DUNDERS  # `self.__delitem__(key)`
                    if access.path[:1] == "#" or access.path[-1:] == "]":
                        continue
                    name = f"~{fn.cls}" if fn.own and access.path == fn.own else leaf_name(access.path)
                    for one in _as(access, fn) if access.call < 0 or not explicit else (access.op,):
                        there = self._by_op.setdefault(one, {}).setdefault(name, [])
                        there.append((fn.gid, number, access.path))
        return self._by_op.get(by, {})

    def _calls(self) -> dict[Group, list[tuple[int, int]]]:
        """Calls by last name; those on `self` by (class, name), plain ones by (module, name, "")."""
        if self._calls_by is None:
            self._calls_by = defaultdict(list)
            inside = {name.partition(".")[0] for name in self.symbols.by_name}
            for fn in self.symbols.fns:
                own = f"%{fn.self_name}." if fn.cls >= 0 and fn.self_name else "?"
                for i, call in enumerate(fn.facts.calls):
                    callee = call.callee
                    if callee[:1] == "@" and callee[1:].partition(".")[0] not in inside:
                        continue  # of another package
                    if callee.endswith("__") and fn.cls >= 0:
                        self._calls_by[fn.cls, leaf_name(callee), "super"].append((fn.gid, i))
                    elif callee.isidentifier() and not fn.mod.stars:
                        self._calls_by[fn.mod.mid, callee, ""].append((fn.gid, i))
                    elif callee.startswith(own) and callee.count(".") == 1:
                        self._calls_by[fn.cls, callee[len(own) :]].append((fn.gid, i))
                    else:
                        made = call_of(callee)  # `weak()()`
                        named = fn.facts.calls[made].callee if made >= 0 else callee
                        self._calls_by[leaf_name(named)].append((fn.gid, i))
        return self._calls_by

    def _groups(self, fn: Fn) -> list[Group]:
        """Where calls of the function by its name can be: in its module and family."""
        if self._is_made_by(fn):
            return self._making(fn)
        names = self._names_of(fn)
        groups: list[Group] = []
        for one in names:
            groups += [one, (fn.mod.mid, one, ""), *((cid, one) for cid in self._family(fn.cls))]
        calls = self._calls()
        return [group for group in groups if group in calls]

    def _stored_as(self, fn: Fn) -> list[Group]:
        """A stored callable is called wherever it is stored."""
        if self._is_made_by(fn):
            return []
        return [group for other in self.flow.names_reached(self._names_of(fn)) for group in self._named(other)]

    def _is_handed_in(self, group: Group) -> bool:
        """Whether `self.name()` calls what the constructor was given: only who makes the object knows what it is."""
        if type(group) is not tuple or len(group) != 2:
            return False
        binds = self.symbols.classes[group[0]].attrs.get(group[1], ())
        return any(
            value[:1] == "%" and "." not in value and self.symbols.fns[fid].facts.name == "__init__"
            for fid, bind in binds
            for value in bind.values
        )

    def _is_made_by(self, fn: Fn) -> bool:
        return fn.facts.name in ("__init__", "__new__", "__post_init__", "__call__") and fn.cls >= 0

    def _names_of(self, fn: Fn) -> tuple[str, ...]:
        name = fn.facts.name
        names = [name]
        if fn.cls >= 0 and is_private(name):
            names.append(mangled(self.symbols.classes[fn.cls].facts.name, name))
        if fn.facts.parent > 0 or name.startswith("<lambda"):
            names.append(f"&{fn.gid - fn.mod.first_function}")
        return tuple(names)

    def _family(self, cid: int) -> tuple[int, ...]:
        """The classes whose `self.m()` may mean a method of this one: above, below, and siblings of a class below."""
        if cid < 0:
            return ()
        return self.memo.ask("family", cid, lambda: tuple(dict.fromkeys(self._relatives(cid))))

    def _relatives(self, cid: int) -> Iterable[int]:
        below = self.symbols.subclasses.get(cid, ())
        yield from self.symbols.classes[cid].mro
        yield from below
        for one in below[:SIBLINGS]:
            yield from self.symbols.classes[one].mro

    def _making(self, fn: Fn) -> list[Group]:
        """Calls of the class, of classes below it, of classes made by it, and `super().__init__()` in them."""
        below = [fn.cls, *self.symbols.subclasses.get(fn.cls, ())]
        below += [c for meta in below if fn.facts.name == "__call__" for c in self._classes_of(meta)]
        names = dict.fromkeys([*(self.symbols.classes[c].facts.name for c in below[:40]), "cls", "__class__"])
        if fn.facts.name == "__call__":  # an instance is called by the names that instances go by
            names |= dict.fromkeys(sorted(self.flow.closure(set(names) - {"cls", "__class__"}, hops=3)))
        return [*(g for name in names for g in self._named(name)), *((cid, fn.facts.name, "super") for cid in below)]

    def _named(self, name: str) -> list[Group]:
        """Every group with that last name."""
        if self._groups_named is None:
            self._groups_named = defaultdict(list)
            for group in self._calls():
                if isinstance(group, str):
                    self._groups_named[group].append(group)
                elif group[-1] != "super":
                    self._groups_named[group[1]].append(group)
        return self._groups_named.get(name, [])

    def calls_named(self, name: str) -> list[tuple[int, int]]:
        """Every call whose callee's last name is `name`."""
        calls = self._calls()
        return [call for group in self._named(name) for call in calls[group]]


def _as(access: Access, fn: Fn) -> Iterable[str]:
    """The operation that an access is, by an operator, and the method of a mapping."""
    if access.call < 0:
        return (access.op, "__contains__") if access.op == "contains" else (access.op,)
    base, method = split(fn.facts.calls[access.call].callee)
    return (method,) if method in MIXINS and base == access.path else ()
