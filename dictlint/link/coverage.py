"""Which handlers stand around the steps of a function, and what gets past them."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.knowledge.containers import TYPES
from dictlint.knowledge.operations import METHODS, TAKING
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import is_birth, leaf_name, split
from dictlint.model.body import TEXT, Access, Attempt, Call, Handler
from dictlint.model.facts import FunctionFacts
from dictlint.model.site import Span

ALL = frozenset(("Exception", "BaseException"))
_LOGS = frozenset(("log", "log-exception"))
DEEPEST = 2  # calls that are followed
# Calls that are not expected to raise, by their last name.
HARMLESS = frozenset(
    {
        "debug", "info", "warning", "warn", "error", "exception", "critical", "log", "getLogger", "print",
        "call_soon", "call_soon_threadsafe", "call_later", "set_result", "set_exception", "cancel", "cancelled",
        "done", "create_future", "append", "appendleft", "discard", "setdefault", "clear", "sleep", "time",
        "monotonic", "perf_counter", "is_set", "isSet", "set", "wait", "is_alive", "current_thread", "get_ident",
        "start", "join", "task_done", "put_nowait", "notify", "notify_all", "release", "acquire", "locked", "len",
        "list", "dict", "partial", "getattr", "isinstance", "str", "repr", "sorted", "range", "enumerate", "zip",
        "format", "items", "keys", "values", "create_task", "ensure_future", "add_done_callback",
    }
)  # fmt: skip
# Functions of Python's own of which the same is true; methods of these names are another matter.
_BUILT_IN = frozenset(
    ("abs", "all", "any", "bool", "callable", "frozenset", "hasattr", "id", "max", "min", "super", "tuple", "type")
)


def names(handler: Handler) -> frozenset[str]:
    """The exceptions that a handler names, by their last names; empty for a bare one."""
    return frozenset(leaf_name(path) for path in handler.types)


def catches_all(handler: Handler) -> bool:
    """Whether a handler is for whatever may come."""
    return not handler.types or not ALL.isdisjoint(names(handler))


def around(facts: FunctionFacts, attempt: int) -> Iterator[Attempt]:
    """The attempts around a step, from the inside."""
    while attempt >= 0:
        yield facts.tries[attempt]
        attempt = facts.tries[attempt].outer


def body_of(attempt: Attempt) -> Span:
    """The lines of the body of a `try` or of a `with suppress(...)`."""
    starts = [handler.at for handler in attempt.handlers]
    if starts[0].line == attempt.at.line:
        return attempt.at
    return Span(attempt.at.line, attempt.at.column, starts[0].line, starts[0].column)


def is_within(at: Span, body: Span) -> bool:
    """Whether a node stands in a body."""
    return (body.line, body.column) < (at.line, at.column) < (body.end_line, body.end_column)


def is_covered(facts: FunctionFacts, attempt: int, heard: bool = False) -> bool:
    """Whether whatever a step raises ends in a handler of the function. `heard`: or is logged there, on its way out."""
    return any(
        catches_all(handler) and ("raise" not in handler.does or (heard and not _LOGS.isdisjoint(handler.does)))
        for one in around(facts, attempt)
        for handler in one.handlers
    )


def in_handler(facts: FunctionFacts, line: int) -> bool:
    """Whether a line belongs to some handler or `finally`."""
    for one in facts.tries:
        if one.final and one.final <= line <= one.at.end_line:
            return True
        if any(handler.at.line <= line <= handler.at.end_line for handler in one.handlers if handler.at != one.at):
            return True
    return False


def lets_out(ev: Evaluator, fid: int, depth: int = DEEPEST, heard: bool = False) -> bool:
    """Whether some step of a function may well raise, and the exception leaves the function; `heard`: unlogged."""
    facts = ev.symbols.fns[fid].facts
    for number, access in enumerate(facts.accesses):
        risky = access.op in TAKING and access.call < 0 and not is_covered(facts, access.attempt, heard)
        if risky and not _is_there(facts, number):
            return True
    if any(not is_covered(facts, attempt, heard) and not in_handler(facts, line) for attempt, line in facts.raises):
        return True
    for number, call in enumerate(facts.calls):
        if is_covered(facts, call.attempt, heard) or in_handler(facts, call.at.line):
            continue
        if not is_harmless(ev, fid, call) and may_raise(ev, fid, number, depth, heard):
            return True
    return False


def _is_there(facts: FunctionFacts, number: int) -> bool:
    """Whether the function has just found the entry, or made it where it was missing: that somebody takes it away in
    between is another matter.
    """
    access = facts.accesses[number]
    for compound in facts.compounds:
        if compound.kind == "test-act" and compound.second == number:
            return True
        made = facts.accesses[compound.second] if compound.kind in ("get-create", "except-create") else access
        if made.op == "setitem" and (made.path, made.key) == (access.path, access.key) and made.seq < access.seq:
            return True
    return False


def may_raise(ev: Evaluator, fid: int, number: int, depth: int = DEEPEST, heard: bool = False) -> bool:
    """Whether a call may raise; of what the program does not show, and of what is guessed, anything may."""
    facts = ev.symbols.fns[fid].facts
    if _is_started(facts, number):
        return False
    run = ev.functions(fid, number)
    if not run or not depth or (fid, number) in ev.guessed:
        return True
    if all(ev.symbols.fns[callee].facts.is_async for callee in run) and _is_handed_on(facts, number):
        return False
    return any(lets_out(ev, callee, depth - 1, heard) for callee in run)


def _is_started(facts: FunctionFacts, number: int) -> bool:
    """Whether a call makes the coroutine of a task: nothing of that runs yet."""
    made = f"!{number}"
    later = (call for call in facts.calls[number + 1 :] if call.args and call.args[0] == (made,))
    return any(leaf_name(call.callee) in ("create_task", "ensure_future") for call in later)


def _is_handed_on(facts: FunctionFacts, number: int) -> bool:
    """Whether the coroutine that a call makes goes to another call of the function, which runs it or not."""
    if facts.calls[number].awaited:
        return False
    made = f"!{number}"
    return any(made in group for call in facts.calls[number + 1 :] for group in call.groups)


def _handles_logs(ev: Evaluator, fid: int) -> bool:
    """Whether a method is one of a log handler."""
    cls = ev.symbols.fns[fid].cls
    return cls >= 0 and any(name.startswith("logging.") for name in ev.symbols.classes[cls].outside)


def is_harmless(ev: Evaluator, fid: int, call: Call) -> bool:
    """Whether a call is not expected to raise, going by its name."""
    base, attr = split(call.callee)
    if base == "<super>" and attr == "emit" and _handles_logs(ev, fid):
        return True  # it gives what goes wrong to `handleError`
    name = attr or leaf_name(call.callee)
    if call.callee in _BUILT_IN or base == TEXT:
        return True
    if name in HARMLESS or name not in METHODS or not call.args:
        return name in HARMLESS or name in METHODS
    return any(ev.container_kind(loc) or loc[0] == "b" for loc in ev.locs(fid, base))


def needless(ev: Evaluator, fid: int) -> Iterator[Span]:
    """Handlers that no run enters: for an older Python, in which a container has not the one method that is called."""
    facts = ev.symbols.fns[fid].facts
    for one in facts.tries:
        handlers = [handler for handler in one.handlers if names(handler) == {"AttributeError"}]
        if handlers and any(_is_alone(one, a) and _has_method(ev, fid, a) for a in facts.accesses):
            yield from (handler.at for handler in handlers)


def _is_alone(attempt: Attempt, access: Access) -> bool:
    """Whether a method call is all that stands in the body, and its arguments are names: nothing else is looked up."""
    first = min(handler.at.line for handler in attempt.handlers)
    lines = access.at.line == attempt.at.line + 1 and access.at.end_line == first - 1
    return lines and access.call >= 0 and "." not in access.key and not any("." in path for path in access.values)


def _has_method(ev: Evaluator, fid: int, access: Access) -> bool:
    """Whether the receiver is always there, and only ever is a container with the method."""
    locs = ev.locs(fid, access.path)
    binds = ev.binds(locs[0]) if len(locs) == 1 and locs[0][0] in "ig" else []
    fns = ev.symbols.fns
    always = any(fns[maker].facts.name in ("__init__", "<module>") for maker, _ in binds)
    births = [(maker, path) for maker, bind in binds for path in bind.values or ("",)]
    return always and all(
        is_birth(path) and hasattr(TYPES.get(fns[maker].facts.births[int(path[1:])].kind), access.how)
        for maker, path in births
    )
