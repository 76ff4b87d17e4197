"""Names over modules: every module, function and class of the program, and how a dotted name finds one."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import Any

from dictlint.link.fields import is_kept_property, lists_fields, per_instance
from dictlint.link.paths import leaf_name
from dictlint.model.body import Bind
from dictlint.model.facts import ClassFacts, FunctionFacts, ModuleFacts
from dictlint.model.site import SourceFile

# A value: ("I", class) instance, ("C", class) class object, ("F", function), ("B", function) bound method,
# ("M", module), ("X", dotted) something external, ("XI", dotted, function, call) the result of calling it,
# ("K", kind) a container that was born as such, ("K", kind, "copy") a copy, if what is copied is one,
# ("G", module, name) a module-level variable, ("A", owner value, name) an attribute that only the evaluator can
# follow.
Value = tuple[Any, ...]


def is_private(name: str) -> bool:
    """Whether Python mangles the name inside a class."""
    return name.startswith("__") and not name.endswith("__")


def mangled(cls: str, name: str) -> str:
    """`__x` in class `C` -> `_C__x`."""
    return f"_{cls.lstrip('_')}{name}"


FEWEST_SHORT = 2  # things that are imported from a package without the name of the one that it lies in
_OF_CLASSES = frozenset(("cls", "mcs", "klass"))
_GIVEN_CLASSES = frozenset(("__new__", "__init_subclass__", "__class_getitem__"))


class Fn:
    """One function of the program; `gid` counts over all modules. `own`: the path of its `self` or `cls`, which denotes
    `own_value`.
    """

    __slots__ = ("cls", "facts", "gid", "mod", "own", "own_value", "self_name", "static")

    def __init__(self, gid: int, mod: Mod, facts: FunctionFacts) -> None:
        self.gid = gid
        self.mod = mod
        self.facts = facts
        self.cls = mod.first_class + facts.owner if facts.owner >= 0 else -1
        self.static = ("staticmethod",) in facts.decorators
        bound = self.cls >= 0 and not self.static and facts.params and facts.params[0].kind == "positional"
        self.self_name = facts.params[0].name if bound else ""
        self.own = "%" + self.self_name if bound else ""
        self.own_value: tuple[Value, ...] = ()


def is_class_side(fn: Fn) -> bool:
    """Whether the first parameter of a method is the class."""
    known = fn.self_name in _OF_CLASSES or fn.facts.name in _GIVEN_CLASSES
    return known or ("classmethod",) in fn.facts.decorators


class Cls:
    """One class of the program. `attrs` are the instance attributes that its methods bind, `names` its class-level
    binds.
    """

    __slots__ = ("attrs", "facts", "gid", "methods", "mod", "mro", "names", "nested", "outside")

    def __init__(self, gid: int, mod: Mod, facts: ClassFacts) -> None:
        self.gid = gid
        self.mod = mod
        self.facts = facts
        self.methods: dict[str, int] = {name: mod.first_function + local for name, local in facts.methods}
        self.methods |= {mangled(facts.name, n): gid for n, gid in self.methods.items() if is_private(n)}
        self.attrs: dict[str, list[tuple[int, Bind]]] = {}
        self.names: dict[str, list[tuple[int, Bind]]] = {}
        self.nested: dict[str, int] = {}
        self.mro: tuple[int, ...] = ()
        self.outside: tuple[str, ...] = ()  # dotted names of external ancestors


class Mod:
    """One module: its facts, its file and its namespace."""

    __slots__ = (
        "classes",
        "facts",
        "file",
        "first_class",
        "first_function",
        "functions",
        "globals",
        "imports",
        "mid",
        "stars",
    )

    def __init__(self, mid: int, file: SourceFile, facts: ModuleFacts, first_function: int, first_class: int) -> None:
        self.mid = mid
        self.file = file
        self.facts = facts
        self.first_function = first_function
        self.first_class = first_class
        self.functions: dict[str, list[int]] = {}
        self.classes: dict[str, list[int]] = {}
        self.imports: dict[str, list[str]] = {}
        self.stars: list[str] = []
        self.globals: dict[str, list[tuple[int, Bind]]] = {}


class Symbols:
    """The name tables of the whole program; built in one pass over the facts."""

    def __init__(self, modules: list[tuple[SourceFile, ModuleFacts]]) -> None:
        self.mods: list[Mod] = []
        self.fns: list[Fn] = []
        self.classes: list[Cls] = []
        self.by_name: dict[str, int] = {}
        self._dotted: dict[str, list[Value]] = {}
        self.methods_named: defaultdict[str, list[int]] = defaultdict(list)
        self.attr_binds: defaultdict[str, list[tuple[int, Bind]]] = defaultdict(list)
        self.subclasses: defaultdict[int, list[int]] = defaultdict(list)
        self.attr_owners: defaultdict[str, list[int]] = defaultdict(list)
        for file, facts in modules:
            self._add(file, facts)
        self._shorten(modules)
        for cls in self.classes:
            self._linearise(cls)
        for cls in self.classes:
            self._inherit_fields(cls)
        self._dotted.clear()  # classes were not complete yet
        for fn in self.fns:
            if fn.own:
                fn.own_value = (self._own_value(fn),)

    # -- building ---------------------------------------------------------------------------------------------------

    def _add(self, file: SourceFile, facts: ModuleFacts) -> None:
        mod = Mod(len(self.mods), file, facts, len(self.fns), len(self.classes))
        self.mods.append(mod)
        self.by_name.setdefault(facts.module, mod.mid)
        for statement in facts.imports:
            if statement.name == "*":
                mod.stars.append(statement.target)
            else:
                mod.imports.setdefault(statement.name, []).append(statement.target)
        for local, cfacts in enumerate(facts.classes):
            cls = Cls(mod.first_class + local, mod, cfacts)
            self.classes.append(cls)
            for name, gid in cls.methods.items():
                self.methods_named[name].append(gid)
        self._nest_classes(mod)
        for ffacts in facts.functions:
            fn = Fn(len(self.fns), mod, ffacts)
            self.fns.append(fn)
            if ffacts.parent == 0 and ffacts.owner < 0:
                mod.functions.setdefault(ffacts.name, []).append(fn.gid)
            for bind in ffacts.binds:
                self._add_bind(mod, fn, bind)
            if ffacts.owner >= 0 and ffacts.decorators and is_kept_property(ffacts):
                self._add_bind(mod, fn, Bind(f"%{fn.self_name}.{ffacts.name}", ffacts.returns, ffacts.at, 0))

    def _shorten(self, modules: list[tuple[SourceFile, ModuleFacts]]) -> None:
        """Let modules be found by names without their package's, where the program imports them so: it is started in
        the package's folder. What is found there must have all that is imported by such a name; otherwise the name is
        that of another distribution.
        """
        tops = {name.partition(".")[0] for name in self.by_name}
        wanted: defaultdict[str, set[str]] = defaultdict(set)  # full names of what is imported, by that of its package
        for _, facts in modules:
            top = facts.module.partition(".")[0]
            for one in facts.imports:
                first = one.target.partition(".")[0]
                if first not in tops and f"{top}.{first}" in self.by_name and first not in sys.stdlib_module_names:
                    wanted[f"{top}.{first}"].add(f"{top}.{one.target}")
        for package, targets in wanted.items():
            if len(targets) >= FEWEST_SHORT and all(map(self._is_there, targets)):
                start = package.partition(".")[0] + "."
                for name, mid in list(self.by_name.items()):
                    if name == package or name.startswith(package + "."):
                        self.by_name.setdefault(name[len(start) :], mid)

    def _is_there(self, name: str) -> bool:
        """Whether a dotted name is a module, or is bound in one."""
        module, _, last = name.rpartition(".")
        if name in self.by_name or module not in self.by_name:
            return name in self.by_name
        mod = self.mods[self.by_name[module]]
        return any(last in names for names in (mod.classes, mod.functions, mod.globals, mod.imports))

    def _nest_classes(self, mod: Mod) -> None:
        by_qualname = {c.facts.qualname: c for c in self.classes[mod.first_class :]}
        for cls in self.classes[mod.first_class :]:
            outer, _, name = cls.facts.qualname.rpartition(".")
            if not outer:
                mod.classes.setdefault(name, []).append(cls.gid)
            elif outer in by_qualname:
                by_qualname[outer].nested[name] = cls.gid

    def _add_bind(self, mod: Mod, fn: Fn, bind: Bind) -> None:
        target = bind.target
        head, dot, attr = target.rpartition(".")
        if not dot:
            if target[0] not in ":^":
                mod.globals.setdefault(target, []).append((fn.gid, bind))
            return
        if head[0] == "~" and head[1:].isdigit():
            cls = self.classes[mod.first_class + int(head[1:])]
            declared = not bind.values and not bind.constant  # an annotation: instances have it, says typing
            field = (bind.values or bind.types) and per_instance(cls.facts, mod.facts)
            table = cls.attrs if declared or field else cls.names
            if table is cls.attrs and attr not in table:
                self.attr_owners[attr].append(cls.gid)
            table.setdefault(attr, []).append((fn.gid, bind))
        elif fn.cls >= 0 and head == "%" + fn.self_name:
            cls = self.classes[fn.cls]
            table = cls.names if is_class_side(fn) else cls.attrs
            if attr not in table:
                self.attr_owners[attr].append(cls.gid)
            table.setdefault(attr, []).append((fn.gid, bind))
        else:
            self.attr_binds[attr].append((fn.gid, bind))

    def _linearise(self, cls: Cls) -> None:
        """Depth-first, duplicates keep their last place: equal to C3 for all but exotic hierarchies."""
        order: list[int] = []
        outside: list[str] = []
        self._ancestors(cls, order, outside, [])
        cls.mro = tuple(reversed(list(dict.fromkeys(reversed(order)))))
        cls.outside = tuple(dict.fromkeys(outside))
        for ancestor in cls.mro[1:]:
            self.subclasses[ancestor].append(cls.gid)

    def _own_value(self, fn: Fn) -> Value:
        return ("C" if is_class_side(fn) and "type" not in self.classes[fn.cls].outside else "I", fn.cls)

    def _inherit_fields(self, cls: Cls) -> None:
        """Where a base class says that bodies list fields, those of the classes below it do so as well."""
        if not cls.names or len(cls.mro) < 2 or per_instance(cls.facts, cls.mod.facts):
            return
        if any(lists_fields(self.classes[ancestor].facts) for ancestor in cls.mro[1:]):
            for attr, binds in list(cls.names.items()):
                if all(bind.target[:1] == "~" and bind.values for _, bind in binds):
                    cls.attrs[attr] = cls.names.pop(attr)
                    self.attr_owners[attr].append(cls.gid)

    def _ancestors(self, cls: Cls, order: list[int], outside: list[str], path: list[int]) -> None:
        if cls.gid in path or len(order) > 400:
            return
        order.append(cls.gid)
        for base in cls.facts.bases:
            for name in base:
                for value in self.named(cls.mod, name):
                    if value[0] == "C":
                        self._ancestors(self.classes[value[1]], order, outside, [*path, cls.gid])
                    elif value[0] == "X":
                        outside.append(value[1])

    # -- asking -----------------------------------------------------------------------------------------------------

    def named(self, mod: Mod, path: str, depth: int = 0) -> list[Value]:
        """What a bare or dotted name of a module, or an absolute `@dotted` path, stands for."""
        if path[:1] == "~" and path[1:].isdigit():
            return [("C", mod.first_class + int(path[1:]))]
        if path[:1] == "@":
            return self.dotted(path[1:], depth)
        name, dot, rest = path.partition(".")
        found = self.in_namespace(mod, name, depth)
        if not found and not mod.globals.get(name):
            found = [("X", name)]
        return self._descend(found, rest, depth) if dot else found

    def in_namespace(self, mod: Mod, name: str, depth: int = 0) -> list[Value]:
        """The classes, functions, modules that a module-level name may be (variables are the evaluator's business)."""
        found: list[Value] = [("C", gid) for gid in mod.classes.get(name, ())]
        found += [("F", gid) for gid in mod.functions.get(name, ())]
        if depth < 12:
            for target in mod.imports.get(name, ()):
                found += [v for v in self.dotted(target, depth + 1) if v not in found]
            if not found and name not in mod.globals:
                for star in mod.stars:
                    found += self._from_star(star, name, depth + 1)
        return found

    def _from_star(self, star: str, name: str, depth: int) -> list[Value]:
        mid = self.by_name.get(star)
        if mid is None:
            return []
        other = self.mods[mid]
        if name in other.globals and not (name in other.classes or name in other.functions):
            return [("G", mid, name)]
        return self.in_namespace(other, name, depth)

    def dotted(self, name: str, depth: int = 0) -> list[Value]:
        """Resolve an absolute dotted name: the longest module prefix, then attribute by attribute."""
        known = self._dotted.get(name)
        if known is None:
            known = self._resolve(name, depth)
            if depth == 0:
                self._dotted[name] = known
        return known

    def _resolve(self, name: str, depth: int) -> list[Value]:
        prefix, rest = name, ""
        while prefix:
            mid = self.by_name.get(prefix)
            if mid is not None:
                return self._descend([("M", mid)], rest, depth)
            prefix, _, last = prefix.rpartition(".")
            rest = f"{last}.{rest}" if rest else last
        return [("X", name)]

    def _descend(self, values: list[Value], rest: str, depth: int) -> list[Value]:
        for step in rest.split(".") if rest else ():
            values = [found for value in values for found in self._member(value, step, depth)]
        return values

    def _member(self, value: Value, name: str, depth: int) -> list[Value]:
        kind = value[0]
        if kind == "M":
            mod = self.mods[value[1]]
            found = self.in_namespace(mod, name, depth + 1)
            if not found and name in mod.globals:
                return [("G", mod.mid, name)]
            if not found:
                mid = self.by_name.get(f"{mod.facts.module}.{name}")
                return [("M", mid)] if mid is not None else []
            return found
        if kind == "X":
            return [("X", f"{value[1]}.{name}")]
        if kind == "C":
            cls = self.classes[value[1]]
            if name in cls.nested:
                return [("C", cls.nested[name])]
            method = self.method(cls.gid, name)
            return [("B", method)] if method is not None else [("A", value, name)]
        return [("A", value, name)]

    def family(self, cid: int) -> tuple[int, ...]:
        """The classes to one of which an object may belong on which a method of the class runs, and those from which
        these have their methods: the class, its ancestors, those below it; empty for none (-1).
        """
        return (*self.classes[cid].mro, *self.subclasses.get(cid, ())) if cid >= 0 else ()

    def method(self, cid: int, name: str) -> int | None:
        """The function that `name` finds on a class, by its linearised ancestors."""
        for ancestor in self.classes[cid].mro or (cid,):
            found = self.classes[ancestor].methods.get(name)
            if found is not None:
                return found
        return None

    def binder(self, cid: int, attr: str) -> tuple[int, bool] | None:
        """The topmost class that binds the attribute, and whether only class bodies or class methods do so.

        A class body that merely annotates a name declares an attribute of its instances; so does one that begins with
        `None` where only objects are given something else.
        """
        top, instance, given = None, False, False
        for ancestor in self.classes[cid].mro or (cid,):
            cls = self.classes[ancestor]
            if attr in cls.attrs:
                top, instance = ancestor, True
            elif attr in cls.names:
                top = ancestor
                given = given or self._is_given(cls, attr)
        return None if top is None else (top, given and not instance)

    def _is_given(self, cls: Cls, attr: str) -> bool:
        """Whether the class itself is given a container, as far as can be told: by its body, or by its name."""
        binds = cls.names[attr]
        if any(bind.values for _, bind in binds):
            return True
        others = [leaf_name(bind.target.rpartition(".")[0]) for _, bind in self.attr_binds.get(attr, ())]
        names = {self.classes[cid].facts.name for cid in (cls.gid, *self.subclasses.get(cls.gid, ()))}
        return any(bind.constant for _, bind in binds) and (not others or not names.isdisjoint(others))
