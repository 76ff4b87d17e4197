"""Dicts that are used as records: `data["users"]` and `data["rooms"]` are two things, not two entries of a table."""

from __future__ import annotations

from collections import defaultdict

from dictlint.knowledge.containers import MAPPINGS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name
from dictlint.link.question import Loc
from dictlint.model.body import Access
from dictlint.model.program import SEPARATOR

_PICKS = frozenset(("getitem", "get", "pop", "pop-default", "setdefault", "setitem"))


class Records:
    """Asked for containers that are entries of others."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._known: dict[Loc, bool] = {}
        self._keyed: defaultdict[str, dict[tuple[int, str], set[str]]] | None = None

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

    def entry(self, fid: int, access: Access) -> str:
        """The entry that an access of `outer["name"]...` speaks of: a constant name, `*` for any; empty: unknown. Of
        entries in entries one of these for each step.
        """
        path = access.path.partition("|")[0]
        steps = []
        while path.endswith("[]"):
            path = path.removesuffix("[]")
            steps.append(self._step(fid, access, path))
        return SEPARATOR.join(reversed(steps)) if "" not in steps else ""

    def _step(self, fid: int, access: Access, outer: str) -> str:
        accesses = self.ev.symbols.fns[fid].facts.accesses
        picks = [a for a in accesses if a.path == outer and a.op in _PICKS]
        inside = {a.key for a in picks if access.at.line <= a.at.line and a.at.end_line <= access.at.end_line}
        keys = inside if len(inside) == 1 else {a.key for a in picks}
        if len(keys) != 1:
            return "*" if keys and not any(map(_is_name, keys)) else ""
        key = keys.pop()
        return key if _is_name(key) else "*"

    def _keys(self, loc: Loc) -> set[str]:
        base = loc
        while base[0] == "e":
            base = base[1]
        leaf = str(base[-1]) if base[0] in "gicv" else ""
        found: set[str] = set()
        for (fid, path), keys in self._picked(leaf).items():
            if not keys <= found and loc in self.ev.locs(fid, path):
                found |= keys
        return found

    def _picked(self, leaf: str) -> dict[tuple[int, str], set[str]]:
        """Constant names by which entries are picked out of what goes by that name: by function and path."""
        if self._keyed is None:
            self._keyed = defaultdict(dict)
            for fn in self.ev.symbols.fns:
                for access in fn.facts.accesses:
                    if access.op in _PICKS and _is_name(access.key):
                        places = self._keyed[leaf_name(access.path)]
                        places.setdefault((fn.gid, access.path), set()).add(access.key)
        return self._keyed.get(leaf, {})


def _is_name(key: str) -> bool:
    return key[:1] in ("'", '"')
