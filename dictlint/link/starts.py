"""What becomes of a worker's exception: a handler where it is started never gets it, and a dropped future keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from msgspec.structs import replace

from dictlint.link.activities import Spawn
from dictlint.link.coverage import around, body_of, catches_all, in_handler, is_covered, is_within, lets_out, names
from dictlint.link.paths import call_of, leaf_name, root_param, split, tuple_parts
from dictlint.link.question import Loc
from dictlint.link.reach import Change, Reach
from dictlint.model.body import Attempt, Call, Handler
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Mishap
from dictlint.model.site import Span

# What starting raises by itself: a handler of these, or of what is above them, may be meant for that.
_OWN = frozenset(
    {
        "RuntimeError", "ThreadError", "error", "OSError", "MemoryError", "KeyboardInterrupt", "SystemExit",
        "GeneratorExit", "CancelledError", "BrokenExecutor", "BrokenThreadPool", "InvalidStateError", "StopIteration",
        "Full", "QueueFull", "RejectedExecutionError", "ImportError", "AttributeError", "TypeError", "NameError",
    }
)  # fmt: skip
# What may stand beside the start in a `try` that is about nothing else.
_BESIDE = frozenset(
    {
        "Thread", "Timer", "start", "setDaemon", "append", "add", "partial", "join", "debug", "info", "print",
        "setName", "get_event_loop", "get_running_loop", "new_event_loop", "current_thread", "copy_context",
        "add_done_callback", "create_task", "ensure_future", "submit", "ThreadPoolExecutor", "apply_async",
        "run_in_executor",
    }
)  # fmt: skip
# Calls that start something and come back at once; what models of frameworks tell of may well wait.
_STARTING = frozenset(
    {
        "start", "start_new_thread", "submit", "apply_async", "run_in_executor", "create_task", "ensure_future",
        "run_coroutine_threadsafe", "call_soon", "call_soon_threadsafe", "call_later", "call_at",
    }
)  # fmt: skip
_KEEPS = frozenset(("submit", "apply_async", "run_in_executor", "create_task", "ensure_future", "map"))
_KEEPS_TOO = _KEEPS | {"run_coroutine_threadsafe"}
_LOOKS = frozenset(("result", "exception", "get", "add_done_callback", "as_completed", "gather", "wait_for", "shield"))


class Starts:
    """Questions about the places where activities are started."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self.ev = reach.ev
        self.workers = [s for s in reach.spawns if s.function >= 0 and s.call >= 0 and not s.activity.blocks]
        self.handlers: dict[tuple[int, int], tuple[Handler, str]] = {}  # those around the start of each

    # -- a handler around the start ---------------------------------------------------------------------------------

    def handled(self) -> Iterator[Mishap]:
        """Handlers around nothing but a start, for exceptions that only the worker could raise."""
        for spawn in self.workers:
            facts = self.ev.symbols.fns[spawn.function].facts
            call = facts.calls[spawn.call]
            start = call if spawn.starts else _start_of(facts, spawn.call)
            if start is None or start.attempt < 0 or start.awaited or spawn.passed:
                continue
            if self.reach.leaf(start) not in _STARTING:
                continue
            found = self._meant_for_worker(facts, spawn, start) if not _has_callback(facts, spawn.call) else None
            if found is not None:
                self.handlers[spawn.function, spawn.call] = found
            if found is not None and any(self._may_end_so(entry, found[1]) for entry in spawn.entries):
                yield self._handled(spawn, start, *found)

    def _may_end_so(self, entry: int, trait: str) -> bool:
        """Whether the worker may end by an exception: it is told that it may where a handler names which one."""
        facts = self.ev.symbols.fns[entry].facts
        named = trait == "narrow" and any(
            not is_covered(facts, step.attempt) and not in_handler(facts, step.at.line) for step in facts.accesses
        )
        return named or lets_out(self.ev, entry)

    def _meant_for_worker(self, facts: FunctionFacts, spawn: Spawn, start: Call) -> tuple[Handler, str] | None:
        for attempt in around(facts, start.attempt):
            if not attempt.handlers:
                continue
            if not self._only_starts(facts, spawn, attempt):
                return None
            for handler in attempt.handlers:
                if "raise" in handler.does:
                    continue
                if catches_all(handler):
                    return None if handler.does == ("pass",) else (handler, "broad")
                if handler.types and self._classes(spawn.function, handler).isdisjoint(_OWN):
                    return handler, "narrow"
        return None

    def _classes(self, fid: int, handler: Handler) -> frozenset[str]:
        """What a handler names, by the last names; of a name that is bound to a tuple of classes, those."""
        found = set(names(handler))
        for path in handler.types:
            for loc in self.ev.located(fid, path) if path[:1] not in "@#!" else ():
                values = [value for _, bind in self.ev.binds(loc) for value in bind.values if value[:1] == "("]
                found.update(leaf_name(part) for value in values for part in tuple_parts(value))
        return frozenset(found)

    def _only_starts(self, facts: FunctionFacts, spawn: Spawn, attempt: Attempt) -> bool:
        """Whether nothing else in the body of a `try` raises."""
        body, opening = body_of(attempt), attempt.handlers[0].at
        for number, call in enumerate(facts.calls):
            if number not in (spawn.call, spawn.made) and is_within(call.at, body) and call.at != opening:
                if call.awaited or self.reach.leaf(call) not in _BESIDE:
                    return False
                if (split(call.callee)[1] or "") == "start" and self.ev.functions(spawn.function, number):
                    return False
        if any(is_within(access.at, body) and access.op in ("getitem", "delitem", "pop") for access in facts.accesses):
            return False
        return not any(is_within(pause.at, body) for pause in facts.pauses)

    def _handled(self, spawn: Spawn, start: Call, handler: Handler, trait: str) -> Mishap:
        reach, fid, entry = self.reach, spawn.function, spawn.entries[0]
        step = reach.place(fid, "except", handler.at)
        met = reach.called(fid, start, "start")
        fn = self.ev.symbols.fns[entry]
        title = fn.facts.qualname.replace("<locals>.", "")
        subject = reach.subject(f"worker:{entry}", title, "worker", entry, fn.facts.at.line)
        worker = (("worker", reach.place(entry, "def", _head(fn.facts.at))),)
        form = "task" if spawn.activity.domain == "loop" else "pool" if spawn.starts else "thread"
        return Mishap("around-start", subject, step, met, "start", form, worker, None, frozenset((trait,)))

    # -- futures that nobody looks at -------------------------------------------------------------------------------

    def dropped(self) -> Iterator[Mishap]:
        """Jobs and tasks that change shared state, and whose outcome nobody asks for."""
        for spawn in self.workers:
            facts = self.ev.symbols.fns[spawn.function].facts
            call = facts.calls[spawn.call]
            name = self.reach.leaf(call)
            if name not in _KEEPS_TOO or not spawn.starts or spawn.passed or call.awaited:
                continue
            form = self._fate(facts, spawn, call, name)
            if form and self._ends_unheard(spawn.entries):
                change = self.reach.changed_by(spawn.entries, but=partial(self._is_given_away, spawn))
                trait = self.handlers.get((spawn.function, spawn.call), (None, ""))[1]
                if change is not None and trait != "narrow":
                    yield self._dropped(spawn, call, change, form)

    def _ends_unheard(self, entries: tuple[int, ...]) -> bool:
        """Whether the job may end by an exception that neither itself nor what its decorators put around it logs."""
        around = {wrapper for entry in entries for wrapper in self.ev.wrappers(entry)}
        return any(
            lets_out(self.ev, entry, heard=True) and not any(map(self._logs, self.ev.wrappers(entry)))
            for entry in entries
            if entry not in around
        )

    def _logs(self, wrapper: int) -> bool:
        """Whether a wrapper logs what the function raises, or keeps it to itself."""
        facts = self.ev.symbols.fns[wrapper].facts
        attempts = (facts.calls[number].attempt for number in self.ev.passed_on(wrapper))
        return any(is_covered(facts, attempt, heard=True) for attempt in attempts)

    def _fate(self, facts: FunctionFacts, spawn: Spawn, call: Call, name: str) -> str:
        """What happens to the handle; empty where somebody may look at it."""
        task = name in ("create_task", "ensure_future")
        if task and self._in_group(spawn.function, call):
            return ""
        if call.bound == "":
            if name == "map":
                return "map" if self._is_executor(spawn.function, call) else ""
            return "task" if task else "job"
        if call.bound != "=" or name == "map":
            return ""
        mark = f"!{spawn.call}"
        if any(pause.kind == "await" and pause.path == mark for pause in facts.pauses):
            return ""  # whoever awaits it by name gets what it raises
        if _mentions(facts, mark):
            return self._only_waited(facts)
        return "kept"

    def _is_given_away(self, spawn: Spawn, loc: Loc) -> bool:
        """Whether a container without a name of its own is the job's alone: nobody looks at it after the start. One
        that was made elsewhere concerns only those who hand it over.
        """
        if loc[0] != "b" or loc[2] < 0:
            return False
        facts = self.ev.symbols.fns[spawn.function].facts
        start = facts.calls[spawn.call]
        handed = _handed(facts, start)
        if any(path[:1] in "&*" for path in handed):
            return False
        if loc[1] != spawn.function:
            return not any(loc in self.ev.locs(spawn.function, path) for path in handed)
        path = f"#{loc[2]}"
        return start.loops <= facts.births[loc[2]].loops and path in handed and not _is_used(facts, path, start)

    def _is_of_an_argument(self, spawn: Spawn, call: Call, change: Change) -> bool:
        """Whether it belongs to an object that came with the job, of which nothing says that others have it, too."""
        changer, starter = self.ev.symbols.fns[change[0]], self.ev.symbols.fns[spawn.function]
        path = changer.facts.accesses[change[1]].path
        if change[2][0] != "i" or root_param(path) in ("", changer.self_name) or "." not in path:
            return False
        made = [starter.facts.calls[call_of(one)] for one in (call.args[:1] or ((),))[0] if call_of(one) >= 0]
        given = [one for group in (made[0].groups if made else call.groups[1:]) for one in group]
        return not any(one == starter.own or "." in one or one[:1].isidentifier() for one in given if one[:1] != "=")

    def _only_waited(self, facts: FunctionFacts) -> str:
        """`wait(futures)` says when they are done and nothing of how."""
        called = {self.reach.leaf(call) for call in facts.calls}
        waits = [call for call in facts.calls if call.callee in ("@concurrent.futures.wait", "@asyncio.wait")]
        blind = bool(waits) and all(call.bound == "" for call in waits)
        return "waited" if blind and called.isdisjoint(_LOOKS) and not facts.returns else ""

    def _in_group(self, fid: int, call: Call) -> bool:
        """Task groups and nurseries hear of what their tasks raise."""
        base, attr = split(call.callee)
        if not attr or call.callee.startswith("@asyncio."):
            return False
        name = leaf_name(base).lower()
        loops = ("loop", "asyncio", "get_event_loop", "get_running_loop")
        if call_of(base) >= 0:
            name = leaf_name(self.ev.symbols.fns[fid].facts.calls[call_of(base)].callee).lower()
        return not any(word in name for word in loops)

    def _is_executor(self, fid: int, call: Call) -> bool:
        """Whether it is `Executor.map`, which keeps what was raised, and no `Pool.map`, which raises it."""
        values = self.ev.values(fid, split(call.callee)[0])
        return any(v[0] == "XI" and v[1].startswith("concurrent.futures") for v in values)

    def _dropped(self, spawn: Spawn, call: Call, change: Change, form: str) -> Mishap:
        reach = self.reach
        fid, _, loc = change
        step = reach.called(spawn.function, call, "start")
        traits = set()
        below = reach.below(spawn.entries, 1)
        if fid in below:
            traits.add("near" if below[fid] else "direct")
        if self._is_of_an_argument(spawn, call, change):
            traits.add("argument")
        misleading = self.handlers.get((spawn.function, spawn.call))
        also = (("handler", reach.place(spawn.function, "except", misleading[0].at)),) if misleading else ()
        met = replace(reach.changed(change), activity=spawn.activity)
        return Mishap("dropped", reach.container(loc), step, met, "write", form, also, None, frozenset(traits))


def _handed(facts: FunctionFacts, call: Call, depth: int = 2) -> set[str]:
    """What a call is given, and what the calls were given that made its arguments."""
    found = {path for group in call.groups for path in group if path[:1] != "="}
    inner = [facts.calls[call_of(path)] for path in found if call_of(path) >= 0] if depth else []
    return found.union(*(_handed(facts, one, depth - 1) for one in inner))


def _is_used(facts: FunctionFacts, path: str, start: Call) -> bool:
    """Whether the function does something with a container after a start, or has it stored."""
    touched = any(a.seq > start.seq and _is_whole(path, a.path) for a in facts.accesses if path in a.path)
    given = any(c.seq > start.seq and any(path in value for group in c.groups for value in group) for c in facts.calls)
    return touched or given or any(path in value for group in facts.stored for value in group)


def _start_of(facts: FunctionFacts, number: int) -> Call | None:
    """Where the thread that a call makes is started, in the same function."""
    bound = facts.calls[number].bound
    wanted = {f"!{number}.start"} | ({f"{bound}.start"} if bound not in ("", "=") else set())
    return next((call for call in facts.calls if call.callee in wanted), None)


def _has_callback(facts: FunctionFacts, number: int) -> bool:
    """Whether the handle that a call gives is told at once whom to call when the work is done."""
    return any(call.callee == f"!{number}.add_done_callback" for call in facts.calls)


def _head(at: Span) -> Span:
    """A function's first line."""
    return Span(at.line, at.column, at.line, at.column + 3)


def _mentions(facts: FunctionFacts, mark: str) -> bool:
    """Whether the result of a call is used: asked, handed on, stored."""
    texts = [call.callee for call in facts.calls]
    texts += [value for call in facts.calls for group in call.args for value in group]
    texts += [value for call in facts.calls for _, group in call.kwargs for value in group]
    texts += [value for access in facts.accesses for value in (access.path, *access.values)]
    texts += [value for bind in facts.binds for value in bind.values]
    texts += [value for birth in facts.births for value in birth.items]
    texts += [*facts.returns, *facts.yields, *(pause.path for pause in facts.pauses)]
    texts += [held.path for lockset in facts.locksets for held in lockset]
    return any(mark in text and _is_whole(mark, text) for text in texts)


def _is_whole(mark: str, text: str) -> bool:
    """`!1` is in `(?;!1)` and in `!1.result`, but not in `!12`."""
    at = text.find(mark)
    while at >= 0:
        if not text[at + len(mark) : at + len(mark) + 1].isdigit():
            return True
        at = text.find(mark, at + 1)
    return False
