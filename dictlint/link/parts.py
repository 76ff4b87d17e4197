"""Objects that are parts of others: each made by the object that keeps it, in an attribute that never holds another.

Two activities that come to such a part by different attributes, or from wholes of different classes, work on different
objects, even if these are of one class. So do one that comes to a part that its whole keeps to itself, and a caller who
has such an object in hand: that one is the caller's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from dictlint.link.context import Context
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name, split
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
IN_HAND = (Part("", frozenset()),)  # an object that callers have without asking another one


class Parts:
    """Which whole an object is a part of, and where."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._kept: dict[Loc, bool] = {}

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
        hidden = attr[0] == "_" and self._is_hidden(attr, context.function, path)
        return (Part(repr(locs[0]), self._classes(context, holder), hidden), *self.of(context, holder))[:DEEPEST]

    def _is_hidden(self, attr: str, fid: int, path: str) -> bool:
        """Whether nothing hands on what is kept under a name, or a method of that."""
        names, ends = self._handed_on
        if attr in names:
            return False
        method = self.ev.symbols.method
        classes = [v[1] for v in self.ev.values(fid, path) if v[0] == "I"]
        found = (method(cid, name) for cid in classes for holder, name in ends if holder == attr)
        return all(fid is None or self.ev.is_property(fid) for fid in found)

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
        made = [(fid, path) for fid, bind in binds for path in bind.values if path[:1] != "="]  # None is no object
        if not made or len(binds) > FAN or loc[2] in self._names_that_may_move:
            return False
        return all(self._is_made_there(fid, path) for fid, path in made)

    def _is_made_there(self, fid: int, path: str) -> bool:
        if call_of(path) < 0:
            return False
        targets = self.ev.targets(fid, int(path[1:]))
        if not targets or any(target[0] != "C" or self._is_another_made(target[1]) for target in targets):
            return False
        facts = self.ev.symbols.fns[fid].facts
        return sum(path in values for values in _values(facts)) == 1

    def _is_another_made(self, cid: int) -> bool:
        """Whether a call of the class may give an object that is there already, or one that runs elsewhere."""
        symbols = self.ev.symbols
        made = any(symbols.method(c, "__new__") is not None for c in symbols.family(cid))
        return made or bool(symbols.classes[cid].outside)

    @cached_property
    def _names_that_may_move(self) -> frozenset[str]:
        """Attributes that are handed on somewhere, and set on other objects than the method's own: one may have got
        another's.
        """
        names, ends = self._handed_on
        methods = self.ev.symbols.methods_named
        moved = names.union(holder for holder, name in ends if name in methods)
        return moved.intersection(name for fn in self.ev.symbols.fns for name in _set(fn))

    @cached_property
    def _handed_on(self) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The last attributes of all that is an argument, a result or a value, alone and with the one before."""
        values = (path for fn in self.ev.symbols.fns for group in _values(fn.facts) for path in group)
        found = [split(path.partition("|")[0]) for path in values if "." in path and path[:1] != "="]
        ends = frozenset((leaf_name(holder), name) for holder, name in found if "." in holder and name)
        return frozenset(name for _, name in found if name), ends


def _set(fn: Fn) -> Iterator[str]:
    """The attributes that a function sets on other objects than its own."""
    for bind in fn.facts.binds:
        if "." in bind.target and (not fn.own or split(bind.target)[0] != fn.own):
            yield leaf_name(bind.target)


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
    yield from (access.values for access in facts.accesses if access.op != "rebind")  # which is a bind, too
    yield facts.returns
    yield tuple(out.path for out in facts.outs if out.how != "pass")
