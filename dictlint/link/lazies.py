"""What is made inside a `try`, or under a lock, and only run when both are over: generators, views, coroutines."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.coverage import around, body_of, catches_all, is_within, names
from dictlint.link.paths import call_of, is_birth
from dictlint.link.question import Loc
from dictlint.link.reach import Reach
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Attempt, Handler, Lazy
from dictlint.model.program import Holding, Mishap, Use
from dictlint.model.site import Span

_OF_RACES = frozenset(("RuntimeError", "KeyError", "LookupError", "IndexError"))
_OF_VIEWS = frozenset(("items", "keys", "values"))


class Lazies:
    """Questions about what is made at one place and run at another."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.ev = reach.ev

    def found(self) -> Iterator[Mishap]:
        """All of it, function by function."""
        for fn in self.ev.symbols.fns:
            facts = fn.facts
            if facts.lazies or (facts.accesses and (facts.tries or len(facts.locksets) > 1)):
                for access in facts.accesses:
                    if access.op in ("iterate", "snapshot"):
                        yield from self._consumed(fn, access)
            if facts.tries:
                yield from self._returned(fn)
                yield from self._awaited(fn)

    # -- consumed further down in the same function -----------------------------------------------------------------

    def _consumed(self, fn: Fn, access: Access) -> Iterator[Mishap]:
        made = self._making(fn, access)
        if made is None or _encloses(access.at, made.at) or made.seq > access.seq:
            return
        called = call_of(access.path) >= 0
        loc = self._inside(fn, access.path) if called else self._changed(fn.gid, access.path)
        if loc is None:
            return
        handler = _handler(fn, made, access.attempt, access.how.endswith(":iter") or access.path[:1] == "!")
        consumed = self.reach.changed((fn.gid, fn.facts.accesses.index(access), loc))
        if handler is not None:
            yield self._mishap(fn, "try", loc, handler.at, made.at, consumed)
            return
        held = self._let_go(fn, made, access)
        if held is not None and held.at is not None:
            yield self._mishap(fn, "lock", loc, held.at, made.at, consumed, held)

    def _making(self, fn: Fn, access: Access) -> Lazy | None:
        """Where what is consumed was made."""
        facts = fn.facts
        number = call_of(access.path)
        if number >= 0:
            call = facts.calls[number]
            run = self.ev.functions(fn.gid, number) if call.attempt >= 0 or call.locks else ()
            lazily = bool(run) and all(self.ev.symbols.fns[f].facts.is_generator for f in run)
            return Lazy(access.path, call.at, call.seq, call.attempt, call.locks) if lazily else None
        if access.op != "iterate":
            return None
        view = access.how.partition(":")[2]
        if view in _OF_VIEWS and access.call >= 0:
            call = facts.calls[access.call]
            return Lazy(access.path, call.at, call.seq, call.attempt, call.locks)
        before = [one for one in facts.lazies if one.path == access.path and one.seq <= access.seq]
        return before[-1] if before and view == "iter" else None

    def _let_go(self, fn: Fn, made: Lazy, access: Access) -> Holding | None:
        """A lock that is held where it is made, and no longer where it is run."""
        held = self.reach.assembler.locks.held(fn.gid, made.locks)
        later = {one.lock for one in self.reach.assembler.locks.at(fn.gid, access.locks, access.seq)}
        return next((one for one in held if one.sure and one.lock not in later), None)

    # -- handed out -------------------------------------------------------------------------------------------------

    def _returned(self, fn: Fn) -> Iterator[Mishap]:
        """`return (x for x in d)`, `return self.rows()` with a generator function, inside the body of a `try`."""
        facts = fn.facts
        for out in facts.outs:
            attempt = _innermost(facts.tries, out.at) if out.how == "return" and out.path.endswith("|iter") else -1
            path = out.path.partition("|")[0]
            if attempt >= 0 and not is_birth(path):
                made = Lazy(path, out.at, 0, attempt)
                handler, loc = _handler(fn, made, -1, True), self._changed(fn.gid, path)
                if handler is not None and loc is not None:
                    use = self._consumer(fn, loc) or self.reach.place(fn.gid, "return", out.at)
                    yield self._mishap(fn, "try", loc, handler.at, out.at, use)
        for path in facts.returns:
            if call_of(path) >= 0:
                call = facts.calls[call_of(path)]
                handler = _handler(fn, Lazy(path, call.at, call.seq, call.attempt), -1, True)
                loc = self._inside(fn, path) if handler is not None else None
                if handler is not None and loc is not None:
                    use = self._consumer(fn, loc) or self.reach.called(fn.gid, call, "return")
                    yield self._mishap(fn, "try", loc, handler.at, call.at, use)

    def _consumer(self, fn: Fn, loc: Loc) -> Use | None:
        """Where a caller goes through what the function returns."""
        for caller, number in self.ev.callers(fn.gid):
            for index, access in enumerate(self.ev.symbols.fns[caller].facts.accesses if number >= 0 else ()):
                if access.op in ("iterate", "snapshot") and call_of(access.path) == number:
                    return self.reach.changed((caller, index, loc))
        return None

    def _awaited(self, fn: Fn) -> Iterator[Mishap]:
        """`coro = f()` inside the body of a `try`, `await coro` after it."""
        for pause in fn.facts.pauses:
            number = call_of(pause.path) if pause.kind == "await" else -1
            if number >= 0:
                call = fn.facts.calls[number]
                run = self.ev.functions(fn.gid, number) if call.attempt >= 0 else ()
                if not run or not all(self.ev.symbols.fns[f].facts.is_async for f in run):
                    continue
                inside = _innermost(fn.facts.tries, pause.at)
                handler = _handler(fn, Lazy(pause.path, call.at, call.seq, call.attempt), inside, True)
                change = self.reach.changed_by(run, 1) if handler is not None else None
                if handler is not None and change is not None:
                    use = self.reach.place(fn.gid, "await", pause.at)
                    yield self._mishap(fn, "coroutine", change[2], handler.at, call.at, use)

    # -- containers and places --------------------------------------------------------------------------------------

    def _inside(self, fn: Fn, path: str) -> Loc | None:
        """The container that a generator function goes through."""
        run = self.ev.functions(fn.gid, call_of(path))
        if not run or not all(self.ev.symbols.fns[f].facts.is_generator for f in run):
            return None
        for callee in run:
            for access in self.ev.symbols.fns[callee].facts.accesses:
                if access.op == "iterate" and (loc := self._changed(callee, access.path)) is not None:
                    return loc
        return None

    def _changed(self, fid: int, path: str) -> Loc | None:
        """The container behind a path, where some other function changes it."""
        loc = self.reach.shared(fid, path)
        if loc is None:
            return None
        users = self.reach.users(loc) - {fid, -1}
        return loc if any(change[2] == loc for each in users for change in self.reach.changes(each)) else None

    def _mishap(
        self, fn: Fn, form: str, loc: Loc, at: Span, made: Span, used: Use, held: Holding | None = None
    ) -> Mishap:
        reach = self.reach
        step = reach.place(fn.gid, "acquire" if held else "except", at)
        also = (("made", reach.place(fn.gid, "make", made)),)
        guard = held.lock if held else None
        return Mishap("lazy", reach.container(loc), step, used, "run", form, also, guard, reach.met(fn, loc))


def _handler(fn: Fn, made: Lazy, used: int, runs_code: bool) -> Handler | None:
    """The handler that stands around the making and not around the use. `runs_code`: any exception may come of it, not
    only that of a race.
    """
    inside = set(map(id, around(fn.facts, used)))
    for one in around(fn.facts, made.attempt):
        for handler in one.handlers if id(one) not in inside else ():
            if "raise" not in handler.does and (runs_code or catches_all(handler) or names(handler) & _OF_RACES):
                return handler
    return None


def _innermost(tries: tuple[Attempt, ...], at: Span) -> int:
    """The innermost attempt in whose body a statement stands."""
    found = [n for n, one in enumerate(tries) if one.handlers and is_within(at, body_of(one))]
    return max(found, key=lambda n: tries[n].at.line) if found else -1


def _encloses(outer: Span, inner: Span) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
