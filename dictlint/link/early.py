"""Answers that may come before their entry is there, where the handler takes that for an entry that is gone."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.coverage import around, names
from dictlint.link.paths import leaf_name
from dictlint.link.question import Loc
from dictlint.link.reach import Reach
from dictlint.link.symbols import Fn
from dictlint.model.activity import Lock
from dictlint.model.body import Access, Call, Handler
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Mishap, Use

_LOOKS = frozenset(("getitem", "pop", "delitem"))
_ABSENCE = frozenset(("KeyError", "LookupError"))
_DROPS = frozenset(("pass", "return", "continue", "log"))
_SEEN = frozenset(("keys-index", "test-act"))
_SENDING = ("send", "request", "submit", "publish", "write", "post", "transmit", "emit", "dispatch", "enqueue")


class Early:
    """Questions about tables of what is awaited."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.ev = reach.ev

    def found(self) -> Iterator[Mishap]:
        """Every look-up whose handler drops what is missing, and a store that comes after the sending."""
        for fn in self.ev.symbols.fns:
            for number, access in enumerate(fn.facts.accesses if fn.facts.tries else ()):
                looks = access.attempt >= 0 and access.op in _LOOKS and access.key and not _has_seen(fn.facts, number)
                handler = _dropping(fn, access) if looks else None
                loc = self.reach.shared(fn.gid, access.path) if handler is not None else None
                if handler is not None and loc is not None and loc[0] in "gci":
                    yield from self._stored_late(fn, access, handler, loc)

    def _stored_late(self, fn: Fn, access: Access, handler: Handler, loc: Loc) -> Iterator[Mishap]:
        for user in sorted(self.reach.users(loc) - {fn.gid, -1}):
            giver = self.ev.symbols.fns[user]
            for _, number, changed in self.reach.changes(user):
                store = giver.facts.accesses[number]
                if (
                    changed == loc
                    and store.op == "setitem"
                    and store.key[:1] not in "'\"0123456789"
                    and store.how == "[]"
                ):
                    call = self._sent_before(giver, store)
                    if (
                        call is not None
                        and not self._in_turn(fn, giver)
                        and not self._kept_apart(fn, access, giver, store, call)
                    ):
                        yield self._mishap(fn, access, handler, loc, giver, store, call)
                        return

    def _sent_before(self, fn: Fn, store: Access) -> Call | None:
        """The last call before the store, in the same block of loops, whose name says that something goes out."""
        sent = [
            call
            for call in fn.facts.calls
            if call.seq < store.seq
            and call.loops == store.loops
            and self.reach.leaf(call).lower().lstrip("_").startswith(_SENDING)
            and not _is_constructor(call)
            and call.bound == "="
        ]
        return sent[-1] if sent else None

    def _in_turn(self, fn: Fn, giver: Fn) -> bool:
        """Whether one thread or loop runs both, one after the other: the answer waits until the entry is there."""
        runners = [spawn.activity for each in (fn, giver) for spawn, _ in self.reach.runners(each.gid)]
        lanes = {one.lane or one.domain for one in runners}
        return len(lanes) == 1 and bool(runners[0].lane or lanes == {"loop"}) and not giver.facts.is_async

    def _kept_apart(self, fn: Fn, access: Access, giver: Fn, store: Access, call: Call) -> bool:
        """Whether a lock is held from the sending to the store, and at the look-up."""
        held = self.reach.assembler.locks.at
        mine: set[Lock] = {one.lock for one in held(fn.gid, access.locks, access.seq)}
        first = {(one.lock, one.region) for one in held(giver.gid, call.locks, call.seq)}
        second = {(one.lock, one.region) for one in held(giver.gid, store.locks, store.seq)}
        return any(lock in mine for lock, _ in first & second)

    def _mishap(
        self, fn: Fn, access: Access, handler: Handler, loc: Loc, giver: Fn, store: Access, call: Call
    ) -> Mishap:
        reach = self.reach
        step = reach.place(fn.gid, "except", handler.at)
        also: tuple[tuple[str, Use], ...] = (
            ("send", reach.called(giver.gid, call)),
            ("read", reach.changed((fn.gid, fn.facts.accesses.index(access), loc))),
        )
        met = reach.changed((giver.gid, giver.facts.accesses.index(store), loc))
        traits = frozenset(("met",)) if reach.runners(fn.gid) else frozenset[str]()
        return Mishap("early", reach.container(loc), step, met, "store", "early", also, None, traits)


def _is_constructor(call: Call) -> bool:
    """Whether it is a class that is called, by its name: `Request(task)` makes what may be sent."""
    return call.callee[:1] not in "%^!#" and leaf_name(call.callee).lstrip("_")[:1].isupper()


def _has_seen(facts: FunctionFacts, number: int) -> bool:
    """Whether the key was in the dict a moment ago: the function has it from there, or has asked for it."""
    return any(one.second == number and one.kind in _SEEN for one in facts.compounds)


def _dropping(fn: Fn, access: Access) -> Handler | None:
    """The handler that drops whatever finds no entry."""
    one = next(iter(around(fn.facts, access.attempt)))
    for handler in one.handlers:
        if names(handler) & _ABSENCE:
            return handler if _DROPS.issuperset(handler.does) else None
    return None
