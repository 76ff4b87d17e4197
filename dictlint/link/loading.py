"""What is loaded on first use: a method that does so once, behind a lock and a mark that it sets at its end, and the
methods that call it first of all. What these do afterwards never meets what it does before it sets the mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name
from dictlint.link.symbols import Fn
from dictlint.model.body import Call, Given

State = tuple[str, str, bool]
_MISSING = frozenset((("true", False), ("=None", True), ("=False", True)))
_EMPTY = frozenset(("=None", "=False", "=0", "=''"))
_OF_TRUTH = ("__bool__", "__len__")


class Once(NamedTuple):
    """What a method does once for its object: the steps from one to another, until the attribute `mark` is set."""

    start: int
    stop: int
    mark: str


class Loading:
    """Asks which methods load something once, and what has been loaded at a step."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._once: dict[int, tuple[Once, ...]] = {}
        self._after: dict[int, list[tuple[int, frozenset[State]]]] = {}
        self._names: frozenset[str] | None = None

    def known(self, fid: int, seq: int, around: frozenset[State]) -> frozenset[State]:
        """What a step of a function knows of loading, besides what its callers know: that it is under way, or over."""
        found = [states for start, states in self._loaded(fid) if seq > start]
        once = self.once(fid) if self.ev.symbols.fns[fid].facts.name in self._loaders() else ()
        if any(one.start <= seq <= one.stop for one in once) and self._is_plain(fid, around):
            found.append(frozenset([(_name(fid), "true", False)]))
        return frozenset().union(*found) if found else frozenset()

    def _is_plain(self, fid: int, around: frozenset[State]) -> bool:
        """Whether nobody can ask for something else to be loaded."""
        return len(self.ev.symbols.fns[fid].facts.params) == 1 or (_name(fid), "plain", True) in around

    def called(self, fid: int, call: Call) -> frozenset[State]:
        """What a loading method learns from a call without arguments; empty for others."""
        if call.args or call.kwargs or leaf_name(call.callee) not in self._loaders():
            return frozenset()
        number = self.ev.symbols.fns[fid].facts.calls.index(call)
        return frozenset((_name(one), "plain", True) for one in self.ev.functions(fid, number) if self.once(one))

    def _loaders(self) -> frozenset[str]:
        """The names of all methods that load something once."""
        if self._names is None:
            self._names = frozenset(fn.facts.name for fn in self.ev.symbols.fns if self.once(fn.gid))
        return self._names

    def once(self, fid: int) -> tuple[Once, ...]:
        if fid not in self._once:
            fn = self.ev.symbols.fns[fid]
            locked = fn.self_name and len(fn.facts.locksets) > 1
            self._once[fid] = tuple(_marked(fn)) if locked else ()
        return self._once[fid]

    def _loaded(self, fid: int) -> list[tuple[int, frozenset[State]]]:
        """The calls of loading methods, with what is known after each."""
        if fid not in self._after:
            fn = self.ev.symbols.fns[fid]
            names = self._loaders() if fn.self_name else frozenset()
            self._after[fid] = [
                (call.seq, states)
                for number, call in enumerate(fn.facts.calls if names else ())
                if leaf_name(call.callee) in names and (states := self._learnt(fn, number, call))
            ]
        return self._after[fid]

    def _learnt(self, fn: Fn, number: int, call: Call) -> frozenset[State]:
        """What is known after the call of a loading method, which is left out only where all is loaded."""
        if not call.callee.startswith(fn.own + ".") or call.loops or call.args or call.kwargs:
            return frozenset()
        called = self.ev.functions(fn.gid, number)
        marks = [{one.mark for one in self.once(callee)} for callee in called]
        if not marks or not all(marks):
            return frozenset()
        tested = [fn.facts.accesses[test].path.partition("|")[0] for test in call.tests]
        given = [g for g in fn.facts.givens if g.start <= call.seq < g.stop]
        if not all(self._tells(fn, path, marks) for path in tested) or not all(_is_missing(g) for g in given):
            return frozenset()
        states = {(path.partition(".")[2], "true", True) for path in tested}
        return frozenset(states | {(_name(callee), "true", True) for callee in called})

    def _tells(self, fn: Fn, path: str, marks: list[set[str]]) -> bool:
        """Whether the path is true only when the mark is set: it is the mark, or the object whose truth asks for it."""
        if path != fn.own:
            return all(path == f"{fn.own}.{mark}" for each in marks for mark in each)
        method = next((m for name in _OF_TRUTH if (m := self.ev.symbols.method(fn.cls, name)) is not None), None)
        asked = self.ev.symbols.fns[method] if method is not None else None
        return asked is not None and all(
            any(access.path == f"{asked.own}.{mark}" for access in asked.facts.accesses for mark in each)
            for each in marks
        )


def _name(fid: int) -> str:
    """Under what name it is known of a method whether it has loaded: no attribute is called so."""
    return f"<{fid}>"


def _is_missing(given: Given) -> bool:
    return (given.value, given.holds) in _MISSING


def _marked(fn: Fn) -> Iterator[Once]:
    """Every mark that is tested and, when it is missing, set under one lock."""
    facts, own = fn.facts, fn.own + "."
    for compound in facts.compounds:
        if compound.kind == "get-create":
            first, second = facts.accesses[compound.first], facts.accesses[compound.second]
            is_mark = first.op == "contains" and second.path.startswith(own) and not second.loops
            if is_mark and facts.in_one_section(first.locks, second.locks):
                yield Once(first.seq, second.seq, second.path.partition(".")[2])
    for given in facts.givens:
        if given.path.startswith(own) and _is_missing(given):
            for bind in facts.binds:
                set_here = bind.target == given.path and given.start <= bind.seq < given.stop and not bind.loops
                if set_here and bind.constant not in _EMPTY and facts.in_one_section(given.locks, bind.locks):
                    yield Once(given.start, bind.seq, given.path.partition(".")[2])
