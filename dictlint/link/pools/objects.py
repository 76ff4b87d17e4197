"""What the objects of a pool are: their classes, the containers in them, the methods that fill and empty these."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dictlint.knowledge.containers import MAPPINGS, SEQUENCES, SETS
from dictlint.knowledge.pools import CONTAINER_GIVES, EMPTYING, REMEMBERING
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.pools.stocks import Site, Stock
from dictlint.link.symbols import Value

_KINDS = MAPPINGS | SETS | SEQUENCES | {"deque"}
_FILLS = frozenset(("setitem", "setdefault", "update", "append", "add", "extend", "appendleft", "insert"))
_SETTING = re.compile(r"_*(set|add|put|store|update|append|push|record|fill|insert|bind|with)(_|$|item)")
_MOST = 8  # containers of one object


class Contents(NamedTuple):
    """`state`: the containers of an object by attribute ("" for itself), and their kinds. `fills`, `resets`: methods
    that do so; `renewed`: attributes that methods bind to a new container. `helpers`: functions that fill what they are
    handed.
    """

    state: tuple[tuple[str, str], ...]
    fills: frozenset[str]
    resets: frozenset[str]
    renewed: frozenset[str]
    helpers: frozenset[str]


class Objects:
    """Answers for one borrowed object after the other."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.fns = ev.symbols.fns

    def contents(self, fid: int, path: str, stock: Stock | None) -> Contents:
        """What is in the object that a function knows by that path."""
        classes, kinds = self._classes(fid, path, stock)
        state = tuple(kinds)[:_MOST]
        attrs = {attr for attr, _ in state}
        fills, resets, renewed = self._methods(classes, attrs)
        return Contents(state, fills, resets, renewed, self._helpers(fid, path, attrs) if attrs else frozenset())

    def _helpers(self, fid: int, path: str, state: set[str]) -> frozenset[str]:
        """The functions that fill an object which they are handed, and do not empty it."""
        found = set()
        for number, call in enumerate(self.fns[fid].facts.calls):
            for position, values in enumerate(call.args[:4]):
                if path in values and any(
                    self._fills(fid, number, f, position, state) for f in self.ev.functions(fid, number)
                ):
                    found.add(leaf_name(call.callee))
        return frozenset(found)

    def _fills(self, fid: int, number: int, callee: int, position: int, state: set[str]) -> bool:
        fn = self.fns[callee]
        index = position + self.ev.shift(fn, fid, number)
        if index >= len(fn.facts.params):
            return False
        name = f"%{fn.facts.params[index].name}"
        touched = {(a.path.removeprefix(f"{name}."), a.op) for a in fn.facts.accesses if a.path.startswith(f"{name}.")}
        touched |= {("", a.op) for a in fn.facts.accesses if a.path == name}
        emptied = any((attr, "clear") in touched for attr in state)
        return not emptied and any((attr, op) in touched for attr in state for op in _FILLS if _is_told("", attr))

    def _classes(self, fid: int, path: str, stock: Stock | None) -> tuple[list[int], list[tuple[str, str]]]:
        """The classes that a borrowed object may have, and the containers that it holds."""
        values = list(self.ev.values(fid, path)) if path else []
        if stock is not None and not any(v[0] in "IK" for v in values):
            for giver, param in stock.givers.items():
                fn = self.fns[giver]
                values += self.ev.values(giver, f"%{param}") if fn.own != f"%{param}" else [("I", fn.cls)]
        outlets: list[Site] = list(stock.outlets) if stock else []
        outlets += [(fid, int(path[1:]))] if path[:1] == "!" else []
        for outlet, number in outlets:
            values += [] if any(v[0] in "IK" for v in values) else self._put_in(outlet, number)
        classes = list(dict.fromkeys(v[1] for v in values if v[0] == "I"))
        kinds = [("", v[1]) for v in values if v[0] == "K" and v[1] in _KINDS]
        for cid in classes:
            own = self.ev.mapping_kind(cid)
            kinds += [("", own)] if own else []
            for attr in self._attrs(cid):
                kind = self.ev.container_kind(("i", cid, attr))
                kinds += [(attr, kind)] if kind in _KINDS else []
        return classes, list(dict.fromkeys(kinds))

    def _put_in(self, fid: int, number: int) -> list[Value]:
        """What is put into the container out of which a call takes something, by functions of the same module."""
        facts = self.fns[fid].facts
        base = split(facts.calls[number].callee)[0]
        held = [v for v in self.ev.values(fid, f"{base}[]") if v[0] in "IK"]
        if held:
            return held
        mine = set(self.ev.locs(fid, base))
        found: list[Value] = []
        mod = self.fns[fid].mod
        for gid, fn in enumerate(mod.facts.functions, mod.first_function):
            for call in fn.calls:
                other, name = split(call.callee)
                there = name in CONTAINER_GIVES and leaf_name(other) == leaf_name(base) and call.args
                if there and (not mine or mine & set(self.ev.locs(gid, other))):
                    found += [v for p in call.args[0] for v in self.ev.values(gid, p)]
        return found

    def _attrs(self, cid: int) -> Iterator[str]:
        for ancestor in self.ev.symbols.classes[cid].mro or (cid,):
            yield from self.ev.symbols.classes[ancestor].attrs

    def _methods(self, classes: list[int], state: set[str]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The methods that fill and that empty the state, and the attributes that are bound anew."""
        fills: set[str] = set()
        resets: set[str] = set()
        renewed: set[str] = set()
        for cid in classes:
            for ancestor in self.ev.symbols.classes[cid].mro or (cid,):
                for name, fid in self.ev.symbols.classes[ancestor].methods.items():
                    facts, own = self.fns[fid].facts, self.fns[fid].own
                    if not own or name in ("__init__", "__new__"):
                        continue
                    touched = {(a.path.removeprefix(f"{own}."), a.op) for a in facts.accesses}
                    touched |= {("", a.op) for a in facts.accesses if a.path == own}
                    bound = {b.target.removeprefix(f"{own}.") for b in facts.binds}
                    renewed |= bound & state
                    if any((attr, op) in touched and _is_told(name, attr) for attr in state for op in _FILLS):
                        fills.add(name)
                    called = {leaf_name(c.callee) for c in facts.calls if c.callee.startswith(own)}
                    empties = bool(bound & state) or any((attr, "clear") in touched for attr in state)
                    if empties or called & (resets | EMPTYING):
                        resets.add(name)
        return frozenset(fills), frozenset(resets), frozenset(renewed)


def _is_told(method: str, attr: str) -> bool:
    """Whether a method fills the container for its caller. What an object remembers for itself is its own business."""
    if REMEMBERING.search(attr):
        return False
    return attr[:1] != "_" or _SETTING.match(method) is not None
