"""Which classes have methods that run of themselves, whoever makes the object: threads, handlers, finalizers."""

from __future__ import annotations

from dictlint.knowledge.activities import ACTIVE_BASES, HANDLER_BASES, LOGGING_BASES, LOOP_BASES, THREADING_SERVERS
from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name
from dictlint.link.symbols import Cls
from dictlint.model.activity import Activity


def add_classes(ev: Evaluator, spawns: list[Spawn]) -> None:
    """Threads, handlers of requests and of protocols, and what Python runs in the middle of something else."""
    threaded = _has_threading_server(ev)
    for cls in ev.symbols.classes:
        for base in cls.outside:
            if base in ACTIVE_BASES:
                domain, methods, _ = ACTIVE_BASES[base]
                own = [m for name in methods if (m := ev.symbols.method(cls.gid, name)) is not None]
                if is_made(ev, cls.gid):
                    _add_class(ev, spawns, cls.gid, own, domain, "thread", many=False)
            elif base in LOOP_BASES:
                own = [gid for name, gid in cls.methods.items() if name in LOOP_BASES[base]]
                _add_class(ev, spawns, cls.gid, own, "loop", "callback", many=True)
            elif base in HANDLER_BASES and threaded:
                wanted = HANDLER_BASES[base]
                own = [gid for name, gid in cls.methods.items() if name.startswith(wanted)]
                _add_class(ev, spawns, cls.gid, own, "thread", "request handler", many=True)
    _add_interrupting(ev, spawns)


def _add_interrupting(ev: Evaluator, spawns: list[Spawn]) -> None:
    """Methods that Python runs in the middle of something else: `__del__`, and what log handlers do with a record."""
    for cls in ev.symbols.classes:
        if "__del__" in cls.methods:
            _add_class(ev, spawns, cls.gid, [cls.methods["__del__"]], "finalizer", "finalizer", many=False)
        if not LOGGING_BASES.isdisjoint(cls.outside):
            own = [gid for name in ("emit", "handle") if (gid := cls.methods.get(name)) is not None]
            _add_class(ev, spawns, cls.gid, own, "logging", "log handler", many=False)


def _add_class(
    ev: Evaluator, spawns: list[Spawn], cid: int, entries: list[int], domain: str, word: str, many: bool
) -> None:
    if not entries:
        return
    cls = ev.symbols.classes[cid]
    at = ev.symbols.fns[entries[0]].facts.at
    label = f"{word} `{cls.facts.qualname}.{ev.symbols.fns[entries[0]].facts.name}`"
    many = many or (domain in ("thread", "process") and made_often(ev, cid))
    activity = Activity(len(spawns) + 1, label, domain, many, False, "fresh", False, cls.mod.file.path, at.line)
    if all((s.entries, s.cls) != (tuple(entries), cid) for s in spawns):
        spawns.append(Spawn(activity, tuple(entries), -1, -1, False, cid))


def add_log_handlers(ev: Evaluator, spawns: list[Spawn]) -> None:
    """`emit` runs in whichever thread logs, one call at a time, where the program has threads; `filter` before that,
    and several at once: only then the handler takes its lock.
    """
    if not any(s.activity.domain == "thread" for s in spawns):
        return
    for cls in ev.symbols.classes:
        if "logging.Filter" in cls.outside:
            _add_filter(ev, spawns, cls)
        entry = cls.methods.get("emit") if not LOGGING_BASES.isdisjoint(cls.outside) else None
        if entry is not None and is_made(ev, cls.gid):
            label, line = f"logging handler `{cls.facts.qualname}.emit`", ev.symbols.fns[entry].facts.at.line
            path = cls.mod.file.path
            activity = Activity(len(spawns) + 1, label, "thread", root="fresh", path=path, line=line, claimed=True)
            spawns.append(Spawn(activity, (entry,), -1, -1, False, cls.gid))


def _add_filter(ev: Evaluator, spawns: list[Spawn], cls: Cls) -> None:
    entry = cls.methods.get("filter")
    if entry is not None and is_made(ev, cls.gid):
        label, line = f"logging filter `{cls.facts.qualname}.filter`", ev.symbols.fns[entry].facts.at.line
        path, number = cls.mod.file.path, len(spawns) + 1
        activity = Activity(number, label, "thread", True, False, "spawner", True, path, line, claimed=True)
        spawns.append(Spawn(activity, (entry,), -1, -1, False, cls.gid))


def is_made(ev: Evaluator, cid: int) -> bool:
    """Whether objects of just this class are made: nobody derives from it, or it is called somewhere."""
    if not ev.symbols.subclasses.get(cid):
        return True
    name = ev.symbols.classes[cid].facts.name
    return any(("C", cid) in ev.targets(*site) for site in ev.calls_named(name))


def made_often(ev: Evaluator, cid: int) -> bool:
    """Whether several objects of the class are made: at several places, or in a loop."""
    sites = 0
    for fid, number in ev.calls_named(ev.symbols.classes[cid].facts.name):
        if ("C", cid) in ev.targets(fid, number):
            sites += 2 if ev.symbols.fns[fid].facts.calls[number].loops else 1
    return sites > 1


def _has_threading_server(ev: Evaluator) -> bool:
    for cls in ev.symbols.classes:
        if any(base in THREADING_SERVERS for base in cls.outside):
            return True
    for fn in ev.symbols.fns:
        for call in fn.facts.calls:
            if leaf_name(call.callee).startswith("Threading") and call.callee.lstrip("@") in THREADING_SERVERS:
                return True
    return False
