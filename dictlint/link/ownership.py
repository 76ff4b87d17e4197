"""Whose object is it? RacerD's ownership, with six answers.

`owned`: built by this very run of the function or its callers, seen by nobody else. `made`: the same, but for the
activities that it has started itself since, which are named. `own`: the object on which the
activity runs (`self` of a thread's target), or a part of it. `shared`: reached from a global, a class, or as something
that an own or shared object holds. `unknown`: came as an argument or result of which nothing is known; `new`: the same,
but the attribute by which it is reached has just been given it, under a lock that keeps everybody else from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dictlint.knowledge.callables import WEAK
from dictlint.link.context import Context
from dictlint.link.decorating import parts_given
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.paths import call_of, is_birth, part_of, split, whole
from dictlint.link.publications import LATER, Publications
from dictlint.link.question import Loc, base_of
from dictlint.link.renewals import Renewals
from dictlint.model.body import Access, Bind, Call

DEEPEST = 12  # steps from an object to where it came from
OWNED, OWN, SHARED, UNKNOWN, NEW = "owned", "own", "shared", "unknown", "new"
MADE = "made"


def made_with(activities: Iterable[int]) -> str:
    """The status of what a run has made and nobody else has but these activities."""
    return f"{MADE}:{','.join(map(str, sorted(activities)))}"


def company(status: str) -> frozenset[int]:
    """The activities that have what a run has made, too."""
    numbers = status.partition(":")[2]
    return frozenset(map(int, numbers.split(","))) if numbers else frozenset()


class Ownership:
    """Statuses of objects in contexts."""

    def __init__(
        self,
        ev: Evaluator,
        locks: Locks,
        found: defaultdict[int, list[Context]],
        reached: defaultdict[int, set[int]],
        publications: Publications,
    ) -> None:
        self.ev = ev
        self.found = found
        self.reached = reached
        self._depth = 0
        self._now = LATER
        self._known: dict[tuple[object, ...], bool] = {}
        self.publications = publications
        self.renewals = Renewals(ev, locks)

    def status(self, context: Context, path: str, now: int = LATER) -> str:
        """Of the object that a path denotes in a context, at the step `now`."""
        if self._depth >= DEEPEST:
            return UNKNOWN
        if not self._depth:
            self._now = now
        self._depth += 1
        found = self._status(context, path.split("|", 1)[0])
        self._depth -= 1
        return found

    def _status(self, context: Context, path: str) -> str:
        if path.endswith(("[]", "<>")):
            return self._element(context, path[:-2])
        fn = self.ev.symbols.fns[context.function]
        if path == "<super>" or path == "%" + fn.self_name:
            return context.status
        if part_of(path)[0] >= 0:
            return self._result_status(context, *part_of(path))
        base, attr = split(path)
        if attr:
            return self._attribute(context, base, attr)
        first = path[:1]
        if first == "%":
            if self.ev.object_of(context.function) == path:
                return context.status
            return dict(context.params).get(path[1:], UNKNOWN)
        if first == "#":
            return OWNED
        if first == "!":
            return self._result_status(context, int(path[1:]))
        if first == "^":
            return self._enclosed(context, path)
        if first == "@" and self.ev.is_thread_local(context.function, path.rpartition(".")[0]):
            return OWNED
        return SHARED if path[:1] not in "(&~" else UNKNOWN

    def _element(self, context: Context, base: str) -> str:
        """Something out of a container: what an owned list holds is not owned for that."""
        status = self.status(context, base)
        if status == OWNED:
            return self._put_in(context, base) if is_birth(base) else UNKNOWN
        return SHARED if _has_others(status) else status

    def _put_in(self, context: Context, base: str) -> str:
        """The entries of a container born here: as what was put in, or copied."""
        birth = self.ev.symbols.fns[context.function].facts.births[int(base[1:])]
        sources = [*birth.items, *(f"{path}[]" for path in birth.copy_of)]
        statuses = {self.status(context, path) for path in sources if path[:1] not in "=("}
        return statuses.pop() if len(statuses) == 1 else UNKNOWN

    def _attribute(self, context: Context, base: str, attr: str) -> str:
        if self.ev.is_thread_local(context.function, base):
            return OWNED
        if base[:1] == "@":
            return SHARED
        if (renewed := self._just_given(context, f"{base}.{attr}")) is not None:
            return renewed
        outer = self.status(context, base)
        if (outer == OWNED or _has_others(outer)) and not self._is_part(context.function, base, attr):
            dying = context.activity.domain == "finalizer"  # what it was only lent lives on
            return SHARED if outer != OWNED or dying else UNKNOWN
        return outer

    def _just_given(self, context: Context, path: str) -> str | None:
        """Of what an attribute was given a moment ago, under a lock that keeps others from it; None for any other."""
        if not self.ev.symbols.fns[context.function].facts.renewed:
            return None
        values = self.renewals.given(context.function, path, self._now)
        if values is None:
            return None
        statuses = {self.status(context, value) for value in values} - {UNKNOWN}
        return NEW if not statuses else statuses.pop() if len(statuses) == 1 else UNKNOWN

    def _enclosed(self, context: Context, path: str) -> str:
        """A variable of the function around: another activity's, unless this one runs that function too."""
        owner, _, name = path[1:].partition(":")
        outer = self.ev.symbols.fns[self.ev.symbols.fns[context.function].mod.first_function + int(owner)]
        if name == outer.self_name:
            return self._closed_over(context, outer.gid)
        return UNKNOWN if outer.gid in self.reached[context.activity.number] else SHARED

    def _result_status(self, context: Context, number: int, position: int = -1) -> str:
        """Of what a call gives, or of what stands at a position of the tuple that it gives."""
        fid = context.function
        if position >= 0:
            statuses = {self._handed_out(context, number, f, position) for f in self.ev.functions(fid, number)}
        else:
            statuses = {self._target_status(context, number, target) for target in self.ev.targets(fid, number)}
        statuses = statuses or {UNKNOWN}
        return statuses.pop() if len(statuses) == 1 else UNKNOWN

    def _target_status(self, context: Context, number: int, target: tuple[object, ...]) -> str:
        if target[0] == "C":
            cid = int(str(target[1]))
            if self.ev.symbols.fns[context.function].facts.calls[number].callee.endswith(".__new__"):
                return self._of_own_making(context, number)  # nothing of the class has run
            if self._may_be_old(cid) or self.publications.is_known_when_made(cid):
                return SHARED
            return self._of_own_making(context, number)
        if target[0] in ("F", "B"):
            callee = int(str(target[1]))
            if self._fresh_result(callee):
                return self._of_own_making(context, number)
            return self._handed_out(context, number, callee)
        own = target[0] == "I" and self.ev.is_weak(int(str(target[1])))
        if own or (target[0] == "XI" and target[1] in WEAK):  # as much another's as the reference is
            return self.status(context, self.ev.symbols.fns[context.function].facts.calls[number].callee)
        return UNKNOWN

    def _of_own_making(self, context: Context, number: int) -> str:
        """Of what a call makes anew: as private as all that it is stored on by then."""
        fid = context.function
        if self.publications.of_result(fid, number) >= self._now:
            return OWNED
        steps = [step for since, step in self.publications.of_result_by(fid, number) if since < self._now]
        started = [self.publications.started_by(fid, step, f"!{number}") for step in steps]
        if started and all(started):
            return made_with(frozenset().union(*started))
        private = context.status in (OWNED, UNKNOWN) or context.status.startswith(MADE)
        if private and self.ev.symbols.fns[fid].own and all(self._is_within(fid, step) for step in steps):
            return context.status
        holders = [_holder(step) for step in steps]
        lent = all(self._is_given(fid, base) and self.status(context, base) == UNKNOWN for base in holders)
        return UNKNOWN if lent else SHARED

    def _is_within(self, fid: int, step: Bind | Access | Call) -> bool:
        """Whether a step only puts something into the method's own object, or what that has made for itself. Another
        method of the object may do anything with it.
        """
        fn = self.ev.symbols.fns[fid]
        if isinstance(step, Call):
            same = (access for access in fn.facts.accesses if access.call >= 0 and fn.facts.calls[access.call] is step)
            return any(self._is_within(fid, access) for access in same)
        path = step.target if isinstance(step, Bind) else step.path
        attr = path[len(fn.own) + 1 :].partition(".")[0].partition("[")[0]
        return path == fn.own or (path.startswith(fn.own + ".") and self._is_part(fid, fn.own, attr))

    def _is_given(self, fid: int, path: str) -> bool:
        """Whether the path is a parameter other than the function's own object."""
        fn = self.ev.symbols.fns[fid]
        return path != fn.own and path[:1] == "%" and "." not in path

    def _may_be_old(self, cid: int) -> bool:
        """Whether the metaclass, or `__new__`, may give an object that was there before: it returns more than what it
        has called.
        """
        new = self.ev.symbols.method(cid, "__new__")
        makers = [*self.ev.metaclass_call(cid), *([] if new is None else [new])]
        returned = (path for fid in makers for path in self.ev.symbols.fns[fid].facts.returns)
        return any(call_of(path) < 0 for path in returned)

    def _handed_out(self, context: Context, number: int, callee: int, position: int = -1) -> str:
        """A method that returns what its object holds; a function that returns a global."""
        fn = self.ev.symbols.fns[callee]
        own = "%" + fn.self_name
        statuses = set()
        for path in fn.facts.returns if position < 0 else parts_given(fn.facts, position):
            if self.publications.is_local(callee, path):
                statuses.add(OWNED)
            elif fn.self_name and (path == own or path.startswith((own + ".", own + "["))):
                base = split(self.ev.symbols.fns[context.function].facts.calls[number].callee)[0]
                status = self.status(context, base)
                statuses.add(SHARED if _has_others(status) and path != own else status)
            elif path[:1] not in "%#!^&~(":
                statuses.add(SHARED)
            elif self.publications.is_given_to_activity(callee, path):
                statuses.add(OWN)  # who gets it has it, and what runs on it
            else:
                statuses.add(UNKNOWN)
        return statuses.pop() if len(statuses) == 1 else UNKNOWN

    def base_status(self, context: Context, path: str, loc: Loc, now: int) -> str:
        """Status of the object that holds the container at `path`, at the step `now`."""
        born = path.partition("|")[0]
        if loc[0] in "gicb" and is_birth(born) and now < self.publications.of_birth(context.function, born):
            return OWNED
        loc = base_of(loc)
        if loc[0] in ("b", "v"):
            return OWN if loc[1] in self.reached[context.activity.number] else SHARED
        if loc[0] == "s":
            return self.status(context, path, now)
        if loc[0] == "c" and self._makes_class(context, path):
            return context.status
        if loc[0] != "i":
            return SHARED
        path = path.split("|", 1)[0]
        while path.endswith(("[]", "<>")):
            path = path[:-2]
        path = whole(path) if part_of(path)[0] >= 0 else path
        base, attr = split(path)
        if path[:1] == "@" and not attr:
            return OWNED if self.publications.is_local(context.function, path) else SHARED
        self._now = now
        if attr and (renewed := self._just_given(context, path)) is not None:
            return renewed
        if attr and loc not in self.ev.located(context.function, path):
            return self.status(context, path, now)  # it was given what another object holds
        if attr:
            return self.status(context, base, now)
        given = self._given_back(context.function, path, loc)
        return self.base_status(context, given, loc, now) if given else self._holder_status(context, path, now)

    def _given_back(self, fid: int, path: str, loc: Loc) -> str:
        """Which argument it is that a call gives back, whole or in part."""
        number = call_of(path)
        if number < 0:
            return ""
        given = (value for group in self.ev.symbols.fns[fid].facts.calls[number].groups for value in group)
        return next(
            (value for value in given if value[:1] in "%#^" and loc in map(base_of, self.ev.locs(fid, value))), ""
        )

    def _holder_status(self, context: Context, path: str, now: int) -> str:
        """An alias: a local container that is stored on self, a parameter, a closure's variable, a method's result."""
        fn = self.ev.symbols.fns[context.function]
        if path[:1] == "#":
            for bind in fn.facts.binds:
                if path in bind.values and split(bind.target)[0] == "%" + fn.self_name:
                    return context.status
        if call_of(path) >= 0:
            base, attr = split(fn.facts.calls[call_of(path)].callee)
            if attr:
                return self.status(context, base, now)
        if path[:1] == "%":
            return dict(context.params).get(path[1:], UNKNOWN)
        return UNKNOWN if path[:1] == "#" else SHARED

    def _closed_over(self, context: Context, outer: int) -> str:
        statuses = {c.status for c in self.found.get(outer, ()) if c.activity == context.activity}
        one = statuses.pop() if len(statuses) == 1 else SHARED
        return one if _has_others(one) else SHARED

    def _is_part(self, fid: int, base: str, attr: str) -> bool:
        key = ("_is_part", fid, base, attr)
        if key not in self._known:
            self._known[key] = self._find_is_part(fid, base, attr)
        return self._known[key]

    def _find_is_part(self, fid: int, base: str, attr: str) -> bool:
        """Whether the attribute's object was made by the object itself, so that it is as private as its owner."""
        if any(v[0] == "I" and v[1] in self.publications.threads for v in self.ev.values(fid, f"{base}.{attr}")):
            return False  # its own thread has it, too
        locs = self.ev.located(fid, f"{base}.{attr}")
        for loc in locs:
            binds = self.ev.binds(loc)
            if loc[0] != "i" or not binds:
                return False
            for _, bind in binds:
                if any(p[:1] not in "#!" for p in bind.values):
                    return False
        return bool(locs)

    def _fresh_result(self, fid: int) -> bool:
        key = ("_fresh_result", fid)
        if key not in self._known:
            self._known[key] = self._find_fresh_result(fid)
        return self._known[key]

    def _find_fresh_result(self, fid: int) -> bool:
        facts = self.ev.symbols.fns[fid].facts
        if not facts.returns:
            return False
        for path in facts.returns:
            if call_of(path) < 0:
                return False
            targets = self.ev.targets(fid, int(path[1:]))
            if not targets or any(t[0] != "C" for t in targets):
                return False
            if self.publications.of_result(fid, int(path[1:])) < LATER:
                return False
        return True

    def _makes_class(self, context: Context, path: str) -> bool:
        """Inside a metaclass's `__init__` the class is still being made; `__new__` is given the metaclass."""
        fn = self.ev.symbols.fns[context.function]
        own = bool(fn.self_name) and path.startswith(f"%{fn.self_name}.") and fn.facts.name != "__new__"
        return own and context.status == "owned" and "type" in self.ev.symbols.classes[fn.cls].outside


def _has_others(status: str) -> bool:
    """Whether an object is known to its activity, and to others by a way of their own."""
    return status == OWN or status.startswith(MADE)


def _holder(step: Bind | Access | Call) -> str:
    """What something is stored on as an attribute."""
    if isinstance(step, Bind):
        return split(step.target)[0]
    return split(step.path)[0] if isinstance(step, Access) and step.op == "rebind" else ""
