"""Changes that callees make to a container while their caller goes through it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dictlint.knowledge.operations import RESIZING
from dictlint.link.contexts import Contexts
from dictlint.link.coroutines import is_coroutine
from dictlint.link.evaluate import Evaluator
from dictlint.link.interest import Interest
from dictlint.link.paths import given
from dictlint.link.question import Loc
from dictlint.model.body import Call
from dictlint.model.program import Nested, Use

_STORING = frozenset(("add", "setitem", "setdefault"))


class Nesting:
    """Iterations and the calls in their bodies."""

    def __init__(
        self, ev: Evaluator, contexts: Contexts, interest: Interest, uses: Mapping[Loc, Sequence[Use]]
    ) -> None:
        self.ev = ev
        self.contexts = contexts
        self.interest = interest
        self.uses = uses

    def nested(self) -> Iterator[tuple[Loc, Nested]]:
        """Every iteration in the body of which a callee changes the size of what is gone through."""
        for loc, uses in self.uses.items():
            changers = {u.function for u in uses if u.access.op in RESIZING and not u.overwrites}
            seen: set[tuple[int, int]] = set()
            for use in uses:
                if use.access.op != "iterate" or (use.function, use.index) in seen:
                    continue
                seen.add((use.function, use.index))
                yield from self._nest_one(loc, use, changers)

    def _nest_one(self, loc: Loc, use: Use, changers: set[int]) -> Iterator[tuple[Loc, Nested]]:
        fn = self.ev.symbols.fns[use.function]
        same_object = loc[0] == "i"
        for number, callee in self.contexts.edges.get(use.function, ()):
            if number < 0:
                continue
            call = fn.facts.calls[number]
            if use.index not in call.during or call.leaves or (use.function, number) in self.contexts.order.by_call:
                continue
            if not self._hands_over(use.function, call, loc, use.access.path.partition("|")[0]):
                continue
            if is_coroutine(self.ev, use.function, number):
                continue  # it runs when the iteration is over
            holder = self._goes_by(use.function, number, callee, use.access.path.rpartition(".")[0])
            if same_object and not holder:
                continue
            inner = self._change_in(loc, callee, changers, holder if same_object else "")
            if inner is not None and not (inner.function == callee and self._is_there(use, number, inner)):
                yield loc, Nested(use, inner, call.callee.rpartition(".")[2], call.at)

    def _is_there(self, use: Use, number: int, inner: Use) -> bool:
        """Whether a callee stores under the key that the loop has come to, which it is given."""
        fn = self.ev.symbols.fns[inner.function]
        param = self.ev.param(("v", fn.gid, inner.access.key[1:])) if inner.access.key[:1] == "%" else None
        if param is None or inner.access.op not in _STORING:
            return False
        position = param - self.ev.shift(fn, use.function, number)
        call = self.ev.symbols.fns[use.function].facts.calls[number]
        return given(call, position, fn.facts.params[param].name) == (use.access.path.partition("|")[0] + "<>",)

    def _hands_over(self, fid: int, call: Call, loc: Loc, outer: str = "") -> bool:
        """A container that is a local or parameter reaches a callee only as an argument, or in a closure."""
        if loc[0] not in "bv":
            return True
        if call.callee[:1] == "&" and call.callee[1:].isdigit():
            inner = self.ev.symbols.fns[fid].mod.first_function + int(call.callee[1:])
            accesses = self.ev.symbols.fns[inner].facts.accesses
            if any(to == loc and accesses[n].path[:1] == "^" for n, to in self.interest.touched.get(inner, ())):
                return True
        paths = [path for group in call.args for path in group if path[:1] not in "=*("]
        return outer in paths if outer else any(loc in self.ev.locs(fid, path) for path in paths)

    def _goes_by(self, fid: int, number: int, callee: int, holder: str) -> str:
        """What the object goes by in a callee that is a method of it, or is given it; empty if neither."""
        call, fn = self.ev.symbols.fns[fid].facts.calls[number], self.ev.symbols.fns[callee]
        if call.callee.rpartition(".")[0] == holder:
            return f"%{fn.self_name}"
        if holder not in {path for group in call.groups for path in group}:
            return ""
        shift = self.ev.shift(fn, fid, number)
        params = enumerate(fn.facts.params)
        return next((f"%{one.name}" for i, one in params if given(call, i - shift, one.name) == (holder,)), "")

    def _change_in(self, loc: Loc, start: int, changers: set[int], holder: str) -> Use | None:
        """A change that a callee makes, or what it calls; of a container of one object only on that object, which goes
        by `holder` in the callee.
        """
        todo, seen = [(start, holder, 0)], set()
        while todo:
            fid, here, depth = todo.pop()
            if (fid, here) in seen:
                continue
            seen.add((fid, here))
            if fid in changers and (change := self._change_at(loc, fid, here)):
                return change
            for number, callee in self.contexts.edges.get(fid, ()) if depth < 4 else ():
                if number < 0 or (fid, number) in self.contexts.order.by_call:
                    continue
                there = self._goes_by(fid, number, callee, here) if holder else ""
                call = self.ev.symbols.fns[fid].facts.calls[number]
                if (there or not holder) and self._hands_over(fid, call, loc):
                    todo.append((callee, there, depth + 1))
        return None

    def _change_at(self, loc: Loc, fid: int, holder: str) -> Use | None:
        """A change that a function makes itself, on the object that it was given by a parameter."""
        own = not holder or holder == f"%{self.ev.symbols.fns[fid].self_name}"
        changes = (u for u in self.uses[loc] if u.function == fid and u.access.op in RESIZING and not u.overwrites)
        return next((u for u in changes if own or u.access.path.rpartition(".")[0] == holder), None)
