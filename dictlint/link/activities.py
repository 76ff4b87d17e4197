"""Who runs concurrently: one activity for each call that starts something."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from dictlint.knowledge.activities import PROCESS_POOLS, RESULT_CALLBACKS, SPELLED_OUT, START_WORDS, Spawner
from dictlint.link.coroutines import Job, jobs, receiver
from dictlint.link.evaluate import Evaluator
from dictlint.link.lent import lent
from dictlint.link.paths import call_of, given, leaf_name, split
from dictlint.link.spawning import (
    NAMES,
    fans_out,
    is_in_processes,
    once_each,
    pool_of,
    single_worker,
    spawner_of,
    thread_class_names,
    word_for,
)
from dictlint.link.symbols import Fn
from dictlint.link.targets import Delivery, handed_over, is_bound, past_context, relayed, target_functions, title
from dictlint.model.activity import Activity
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts

CALLERS = Activity(0, "callers", "caller", many=True)
MAIN = Activity(-1, "the main thread", "main")
IMPORT = Activity(-2, "the import of the module", "import")  # before anyone can share what it fills
IMPORTING = Activity(-3, "the import of the module", "main")  # after the module has started something


Receivers = tuple[tuple[int, int], ...]  # (function, class of the object on which it runs)


class Spawn(NamedTuple):
    """One place that makes an activity: `entries` are the functions it runs; `call` gives its handle. `made`: the call
    that made the coroutine object; `passed`: that object goes through a function that only hands it on. `afar`: the
    function is in another thread than the loop that gets it, and does not wait for its end. `waited`: the coroutine
    that starts it goes on when it has ended. `ended_by`: methods of the handle that wait for its end, beside the usual.
    `receivers`: for methods, the one class of the object on which they run, or of which its class is one below.
    """

    activity: Activity
    entries: tuple[int, ...]
    function: int
    call: int
    starts: bool
    cls: int = -1
    made: int = -1
    passed: bool = False
    afar: bool = False
    waited: bool = False
    ended_by: tuple[str, ...] = ()
    receivers: Receivers = ()


def find_spawns(ev: Evaluator, taken: frozenset[tuple[int, int]] = frozenset()) -> list[Spawn]:
    """Every activity that a call starts; the calls of which models tell (`taken`) are left out.

    That a call spawns is seen without looking at callers; what it runs may be known to them alone.
    """
    return _find(ev, taken)[0]


def deliveries(
    ev: Evaluator, registered: Iterable[Delivery] = ()
) -> dict[int, list[tuple[int, tuple[tuple[str, ...], ...], int]]]:
    """What spawns, registrations, libraries and decorators hand to functions: function -> (giving function, arguments,
    how many parameters come before).

    Asked before all else and without looking at callers, since it decides what parameters may hold.
    """
    found: dict[int, list[tuple[int, tuple[tuple[str, ...], ...], int]]] = {}
    with ev.near():
        for one in (*_find(ev)[1], *registered, *lent(ev)):
            found.setdefault(one.target, []).append((one.caller, one.args, one.shift))
        for decorator, around, decorated in ev.decorated():
            found.setdefault(decorator, []).append((around, ((decorated,),), 1 if is_bound(ev, decorator) else 0))
    return found


def _find(ev: Evaluator, taken: frozenset[tuple[int, int]] = frozenset()) -> tuple[list[Spawn], list[Delivery]]:
    spawns: list[Spawn] = []
    handed: list[Delivery] = []
    thread_names = thread_class_names(ev)
    for fn in ev.symbols.fns:
        for number, call in enumerate(fn.facts.calls):
            name = leaf_name(call.callee)
            spawner = SPELLED_OUT.get(call.callee)
            if name in NAMES or name in thread_names:
                with ev.near():
                    spawner = spawner_of(ev, fn.gid, number, call, name)
            if spawner is not None and (fn.gid, number) not in taken:
                _add_spawn(ev, spawns, handed, spawner, fn.gid, number)
                if name in RESULT_CALLBACKS:
                    _add_callbacks(ev, spawns, fn.gid, number)
    return spawns, handed


def _add_spawn(
    ev: Evaluator,
    spawns: list[Spawn],
    deliveries: list[Delivery],
    spawner: Spawner,
    fid: int,
    number: int,
) -> None:
    fn = ev.symbols.fns[fid]
    call = fn.facts.calls[number]
    position = spawner.position - (1 if fn.facts.calls[number].callee.endswith("Thread.__init__") else 0)
    if call.callee.endswith("<super>.__init__"):
        position = spawner.position
    targets = given(call, position, spawner.keyword) if spawner.keyword or position >= 0 else ()
    if call.callee == "@asyncio.gather":
        targets = tuple(p for group in call.args for p in group)
    if spawner.coroutine:
        for job in jobs(ev, fid, number, targets):
            passed = (job.function, job.call) != (fid, number)
            handing = spawner._replace(afar=spawner.afar and not _waits(fn.facts, number))
            _add_task(ev, spawns, deliveries, handing, job, passed=passed)
        return
    entries: list[int] = []
    receivers: list[tuple[int, int]] = []
    root, same_self = "none", False
    with ev.near():
        beyond = past_context(ev, fid, call.args, position)
    if beyond > position >= 0:
        targets = call.args[beyond] if beyond < len(call.args) else ()
        spawner = spawner._replace(args=beyond + 1)
    for path in targets:
        with ev.near():
            found = target_functions(ev, fid, path, spawner, classes=True)
        found = found or target_functions(ev, fid, path, spawner, classes=True)
        found = [one for one in found if _is_run(ev, one[0], spawner)]
        entries += [f for f, _, _ in found]
        for target, args, shift in found:
            bound = is_bound(ev, target)
            handed = args or handed_over(call, spawner)
            deliveries.append(Delivery(target, fid, handed, shift + (1 if bound else 0)))
        deliveries += relayed(ev, fid, call, spawner, path)
        base, attr = split(path)
        if attr and base[:1] != "@":
            root = "spawner"
            receivers += [(f, _class_of(ev, fid, base)) for f, _, _ in found]
            made = call_of(base)
            same_self = made < 0 or fn.facts.calls[made].loops < call.loops or fans_out(call)
            same_self = same_self and not _is_of_each(fn, call, base)
    if not entries:
        return
    base = split(call.callee)[0]
    with ev.near():
        if is_in_processes(ev, fid, call):
            pools = {v[1] for path in call.args[0] for v in ev.values(fid, path) if v[0] == "XI"}
            if not pools <= PROCESS_POOLS:
                return
            spawner = spawner._replace(domain="process")
        workers = [single_worker(ev, fid, path) for path in pool_of(call)]
    once = starts_once(fn.facts.name, fn.facts.qualname)
    waited = spawner.ends and call.awaited
    many = (call.loops > 0 and not waited) or (spawner.many and (not once or not spawner.starts or fans_out(call)))
    worker = workers[0] if len(workers) == 1 else None
    if worker is not None:
        many = False
    likely = not many and not once and (worker is None or not worker.lane)
    together = tuple(dict.fromkeys(entries))
    apart = once and worker is None and _starts_each(ev, fid, call, targets)
    for run in [(one,) for one in together] if apart else [together]:
        activity = Activity(
            len(spawns) + 1,
            f"{word_for(spawner, call)} `{title(ev, run[0])}`",
            "thread" if spawner.domain == "callback" else spawner.domain,
            many,
            likely,
            root,
            same_self and (many or likely) and not (root == "spawner" and once_each(ev, fid, call)),
            fn.mod.file.path,
            call.at.line,
            spawner.blocks,
            lane=(worker.lane if worker is not None else "") or (f"awaited in {fid}" if waited and not many else ""),
            worker_of=worker.owner if worker is not None else -1,
        )
        of_each = [one for one in receivers if one[0] in run]
        receivers_of = _ambiguous_left_out(of_each, entries)
        spawns.append(Spawn(activity, run, fid, number, spawner.starts, waited=waited, receivers=receivers_of))


def _starts_each(ev: Evaluator, fid: int, call: Call, targets: tuple[str, ...]) -> bool:
    """Whether a function starts what it is given, and forgets it: each that callers give has an activity of its own."""
    params = ev.symbols.fns[fid].facts.params
    given_in = any(path == f"%{param.name}" for path in targets for param in params)
    return given_in and call.bound in ("", "=") and len(ev.callers(fid)) > 1


def _class_of(ev: Evaluator, fid: int, path: str) -> int:
    """The one class of the object that a path denotes, -1 where there are several, or where that is open."""
    with ev.near():
        found = ev.values(fid, path)
    classes = {value[1] if value[0] == "I" else -1 for value in found}
    return classes.pop() if len(classes) == 1 else -1


def _ambiguous_left_out(receivers: list[tuple[int, int]], entries: list[int]) -> Receivers:
    """Those functions that run once, and on objects of one known class alone."""
    return tuple(one for one in receivers if one[1] >= 0 and entries.count(one[0]) == 1)


def _is_of_each(fn: Fn, call: Call, base: str) -> bool:
    """Whether each of a collection's objects gets an activity of its own, in the one loop of a method called once."""
    if call.loops != 1 or base[-2:] not in ("<>", "[]") or not starts_once(fn.facts.name, fn.facts.qualname):
        return False
    return any(fn.facts.accesses[number].path.partition("|")[0] == base[:-2] for number in call.during)


def _is_run(ev: Evaluator, fid: int, spawner: Spawner) -> bool:
    """Whether a thread or process runs what it calls: of a coroutine function it gets a coroutine, and drops that."""
    facts = ev.symbols.fns[fid].facts
    made = facts.is_async and not facts.decorators
    return not made or spawner.domain not in ("thread", "process")


def _waits(facts: FunctionFacts, number: int) -> bool:
    """Whether the function asks what a call gave for its result."""
    return any(call.callee in (f"!{number}.result", f"!{number}.exception") for call in facts.calls)


def _add_callbacks(ev: Evaluator, spawns: list[Spawn], fid: int, number: int) -> None:
    """What a pool calls with the results: one thread of this process does it for all of them."""
    fn = ev.symbols.fns[fid]
    call = fn.facts.calls[number]
    for keyword in ("callback", "error_callback"):
        for path in given(call, -1, keyword):
            spawner = Spawner("thread", -1, keyword)
            with ev.near():
                found = target_functions(ev, fid, path, spawner)
            entries = tuple(dict.fromkeys(f for f, _, _ in found or target_functions(ev, fid, path, spawner)))
            if entries:
                base, attr = split(path)
                activity = Activity(
                    len(spawns) + 1,
                    f"callback `{title(ev, entries[0])}`",
                    "thread",
                    root="spawner" if attr and base[:1] != "@" else "none",
                    path=fn.mod.file.path,
                    line=call.at.line,
                    lane="results of pools",
                )
                spawns.append(Spawn(activity, entries, fid, number, True))


def _add_task(
    ev: Evaluator, spawns: list[Spawn], deliveries: list[Delivery], spawner: Spawner, job: Job, passed: bool
) -> None:
    """A coroutine that a loop runs."""
    fn = ev.symbols.fns[job.function]
    call = fn.facts.calls[job.call]
    with ev.near():
        found = target_functions(ev, job.function, job.path, spawner)
    found = found or target_functions(ev, job.function, job.path, spawner)
    for target, args, shift in found:
        deliveries.append(Delivery(target, job.function, args, shift + (1 if is_bound(ev, target) else 0)))
    if not found:
        return
    gathered = fans_out(call)
    single = spawner.blocks or gathered or call.bound not in ("", "=")  # one handle is kept
    once = single or starts_once(fn.facts.name, fn.facts.qualname)
    many = not spawner.blocks and (job.many or call.loops > 0 or not once)
    base, fresh = receiver(ev, job)
    activity = Activity(
        len(spawns) + 1,
        f"task `{title(ev, found[0][0])}`",
        "loop",
        many,
        False,
        "spawner" if base else "none",
        bool(base) and not fresh and many,
        fn.mod.file.path,
        call.at.line,
        spawner.blocks,
    )
    entries = tuple(dict.fromkeys(f for f, _, _ in found))
    afar = spawner.afar and not fn.facts.is_async and not _waits(fn.facts, job.call)
    on = _class_of(ev, job.function, base) if base else -1
    receivers = tuple((f, on) for f in entries if on >= 0)
    spawns.append(
        Spawn(
            activity,
            entries,
            job.function,
            job.call,
            True,
            made=job.made,
            passed=passed,
            afar=afar,
            receivers=receivers,
        )
    )


@cache
def starts_once(name: str, qualname: str) -> bool:
    """Whether a function's name says that it is called once in the life of its object or program."""
    lowered = name.lower().strip("_")
    return name.startswith("<module") or any(word in lowered for word in START_WORDS)
