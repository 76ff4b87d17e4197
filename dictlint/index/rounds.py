"""Loops: one pass over the body, and a second one only when an alias changed on the way round."""

from __future__ import annotations

import re
from typing import Any

from dictlint.index.flow import block, meet, restore, save
from dictlint.index.frame import Frame, Test, union

_DEEPEST_REPEAT = 2
_NUMBER = re.compile(r"[#!](\d+)")


def run_loop(f: Frame, node: Any, round_: Any) -> bool:
    """Follow a loop whose head and body `round_` follows; True when control never comes out of it."""
    before = save(f)
    mark = _mark(f)
    exit_state, ended, breaks = _turn(f, node, round_)
    if f.rounds < _DEEPEST_REPEAT and not ended:
        changed = _changed_aliases(before[0], f.env, mark)
        if changed:
            _rewind(f, mark)
            restore(f, before)
            f.env.update(changed)
            f.rounds += 1
            exit_state, ended, breaks = _turn(f, node, round_)
            f.rounds -= 1
    ended = _leave(f, node, exit_state, ended, breaks)
    if len(f.tests) > len(before[3]) and not breaks:
        f.tests = (*before[3], *[_now(f, test) for test in f.tests[len(before[3]) :]])
    return ended


def _now(f: Frame, test: Test) -> Test:
    """The condition of a while loop is read once more when it ends: nothing lies between that and what follows."""
    return Test(test.first, test.positive, test.kind, test.path, test.key, f.switches, f.awaits, test.keys)


def _turn(f: Frame, node: Any, round_: Any) -> tuple[Any, bool, list[Any]]:
    leaves = f.leaves
    f.outer_leaves = leaves
    quits = f.quits
    f.leaves = f.quits = False
    f.loops += 1
    f.breaks.append((f.regions, []))
    exit_state, ended = round_(f, node)
    f.loops -= 1
    f.leaves, f.quits = leaves, quits
    return exit_state, ended, f.breaks.pop()[1]


def _leave(f: Frame, node: Any, exit_state: Any, ended: bool, breaks: list[Any]) -> bool:
    awaits, switches = f.awaits, f.switches
    end_env = f.env
    end_info = f.info
    if exit_state is not None:
        tests = exit_state[3]
        held = exit_state[2]
        restore(f, exit_state)
        if not ended:
            meet(f, (end_env, end_info, held, f.tests, awaits, switches))
        f.tests = tests
        if node.orelse and block(f, node.orelse):
            exit_state = None
    if exit_state is None:
        if not breaks:
            return True
        restore(f, breaks.pop())
    for each in breaks:
        meet(f, each)
    f.switches = max(f.switches, switches) + 1
    f.awaits = max(f.awaits, awaits)
    return False


def _changed_aliases(before: dict[str, Any], after: dict[str, Any], mark: tuple[int, ...]) -> dict[str, Any]:
    """Names that meant something before the loop and may mean something else as well after a turn (what was born or
    returned during the turn has no number yet when the loop begins)."""
    changed = {}
    for name, values in before.items():
        if values:
            now = after.get(name)
            if now and now != values:
                known = tuple([path for path in now if path[0] not in "#!" or _is_older(path, mark)])
                both = union(values, known)
                if both and both != values:
                    changed[name] = both
    return changed


def _is_older(path: str, mark: tuple[int, ...]) -> bool:
    found = _NUMBER.match(path)
    return found is not None and int(found[1]) < (mark[4] if path[0] == "#" else mark[1])


def _mark(f: Frame) -> tuple[int, ...]:
    return (
        len(f.accesses),
        len(f.calls),
        len(f.binds),
        len(f.local_binds),
        len(f.births),
        len(f.compounds),
        len(f.tries),
        f.seq,
        f.regions,
        len(f.module.frames),
        len(f.module.classes),
        len(f.module.pending),
    )


def _rewind(f: Frame, mark: tuple[int, ...]) -> None:
    """Forget the facts of the first turn: the second one finds them again."""
    lists: tuple[list[Any], ...] = (f.accesses, f.calls, f.binds, f.local_binds, f.births, f.compounds, f.tries)
    for each, length in zip(lists, mark):
        del each[length:]
    del f.moments[mark[0] :]
    f.seq, f.regions = mark[7], mark[8]
    del f.module.frames[mark[9] :]
    del f.module.classes[mark[10] :]
    del f.module.pending[mark[11] :]
    count = mark[0]
    f.holds = {path: index for path, index in f.holds.items() if index < count}
    f.published = {path: index for path, index in f.published.items() if index < count}
    f.view_calls = {path: index for path, index in f.view_calls.items() if index < mark[1]}
    births = mark[4]
    f.contents = {path: items for path, items in f.contents.items() if not _beyond(path, births)}


def _beyond(path: str, births: int) -> bool:
    return path[1:].isdigit() and int(path[1:]) >= births
