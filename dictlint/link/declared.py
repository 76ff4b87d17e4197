"""What the program's authors say themselves: functions that many threads call, locks that guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name
from dictlint.model.activity import Activity
from dictlint.model.trouble import Trouble, nearest


def guards(ev: Evaluator) -> dict[str, str]:
    """Dotted names of containers, and the lock that their annotation names."""
    return {
        f"{mod.facts.module}.{note.name}": note.text
        for mod in ev.symbols.mods
        for note in mod.facts.notes
        if note.kind == "guarded-by"
    }


def guarded_uses(ev: Evaluator, guarded: dict[str, str]) -> dict[int, set[int]]:
    """Everything that may be done to such containers: function -> accesses."""
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    leaves = {name.rpartition(".")[2] for name in guarded}
    for fn in ev.symbols.fns if leaves else ():
        for number, access in enumerate(fn.facts.accesses):
            if leaf_name(access.path).lstrip(":%^@") in leaves:
                wanted[fn.gid].add(number)
    return wanted


def add_entries(ev: Evaluator, names: Iterable[str], spawns: list[Spawn]) -> None:
    """An activity for each function that the settings name: many threads run it, on one object."""
    for name in names:
        for fid in _functions(ev, name):
            fn = ev.symbols.fns[fid]
            number = 1 + max((s.activity.number for s in spawns), default=0)
            bound = bool(fn.self_name)
            activity = Activity(
                number,
                f"`{name}`",
                "thread",
                many=True,
                root="spawner" if bound else "none",
                same_self=bound,
                path=fn.mod.file.path,
                line=fn.facts.at.line,
            )
            spawns.append(Spawn(activity, (fid,), -1, -1, True, fn.cls))


def _functions(ev: Evaluator, name: str) -> list[int]:
    """The function or method; of a class all public methods."""
    found: list[int] = []
    for value in ev.symbols.dotted(name):
        if value[0] in ("F", "B"):
            found.append(value[1])
        elif value[0] == "C":
            methods = ev.symbols.classes[value[1]].methods
            found += [fid for method, fid in methods.items() if not method.startswith("_")]
    if not found and any(_is_below(mod.facts.module, name) for mod in ev.symbols.mods):
        known = [f"{fn.mod.facts.module}.{fn.facts.qualname}" for fn in ev.symbols.fns]
        raise Trouble(f"`entries` names `{name}`, which is no function of this program{nearest(name, known)}")
    return found


def _is_below(module: str, name: str) -> bool:
    return bool(module) and name.startswith(f"{module}.")
