"""Loops: one pass over the body, and a second one only when an alias changed on the way round."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dictlint.index.flow import block, meet, restore, save
from dictlint.index.frame import Frame, union
from dictlint.index.givens import end
from dictlint.index.states import Test
from dictlint.model.body import Held

_DEEPEST_REPEAT = 2
_NUMBER = re.compile(r"([#!])(\d+)")


def run_loop(f: Frame, node: Any, round_: Any) -> bool:
    """Follow a loop whose head and body `round_` follows; True when control never comes out of it."""
    before = save(f)
    mark = _mark(f)
    known = len(f.givens)
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
    if f.seq > mark.seq:
        f.cycles.append((mark.seq, f.seq))
    ended = _leave(f, node, exit_state, ended, breaks)
    if len(f.givens) > known:
        end(f, known)
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
        if f.held is not held and not ended:
            held = _each_held(held, f.held)
            exit_state = (*exit_state[:2], held, *exit_state[3:])
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


def _each_held(before: tuple[Held, ...], after: tuple[Held, ...]) -> tuple[Held, ...]:
    """`for lock in locks: lock.acquire()` holds every one of them when it ends; the same with `release` frees them."""
    each = [one for one in after if one not in before and one.path.endswith("<>") and "acquire" in one.how]
    return tuple([one for one in before if one in after or not one.path.endswith("<>")] + each)


def _changed_aliases(before: dict[str, Any], after: dict[str, Any], mark: _Mark) -> dict[str, Any]:
    """Names that meant something before the loop and may mean something else as well after a turn (what was born or
    returned during the turn has no number yet when the loop begins)."""
    changed = {}
    for name, values in before.items():
        if values:
            now = after.get(name)
            if now and now != values:
                known = tuple([path for path in now if _is_older(path, mark)])
                both = union(values, known)
                if both and both != values:
                    changed[name] = both
    return changed


def _is_older(path: str, mark: _Mark) -> bool:
    """Whether all births and calls in a path are from before the loop."""
    births, calls = mark.lengths[4], mark.lengths[1]
    return all(int(number) < (births if sign == "#" else calls) for sign, number in _NUMBER.findall(path))


class _Mark(msgspec.Struct, frozen=True, gc=False):
    """What a function's facts were before a loop."""

    lengths: tuple[int, ...]
    seq: int
    regions: int
    locksets: int
    exits: tuple[Held, ...]
    tables: tuple[dict[str, Any], ...]


def _lists(f: Frame) -> tuple[list[Any], ...]:
    module = f.module
    return (
        f.accesses,
        f.calls,
        f.binds,
        f.local_binds,
        f.births,
        f.compounds,
        f.entrusted,
        f.tries,
        f.pauses,
        f.cycles,
        f.lazies,
        f.raises,
        f.converts,
        f.acquired,
        f.moments,
        f.dependents,
        module.frames,
        module.classes,
        module.pending,
        f.givens,
    )


def _mark(f: Frame) -> _Mark:
    tables = (f.holds, f.published, f.view_calls, f.contents, f.parts, f.returns, f.yields)
    return _Mark(
        tuple([len(each) for each in _lists(f)]),
        f.seq,
        f.regions,
        len(f.lock_index),
        f.exits,
        tuple([table.copy() if table else {} for table in tables]),
    )


def _rewind(f: Frame, mark: _Mark) -> None:
    """Forget the facts of the first turn: the second one finds them again."""
    for each, length in zip(_lists(f), mark.lengths):
        del each[length:]
    f.seq, f.regions, f.exits = mark.seq, mark.regions, mark.exits
    for locks in list(f.lock_index)[mark.locksets :]:
        del f.lock_index[locks]
    f.holds, f.published, f.view_calls, f.contents, f.parts, f.returns, f.yields = mark.tables
