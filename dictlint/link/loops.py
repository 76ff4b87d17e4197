"""How workers go on, and how they end: loops that drop every error, loops that cannot be stopped, exits that end too
little or too much.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.activities import Spawn
from dictlint.link.coverage import around, body_of, catches_all, is_within, names
from dictlint.link.paths import split
from dictlint.link.reach import Change, Reach
from dictlint.link.symbols import Fn
from dictlint.model.body import Attempt, Call, Handler
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Container, Mishap, Use

NEAR = 1  # calls below the function that the activity begins with: a loop further down is hardly its own
_SILENT = frozenset(("pass", "continue", "wait"))
_LEAVING = frozenset(("raise", "return", "break"))
_EXITS = {"@sys.exit": "exit", "exit": "exit", "quit": "exit", "@_thread.exit": "thread", "@os._exit": "hard"}
_STOPPING = frozenset(("SystemExit", "BaseException"))
_REQUESTS = frozenset(("CancelledError", "GeneratorExit", "KeyboardInterrupt", "SystemExit"))
_UP, _DOWN = frozenset(("=True", "=1")), frozenset(("=False", "=None", "=0"))
_FORKING = frozenset(("@os.fork", "@os.forkpty", "@pty.fork"))


class Loops:
    """Questions about handlers in the loops of workers, and about exits in them."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.ev = reach.ev

    def found(self) -> Iterator[Mishap]:
        """Everything, function by function."""
        for fn in self.ev.symbols.fns:
            facts = fn.facts
            for number, attempt in enumerate(facts.tries):
                looping = attempt.whiles or (attempt.loops and facts.is_async)
                if looping and attempt.handlers:
                    spawn = self._worker(fn.gid)
                    if spawn is not None and attempt.whiles:
                        yield from self._silent(fn, number, attempt, spawn)
                    if spawn is not None or facts.is_async:
                        yield from self._endless(fn, number, attempt, spawn)
                elif facts.is_async and attempt.handlers:
                    yield from self._taken_for_an_error(fn, number, attempt)
            for number, call in enumerate(facts.calls):
                if call.callee in _EXITS and not self.ev.functions(fn.gid, number):
                    spawn = self._worker(fn.gid, deepest=2, threads=True)
                    yield from self._exit(fn, call, spawn) if spawn else ()

    def _worker(self, fid: int, deepest: int = NEAR, threads: bool = False) -> Spawn | None:
        """The activity that runs a function more or less directly."""
        found = [
            (spawn, depth)
            for spawn, depth in self.reach.runners(fid)
            if depth <= deepest and not spawn.activity.blocks and (spawn.activity.domain == "thread" or not threads)
        ]
        return min(found, key=lambda item: (item[1], item[0].activity.number))[0] if found else None

    # -- errors that leave no trace ---------------------------------------------------------------------------------

    def _silent(self, fn: Fn, number: int, attempt: Attempt, spawn: Spawn) -> Iterator[Mishap]:
        for handler in attempt.handlers:
            if catches_all(handler) and _SILENT.issuperset(handler.does):
                change = self._changed_inside(fn, number, spawn)
                if change is not None:
                    step = self.reach.place(fn.gid, "except", handler.at)
                    traits = frozenset(("direct",)) if change[0] == fn.gid and fn.gid in spawn.entries else frozenset()
                    container = self.reach.container(change[2])
                    form = "task" if spawn.activity.domain == "loop" else "thread"
                    met = self.reach.changed(change)
                    yield Mishap("silent", container, step, met, "write", form, traits=traits)
                return

    def _changed_inside(self, fn: Fn, number: int, spawn: Spawn) -> Change | None:
        """What the body of a `try` changes that somebody outside of the worker uses as well."""
        ran = self.reach.below(spawn.entries)
        for change in self.reach.changes(fn.gid):
            inside = self._inside(fn, fn.facts.accesses[change[1]].attempt, number)
            if inside and not self.reach.users(change[2]) <= ran.keys():
                return change
        for index, callee in self.reach.callees(fn.gid):
            if self._inside(fn, fn.facts.calls[index].attempt, number):
                lasting = _lasts(fn, fn.facts.calls[index])
                for fid in self.reach.below((callee,), 1):
                    for change in self.reach.changes(fid):
                        fleeting = change[2][0] == "s" and not (lasting and fid == callee)
                        if not fleeting and not self.reach.users(change[2]) <= ran.keys():
                            return change
        return None

    def _inside(self, fn: Fn, attempt: int, number: int) -> bool:
        wanted = fn.facts.tries[number]
        return any(one is wanted for one in around(fn.facts, attempt))

    # -- workers that cannot be stopped -----------------------------------------------------------------------------

    def _endless(self, fn: Fn, number: int, attempt: Attempt, spawn: Spawn | None) -> Iterator[Mishap]:
        """Without a worker: a coroutine, which is run by some task of whoever uses the program."""
        task = spawn is None or spawn.activity.domain == "loop"
        wanted = frozenset(("CancelledError", "BaseException")) if task else _STOPPING
        for handler in attempt.handlers:
            if not handler.types or names(handler) & wanted:
                leaving = _LEAVING.intersection(handler.does)
                if leaving <= {"raise"} and not self._tells_the_loop(fn, handler):
                    met = self._cancelled_at(fn, number) if task else self._ended_at(fn, number)
                    if met is not None:
                        flagged = task and self._is_flagged(fn)
                        told = (("for ever", attempt.whiles), ("raises", leaving), ("known", spawn and not flagged))
                        traits = frozenset(trait for trait, so in told if so)
                        yield self._unstoppable(fn, handler, met, task, traits)
                return

    def _is_flagged(self, fn: Fn) -> bool:
        """Whether who cancels first sets what the loop asks for: then the next turn is its last."""
        facts, own = fn.facts, f"{fn.own}." if fn.own else ""
        asked = {a.path for a in facts.accesses if a.op == "truth" and a.loops}
        asked |= {split(call.callee)[0] for call in facts.calls if call.loops and split(call.callee)[1] == "is_set"}
        asked = {path for path in asked if own and path.startswith(own)}
        methods = self.ev.symbols.classes[fn.cls].methods.values() if asked else ()
        return any(self._flags(self.ev.symbols.fns[method].facts, asked) for method in methods)

    def _flags(self, facts: FunctionFacts, asked: set[str]) -> bool:
        cancelled = [call.seq for call in facts.calls if split(call.callee)[1] == "cancel"]
        told = [bind.seq for bind in facts.binds if bind.target in asked and bind.constant in ("=True", "=False")]
        told += [call.seq for call in facts.calls if call.callee.removesuffix(".set") in asked - {call.callee}]
        return bool(cancelled and told) and min(told) < max(cancelled)

    def _tells_the_loop(self, fn: Fn, handler: Handler) -> bool:
        """Whether a method of the object that the handler calls sets what the `while` around it asks for."""
        if not fn.own or not fn.facts.turns:
            return False
        called = [n for n, call in enumerate(fn.facts.calls) if is_within(call.at, handler.at)]
        own = [n for n in called if split(fn.facts.calls[n].callee)[0] == fn.own]
        binds = [b for n in own for f in self.ev.functions(fn.gid, n) for b in self.ev.symbols.fns[f].facts.binds]
        return any(
            bind.target == given.path and bind.constant in (_DOWN if given.holds else _UP)
            for given in fn.facts.turns
            if given.value == "true"
            for bind in binds
        )

    def _taken_for_an_error(self, fn: Fn, number: int, attempt: Attempt) -> Iterator[Mishap]:
        """A handler that names the cancellation beside errors: whoever awaits the coroutine goes on."""
        if any(split(call.callee)[1] == "cancel" for call in fn.facts.calls):
            return  # it may be that of the task that it has cancelled
        for handler in attempt.handlers:
            named = names(handler)
            if "CancelledError" in named:
                if named - _REQUESTS and "raise" not in handler.does and not self._is_entry(fn.gid):
                    met = self._cancelled_at(fn, number)
                    if met is not None:
                        step = self.reach.place(fn.gid, "except", handler.at)
                        yield Mishap("endless", self._subject(fn), step, met, "stop", "beside")
                return

    def _is_entry(self, fid: int) -> bool:
        """Whether a task ends with the function."""
        return any(depth == 0 for _, depth in self.reach.runners(fid))

    def _cancelled_at(self, fn: Fn, number: int) -> Use | None:
        """Where in the body the cancellation comes: an await of a call. Awaiting a task, it may be the task's own; and
        who asks whether the task is done goes on until that is so, and no longer.
        """
        if not fn.facts.is_async or any(split(c.callee)[1] in ("uncancel", "cancelling") for c in fn.facts.calls):
            return None
        attempt = fn.facts.tries[number]
        body = body_of(attempt)
        cancelled = {split(call.callee)[0] for call in fn.facts.calls if split(call.callee)[1] in ("cancel", "done")}
        for pause in fn.facts.pauses:
            called = pause.kind == "async for" or (pause.kind == "await" and pause.call >= 0 and not pause.path)
            if called and is_within(pause.at, body):
                call = fn.facts.calls[pause.call] if pause.call >= 0 else None
                handed = {path.lstrip("*") for group in call.args for path in group} if call else set()
                if not handed & cancelled:
                    return self.reach.place(fn.gid, "await", pause.at)
        return None

    def _ended_at(self, fn: Fn, number: int) -> Use | None:
        """Where the body asks for the end of the thread."""
        for index, call in enumerate(fn.facts.calls):
            if self._inside(fn, call.attempt, number):
                if _EXITS.get(call.callee, "hard") != "hard":
                    return self.reach.called(fn.gid, call, "exit")
                for callee in self.ev.functions(fn.gid, index):
                    for inner in self.ev.symbols.fns[callee].facts.calls:
                        if _EXITS.get(inner.callee, "hard") != "hard" and inner.attempt < 0:
                            return self.reach.called(fn.gid, call, "exit")
        return None

    def _unstoppable(self, fn: Fn, handler: Handler, met: Use, task: bool, traits: frozenset[str]) -> Mishap:
        step = self.reach.place(fn.gid, "except", handler.at)
        return Mishap("endless", self._subject(fn), step, met, "stop", "task" if task else "thread", traits=traits)

    def _subject(self, fn: Fn) -> Container:
        title = fn.facts.qualname.replace("<locals>.", "")
        return self.reach.subject(f"worker:{fn.gid}", title, "worker", fn.gid, fn.facts.at.line)

    # -- exits ------------------------------------------------------------------------------------------------------

    def _exit(self, fn: Fn, call: Call, spawn: Spawn) -> Iterator[Mishap]:
        how = _EXITS[call.callee]
        if self._is_caught(fn, call) or not self._only_in_workers(fn.gid):
            return
        if how == "hard":
            change = self._changed_before(fn, call)
            if any(each.callee in _FORKING for each in fn.facts.calls):
                return
        else:
            change = self.reach.changed_by(spawn.entries)
        held = self.reach.assembler.locks.at(fn.gid, call.locks, call.seq)
        if change is None:
            return
        form = "hard" if how == "hard" else "pool" if spawn.activity.many and spawn.starts else "thread"
        traits = {how, *(("silent",) if not call.args else ()), *(("held",) if held else ())}
        step = self.reach.called(fn.gid, call, "exit")
        met = self.reach.changed(change)
        guard = held[0].lock if held else None
        container = self.reach.container(change[2])
        yield Mishap("exit", container, step, met, "write", form, (), guard, frozenset(traits))

    def _changed_before(self, fn: Fn, call: Call) -> Change | None:
        """What the function itself has changed when the process ends."""
        accesses = fn.facts.accesses
        return next((c for c in self.reach.changes(fn.gid) if accesses[c[1]].seq < call.seq or call.loops), None)

    def _is_caught(self, fn: Fn, call: Call) -> bool:
        found = [handler for one in around(fn.facts, call.attempt) for handler in one.handlers]
        return any(not handler.types or names(handler) & _STOPPING for handler in found)

    def _only_in_workers(self, fid: int, depth: int = 3) -> bool:
        """Whether nobody but workers calls a function, as far as the program shows."""
        callers = [caller for caller, _ in self.ev.callers(fid)]
        entry = any(depth == 0 for _, depth in self.reach.runners(fid))
        if not callers:
            return entry
        return depth > 0 and all(c == fid or self._only_in_workers(c, depth - 1) for c in callers)


def _lasts(fn: Fn, call: Call) -> bool:
    """Whether the method of something is called that has a name outside of the function: it lives longer than one turn.
    What a call has just given, or somebody has handed in, may be this turn's alone.
    """
    base = split(call.callee)[0]
    return base == fn.own or base.startswith(f"{fn.own}.") or base[:1] == "@" or base[:1].isidentifier()
