"""Dicts that are used as records: `data["users"]` and `data["rooms"]` are two things, not two entries of a table.

The name stands where an entry is picked, or is handed to a method that picks it: `self.users = db.table("users")`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dictlint.knowledge.containers import MAPPINGS
from dictlint.knowledge.operations import NOT_OF_MAPPINGS
from dictlint.link.constants import Constants
from dictlint.link.evaluate import Evaluator
from dictlint.link.givens import argument
from dictlint.link.paths import call_of, given, leaf_name
from dictlint.link.question import FAN, Loc, base_of
from dictlint.link.symbols import Fn
from dictlint.model.body import Access
from dictlint.model.program import OTHERWISE, SEPARATOR, Use
from dictlint.model.site import Span

_PICKS = frozenset(("getitem", "get", "pop", "pop-default", "setdefault", "setitem"))
_OF_MAPPINGS = frozenset(("get", "setdefault", "popitem", "pop-default"))


class Records:
    """Asked for containers that are entries of others."""

    def __init__(self, ev: Evaluator, constants: Constants) -> None:
        self.ev = ev
        self.constants = constants
        self._known: dict[Loc, bool] = {}
        self._keyed: defaultdict[str, dict[tuple[int, str], set[str]]] | None = None
        self._given_names: dict[tuple[int, str], str] = {}
        self._handed_over: dict[tuple[int, str, Loc], str] = {}

    def is_within(self, loc: Loc) -> bool:
        """Whether a container is an entry of a record, or of what one holds."""
        while loc[0] == "e":
            loc = loc[1]
            if self.is_record(loc):
                return True
        return False

    def is_record(self, loc: Loc) -> bool:
        """Whether the program picks several entries out of the outer dict by constant names."""
        if loc not in self._known:
            self._known[loc] = len(self._keys(loc)) > 1
        return self._known[loc]

    def is_mixed(self, loc: Loc) -> bool:
        """Whether its entries are dicts as well as lists, so that of none is known which it is."""
        kinds = {value[1] for value in self.ev.contents(loc) if value[0] == "K"}
        return not kinds.isdisjoint(MAPPINGS) and not kinds <= MAPPINGS

    def entry(self, fid: int, access: Access, loc: Loc) -> str:
        """The entry that an access of `outer["name"]...` speaks of: a constant name, `*` for any; empty: unknown. Of
        entries in entries one of these for each step.
        """
        return self._entry(fid, access.path.partition("|")[0], access.at, loc)

    def _entry(self, fid: int, path: str, at: Span, loc: Loc) -> str:
        steps = []
        while path.endswith("[]"):
            path = path.removesuffix("[]")
            steps.append(self._step(fid, at, path))
        if len(steps) < _depth(loc) and (
            name := self._name_of(fid, path) or self._handed_entry(fid, path, loc, len(steps))
        ):
            steps.append(name)
        return SEPARATOR.join(reversed(steps)) if "" not in steps else ""

    def _handed_entry(self, fid: int, path: str, loc: Loc, below: int) -> str:
        """The entry that whoever calls the function hands over for a parameter, or what holds the container in as many
        steps; empty: some call does not say.
        """
        index = self.ev.param(("v", fid, path[1:])) if path[:1] == "%" else None
        for _ in range(below):
            loc = loc[1]
        if index is None or fid in self.ev.deliveries:
            return ""
        if (fid, path, loc) not in self._handed_over:
            self._handed_over[fid, path, loc] = ""  # while it is being found out
            self._handed_over[fid, path, loc] = _either(sorted(set(self._entries_given(fid, index, loc))))
        return self._handed_over[fid, path, loc]

    def _entries_given(self, fid: int, index: int, loc: Loc) -> Iterator[str]:
        fn = self.ev.symbols.fns[fid]
        param = fn.facts.params[index]
        callers = self.ev.callers(fid)
        if param.default or len(callers) > FAN * 3:
            yield ""
        for caller, number in callers[: FAN * 3]:
            if number < 0:
                continue  # an operator hands over no container
            call = self.ev.symbols.fns[caller].facts.calls[number]
            for path in given(call, index - self.ev.shift(fn, caller, number), param.name):
                if loc in self.ev.locs(caller, path):
                    yield self._entry(caller, path.partition("|")[0], call.at, loc)

    def _name_of(self, fid: int, path: str) -> str:
        """By which constant name a method has given what a path denotes; empty: by none, or by several."""
        if call_of(path) >= 0:
            return self._name_given(fid, int(path[1:]))
        if "." not in path:
            return ""
        if (fid, path) not in self._given_names:
            self._given_names[fid, path] = ""  # while it is being found out
            binds = [one for loc in self.ev.located(fid, path) for one in self.ev.binds(loc)]
            names = {self._name_of(maker, value) for maker, bind in binds for value in bind.values if value[0] != "#"}
            self._given_names[fid, path] = names.pop() if len(names) == 1 else ""
        return self._given_names[fid, path]

    def _name_given(self, fid: int, number: int) -> str:
        """The constant by which a call asks for the entry that it gives."""
        names = {
            self._handed(fid, number, fn, param)
            for fn in map(self.ev.symbols.fns.__getitem__, self.ev.functions(fid, number))
            for _, param in _giving(fn)
        }
        return names.pop() if len(names) == 1 else ""

    def _handed(self, fid: int, number: int, fn: Fn, param: str) -> str:
        """The constant name that a call hands over for a parameter."""
        index = self.ev.param(("v", fn.gid, param))
        if index is None:
            return ""
        values = argument(self.ev.symbols.fns[fid].facts.calls[number], index - self.ev.shift(fn, fid, number), param)
        given = values[0] if values is not None and len(values) == 1 else ""
        name = given[1:] if given[:1] == "=" else self._text(self.ev.symbols.fns[fid], given)
        return name if _is_name(name) else ""

    def _text(self, fn: Fn, key: str) -> str:
        """A key, or what the name in capitals says that stands for it."""
        if not key or _is_name(key) or not leaf_name(key).isupper():
            return key
        return self.constants.text(fn, key) or key

    def _step(self, fid: int, at: Span, outer: str) -> str:
        fn = self.ev.symbols.fns[fid]
        picks = [a for a in fn.facts.accesses if a.path == outer and a.op in _PICKS]
        inside = {a.key for a in picks if at.line <= a.at.line and a.at.end_line <= at.end_line}
        keys = {self._text(fn, key) for key in (inside if len(inside) == 1 else {a.key for a in picks})}
        if len(keys) != 1:
            return "*" if keys and not any(map(_is_name, keys)) else ""
        key = keys.pop()
        return key if _is_name(key) else "*"

    def _keys(self, loc: Loc) -> set[str]:
        base = base_of(loc)
        leaf = str(base[-1]) if base[0] in "gicv" else ""
        found: set[str] = set()
        for (fid, path), keys in self._picked(leaf).items():
            names = self._asked(fid, keys) if any(map(_is_param, keys)) else keys
            if not names <= found and loc in self.ev.locs(fid, path):
                found |= names
        return found

    def _asked(self, fid: int, keys: set[str]) -> set[str]:
        """The names among keys, and those that callers hand over for parameters."""
        fn = self.ev.symbols.fns[fid]
        calls = [call for call in self.ev.callers(fid)[: FAN * FAN] if call[1] >= 0]
        given = {self._handed(*call, fn, key[1:]) for key in keys if _is_param(key) for call in calls}
        return {key for key in keys | given if key and not _is_param(key)}

    def _picked(self, leaf: str) -> dict[tuple[int, str], set[str]]:
        """Constant names by which entries are picked out of what goes by that name: by function and path."""
        if self._keyed is None:
            self._keyed = defaultdict(dict)
            for fn in self.ev.symbols.fns:
                for path, param in _giving(fn):
                    self._keyed[leaf_name(path)].setdefault((fn.gid, path), set()).add("%" + param)
                for access in fn.facts.accesses:
                    if access.op in _PICKS and _is_name(key := self._text(fn, access.key)):
                        places = self._keyed[leaf_name(access.path)]
                        places.setdefault((fn.gid, access.path), set()).add(key)
        return self._keyed.get(leaf, {})


def used_as_mappings(uses: tuple[Use, ...]) -> frozenset[str]:
    """The entries with which is done what no list allows, and nothing that no dict does."""
    dicts = {use.entry for use in uses if _is_of_mappings(use.access)}
    return frozenset(dicts) - {use.entry for use in uses if use.access.op in NOT_OF_MAPPINGS} - {"", "*"}


def _is_of_mappings(access: Access) -> bool:
    named = access.op in ("getitem", "setitem", "delitem", "pop") and _is_name(access.key)
    return named or access.op in _OF_MAPPINGS or access.how.endswith((":items", ":values"))


def _either(entries: list[str]) -> str:
    """One of several entries, which are told apart by one step; empty: one is unknown, or they have less in common."""
    ways = [entry.split(SEPARATOR) for entry in entries]
    if not ways or "" in entries or len({len(way) for way in ways}) > 1:
        return ""
    steps = [OTHERWISE.join(dict.fromkeys(step)) for step in zip(*ways)]
    several = [step for step in steps if OTHERWISE in step]
    return (
        SEPARATOR.join(steps) if len(several) < 2 and not any("*" in step.split(OTHERWISE) for step in several) else ""
    )


def _is_name(key: str) -> bool:
    return key[:1] in ("'", '"')


def _is_param(key: str) -> bool:
    return key[:1] == "%"


def _depth(loc: Loc) -> int:
    """How many steps lead to an entry from what holds it."""
    return 1 + _depth(loc[1]) if loc[0] == "e" else 0


def _giving(fn: Fn) -> Iterator[tuple[str, str]]:
    """(container, parameter) of each entry that a function gives to whoever names it."""
    for path in fn.facts.returns:
        outer = path.removesuffix("[]")
        if outer != path and outer[:1] in "%^" and "." in outer:
            keys = {a.key for a in fn.facts.accesses if a.path == outer and a.op in _PICKS}
            if len(keys) == 1 and (key := keys.pop())[:1] == "%" and "." not in key and key != fn.own:
                yield outer, key[1:]
