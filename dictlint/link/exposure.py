"""Which functions may callers run whom the program does not show, and which ones they cannot come by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.publications import Publications
from dictlint.link.symbols import Fn
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts

DRIVING_WORDS = frozenset(("loop", "forever", "mainloop", "run", "spin"))

_OF_CLASSES = frozenset(("__init_subclass__", "__set_name__"))  # run where classes are defined, which is at import


class Exposure:
    """By function. `entries`: what activities run."""

    def __init__(self, ev: Evaluator, publications: Publications, entries: Set[int]) -> None:
        self.ev = ev
        self._publications = publications
        self._entries = entries
        self._exposed: dict[int, bool] = {}
        self._inner: dict[int, bool] = {}
        self._alone: dict[int, bool] = {}
        self._setting_up: dict[int, bool] = {}
        self._values: dict[int, frozenset[str]] = {}  # by module: names that stand for what is handed on

    def kind(self, fid: int, called: bool) -> str:
        """`real`: callers may run it; `assumed`: only possible; empty: they cannot."""
        fn = self.ev.symbols.fns[fid]
        name = fn.facts.name
        if fn.facts.parent < 0:
            return "real"
        public = not name.startswith("_") or (name.startswith("__") and name.endswith("__"))
        public = public and (fn.cls < 0 or self._is_exposed(fn.cls))
        nested = fn.facts.parent > 0 and fn.facts.owner < 0
        if nested and fid not in self._entries and (methods := self.ev.replaced_methods(fid)):
            kinds = {self.kind(one, called) for one in methods}  # whoever calls these, runs what replaced them
            return next((kind for kind in ("real", "assumed") if kind in kinds), "")
        if fid in self._entries or self._stands_for_entry(fn):
            return "assumed" if public and not nested and name != "run" else ""
        if called and not (public and self._is_begun_with(fn)):
            return "assumed" if public and not nested and not fn.facts.disclaims else ""
        if fn.facts.disclaims or name in _OF_CLASSES or self._drives(fn):
            return "assumed"
        if name.startswith("_") and not nested and not self._is_mentioned(fn):
            return ""
        if not public or nested or self.ev.is_property(fid):
            return "assumed"
        inside = self._is_made_inside(fn.cls) and not self._may_be_called(fn)
        return "assumed" if inside or self._is_called_above(fn) else "real"

    def _stands_for_entry(self, fn: Fn) -> bool:
        """Whether a method stands in place of one that an activity runs: whoever has such an object runs it so, too."""
        if not fn.self_name:
            return False
        classes = self.ev.symbols.classes
        return any(classes[cid].methods.get(fn.facts.name) in self._entries for cid in classes[fn.cls].mro[1:])

    def _is_begun_with(self, fn: Fn) -> bool:
        """Whether the program calls a method in the constructors of its own objects alone, for one thing after
        the other: what they begin with is added as anybody adds more.
        """
        if not fn.own:
            return False
        sites = [(self.ev.symbols.fns[caller], number) for caller, number in self.ev.callers(fn.gid)]
        family = self.ev.symbols.family(fn.cls)
        inside = all(caller.facts.name == "__init__" and caller.cls in family for caller, _ in sites)
        return inside and len(sites) + any(n >= 0 and caller.facts.calls[n].loops for caller, n in sites) > 1

    def is_set_up(self, fid: int) -> bool:
        """Whether the program calls a method in constructors alone, and with nothing but its object: what is opened, or
        loaded, before it is used.
        """
        if fid not in self._setting_up:
            fns = self.ev.symbols.fns
            sites = [(fns[caller].facts, number) for caller, number in (self.ev.callers(fid) if fns[fid].own else ())]
            self._setting_up[fid] = bool(sites) and all(
                caller.name == "__init__" and number >= 0 and _gives_nothing(caller.calls[number])
                for caller, number in sites
            )
        return self._setting_up[fid]

    def _is_called_above(self, fn: Fn) -> bool:
        """Whether the program calls the method of an abstract class in whose place this one stands."""
        symbols = self.ev.symbols
        for cid in symbols.classes[fn.cls].mro[1:] if fn.cls >= 0 else ():
            method = symbols.classes[cid].methods.get(fn.facts.name)
            if method is not None and self._is_abstract(cid):
                calls = (symbols.fns[f].facts.calls[n] for f, n in self.ev.callers(method) if n >= 0)
                return any(not call.callee.startswith("<super>") for call in calls)
        return False

    def _is_abstract(self, cid: int) -> bool:
        """Whether no object is made of a class itself."""
        methods = (self.ev.symbols.fns[m] for m in self.ev.symbols.classes[cid].methods.values())
        return any(
            leaf_name(path) == "abstractmethod" for fn in methods for group in fn.facts.decorators for path in group
        )

    def _is_mentioned(self, fn: Fn) -> bool:
        """Whether anything but a call may run a function of a private name: its file hands it on, or looks methods up
        by their names; Python, or a base class of a library, knows it."""
        name = fn.facts.name
        if (name.startswith("__") and name.endswith("__")) or fn.facts.decorators or fn.facts.parent < 0:
            return True
        if fn.cls >= 0 and self.ev.symbols.classes[fn.cls].outside:
            return True
        if fn.mod.mid not in self._values:
            self._values[fn.mod.mid] = frozenset(_values_of(fn.mod.facts.functions))
        return not self._values[fn.mod.mid].isdisjoint((name, "getattr"))

    def _is_made_inside(self, cid: int) -> bool:
        """Whether the program makes the objects that its own activities use: callers have others, which they made."""
        if cid not in self._inner:
            self._inner[cid] = cid >= 0 and self._find_made_inside(cid)
        return self._inner[cid]

    def has_one_caller(self, cid: int) -> bool:
        """Whether only one caller at a time uses an object: its class says so, and no other object keeps it; or such an
        object does.
        """
        if cid < 0:
            return False
        if cid not in self._alone:
            self._alone[cid] = False  # while it is being found out
            classes, makers = self.ev.symbols.classes, self._makers(cid)
            told = any(classes[c].facts.disclaims for c in classes[cid].mro)
            owned = ((told and self._stays_here(*maker)) or self.has_one_caller(maker[0].cls) for maker in makers)
            self._alone[cid] = all(owned) if makers else told
        return self._alone[cid]

    def _stays_here(self, fn: Fn, number: int) -> bool:
        """Whether what a call makes is kept by no other object, but for threads: the program shows what these do."""
        path = f"!{number}"
        for other, call in enumerate(fn.facts.calls):
            if any(path in group for group in call.groups):
                made = [target[1] for target in self.ev.targets(fn.gid, other) if target[0] == "C"]
                if not all(self._publications.is_active(cid) for cid in made):
                    return False
        return all(isinstance(step, Call) for step in self._publications.steps(fn.gid, path))

    def _makers(self, cid: int) -> list[tuple[Fn, int]]:
        """The calls that make objects of the class, or of one below, by function and number."""
        symbols = self.ev.symbols
        family = (cid, *symbols.subclasses.get(cid, ()))
        sites = {site for c in family for site in self.ev.calls_named(symbols.classes[c].facts.name)}
        made = {("C", c) for c in family}
        return [(symbols.fns[fid], n) for fid, n in sorted(sites) if not made.isdisjoint(self.ev.targets(fid, n))]

    def _find_made_inside(self, cid: int) -> bool:
        family = {cid, *self.ev.symbols.subclasses.get(cid, ())}
        if any(self._publications.spawns_itself(c) for c in family):
            return False
        makers = [(fn, n) for fn, n in self._makers(cid) if ("C", cid) in self.ev.targets(fn.gid, n)]
        if any(f"!{n}" in group for fn, n in makers for call in fn.facts.calls for group in call.args):
            return False  # whoever is given it may be anywhere
        return any(fn.facts.parent >= 0 and fn.cls >= 0 and fn.cls not in family for fn, _ in makers)

    def _may_be_called(self, fn: Fn) -> bool:
        """Whether some call in the program has the function's name, on an object of which nobody knows what it is."""
        sites = self.ev.calls_named(fn.facts.name)
        receivers = ((fid, split(self.ev.symbols.fns[fid].facts.calls[number].callee)[0]) for fid, number in sites)
        return any(base and not self.ev.values(fid, base) for fid, base in receivers)

    def _is_exposed(self, cid: int) -> bool:
        """Whether callers come by objects of the class: by its name, that of a class below, or what holds one."""
        if cid not in self._exposed:
            self._exposed[cid] = self._find_exposed(cid)
        return self._exposed[cid]

    def _find_exposed(self, cid: int) -> bool:
        symbols = self.ev.symbols
        family = [symbols.classes[c].facts.name for c in (cid, *symbols.subclasses.get(cid, ()))]
        if any(name[0] != "_" for name in family):
            return True
        sites = [site for name in family for site in self.ev.calls_named(name)]
        return not sites or any(self._shows(*site) for site in sites)

    def _shows(self, fid: int, number: int) -> bool:
        """Whether a call's result is stored under, or returned by, a public name."""
        facts, path = self.ev.symbols.fns[fid].facts, f"!{number}"
        names = [leaf_name(bind.target) for bind in facts.binds if path in bind.values and bind.target[0] != ":"]
        return any(name[0] != "_" for name in names) or (path in facts.returns and facts.name[0] != "_")

    def _drives(self, fn: Fn) -> bool:
        """Whether it does by hand, and instead, what a thread of the same object does: `loop()`, `run_forever()`."""
        last = fn.facts.name.rpartition("_")[2]
        if last not in DRIVING_WORDS or fn.cls < 0 or not self._publications.spawns_itself(fn.cls):
            return False
        return all(spawn.function != fn.gid for spawn in self._publications.spawns)  # or it starts that thread


def _gives_nothing(call: Call) -> bool:
    return not call.args and not call.kwargs and not call.loops


def _values_of(functions: Iterable[FunctionFacts]) -> Iterator[str]:
    """The last names of all that functions hand on, keep or return; `getattr` where they call that."""
    for facts in functions:
        for call in facts.calls:
            yield from (leaf_name(path) for group in call.args for path in group)
            yield from (leaf_name(path) for _, group in call.kwargs for path in group)
            if call.callee == "getattr":
                yield "getattr"
        yield from (leaf_name(path) for bind in facts.binds for path in bind.values)
        yield from (leaf_name(path) for access in facts.accesses for path in access.values)
        yield from (leaf_name(path) for birth in facts.births for path in birth.items)
        yield from (leaf_name(path) for path in facts.returns)
