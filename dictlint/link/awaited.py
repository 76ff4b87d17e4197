"""Pool tasks for whose end a coroutine waits: only as many run at once as there are such coroutines."""

from __future__ import annotations

from collections import defaultdict

from msgspec.structs import replace

from dictlint.knowledge.activities import SETUP_NAMES
from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.model.activity import Activity, Lock

FAR = 20  # how many functions on the way up to a task are looked at
UP = 2  # how many functions up names and locks are asked for

_NONE: frozenset[Lock] = frozenset()


class Awaited:
    """Questions about the coroutines that wait."""

    def __init__(self, ev: Evaluator, spawns: list[Spawn]) -> None:
        self.ev = ev
        self._runners: defaultdict[int, list[Activity]] = defaultdict(list)
        for spawn in spawns:
            for entry in spawn.entries:
                self._runners[entry].append(spawn.activity)
        self._made = {(spawn.function, spawn.made) for spawn in spawns}

    def told(self, spawn: Spawn) -> Spawn:
        """The spawn, with all that follows from who waits for what it starts."""
        if not spawn.waited or spawn.activity.domain != "thread":
            return spawn
        activity = replace(spawn.activity, awaited=True, preparing=self._sets_up(spawn.function))
        call = self.ev.symbols.fns[spawn.function].facts.calls[spawn.call]
        if activity.many and self._runs_alone(spawn.function):
            lane = f"awaited in {spawn.function}"
            activity = replace(activity, many=False, same_self=False, lane=lane if call.awaited else "")
        return spawn._replace(activity=activity)

    def _sets_up(self, fid: int, depth: int = UP) -> bool:
        """Whether a function sets an object up, going by its name, or only what does so calls it."""
        name = self.ev.symbols.fns[fid].facts.name.strip("_")
        if not SETUP_NAMES.isdisjoint((name, name.partition("_")[0], name.rpartition("_")[2])):
            return True
        callers = {caller for caller, _ in self.ev.callers(fid)} if depth else set()
        return bool(callers) and all(self._sets_up(caller, depth - 1) for caller in callers)

    def _runs_alone(self, fid: int) -> bool:
        """Whether one task alone runs a coroutine function, itself or by private ones that await it in turn."""
        fns = self.ev.symbols.fns
        seen, todo, tasks = {fid}, [fid], set()
        while todo and len(seen) < FAR:
            one = todo.pop()
            facts, runners = fns[one].facts, self._runners.get(one, ())
            tasks |= {activity.number for activity in runners}
            above = [site for site in self.ev.callers(one) if site not in self._made]
            private = facts.name.startswith("_") and not facts.name.endswith("__")
            if any(a.domain != "loop" or a.many or a.likely for a in runners) or not (runners or (private and above)):
                return False
            if not facts.is_async or any(n < 0 or not fns[caller].facts.calls[n].awaited for caller, n in above):
                return False
            fresh = {caller for caller, _ in above} - seen
            seen |= fresh
            todo += sorted(fresh)
        return not todo and len(tasks) == 1


def locks_held(ev: Evaluator, locks: Locks, fid: int, number: int, depth: int = UP) -> frozenset[Lock]:
    """The locks that are held while a call is awaited, those that all callers hold included."""
    call = ev.symbols.fns[fid].facts.calls[number]
    here = frozenset(one.lock for one in locks.at(fid, call.locks, call.seq) if one.sure)
    above = [site for site in ev.callers(fid) if site[1] >= 0] if depth and not here else []
    around = [locks_held(ev, locks, *site, depth - 1) for site in above]
    return here.union(frozenset.intersection(*around) if around else _NONE)
