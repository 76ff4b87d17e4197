"""The calls and operators by which a function runs others on the spot, and what of them is the same in all contexts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dictlint.link.context import MOST_CONTEXTS
from dictlint.link.decorating import is_manager
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.order import Order
from dictlint.link.ownership import OWNED, SHARED
from dictlint.link.paths import bare_param, leaf_name, root_param, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Fn
from dictlint.model.activity import Lock
from dictlint.model.body import Access, Call

CONSTRUCTING = ("__init__", "__new__", "__post_init__", "__del__", "__setstate__")


class Step(NamedTuple):
    """A call or operator of a function, and what of it is the same in all contexts.

    `attr`: the method called on `self`. `held`: the locks taken here and around the callee. `status`: of the callee's
    `self` where it is known beforehand. `handed`: arguments that matter. `receiver` (where not `own`), `via`: as in
    Context. `several`: the call runs one of several functions, on an object of which it is open what it is.
    `given_back`: a plain function gives back what the call makes of a coroutine function, for others to run.
    """

    number: int
    callee: int
    facts: Access | Call
    base: str
    attr: str
    own: bool
    held: frozenset[Lock]
    status: str
    handed: tuple[tuple[str, tuple[str, ...]], ...]
    receiver: tuple[int, bool]
    guesses: int
    via: tuple[int, int]
    several: bool
    given_back: bool


class Steps:
    """By function. `edges`: the relevant part of the call graph; `touched`: accesses of containers of interest."""

    def __init__(
        self, ev: Evaluator, locks: Locks, order: Order, edges: Mapping[int, Sequence[tuple[int, int]]]
    ) -> None:
        self.ev = ev
        self.locks = locks
        self.order = order
        self.edges = edges
        self.touched: Mapping[int, Sequence[tuple[int, Loc]]] = {}
        self._steps: dict[int, tuple[Step, ...]] = {}
        self._mattering: dict[int, frozenset[str]] = {}
        self._given: dict[int, bool] = {}
        self._coroutines = {(s.function, s.made) for s in order.spawns}

    def of(self, fid: int) -> tuple[Step, ...]:
        """The calls and operators by which a function runs others on the spot."""
        if fid not in self._steps:
            edges = self.edges.get(fid, ())
            self._steps[fid] = tuple(
                self._step(fid, n, callee) for n, callee in edges if not self._starts(fid, n, callee)
            )
        return self._steps[fid]

    def _starts(self, fid: int, number: int, callee: int) -> bool:
        """Whether the call starts an activity, or makes a coroutine that something else will run."""
        if (fid, number) in self.order.by_call or (fid, number) in self.ev.parked:
            return True
        fns = self.ev.symbols.fns
        is_async = number >= 0 and fns[callee].facts.is_async
        return is_async and not fns[fid].facts.calls[number].awaited and self._is_spawned(fid, number)

    def _step(self, fid: int, number: int, callee: int) -> Step:
        fn, target = self.ev.symbols.fns[fid], self.ev.symbols.fns[callee]
        facts = fn.facts.calls[number] if number >= 0 else fn.facts.accesses[-1 - number]
        base, attr = split(facts.callee) if isinstance(facts, Call) else (facts.path, "")
        if isinstance(facts, Access) and (self.ev.is_property(callee) or self.ev.is_setter(callee)):
            base, attr = split(facts.path.partition("|")[0])
        receiver = self._explicit(fid, number, target) if isinstance(facts, Call) else ""
        base, attr = (receiver, "") if receiver else (base, attr)
        on_self = bool(fn.self_name) and base == fn.own
        own = on_self or (bool(fn.self_name) and base == "<super>")
        made = constructs(target)
        status = OWNED if made else "" if target.self_name or self.ev.object_of(callee) else SHARED
        if not status and callee in self.ev.pumped.runs.get((fid, number), ()):
            base, status = (fn.own, "") if self._is_of_family(fn, target) else ("", SHARED)
        locks, seq = (facts.locks, facts.seq) if number < 0 else self._taken_at(fid, number, target)
        here = {h.lock for h in self.locks.at(fid, locks, seq) if h.sure}
        return Step(
            number,
            callee,
            facts,
            base,
            attr if on_self and target.cls >= 0 else "",
            own,
            frozenset(here | self.locks.by_decorator(callee)),
            status,
            self._handed(facts, callee, 1 if receiver else 0) if isinstance(facts, Call) else (),
            (-1, True) if own else self._receiver(fid, facts, base, callee),
            ((fid, number) in self.ev.guessed) + ((fid, number) in self.ev.kin),
            (fid, number) if number >= 0 and self._is_given_containers(callee) else (-1, -1),
            number >= 0 and not (own or made) and len(self.ev.functions(fid, number)) > 1,
            target.facts.is_async and not fn.facts.is_async and number >= 0 and self._gives_back(fid, number, target),
        )

    def _gives_back(self, fid: int, number: int, target: Fn) -> bool:
        """Whether a function returns what a call makes; an async generator also in a library's object, which is no
        function that runs it: `return StreamingResponse(lines())`.
        """
        facts = self.ev.symbols.fns[fid].facts
        path = f"!{number}"
        if path in facts.returns or not target.facts.is_generator:
            return path in facts.returns
        around = (n for n, call in enumerate(facts.calls) if any(path in group for group in call.groups))
        return any(
            f"!{n}" in facts.returns
            and leaf_name(facts.calls[n].callee)[:1].isupper()
            and not any(target[0] in "CFB" for target in self.ev.targets(fid, n))
            for n in around
        )

    def _explicit(self, fid: int, number: int, target: Fn) -> str:
        """The object that a method's call through its class names itself: `Base.method(self, x)`."""
        facts = self.ev.symbols.fns[fid].facts
        args = facts.calls[number].args if number >= 0 and target.own_value and target.own_value[0][0] == "I" else ()
        path = args[0][0] if args and len(args[0]) == 1 else ""
        if path[:1] in ("", "=", "*", "(") or constructs(target) or self.ev.shift(target, fid, number):
            return ""
        return path

    def _is_of_family(self, fn: Fn, target: Fn) -> bool:
        """Whether both may be methods of one object; then what runs a callback is taken for its own object's doing."""
        classes = self.ev.symbols.classes
        return bool(fn.self_name) and (target.cls in classes[fn.cls].mro or fn.cls in classes[target.cls].mro)

    def _taken_at(self, fid: int, number: int, target: Fn) -> tuple[int, int]:
        """(lock set, position) at which the body of what a call runs is run: that of a generator where its items are
        taken, after all locks of the function where it is returned or kept.
        """
        facts = self.ev.symbols.fns[fid].facts
        call = facts.calls[number]
        path = f"!{number}"
        if not target.facts.is_generator or is_manager(target.facts):
            return call.locks, call.seq
        loops = [a for a in facts.accesses if a.path == path and a.op in ("iterate", "snapshot")]
        if loops:
            return loops[0].locks, loops[0].seq
        kept = path in facts.returns or call.bound not in ("", "=")
        return (0, call.seq) if kept else (call.locks, call.seq)

    def _handed(self, call: Call, callee: int, first: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The arguments for parameters that tell the callee's contexts apart."""
        matter = self._matter(callee)
        fn = self.ev.symbols.fns[callee]
        names = [p.name for p in fn.facts.params][1 if self.ev.object_of(callee) else 0 :] if matter else ()
        given = [*zip(names, call.args[first:], strict=False), *call.kwargs]
        return tuple((name, tuple(v for v in values if v[:1] not in "=*")) for name, values in given if name in matter)

    def _is_given_containers(self, fid: int) -> bool:
        """Whether parameters themselves are containers of interest, and few calls give them."""
        if fid not in self._given:
            facts = self.ev.symbols.fns[fid].facts
            names = {p.name for p in facts.params}
            touched = any(bare_param(facts.accesses[n].path) in names for n, _ in self.touched.get(fid, ()))
            self._given[fid] = touched and len(self.ev.callers(fid)) <= MOST_CONTEXTS
        return self._given[fid]

    def _receiver(self, fid: int, step: Access | Call, base: str, callee: int) -> tuple[int, bool]:
        """The same for a method of another object."""
        target = self.ev.symbols.fns[callee]
        if target.cls < 0 or not target.self_name:
            return -1, True
        exact = constructs(target)
        cls = self._class_of(fid, step.callee if exact and isinstance(step, Call) else base)
        return self.narrowing(cls, exact, target)

    def narrowing(self, cls: int, exact: bool, target: Fn) -> tuple[int, bool]:
        symbols = self.ev.symbols
        exact = exact or not symbols.subclasses.get(cls)
        known = cls >= 0 and symbols.subclasses.get(target.cls) and (exact or cls != target.cls)
        return (cls, exact) if known else (-1, True)

    def _class_of(self, fid: int, path: str) -> int:
        """The one class that a receiver is known to be, or to be an object of; -1 where there are several, or none."""
        found = {v[1] for v in self.ev.values(fid, path) if v[0] in "IC"}
        return found.pop() if len(found) == 1 else -1

    def _is_spawned(self, fid: int, number: int) -> bool:
        """A coroutine object that is handed to a spawner runs there, not here."""
        return (fid, number) in self._coroutines

    def _matter(self, fid: int) -> frozenset[str]:
        """Parameters through which a function reaches containers, itself or by what it calls."""
        if fid not in self._mattering:
            facts = self.ev.symbols.fns[fid].facts
            paths = [facts.accesses[number].path for number, _ in self.touched.get(fid, ())]
            for number, _ in self.edges.get(fid, ()):
                if number < 0:
                    paths.append(facts.accesses[-1 - number].path)
                else:
                    call = facts.calls[number]
                    paths += [call.callee, *(v for group in call.args for v in group)]
                    paths += [v for _, values in call.kwargs for v in values]
            self._mattering[fid] = frozenset(name for path in self._unfolded(fid, paths) if (name := root_param(path)))
        return self._mattering[fid]

    def _unfolded(self, fid: int, paths: list[str]) -> Iterator[str]:
        """The paths, and what the calls and births among them were made from."""
        facts = self.ev.symbols.fns[fid].facts
        seen: set[str] = set()
        while paths:
            path = paths.pop()
            if path in seen:
                continue
            seen.add(path)
            yield path
            number = path[1:].partition(".")[0].partition("[")[0].partition("|")[0].partition("<")[0]
            if path[:1] == "!" and number.isdigit():
                paths.append(facts.calls[int(number)].callee)
            elif path[:1] == "#" and number.isdigit():
                birth = facts.births[int(number)]
                paths += [*birth.items, *birth.copy_of]


def constructs(fn: Fn) -> bool:
    """Whether it runs while nobody else has its object: before it is handed out, or when it is gone."""
    return fn.facts.name in CONSTRUCTING
