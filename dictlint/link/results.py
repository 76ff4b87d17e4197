"""What calls give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dictlint.knowledge.callables import WEAK, WRAPPERS
from dictlint.knowledge.containers import CONTAINER_BASES, PROXIES, UNMISTAKABLE
from dictlint.link.calling import Calling
from dictlint.link.decorating import given_out, parts_given
from dictlint.link.paths import given, is_birth, split
from dictlint.link.question import CONTAINER_KINDS, FAN, Loc
from dictlint.link.symbols import Fn, Value
from dictlint.model.body import Call
from dictlint.model.site import Span


class Results(Calling):
    """Values and containers that functions return."""

    def result(self, fid: int, number: int) -> list[Value]:
        """The values that a call may give."""
        found: list[Value] = []
        for target in self.targets(fid, number):
            found += self.call_value(target, fid, number)
        return found if _is_known(found) else self._noted(fid, number) or found

    def _noted(self, fid: int, number: int) -> list[Value]:
        """What the annotation of a local variable says of the call that it is given: `ctx: Context = find(name)`."""
        facts = self.symbols.fns[fid].facts
        at = facts.calls[number].at
        types = [
            name
            for bind in facts.binds
            if bind.types and bind.target[:1] == ":" and _ends_with(bind.at, at)
            for name in bind.types
        ]
        return [v for name in types for v in self.typed(fid, name) if v[0] == "I"]

    def _cast(self, fid: int, args: tuple[tuple[str, ...], ...]) -> list[Value]:
        """`cast(Type, value)` is the value, of which the type is known."""
        types, values = (*args, (), ())[:2]
        promised = [("I", v[1]) for path in types for v in self.values(fid, path) if v[0] == "C"]
        return [*(v for path in values for v in self.values(fid, path)), *promised]

    def call_value(self, target: Value, fid: int, number: int) -> list[Value]:
        kind = target[0]
        if kind == "C":
            weak = number >= 0 and self.is_weak(target[1])
            return [("I", target[1]), *([("XI", WEAK[0], fid, number)] if weak else ())]
        if kind == "X":
            if target[1] in CONTAINER_KINDS:
                return [("K", target[1])]
            if target[1] in CONTAINER_BASES:
                return [("K", CONTAINER_BASES[target[1]])]
            if target[1].rpartition(".")[2] in UNMISTAKABLE:
                return [("K", target[1].rpartition(".")[2])]
            if target[1] == "typing.cast" and number >= 0:
                return self._cast(fid, self.symbols.fns[fid].facts.calls[number].args)
            if target[1] in WRAPPERS and number >= 0:
                return self._first(fid, number)
            return [("XI", target[1], fid, number)]
        if kind in ("F", "B"):
            return list(self.returned(target[1]))
        if kind == "I":
            return [v for f in self.runs(target) for v in self.returned(f)]
        if kind == "XI" and target[1] in WEAK and target[3] >= 0:
            return self._first(target[2], target[3])
        return []

    def is_weak(self, cid: int) -> bool:
        """Whether the objects of a class of the program are weak references."""
        return any(name in WEAK for name in self.symbols.classes[cid].outside)

    def _first(self, fid: int, number: int) -> list[Value]:
        """The values of a call's first argument."""
        args = self.symbols.fns[fid].facts.calls[number].args
        return [v for path in (args[0] if args else ()) for v in self.values(fid, path)]

    def returned(self, fid: int) -> tuple[Value, ...]:
        """The values that a function returns. Its annotation counts where nothing is known of them, or nothing but that
        a library gave them: `-> Context: return g.context`.
        """
        facts = self.symbols.fns[fid].facts
        promised = [v for name in facts.return_types for v in self.typed(fid, name)]
        found = [v for path in given_out(facts)[:FAN] for v in self.values(fid, path)]
        if found and not _is_known(found):
            return tuple(dict.fromkeys([v for v in promised if v[0] == "I"] or found))
        specific = [v for v in promised if v[0] in ("I", "XI")] if not found else []
        return tuple(dict.fromkeys(found or specific or promised))

    def passing_results(self, callee: int, called: tuple[int, ...]) -> frozenset[str]:
        """What a wrapper only returns because the function returned it, of which its own results are asked anyway."""
        if not any(callee in self.wrappers(other) for other in called if other != callee):
            return frozenset()
        return frozenset(f"!{number}" for number in self.passed_on(callee))

    def returned_locs(self, fid: int) -> list[Loc]:
        """The containers, held elsewhere, that a function hands out."""
        found = [
            loc
            for path in given_out(self.symbols.fns[fid].facts)[:FAN]
            if not is_birth(path)
            for loc in self.locs(fid, path)
        ]
        return self._as_promised(fid, found)

    def _as_promised(self, fid: int, found: list[Loc]) -> list[Loc]:
        """Without the containers, where a function says that it gives objects of the program's classes: what else is
        kept in the same place, it does not give.
        """
        types = self.symbols.fns[fid].facts.return_types if found else ()
        if types and all(self._are_objects(self.typed(fid, name)) for name in types):
            return [loc for loc in found if not self.container_kind(loc)]
        return found

    def _are_objects(self, values: list[Value]) -> bool:
        below = self.symbols.subclasses
        return bool(values) and all(
            v[0] == "I" and not any(map(self.mapping_kind, (v[1], *below.get(v[1], ())))) for v in values
        )

    def result_locs(self, fid: int, number: int, position: int = -1) -> list[Loc]:
        """Where the container that a call returns is held, or what stands at a position of the tuple that it returns;
        fresh ones are held nowhere.
        """
        found: list[Loc] = []
        call = self.symbols.fns[fid].facts.calls[number]
        if position < 0 and any(target[0] == "X" and target[1] in PROXIES for target in self.targets(fid, number)):
            return [("b", fid, -1 - number)]
        called = self.functions(fid, number)
        for callee in called:
            fn = self.symbols.fns[callee]
            if fn.facts.name in ("__init__", "__new__"):
                continue
            passed = self.passing_results(callee, called)
            paths = given_out(fn.facts) if position < 0 else parts_given(fn.facts, position)
            for path in paths[:FAN]:
                if path in passed:
                    continue
                root = path.split(".")[0].split("[")[0]
                if root[:1] == "%" and root[1:] != fn.self_name:
                    index = self.param(("v", callee, root[1:]))
                    if index is not None and path == root:
                        shift = self.shift(fn, fid, number)
                        found += [loc for arg in given(call, index - shift, root[1:]) for loc in self.locs(fid, arg)]
                elif not is_birth(path):
                    found += self._as_promised(callee, list(self._handed_out(fid, call, fn, path)))
        return found

    def _handed_out(self, fid: int, call: Call, fn: Fn, path: str) -> Iterable[Loc]:
        """What a method returns of its own object, as the objects have it on which it is called there."""
        holder, attr = split(path.partition("|")[0])
        receivers = self.values(fid, split(call.callee)[0]) if attr and holder == fn.own and fn.self_name else ()
        classes = self.symbols.classes
        if not receivers or any(v[0] != "I" or fn.cls not in classes[v[1]].mro for v in receivers):
            return self.locs(fn.gid, path)
        return [o for v in receivers for loc in self.located_on(v, attr) for o in self.owners_for(loc, v)]


def _is_known(values: Sequence[Value]) -> bool:
    """Whether any of the values is more than something that a library gives."""
    return any(v[0] not in ("X", "XI") for v in values)


def _ends_with(statement: Span, part: Span) -> bool:
    """Whether a statement ends where a part of it ends."""
    within = (statement.line, statement.column) < (part.line, part.column)
    return within and (statement.end_line, statement.end_column) == (part.end_line, part.end_column)
