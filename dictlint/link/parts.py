"""Objects that are parts of others: each made by the object that keeps it, in an attribute that never holds another.

Two activities that come to such a part by different attributes, or from wholes of different classes, work on different
objects, even if these are of one class.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.context import Context
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.publications import Publications
from dictlint.link.question import FAN, Loc
from dictlint.link.symbols import Fn
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Part

_LOOKING = frozenset(
    (
        "getattr",
        "hasattr",
        "setattr",
        "isinstance",
        "len",
        "id",
        "repr",
        "str",
        "type",
        "hash",
        "bool",
        "super",
        "iter",
        "map",
        "filter",
        "sorted",
        "min",
        "max",
    )
)
DEEPEST = 3  # parts of parts of parts


class Parts:
    """Which whole an object is a part of, and where."""

    def __init__(self, ev: Evaluator, publications: Publications) -> None:
        self.ev = ev
        self.publications = publications
        self._kept: dict[Loc, bool] = {}
        self._open: frozenset[str] | None = None
        self._given: dict[int, bool] = {}

    def of(self, context: Context, path: str) -> tuple[Part, ...]:
        """The object that a path denotes in a context: where in which whole it is, where that is in turn, and so on."""
        fn = self.ev.symbols.fns[context.function]
        if not fn.own or not path.startswith(fn.own):
            return ()
        if path == fn.own:
            return context.parts
        holder, attr = split(path)
        if not attr or path[-1:] in "]>":
            return ()
        locs = [
            loc for v in self.ev.values(context.function, holder) if v[0] == "I" for loc in self.ev.located_on(v, attr)
        ]
        if len(locs) != 1 or not self._is_kept(locs[0]):
            return ()
        return (Part(repr(locs[0]), self._classes(context, holder)), *self.of(context, holder))[:DEEPEST]

    def _classes(self, context: Context, holder: str) -> frozenset[int]:
        """The classes that the whole may have."""
        fn, below = self.ev.symbols.fns[context.function], self.ev.symbols.subclasses
        if holder != fn.own:
            classes = [v[1] for v in self.ev.values(context.function, holder) if v[0] == "I"]
            return frozenset(one for cid in classes for one in (cid, *below.get(cid, ())))
        known = (fn.cls, *below.get(fn.cls, ()))
        if context.cls not in known:
            return frozenset(known)
        return frozenset((context.cls, *(() if context.exact else below.get(context.cls, ()))))

    def _is_kept(self, loc: Loc) -> bool:
        if loc not in self._kept:
            self._kept[loc] = False  # while it is being found out
            self._kept[loc] = loc[0] == "i" and self._find_kept(loc)
        return self._kept[loc]

    def _find_kept(self, loc: Loc) -> bool:
        """Whether the attribute only ever holds objects made for it: what they are called besides makes them no other
        object's part.
        """
        binds = self.ev.binds(loc)
        made = [(fid, path) for fid, bind in binds for path in bind.values]
        if not made or len(binds) > FAN or loc[2] in self._names_that_may_move():
            return False
        return all(self._is_made_there(fid, path) for fid, path in made)

    def _is_made_there(self, fid: int, path: str) -> bool:
        if call_of(path) < 0:
            return False
        targets = self.ev.targets(fid, int(path[1:]))
        if not targets or any(target[0] != "C" or self._gives_itself(target[1]) for target in targets):
            return False
        facts = self.ev.symbols.fns[fid].facts
        return sum(path in values for values in _values(facts)) == 1

    def _gives_itself(self, cid: int) -> bool:
        """Whether objects of the class make themselves known: to a thread, or as an argument or value of something."""
        if cid not in self._given:
            symbols = self.ev.symbols
            family = symbols.family(cid)
            methods = [symbols.fns[m] for c in family for m in symbols.classes[c].methods.values()]
            found = [item for c in family for item in symbols.classes[c].methods.items()]
            names = {name for name, method in found if not self.ev.is_property(method)}
            known = any(
                path == fn.own or (path.startswith(fn.own + ".") and path[len(fn.own) + 1 :] in names)
                for fn in methods
                if fn.own
                for group in _getting_out(fn.facts)
                for path in group
            )
            self._given[cid] = known or bool(symbols.classes[cid].outside) or self.publications.spawns_itself(cid)
        return self._given[cid]

    def _names_that_may_move(self) -> frozenset[str]:
        """Attributes that are handed on somewhere, and set on other objects than the method's own: one may have got
        another's.
        """
        if self._open is None:
            fns = self.ev.symbols.fns
            self._open = frozenset(name for fn in fns for name in _set(fn)) & frozenset(
                name for fn in fns for name in _handed_on(fn.facts)
            )
        return self._open


def _set(fn: Fn) -> Iterator[str]:
    """The attributes that a function sets on other objects than its own."""
    for bind in fn.facts.binds:
        if "." in bind.target and (not fn.own or split(bind.target)[0] != fn.own):
            yield leaf_name(bind.target)


def _handed_on(facts: FunctionFacts) -> Iterator[str]:
    """Attributes, themselves or a method of theirs, that are arguments, results or values."""
    for group in _values(facts):
        for path in group:
            if "." in path and path[:1] != "=":
                yield from path.replace("[", ".").replace("<", ".").split(".")[1:]


def _values(facts: FunctionFacts) -> Iterator[tuple[str, ...]]:
    """All that a function names, stores, hands on or returns."""
    yield from _leaving(facts)
    yield from (bind.values for bind in facts.binds if bind.target[:1] == ":")
    yield from (birth.items for birth in facts.births)


def _leaving(facts: FunctionFacts) -> Iterator[tuple[str, ...]]:
    """What may be known elsewhere when the function is over."""
    yield from (bind.values for bind in facts.binds if bind.target[:1] != ":")
    for call in facts.calls:
        if call.callee not in _LOOKING:
            yield from call.args
            yield from (values for _, values in call.kwargs)
    yield from (access.values for access in facts.accesses)
    yield facts.returns
    yield tuple(out.path for out in facts.outs if out.how != "pass")


def _getting_out(facts: FunctionFacts) -> Iterator[tuple[str, ...]]:
    """The same with what is in the displays that leave."""
    groups = list(_leaving(facts))
    yield from groups
    for number, birth in enumerate(facts.births):
        if any(f"#{number}" in group for group in groups):
            yield birth.items
