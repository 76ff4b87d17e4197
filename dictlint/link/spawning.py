"""Does a call start an activity, and which kind: a thread, a pool task, a timer, a callback, a task of a loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dictlint.knowledge.activities import (
    ACTIVE_BASES,
    METHOD_SPAWNERS,
    PROCESS_POOLS,
    SPAWNERS,
    THREAD_POOLS,
    WAITING,
    Spawner,
)
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.model.body import Call

_FANS_OUT = frozenset(
    ("map", "imap", "imap_unordered", "starmap", "map_async", "gather", "start_server", "start_unix_server")
)
_NAMED = frozenset(name.rpartition(".")[2] for name in SPAWNERS)
_TIMERS = ("threading.Timer", "threading._Timer")
NAMES = _NAMED | METHOD_SPAWNERS.keys() | {"__init__"}
"""What else than the names of classes can be the name of a call that spawns."""


def thread_class_names(ev: Evaluator) -> frozenset[str]:
    """Names of classes that derive from threads: calls of them may spawn, too."""
    return frozenset(c.facts.name for c in ev.symbols.classes if any(b in ACTIVE_BASES for b in c.outside))


def spawner_of(ev: Evaluator, fid: int, number: int, call: Call, name: str) -> Spawner | None:
    """How the call spawns, None where it does not. What its text alone rules out is not evaluated."""
    callee = call.callee
    base, attr = split(callee)
    if callee[:1] == "@" and callee[1:] in SPAWNERS:
        return SPAWNERS[callee[1:]]
    if attr == "__init__" or callee.endswith(".__init__"):
        cls = ev.symbols.fns[fid].cls
        inherited = ev.symbols.classes[cls].outside if base == "<super>" and cls >= 0 else ()
        return _by_constructor(call, ("threading.Thread",) if callee == "@threading.Thread.__init__" else inherited)
    if not attr and name in METHOD_SPAWNERS and name not in _NAMED:
        return None
    values = ev.targets(fid, number)
    for value in values:
        if value[0] == "X" and value[1] in SPAWNERS:
            return SPAWNERS[value[1]]
        if value[0] == "C" and (spawner := _by_constructor(call, ev.symbols.classes[value[1]].outside)):
            own = spawner.keyword == "function" and ev.symbols.method(value[1], "__init__") is not None
            return None if own else spawner  # what a constructor of its own hands on is seen there
    method = METHOD_SPAWNERS.get(attr)
    if method is None or any(v[0] in ("F", "B", "C") for v in values):
        return None
    spawner, classes, words = method
    receivers = ev.values(fid, base)
    if spawner.domain == "thread" and any(v[0] == "XI" and v[1] in PROCESS_POOLS for v in receivers):
        return spawner._replace(domain="process")
    if attr == "add_done_callback":
        return _done_callback(ev, fid, base, spawner)
    if receivers and all(v[0] == "XI" and v[1] in PROCESS_POOLS for v in receivers):
        return spawner._replace(domain="process")
    if attr in WAITING and receivers and all(v[0] == "XI" and v[1] in THREAD_POOLS for v in receivers):
        return spawner._replace(blocks=True)
    if any(v[0] in ("XI", "X") and v[1] in classes for v in receivers):
        return None if _may_be_processes(ev, fid, base) else spawner
    if receivers and not any(v[0] in ("XI", "X", "I") for v in receivers):
        return None
    if any(v[0] in ("XI", "X") and ("process" in v[1].lower()) for v in receivers):
        return None
    lowered = leaf_name(base).lower() if not base.startswith("!") else _callee_name(ev, fid, base)
    return spawner if any(word in lowered for word in words) else None


def _done_callback(ev: Evaluator, fid: int, base: str, spawner: Spawner) -> Spawner:
    """Callbacks of tasks and of the loop's own futures run on the loop, those of executor futures in the worker."""
    maker = _callee_name(ev, fid, base) if base[:1] == "!" else ""
    values = ev.values(fid, base)
    on_loop = (
        "task" in maker
        or maker in ("ensure_future", "run_in_executor", "wrap_future", "create_future")
        or any(v[0] == "XI" and v[1].startswith("asyncio") for v in values)
    )
    return spawner._replace(domain="loop") if on_loop or ev.symbols.fns[fid].facts.is_async else spawner


def _callee_name(ev: Evaluator, fid: int, path: str) -> str:
    digits = path[1:].partition(".")[0].partition("[")[0]
    return leaf_name(ev.symbols.fns[fid].facts.calls[int(digits)].callee).lower() if digits.isdigit() else ""


def _by_constructor(call: Call, bases: Iterable[str]) -> Spawner | None:
    """What a constructor's arguments make a thread run whose class derives from those of the standard library."""
    given = {name for name, _ in call.kwargs}
    for base in bases:
        if base in _TIMERS and ("function" in given or len(call.args) > 1):
            return SPAWNERS["threading.Timer"]
        if base in ACTIVE_BASES and base not in _TIMERS and "target" in given:
            return SPAWNERS.get(base, SPAWNERS["multiprocessing.Process"])
    return None


def fans_out(call: Call) -> bool:
    """One call that makes many activities."""
    return call.callee.rpartition(".")[2] in _FANS_OUT


def once_each(ev: Evaluator, fid: int, call: Call) -> bool:
    """Whether the program runs the starting method at one place alone, for one object of a collection after the other:
    then each of them starts one of its own.
    """
    places = _places(ev, fid) if ev.symbols.fns[fid].self_name and not call.loops else []
    if len(places) != 1:
        return False
    caller, place = places[0]
    in_turn = place.loops == 1 and split(place.callee)[0].endswith("[]")
    return in_turn and not any(around.loops for fid, around in _places(ev, caller) if fid != caller)


def _places(ev: Evaluator, fid: int) -> list[tuple[int, Call]]:
    """The calls that may be of the function, by its name, by what is known of the receivers, and by their arguments."""
    fn = ev.symbols.fns[fid]
    with ev.near():
        found = [one for one in ev.calls_named(fn.facts.name) if fid in (ev.functions(*one) or (fid,))]
    calls = [(caller, ev.symbols.fns[caller].facts.calls[number]) for caller, number in found]
    several = any(param.kind == "star" for param in fn.facts.params)
    most = len(fn.facts.params) - bool(fn.self_name)
    return [(caller, call) for caller, call in calls if several or len(call.args) <= most]


def is_in_processes(ev: Evaluator, fid: int, call: Call) -> bool:
    """`loop.run_in_executor(pool, ...)` with a pool that is, or may be, one of processes."""
    if split(call.callee)[1] != "run_in_executor" or not call.args:
        return False
    return any(_may_be_processes(ev, fid, path) for path in call.args[0])


def _may_be_processes(ev: Evaluator, fid: int, path: str) -> bool:
    """Whether a pool is, or may be, one of processes: one known as an `Executor` alone, where the module makes such."""
    names = {v[1] for v in ev.values(fid, path) if v[0] == "XI"}
    if "concurrent.futures.Executor" in names:
        facts = ev.symbols.fns[fid].mod.facts
        names |= {call.callee.lstrip("@") for fn in facts.functions for call in fn.calls if "Process" in call.callee}
    return not names.isdisjoint(PROCESS_POOLS)


class Worker(NamedTuple):
    """The one worker of a pool, by where that is made; `owner`: the class whose objects have one each, -1 where there
    is one pool for all. `lane`: empty where the pool may be another for each run of the function that makes it.
    """

    lane: str
    owner: int


def single_worker(ev: Evaluator, fid: int, path: str) -> Worker | None:
    """The worker, where a path denotes a pool that was made with one."""
    pools = [value for value in ev.values(fid, path) if value[0] == "XI" and value[3] >= 0]
    for _, _, maker, number in pools:
        fn = ev.symbols.fns[maker]
        made = fn.facts.calls[number]
        sizes = [v for k, vs in made.kwargs if k in ("max_workers", "processes") for v in vs]
        if sizes + list(made.args[0] if made.args else ()) == ["=1"]:
            own = bool(fn.own) and made.bound.startswith(f"{fn.own}.")
            kept = len(pools) == 1 and (own or made.bound.isidentifier())
            return Worker(f"the worker of {maker}/{number}" if kept else "", fn.cls if own else -1)
    return None


def pool_of(call: Call) -> tuple[str, ...]:
    """The paths of the pool that a call gives something to do."""
    base, attr = split(call.callee)
    if attr == "run_in_executor":
        return call.args[0] if call.args else ()
    return (base,) if base != call.callee else ()


def word_for(spawner: Spawner, call: Call) -> str:
    """What findings call such an activity."""
    if spawner.domain == "loop":
        return "callback" if spawner.keyword == "callback" else "task"
    if spawner.domain in ("signal", "finalizer", "process", "exit"):
        return {"signal": "signal handler", "exit": "exit handler"}.get(spawner.domain, spawner.domain)
    if spawner.domain == "callback":
        return "callback"
    if "Timer" in call.callee:
        return "timer"
    return "pool task" if spawner.many and spawner.starts else "thread"
