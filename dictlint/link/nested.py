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
            if same_object and call.callee.rpartition(".")[0] != use.access.path.rpartition(".")[0]:
                continue
            inner = self._change_in(loc, callee, changers, same_object)
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

    def _change_in(self, loc: Loc, start: int, changers: set[int], same_object: bool) -> Use | None:
        todo, seen = [(start, 0)], set()
        while todo:
            fid, depth = todo.pop()
            if fid in seen:
                continue
            seen.add(fid)
            if fid in changers:
                return next(
                    u for u in self.uses[loc] if u.function == fid and u.access.op in RESIZING and not u.overwrites
                )
            if depth < 4:
                fn = self.ev.symbols.fns[fid]
                for number, callee in self.contexts.edges.get(fid, ()):
                    if number < 0:
                        continue
                    own = fn.facts.calls[number].callee.rpartition(".")[0] == "%" + fn.self_name
                    if (
                        (own or not same_object)
                        and self._hands_over(fid, fn.facts.calls[number], loc)
                        and (fid, number) not in self.contexts.order.by_call
                    ):
                        todo.append((callee, depth + 1))
        return None
