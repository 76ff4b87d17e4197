"""Statements: the order in which things happen, the branches they happen on, and where branches meet again."""

from __future__ import annotations

import ast
from typing import Any, TypeAlias

from dictlint.index.conditions import condition, negated
from dictlint.index.dispatch import EVAL, STMT
from dictlint.index.frame import DROPPED, Frame, Values, add_pause, hold, union
from dictlint.index.givens import begin, begin_again, begin_turn, end, known_by, of_types, remember_flags
from dictlint.index.keys import key_text
from dictlint.index.locks import common
from dictlint.index.states import Origin, Test
from dictlint.index.stores import augment, delete, store
from dictlint.index.versions import is_python3
from dictlint.model.body import Held

State: TypeAlias = tuple[dict[str, Values], dict[str, Origin], tuple[Held, ...], tuple[Test, ...], int, int]

_QUICK = frozenset({ast.Return, ast.Raise, ast.Continue})  # alone in a branch they change nothing for what follows
_LEAVING = frozenset({ast.Break, ast.Return, ast.Raise})
_OF_PROTOCOLS = frozenset({"NotImplementedError", "StopIteration", "StopAsyncIteration"})  # nothing has gone wrong


def save(f: Frame) -> State:
    """The state where control is now."""
    return (f.env.copy(), f.info.copy() if f.info else {}, f.held, f.tests, f.awaits, f.switches)


def restore(f: Frame, state: State) -> None:
    """Go on from `state`, which is given up."""
    f.env, f.info, held, f.tests, f.awaits, f.switches = state
    if held is not f.held:
        hold(f, held)


def meet(f: Frame, other: State) -> None:
    """Control comes here from where it is now and from `other`."""
    env, info, held, tests, awaits, switches = other
    if env != f.env:
        mine = f.env
        for name, values in env.items():
            here = mine.get(name)
            if here is values:
                continue
            if here is None:
                mine[name] = values
            elif here != values:
                mine[name] = union(here, values)
    if info or f.info:
        f.info = _meet_origins(f.info, info)
    if held != f.held:
        hold(f, common(f.held, held))
    if tests != f.tests:
        f.tests = tuple([test for test in f.tests if test in tests])
    if awaits > f.awaits:
        f.awaits = awaits
    if switches > f.switches:
        f.switches = switches


def _meet_origins(here: dict[str, Origin], there: dict[str, Origin]) -> dict[str, Origin]:
    if here == there:
        return here
    met = dict(there)
    for name, mine in here.items():
        other = there.get(name)
        if other is None or other == mine:
            met[name] = mine
        else:
            reads = tuple(dict.fromkeys(mine.reads + other.reads))
            direct = mine.direct if mine.direct == other.direct else max(mine.direct, other.direct)
            met[name] = Origin(direct, reads, max(mine.key_of, other.key_of))
    return met


def block(f: Frame, body: list[ast.stmt]) -> bool:
    """Follow statements in order; True when control does not come out at the end."""
    if f.loops:
        return _block_in_loop(f, body)
    for statement in body:  # noqa: SIM110  (a generator would cost a frame for every block)
        if STMT[type(statement)](f, statement):
            return True
    return False


def _block_in_loop(f: Frame, body: list[ast.stmt]) -> bool:
    leaves, quits = f.leaves, f.quits
    last = body[-1] if body else None
    if type(last) is ast.Continue:
        f.leaves = f.quits = False
    elif last is not None and (type(last) in _LEAVING or _always_leaves(last)):
        f.leaves = True
        f.quits = quits or type(last) is ast.Return or type(last) is ast.Raise
    ended = False
    for statement in body:
        if STMT[type(statement)](f, statement):
            ended = True
            break
    f.leaves, f.quits = leaves, quits
    return ended


def _always_leaves(node: Any) -> bool:
    kind = type(node)
    if kind in _LEAVING:
        return True
    if kind is ast.If:
        return bool(node.orelse) and _always_leaves(node.body[-1]) and _always_leaves(node.orelse[-1])
    if kind is ast.With or kind is ast.AsyncWith:
        return _always_leaves(node.body[-1])
    return False


def expression(f: Frame, node: ast.Expr) -> bool:
    """An expression whose value nobody uses."""
    value = node.value
    if type(value) is ast.Constant:
        return False
    f.role = DROPPED
    EVAL[type(value)](f, value)
    return False


def if_statement(f: Frame, node: ast.If) -> bool:
    """`if`."""
    if f.number and (runs := is_python3(node.test)) is not None:
        return block(f, node.body if runs else node.orelse)
    outer = f.tests
    held = f.held
    tests = condition(f, node.test)
    taken = f.held
    holds, fails = known_by(f, node.test)
    if (holds or fails) and not node.orelse:
        remember_flags(f, node, holds, fails)
    if not node.orelse and len(node.body) == 1 and type(node.body[0]) in _QUICK and taken is held:
        awaits, switches = f.awaits, f.switches
        if tests:
            f.tests = outer + tests
        known = len(f.givens)
        if holds:
            begin(f, of_types(holds))
        block(f, node.body)
        if len(f.givens) > known:
            end(f, known)
        f.awaits, f.switches = awaits, switches
        f.tests = outer + negated(tests) if tests else outer
        if fails:
            begin(f, fails)
        return False
    branch = save(f)
    known, binds = len(f.givens), len(f.binds)
    if holds:
        begin(f, holds)
    if tests:
        f.tests = outer + tests
    name = key_text(f, node.test) if type(node.test) is ast.Name else ""
    seen = f.seen_when
    if name in seen:
        f.tests += seen[name]
    first = f.tests
    if taken is not held and _is_negated(node.test):
        hold(f, tuple([each for each in taken if each in held]))
    ended = block(f, node.body)
    if len(f.givens) > known:
        end(f, known)
    if ended and known and len(f.binds) > binds:
        begin_again(f, known, binds)
    missed = outer + negated(tests) if tests else outer
    if ended:
        f.seen_when = seen
    elif name and f.tests[: len(first)] == first and len(f.tests) > len(first):
        f.seen_when = {**f.seen_when, name: f.tests[len(first) :]}
    if not node.orelse:
        if ended:
            restore(f, branch)
            begin(f, fails)
            f.tests = missed
            if taken is not held and not _is_negated(node.test):
                hold(f, tuple([each for each in f.held if each in held]))
            return False
        if taken is not held and not _is_negated(node.test):
            branch = (*branch[:2], tuple([each for each in taken if each in held]), *branch[3:])
        asked = f.held
        meet(f, branch)
        f.tests = outer
        if len(asked) > len(f.held) and any("." not in path and "lock" in path for path, _, _ in holds):
            # `if not locked:` - or else the caller holds it
            hold(f, f.held + tuple([each for each in asked if each not in f.held and each.how == "acquire"]))
        return False
    after = (f.env, f.info, f.held, f.tests, f.awaits, f.switches)
    restore(f, branch)
    f.tests = missed
    if taken is not held and not _is_negated(node.test):
        hold(f, tuple([each for each in taken if each in held]))
    known, binds = len(f.givens), len(f.binds)
    begin(f, fails)
    found, f.seen_when = f.seen_when, seen
    ended_too = block(f, node.orelse)
    f.seen_when = found if ended_too else {**found, **f.seen_when}
    if ended and ended_too:
        return True
    if len(f.givens) > known and not ended:
        end(f, known)
    if ended_too:
        if known and len(f.binds) > binds:
            begin_again(f, known, binds)
        restore(f, after)
        begin(f, holds)
    elif not ended:
        meet(f, after)
        f.tests = outer
    return False


def _is_negated(test: Any) -> bool:
    return type(test) is ast.UnaryOp and type(test.op) is ast.Not


def while_statement(f: Frame, node: ast.While) -> bool:
    """`while`."""
    return _loop(f, node, _while_round)


def for_statement(f: Frame, node: Any) -> bool:
    """`for` and `async for`."""
    return _loop(f, node, _for_round)


def _loop(f: Frame, node: Any, round_: Any) -> bool:
    from dictlint.index.rounds import run_loop

    return run_loop(f, node, round_)


def _while_round(f: Frame, node: ast.While) -> tuple[State | None, bool]:
    """One turn of a while loop: the state when the test fails, and whether the test can fail at all."""
    test = node.test
    f.switches += 1
    held = f.held
    outer = f.tests
    if type(test) is ast.Constant and test.value:
        exit_state = None
        tests: tuple[Test, ...] = ()
    else:
        tests = condition(f, test)
        kept = f.held
        if kept is not held and not _is_negated(test):
            kept = held
        env, info, _, _, awaits, switches = save(f)
        exit_state = (env, info, kept, outer + negated(tests), awaits, switches)
        if f.held is not held and _is_negated(test):
            hold(f, held)
    begin_turn(f, test)
    f.tests = outer + tests
    f.whiles += 1
    ended = block(f, node.body)
    f.whiles -= 1
    return exit_state, ended


def _for_round(f: Frame, node: Any) -> tuple[State | None, bool]:
    from dictlint.index.iteration import open_iteration
    from dictlint.index.origins import set_key_origin

    is_async = type(node) is ast.AsyncFor
    f.loops -= 1
    leaves, f.leaves = f.leaves, f.outer_leaves
    items, live, keys = open_iteration(f, node.iter, "async for" if is_async else "for")
    f.leaves = leaves
    f.loops += 1
    exit_state = save(f)
    f.switches += 1
    if is_async:
        add_pause(f, "async for", node.iter)
    store(f, node.target, items)
    if keys:
        set_key_origin(f, node.target, items, keys)
    during, over = f.during, f.over
    if live:
        f.during += live
        f.over += ((live, keys, f.loops),)
    endless = is_async or _is_endless(node.iter)
    f.whiles += endless
    ended = block(f, node.body)
    f.whiles -= endless
    f.during, f.over = during, over
    return exit_state, ended


def _is_endless(node: Any) -> bool:
    """`iter(queue.get, None)`, `itertools.count()`: as good as a `while`."""
    if type(node) is not ast.Call:
        return False
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    return (name == "iter" and len(node.args) == 2) or name == "count" or name == "cycle"


def return_statement(f: Frame, node: ast.Return) -> bool:
    """`return`."""
    value = node.value
    if value is not None and type(value) is not ast.Constant:
        values = EVAL[type(value)](f, value)
        for each in values:
            if each not in f.returns:
                f.returns[each] = (node, f.locks)
    if f.held:
        note_exit(f)
    return True


def note_exit(f: Frame) -> None:
    """Control leaves the function normally: what was acquired and is released by no open `finally` stays held."""
    kept = tuple([h for h in f.held if "acquire" in h.how and h.path not in f.finals])
    if kept and not f.exits:
        f.exits = kept


def raise_statement(f: Frame, node: ast.Raise) -> bool:
    """`raise`."""
    for each in (node.exc, node.cause):
        if each is not None:
            EVAL[type(each)](f, each)
    if node.exc is not None and _name_of(node.exc) not in _OF_PROTOCOLS:
        f.raises.append((f.attempt, node.lineno))
    return True


def _name_of(exception: Any) -> str:
    """The last name of the class that is raised."""
    if type(exception) is ast.Call:
        exception = exception.func
    return getattr(exception, "id", "") or getattr(exception, "attr", "")


def break_statement(f: Frame, node: ast.Break) -> bool:
    """`break`: it leaves the `with` blocks inside the loop."""
    if f.breaks:
        env, info, held, tests, awaits, switches = save(f)
        region, states = f.breaks[-1]
        if held:
            held = tuple([each for each in held if each.region <= region or "acquire" in each.how])
        states.append((env, info, held, tests, awaits, switches))
    return True


def continue_statement(f: Frame, node: ast.Continue) -> bool:
    """`continue`."""
    return True


def assert_statement(f: Frame, node: ast.Assert) -> bool:
    """`assert`: what it tests holds afterwards."""
    f.tests += condition(f, node.test)
    begin(f, known_by(f, node.test)[0])
    if node.msg is not None:
        EVAL[type(node.msg)](f, node.msg)
    return False


def nothing_happens(f: Frame, node: Any) -> bool:
    """`pass`."""
    return False


STMT.update(
    {
        ast.Expr: expression,
        ast.AugAssign: augment,
        ast.Delete: delete,
        ast.If: if_statement,
        ast.While: while_statement,
        ast.For: for_statement,
        ast.AsyncFor: for_statement,
        ast.Return: return_statement,
        ast.Raise: raise_statement,
        ast.Break: break_statement,
        ast.Continue: continue_statement,
        ast.Assert: assert_statement,
        ast.Pass: nothing_happens,
    }
)
