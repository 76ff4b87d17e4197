"""What the rules about copies ask of the program: who changes this container, or reads it, under whatever name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from dictlint.knowledge.operations import WRITES
from dictlint.link.activities import CALLERS
from dictlint.link.concern import HOPS
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import shown
from dictlint.link.paths import is_birth, leaf_name, source_name, whole
from dictlint.link.question import Loc, base_of
from dictlint.model.body import Access, Birth
from dictlint.model.program import Container, Use
from dictlint.model.site import Span

CHANGES = WRITES - {"rebind", "unbind"}
Place = tuple[int, int]  # a function and the number of an access of it


class Tracks:
    """Accesses by name, and what a location is called."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._named: defaultdict[str, list[Place]] | None = None

    def births(self) -> Iterator[tuple[int, int, Birth]]:
        """Every birth of the program: function, number, birth."""
        for fn in self.ev.symbols.fns:
            for number, birth in enumerate(fn.facts.births):
                yield fn.gid, number, birth

    def touching(self, loc: Loc, ops: frozenset[str] = CHANGES) -> list[Place]:
        """The accesses of a kind to the container at a location."""
        return [
            (fid, number)
            for fid, number in self._candidates(loc)
            if (access := self.ev.symbols.fns[fid].facts.accesses[number]).op in ops
            and loc in self.ev.locs(fid, access.path)
            and not self.is_call(fid, access)
        ]

    def by_name(self, name: str) -> list[Place]:
        """The accesses whose path ends with a name."""
        return self._by_name().get(name, [])

    def named(self, wanted: re.Pattern[str]) -> Iterator[tuple[str, list[Place]]]:
        """The accesses of all whose path ends with a name of a kind."""
        return ((name, places) for name, places in self._by_name().items() if wanted.search(name))

    def is_call(self, fid: int, access: Access) -> bool:
        """Whether the program itself defines the method that is called."""
        return access.call >= 0 and any(self.ev.functions(fid, access.call))

    def _candidates(self, loc: Loc) -> Iterable[Place]:
        """Accesses under names that it may have."""
        base = base_of(loc)
        if base[0] in "bv":
            yield from ((base[1], i) for i in range(len(self.ev.symbols.fns[base[1]].facts.accesses)))
        if base[0] == "b" and base[2] >= 0:
            birth = self.ev.symbols.fns[base[1]].facts.births[base[2]]
            names = {birth.name} if birth.name else set()
        elif base[0] == "b":
            names = set()
        else:
            names = {str(base[-1])}
        for name in sorted(self.ev.flow.closure(names, HOPS) if names else ()):
            yield from self.by_name(name)

    def _by_name(self) -> dict[str, list[Place]]:
        if self._named is None:
            self._named = defaultdict(list)
            for fn in self.ev.symbols.fns:
                for number, access in enumerate(fn.facts.accesses):
                    self._named[self._leaf(fn.gid, access.path)].append((fn.gid, number))
        return self._named

    def _leaf(self, fid: int, path: str) -> str:
        path = whole(path)
        number = path[1:].partition("|")[0].partition("[")[0].partition("<")[0]
        if path[:1] == "!" and number.isdigit():
            return leaf_name(self.ev.symbols.fns[fid].facts.calls[int(number)].callee)
        return leaf_name(path)

    # -- what is reported -------------------------------------------------------------------------------------------

    def access(self, fid: int, number: int) -> Use:
        """An access as it is reported."""
        return step(self.ev, fid, self.ev.symbols.fns[fid].facts.accesses[number])

    def call(self, fid: int, number: int, op: str) -> Use:
        """A call as it is reported."""
        call = self.ev.symbols.fns[fid].facts.calls[number]
        return step(self.ev, fid, Access(call.callee, op, "call", call.at, call.seq))

    def born(self, fid: int, number: int, op: str = "birth") -> Use:
        """A birth as it is reported."""
        birth = self.ev.symbols.fns[fid].facts.births[number]
        return step(self.ev, fid, Access(f"#{number}", op, "call", birth.at, 0))

    def container(self, loc: Loc, kind: str, at: Use) -> Container:
        """The container of a finding by its location; `at` is where it is made, or where it shows."""
        return Container(
            repr(loc), self._name(loc, at), kind, self._holder(loc, at), at.path, at.access.at.line, (), (), "", None
        )

    def _name(self, loc: Loc, at: Use) -> str:
        kind = loc[0]
        if kind == "e":
            return self._name(loc[1], at) + "[...]"
        if kind == "i":
            return f"self.{source_name(loc[2])}"
        if kind == "c":
            return f"{self.ev.symbols.classes[loc[1]].facts.name}.{source_name(loc[2])}"
        if kind == "b" and loc[2] >= 0:
            return self.ev.symbols.fns[loc[1]].facts.births[loc[2]].name or "the container"
        return str(loc[-1]) if kind in "gvx" else at.name

    def _holder(self, loc: Loc, at: Use) -> str:
        loc = base_of(loc)
        if loc[0] in "ic":
            words = {"i": "attribute of", "c": "class attribute of"}
            return f"{words[loc[0]]} `{self.ev.symbols.classes[loc[1]].facts.qualname}`"
        if loc[0] == "g":
            return f"global of module `{self.ev.symbols.mods[loc[1]].facts.module}`"
        return f"local of `{at.symbol}`"


def step(ev: Evaluator, fid: int, access: Access) -> Use:
    """Something that a function does, as a rule reports it."""
    fn = ev.symbols.fns[fid]
    return Use(
        access,
        -1,
        fid,
        fn.facts.qualname.replace("<locals>.", ""),
        fn.mod.file.path,
        fn.mod.facts.module,
        CALLERS,
        (),
        "shared",
        frozenset(),
        False,
        _written(access.path),
        within=fn.facts.at if fn.gid != fn.mod.first_function else Span(1, 0, 1 << 30, 0),
        is_async=fn.facts.is_async,
    )


def _written(path: str) -> str:
    return "the container" if is_birth(path) else shown(path)
