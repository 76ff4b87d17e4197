"""Changes that are meant to be taken back or completed, and that an exception in between leaves as they are.

`form`        what is left behind
`kept`        an entry is put in, something may raise, and only then the entry is removed
`taken`       an entry is taken out, something may raise, and only then it is put back
`placeholder` something to wait for is put in, something may raise, and only then the value replaces it
`half`        one entry is changed, something may raise, then the other one; whoever handles the exception goes on
`late`        who calls has put the entry in, and something may raise before the `try` that removes it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from dictlint.knowledge.containers import MAPPINGS, PROXY
from dictlint.link.coverage import around, catches_all, in_handler, is_harmless, may_raise
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.question import Loc
from dictlint.link.reach import Reach
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Attempt, Call, Handler
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Mishap, Use
from dictlint.model.site import Span

_PUTS = frozenset(("setitem", "add"))
_TAKES = frozenset(("delitem", "pop", "pop-default", "discard", "remove"))
_BACK = {"+=": "-=", "-=": "+="}
_WAITED_FOR = frozenset(("Event", "Future", "create_future", "Condition", "Promise", "Deferred", "AsyncResult"))
Risk = tuple[int, Span, str]  # position, place, `call` or `pause`


class Dirty:
    """Questions about functions that change an entry for a while."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.ev = reach.ev

    def found(self) -> Iterator[Mishap]:
        """Every such change."""
        for fn in self.ev.symbols.fns:
            entries = _entries(fn.facts)
            for accesses in entries.values():
                if len(accesses) > 1:
                    yield from self._pairs(fn, accesses)
                elif fn.facts.pauses and fn.facts.tries:
                    yield from self._late(fn, accesses[0])
            if len(fn.facts.accesses) > 1:
                yield from self._halves(fn)

    # -- one entry --------------------------------------------------------------------------------------------------

    def _pairs(self, fn: Fn, accesses: list[Access]) -> Iterator[Mishap]:
        for first, second in pairwise(accesses):
            form = _form(fn.facts, first, second)
            if not form or first.loops != second.loops or in_handler(fn.facts, second.at.line):
                continue
            risk = self._risk(fn, first, second)
            loc = self._container(fn, first, form) if risk is not None else None
            if risk is None or loc is None or self._is_taken_back(fn, first, loc, risk):
                continue
            if form == "kept" and self._is_left_to_others(fn, loc):
                continue
            handler = self._swallowing(fn, risk, second)
            yield self._mishap(fn, form, loc, first, risk, second, handler)

    def _container(self, fn: Fn, access: Access, form: str) -> Loc | None:
        """What is changed; of a placeholder for others, an attribute of whatever object was handed in will do."""
        loc = self.reach.shared(fn.gid, access.path)
        if loc is None and form == "placeholder" and access.path[:1] == "%" and not self.ev.locs(fn.gid, access.path):
            base, attr = split(access.path)
            return ("u", fn.gid, attr) if attr and split(base)[0] == base else None
        return loc

    def _risk(self, fn: Fn, first: Access, second: Access) -> Risk | None:
        """What may raise between two steps: a pause before all, where the task may be cancelled as well."""
        facts = fn.facts
        pauses = [p for p in facts.pauses if p.kind == "await" and first.seq < p.seq <= second.seq]
        calls = {p.call for p in pauses}
        for pause in pauses:
            if pause.call >= 0:
                call = facts.calls[pause.call]
                if not self._is_caught_before(facts, call.attempt, second):
                    return pause.seq, pause.at, "pause"
        for number, call in enumerate(facts.calls):
            if first.seq < call.seq < second.seq and number not in calls and self._may_raise(fn, number, call, second):
                return call.seq, call.at, "call"
        return None

    def _may_raise(self, fn: Fn, number: int, call: Call, second: Access) -> bool:
        if in_handler(fn.facts, call.at.line) or is_harmless(self.ev, fn.gid, call):
            return False
        if not may_raise(self.ev, fn.gid, number):
            return False
        if self._is_caught_before(fn.facts, call.attempt, second) or (fn.gid, number) in self.reach.starting:
            return False
        return not any(call.at == access.at for access in fn.facts.accesses) and not _is_made(call)

    def _is_caught_before(self, facts: FunctionFacts, attempt: int, second: Access) -> bool:
        """Whether a handler gets the exception, and control comes to the second step nevertheless."""
        outside = set(map(id, around(facts, second.attempt)))
        return any(one.handlers and id(one) not in outside for one in around(facts, attempt))

    def _is_taken_back(self, fn: Fn, first: Access, loc: Loc, risk: Risk) -> bool:
        """Whether a handler or `finally`, of this function or of what it calls, puts it right."""
        facts = fn.facts
        for access in facts.accesses:
            same = access.path == first.path and access.op in _TAKES | _PUTS | {"clear", "update"}
            if same and in_handler(facts, access.at.line):
                return True
        for number, call in enumerate(facts.calls):
            if in_handler(facts, call.at.line):
                run = self.reach.below(self.ev.functions(fn.gid, number), 1)
                if any(change[2] == loc for each in run for change in self.reach.changes(each)):
                    return True
        return False

    def _is_left_to_others(self, fn: Fn, loc: Loc) -> bool:
        """Whether others take out of a manager's dict what a process that has died leaves there: that tells them what
        it was at.
        """
        if self.ev.container_kind(loc) != PROXY:
            return False
        fns = self.ev.symbols.fns
        changes = (change for user in self.reach.users(loc) - {fn.gid, -1} for change in self.reach.changes(user))
        return any(one == loc and fns[fid].facts.accesses[number].op in _TAKES for fid, number, one in changes)

    def _swallowing(self, fn: Fn, risk: Risk, second: Access) -> Handler | None:
        """The handler of the function in which the exception ends."""
        facts = fn.facts
        found = next((call for call in facts.calls if call.seq == risk[0] or call.at == risk[1]), None)
        for one in around(facts, found.attempt if found else second.attempt):
            for handler in one.handlers:
                if catches_all(handler):
                    return handler if "raise" not in handler.does else None
        return None

    # -- two entries ------------------------------------------------------------------------------------------------

    def _halves(self, fn: Fn) -> Iterator[Mishap]:
        """Two entries that belong together, changed one after the other: an amount that is moved from one to the other,
        or what is stored under the same key in two containers, unless each is stored where it was found missing.
        """
        stores = [
            a for a in fn.facts.accesses if a.op == "setitem" and _varies(a.key) and a.path[:1] not in "#!~&(" and a.how
        ]
        made = [fn.facts.accesses[c.second] for c in fn.facts.compounds if c.kind == "get-create"] if stores else []
        for first, second in pairwise(stores):
            moved = _BACK.get(first.how, "") == second.how and first.path == second.path and first.key != second.key
            twins = first.how == second.how == "[]" and first.key == second.key and first.path != second.path
            same = first.attempt == second.attempt and first.loops == second.loops
            if not same or not (moved or twins) or first.at == second.at:
                continue
            if first in made and second in made:
                continue  # whoever tries again finds the one and makes the other
            loc, other = self.reach.shared(fn.gid, first.path), self.reach.shared(fn.gid, second.path)
            if loc is None or other is None or self.reach.kind(loc) not in MAPPINGS or (twins and loc == other):
                continue
            risk = self._risk(fn, first, second)
            if risk is None and moved and self.reach.kind(loc) == "dict":
                risk = (second.seq, second.at, "key")
            found = self._who_goes_on(fn, first) if risk and not self._is_taken_back(fn, first, loc, risk) else None
            if risk is not None and found is not None:
                yield self._mishap(fn, "half", loc, first, risk, second, found[1], found[0])

    def _who_goes_on(self, fn: Fn, first: Access) -> tuple[Fn, Handler] | None:
        """The handler, here or around a call of the function, that ends the exception and says nothing of the state."""
        handler = _ending(fn.facts, first.attempt)
        if handler is not None:
            return fn, handler
        for caller, number in self.ev.callers(fn.gid) if first.attempt < 0 else ():
            outer = self.ev.symbols.fns[caller]
            if number >= 0:
                handler = _ending(outer.facts, outer.facts.calls[number].attempt)
                if handler is not None:
                    return outer, handler
        return None

    # -- a cleanup that begins too late -----------------------------------------------------------------------------

    def _late(self, fn: Fn, undo: Access) -> Iterator[Mishap]:
        """An entry that callers put in is removed in a `finally`, and there is a pause before its `try`."""
        attempt = next((one for one in fn.facts.tries if _is_final(one, undo)), None)
        if attempt is None or undo.op not in _TAKES or attempt.outer >= 0 or attempt.loops:
            return
        pause = next((p for p in fn.facts.pauses if p.kind == "await" and p.at.line < attempt.at.line), None)
        loc = self.reach.shared(fn.gid, undo.path) if pause is not None else None
        for caller, number in self.ev.callers(fn.gid) if loc is not None else ():
            outer = self.ev.symbols.fns[caller]
            if number >= 0 and pause is not None and loc is not None:
                call = outer.facts.calls[number]
                for put in outer.facts.accesses:
                    same = put.op in _PUTS and put.seq < call.seq and leaf_name(put.path) == leaf_name(undo.path)
                    if same and loc in self.ev.locs(caller, put.path):
                        step = self._step(outer.gid, put)
                        met = self.reach.place(fn.gid, "pause", pause.at)
                        also = (("undo", self._step(fn.gid, undo)),)
                        container = self.reach.container(loc)
                        traits = self.reach.met(outer, loc)
                        yield Mishap("dirty", container, step, met, "raise", "late", also, None, traits)
                        return

    # -- places -----------------------------------------------------------------------------------------------------

    def _mishap(
        self, fn: Fn, form: str, loc: Loc, first: Access, risk: Risk, second: Access, handler: Handler | None,
        where: Fn | None = None,
    ) -> Mishap:  # fmt: skip
        change, met = self._step(fn.gid, first), self.reach.place(fn.gid, risk[2], risk[1])
        also: tuple[tuple[str, Use], ...] = (("undo" if form != "half" else "rest", self._step(fn.gid, second)),)
        step = change
        if handler is not None:
            step = self.reach.place((where or fn).gid, "except", handler.at)
        also = (("change", change), *also)
        if loc[0] == "u":
            held = self.reach.subject(repr(loc), change.name, "dict", fn.gid, first.at.line)
        else:
            held = self.reach.container(loc)
        return Mishap("dirty", held, step, met, "raise", form, also, None, self.reach.met(fn, loc))

    def _step(self, fid: int, access: Access) -> Use:
        held = self.reach.assembler.locks.at(fid, access.locks, access.seq)
        return self.reach.assembler.step(fid, access, self.reach.activity(fid), held)


def _entries(facts: FunctionFacts) -> dict[tuple[str, str], list[Access]]:
    """What is put in and taken out under one key, in order."""
    found: defaultdict[tuple[str, str], list[Access]] = defaultdict(list)
    for access in facts.accesses:
        if access.key and (access.op in _PUTS or access.op in _TAKES) and access.path[:1] not in "#!~&(":
            found[access.path, access.key].append(access)
    return found


def _form(facts: FunctionFacts, first: Access, second: Access) -> str:
    if first.op in _PUTS and second.op in _TAKES:
        return "kept"
    if first.op == "setitem" == second.op and first.how in _BACK:
        return "kept" if _BACK[first.how] == second.how else ""
    if first.op == "setitem" == second.op and second.how == "-=":
        updates = [facts.accesses[c.second] for c in facts.compounds if c.kind == "read-write"]
        return "kept" if first in updates else ""
    if first.op == "pop" and second.op == "setitem":
        return "taken" if f"{first.path}[]" in second.values else ""
    if first.op == "setitem" == second.op and second.how == "[]" and first.values and first.values != second.values:
        made = [facts.calls[call_of(p)] for p in first.values if call_of(p) >= 0]
        return "placeholder" if made and all(_is_made(call) for call in made) else ""
    return ""


def _is_made(call: Call) -> bool:
    """Whether a call makes something that others wait for."""
    return call.callee.rpartition(".")[2].lstrip("@") in _WAITED_FOR


def _ending(facts: FunctionFacts, attempt: int) -> Handler | None:
    for one in around(facts, attempt):
        for handler in one.handlers:
            if catches_all(handler):
                return None if "raise" in handler.does else handler
    return None


def _is_final(one: Attempt, access: Access) -> bool:
    return bool(one.final) and one.final <= access.at.line <= one.at.end_line


def _varies(key: str) -> bool:
    return bool(key) and key[0] not in "'\"0123456789" and not key.lstrip("@").isupper()
