"""Keys that only one of several like activities has: `for name, job in jobs.items(): pool.submit(self._work, name)`."""

from __future__ import annotations

from dictlint.knowledge.callables import MINTING
from dictlint.knowledge.containers import MAPPINGS, SETS
from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name
from dictlint.link.spawning import fans_out
from dictlint.model.body import Call
from dictlint.model.program import CLAIMED

States = frozenset[tuple[str, str, bool]]


def own_keys(ev: Evaluator, spawn: Spawn, entry: int) -> States:
    """The parameters of a method which each turn of the loop that starts it as an activity gives something else for, or
    the object that each has for itself: claimed as keys, for activities of that kind among each other.
    """
    fn = ev.symbols.fns[entry]
    if not fn.own:
        return frozenset()
    own = {fn.self_name} if spawn.activity.root == "fresh" else _handed(ev, spawn, entry)
    return frozenset((f"#{spawn.activity.number}[{name}]", CLAIMED, True) for name in own)


def _handed(ev: Evaluator, spawn: Spawn, entry: int) -> set[str]:
    """The parameters of that kind, by name."""
    if spawn.function < 0 or spawn.call < 0:
        return set()
    start = ev.symbols.fns[spawn.function].facts.calls[spawn.call]
    if not start.loops and not fans_out(start):
        return set()
    handed = [(args, shift) for giver, args, shift in ev.deliveries.get(entry, ()) if giver == spawn.function]
    names = [param.name for param in ev.symbols.fns[entry].facts.params]
    found = [
        {names[n] for n, values in enumerate(args, shift) if n < len(names) and _is_new(ev, spawn, start, values)}
        for args, shift in handed
    ]
    return set.intersection(*found) if found else set()


def _is_new(ev: Evaluator, spawn: Spawn, start: Call, values: tuple[str, ...]) -> bool:
    """Whether it is a key that a loop goes through, who has connected, or something that was made in the same turn."""
    path = values[0] if len(values) == 1 else ""
    if path.endswith("<>"):
        return _differ(ev, spawn.function, path[:-2])
    number = call_of(path)
    if number < 0 or ev.symbols.fns[spawn.function].facts.calls[number].loops < start.loops:
        return False
    return any(v[0] == "C" or (v[0] == "X" and leaf_name(v[1]) in MINTING) for v in ev.targets(spawn.function, number))


def _differ(ev: Evaluator, fid: int, path: str) -> bool:
    """Whether what a loop goes through are keys or addresses, of which none comes twice, as it may in a list."""
    facts = ev.symbols.fns[fid].facts
    if call_of(path) >= 0:
        return leaf_name(facts.calls[call_of(path)].callee) == "accept"
    if any(access.path == path and access.how.endswith(":items") for access in facts.accesses):
        return True
    kinds = {value[1] if value[0] == "K" else "" for value in ev.values(fid, path)}
    return bool(kinds) and kinds <= MAPPINGS | SETS
