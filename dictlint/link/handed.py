"""Which containers an activity hands to its own helpers: another activity may hand the same helper another one."""

from __future__ import annotations

from collections import defaultdict

from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of
from dictlint.link.question import FAN, Loc
from dictlint.model.activity import Activity

MOST_CALLERS = FAN * 3


class Handed:
    """Follows a parameter to the callers that the same activity runs."""

    def __init__(
        self, ev: Evaluator, reached: defaultdict[int, set[int]], entries: set[int], spawns: list[Spawn]
    ) -> None:
        self.ev = ev
        self.starters: defaultdict[int, set[int]] = defaultdict(set)  # who starts an activity, where a call does
        for spawn in spawns:
            if spawn.function >= 0:
                self.starters[spawn.activity.number] |= {spawn.function, *self._through(spawn)}
        self.reached = reached
        self.entries = entries

    def _through(self, spawn: Spawn) -> set[int]:
        """Callers of the function that starts an activity, where these give what it starts its arguments."""
        givers = {giver for entry in spawn.entries for giver, _, _ in self.ev.deliveries.get(entry, ())}
        if givers <= {spawn.function}:
            return set()
        return givers & {caller for caller, _ in self.ev.callers(spawn.function)}

    def comes(self, activity: Activity, fid: int, path: str, loc: Loc) -> bool:
        """Whether the container at `loc` may be what `path` is when the activity runs the function."""
        root = path.partition("|")[0].replace("[]", "").replace("<>", "")
        if activity.number <= 0:
            return True
        if call_of(root) >= 0:
            return self._comes_back(activity.number, fid, int(root[1:]), loc)
        if root[:1] != "%" or not root[1:].isidentifier():
            return True
        return any(self._hands(activity.number, fid, root[1:], one) for one in _holders(loc))

    def _comes_back(self, activity: int, fid: int, number: int, loc: Loc) -> bool:
        """A call gives back an argument that is a parameter here."""
        call = self.ev.symbols.fns[fid].facts.calls[number]
        for path in (path for group in call.args for path in group if path[:1] == "%" and path[1:].isidentifier()):
            for one in _holders(loc):
                if one in self.ev.locs(fid, path):
                    return self._hands(activity, fid, path[1:], one)
        return True

    def _hands(self, activity: int, fid: int, name: str, loc: Loc) -> bool:
        key = (activity, fid, name, loc)
        return bool(self.ev.memo.ask("handed", key, self._looked_for, *key))

    def _looked_for(self, activity: int, fid: int, name: str, loc: Loc) -> tuple[bool, ...]:
        fn = self.ev.symbols.fns[fid]
        index = next((i for i, p in enumerate(fn.facts.params) if p.name == name), -1)
        if index < 0 or name == fn.self_name or len(self.ev.callers(fid)) > MOST_CALLERS:
            return (True,)
        given = self.ev.arguments(fid, index)
        given += [(fid, path) for path in fn.facts.params[index].default]
        return (True,) if any(self._gives(activity, fid, *one, loc) for one in given) else ()

    def _gives(self, activity: int, fid: int, caller: int, path: str, loc: Loc) -> bool:
        started = fid in self.entries and caller in self.starters.get(activity, (caller,))
        if caller not in self.reached[activity] and caller != fid and not started:
            return False
        if path[:1] == "%" and path[1:].isidentifier() and path[1:] != self.ev.symbols.fns[caller].self_name:
            return self._hands(activity, caller, path[1:], loc)
        return loc in self.ev.locs(caller, path)


def _holders(loc: Loc) -> list[Loc]:
    """The location itself, and what it is an entry of."""
    found = [loc]
    while loc[0] == "e":
        loc = loc[1]
        found.append(loc)
    return found
