"""Objects that are parts of others: each made by the object that keeps it, in an attribute that never holds another.

Two activities that come to such a part by different attributes, or from wholes of different classes, work on different
objects, even if these are of one class. So do one that comes to a part that its whole keeps to itself, and a caller who
has such an object in hand: that one is the caller's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Set
from functools import cached_property

from dictlint.link.context import Context
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name, split, tuple_parts
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
SINGLE = frozenset((-1,))  # what stands for the class of the whole where there is none
_UNNAMED = "=#^&~(*?"  # what begins the path of something that no name of this function stands for
IN_HAND = (Part("", frozenset()),)  # an object that callers have without asking another one


class Parts:
    """Which whole an object is a part of, and where. `begun`: the functions that each activity runs of itself."""

    def __init__(self, ev: Evaluator, publications: Publications, begun: Mapping[int, Set[int]]) -> None:
        self.ev = ev
        self._publications = publications
        self._begun = begun
        self._kept: dict[Loc, bool] = {}
        self._made: dict[tuple[int, int], tuple[Part, ...]] = {}
        self._hidden: dict[tuple[int, str], bool] = {}

    def of(self, context: Context, path: str) -> tuple[Part, ...]:
        """The object that a path denotes in a context: where in which whole it is, where that is in turn, and so on."""
        fid = context.function
        if path == self.ev.symbols.fns[fid].own:
            return context.parts
        if call_of(path) >= 0:
            return self._of_result(fid, call_of(path))
        holder, attr = split(path)
        if path[:1] == "%" and not attr:
            return self._of_param(fid, path[1:]) if fid in self._begun.get(context.activity.number, ()) else ()
        if path[:1] in _UNNAMED or path[-1:] in "]>":
            return ()
        locs = self._located(fid, holder, attr) if attr else self.ev.located(fid, path)
        if len(locs) != 1 or not self._is_kept(locs[0]):
            return ()
        loc = locs[0]
        hidden = loc[2][0] == "_" and self._is_hidden(loc[2], fid, path)
        whole = self._classes(context, holder) if loc[0] == "i" else SINGLE
        around = self.of(context, holder) if attr else ()
        return (Part(repr(loc), whole, hidden), *around)[:DEEPEST]

    def _located(self, fid: int, holder: str, attr: str) -> list[Loc]:
        return [loc for v in self.ev.values(fid, holder) if v[0] in "IM" for loc in self.ev.located_on(v, attr)]

    def _of_result(self, fid: int, number: int) -> tuple[Part, ...]:
        """An object that a function makes, and gives to nobody but the activities that it starts."""
        key = (fid, number)
        if key not in self._made:
            facts, path = self.ev.symbols.fns[fid].facts, f"!{number}"
            starts = {s.call for s in self._publications.spawns if s.function == fid}
            own = self._makes(fid, number) and not any(path in group for group in _values(facts, but=starts))
            own = own and not any(True for _ in self._publications.handed_on(fid, path))
            self._made[key] = (Part(repr(("made", *key)), SINGLE, hidden=True),) if own else ()
        return self._made[key]

    def _of_param(self, fid: int, name: str) -> tuple[Part, ...]:
        """The same for what a function that an activity runs is given to begin with."""
        params = [param.name for param in self.ev.symbols.fns[fid].facts.params]
        if name not in params:
            return ()
        index = params.index(name)
        given = {
            (giver, path)
            for giver, args, shift in self.ev.deliveries.get(fid, ())
            for path in (args[index - shift] if 0 <= index - shift < len(args) else ("",))
        }
        if len(given) != 1:
            return ()
        giver, path = given.pop()
        return self._of_result(giver, call_of(path)) if call_of(path) >= 0 else ()

    def _is_hidden(self, name: str, fid: int, path: str) -> bool:
        """Whether nothing hands on what is kept under a name, or a method of that."""
        return all(self._keeps_to_itself(v[1], name) for v in self.ev.values(fid, path) if v[0] == "I")

    def _keeps_to_itself(self, cid: int, name: str) -> bool:
        if (cid, name) not in self._hidden:
            names, ends = self._handed_on
            found = [self.ev.symbols.method(cid, end) for end in ends.get(name, ())]
            handed = any(method is not None and not self.ev.is_property(method) for method in found)
            self._hidden[cid, name] = name not in names and not handed
        return self._hidden[cid, name]

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
            self._kept[loc] = loc[0] in "gi" and self._find_kept(loc)
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
        if call_of(path) < 0 or not self._makes(fid, call_of(path)):
            return False
        facts = self.ev.symbols.fns[fid].facts
        return sum(path in values for values in _values(facts)) == 1

    def _makes(self, fid: int, number: int) -> bool:
        """Whether a call makes a new object of a class of the program."""
        targets = self.ev.targets(fid, number)
        return bool(targets) and all(target[0] == "C" and self._makes_its_own(target[1]) for target in targets)

    def _makes_its_own(self, cid: int) -> bool:
        """Whether a call of the class gives a new object, of which no library knows more."""
        return self.ev.makes_anew(cid) and not self.ev.symbols.classes[cid].outside

    @cached_property
    def _names_that_may_move(self) -> frozenset[str]:
        """Attributes that are handed on somewhere, and set on other objects than the method's own: one may have got
        another's.
        """
        names, ends = self._handed_on
        methods = self.ev.symbols.methods_named
        moved = names.union(name for name, found in ends.items() if not found.isdisjoint(methods))
        return moved.intersection(name for fn in self.ev.symbols.fns for name in _set(fn))

    @cached_property
    def _handed_on(self) -> tuple[frozenset[str], Mapping[str, frozenset[str]]]:
        """The last names of all that is an argument, a result or a value; and by the name before, those that follow."""
        values = {path for fn in self.ev.symbols.fns for group in _values(fn.facts) for path in group}
        found = [split(path.partition("|")[0]) for path in values if path[:1] not in "=#&"]
        ends: defaultdict[str, set[str]] = defaultdict(set)
        for holder, name in found:
            ends[leaf_name(holder)].add(name)
        names = frozenset(name or leaf_name(path) for path, name in found)
        return names, {name: frozenset(after) for name, after in ends.items()}


def _set(fn: Fn) -> Iterator[str]:
    """The attributes that a function sets on other objects than its own."""
    for bind in fn.facts.binds:
        if "." in bind.target and (not fn.own or split(bind.target)[0] != fn.own):
            yield leaf_name(bind.target)


def _values(facts: FunctionFacts, but: Container[int] = ()) -> Iterator[tuple[str, ...]]:
    """All that a function names, stores, hands on (`but` to these calls) or returns, also in a tuple."""
    for group in _groups(facts, but):
        yield group
        for path in group:
            if path[:1] == "(":
                yield from _of_tuple(path)


def _of_tuple(path: str) -> Iterator[tuple[str, ...]]:
    for part in tuple_parts(path):
        yield (part,)
        if part[:1] == "(":
            yield from _of_tuple(part)


def _groups(facts: FunctionFacts, but: Container[int]) -> Iterator[tuple[str, ...]]:
    yield from (bind.values for bind in facts.binds)
    for number, call in enumerate(facts.calls):
        if call.callee not in _LOOKING and number not in but:
            yield from call.args
            yield from (values for _, values in call.kwargs)
    yield from (access.values for access in facts.accesses if access.op != "rebind")  # which is a bind, too
    yield from (birth.items for birth in facts.births)
    yield facts.returns
    yield tuple(out.path for out in facts.outs if out.how != "pass")
