"""What a call that starts or registers something will run: its target, and the arguments it hands over."""

from __future__ import annotations

from typing import NamedTuple

from dictlint.knowledge.activities import CONTEXTS, Spawner
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, given, split, tuple_parts
from dictlint.link.question import FAN
from dictlint.model.body import Call


class Delivery(NamedTuple):
    """Arguments that a spawn hands to its target: parameter i gets `args[i - shift]`."""

    target: int
    caller: int
    args: tuple[tuple[str, ...], ...]
    shift: int


def handed_over(call: Call, spawner: Spawner) -> tuple[tuple[str, ...], ...]:
    """The arguments that the target will be called with."""
    if spawner.args_keyword:
        for name, values in call.kwargs:
            if name == spawner.args_keyword:
                return _unpacked(values)
        if 0 <= spawner.args < len(call.args):
            return _unpacked(call.args[spawner.args])
        return ()
    return call.args[spawner.args :] if 0 <= spawner.args <= len(call.args) else ()


def _unpacked(values: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    for value in values:
        if value[:1] == "(" and value[-1:] == ")":
            return tuple((part,) if part not in ("", "?") else () for part in tuple_parts(value))
    return ()


def target_functions(
    ev: Evaluator, fid: int, path: str, spawner: Spawner, classes: bool = False
) -> list[tuple[int, tuple[tuple[str, ...], ...], int]]:
    """(function, arguments bound by a partial or a coroutine call, how many parameters those shift). `classes`: whoever
    is given a class makes an object of it there; a framework may do that where it likes.
    """
    calls = ev.symbols.fns[fid].facts.calls
    if call_of(path) >= 0:
        call = calls[call_of(path)]
        if any(v[0] == "X" and v[1] in ("functools.partial", "partial") for v in ev.targets(fid, int(path[1:]))):
            first = past_context(ev, fid, call.args, 0)
            inner = call.args[first] if first < len(call.args) else ()
            return [(f, _bound(ev, f, call, first + 1), 0) for p in inner for f in called_by(ev, fid, p, classes)]
        if spawner.domain == "loop":
            return [(f, call.args, 0) for f in ev.functions(fid, int(path[1:])) if ev.symbols.fns[f].facts.is_async]
    return [(f, (), 0) for f in called_by(ev, fid, path, classes)]


def relayed(ev: Evaluator, fid: int, call: Call, spawner: Spawner, path: str) -> list[Delivery]:
    """What callers give a function to start, with the arguments that it hands on: `def launch(function, *args):
    Thread(target=function, args=args).start()`.
    """
    fn = ev.symbols.fns[fid]
    index = ev.param(("v", fid, path[1:])) if path[:1] == "%" else None
    star = next((i for i, param in enumerate(fn.facts.params) if param.kind == "star"), -1)
    if index is None or star < 0 or not _hands_on(call, spawner, f"%*{fn.facts.params[star].name}"):
        return []
    found: list[Delivery] = []
    for caller, number in ev.callers(fid)[: FAN * 3]:
        if number < 0:
            continue
        one, shift = ev.symbols.fns[caller].facts.calls[number], ev.shift(fn, caller, number)
        for given_path in given(one, index - shift, path[1:]):
            for target, args, before in target_functions(ev, caller, given_path, spawner):
                handed = args + _plain(one.args[star - shift :])
                found.append(Delivery(target, caller, handed, before + is_bound(ev, target)))
    return found


def _hands_on(call: Call, spawner: Spawner, star: str) -> bool:
    """Whether the target gets what the function was given by its star parameter, and nothing before that."""
    if not spawner.args_keyword:
        return spawner.args >= 0 and call.args[spawner.args : spawner.args + 1] == ((f"*{star}",),)
    named = [values for name, values in call.kwargs if name == spawner.args_keyword]
    return (star,) in (named or call.args[spawner.args : spawner.args + 1])


def _plain(args: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The arguments before the first one that is unpacked: where those behind it end up is not known."""
    starred = next((i for i, group in enumerate(args) if any(path[:1] == "*" for path in group)), len(args))
    return args[:starred]


def _bound(ev: Evaluator, target: int, call: Call, first: int) -> tuple[tuple[str, ...], ...]:
    """The arguments of a partial, those by keyword at the places of their parameters."""
    args = list(call.args[first:])
    fn = ev.symbols.fns[target]
    names = [param.name for param in fn.facts.params][1 if fn.self_name else 0 :]
    for name, values in call.kwargs:
        if name in names:
            at = names.index(name)
            args += [()] * (at + 1 - len(args))
            args[at] = values
    return tuple(args)


def past_context(ev: Evaluator, fid: int, args: tuple[tuple[str, ...], ...], position: int) -> int:
    """The position of the target: behind the `run` of a context, which runs what follows it."""
    while 0 <= position < len(args) and any(_runs_context(ev, fid, path) for path in args[position]):
        position += 1
    return position


def _runs_context(ev: Evaluator, fid: int, path: str) -> bool:
    base, attr = split(path)
    return attr == "run" and any(v[0] == "XI" and v[1] in CONTEXTS for v in ev.values(fid, base))


def called_by(ev: Evaluator, fid: int, path: str, classes: bool = False) -> list[int]:
    """The functions that whoever is handed this runs; inside a decorator's wrapper, the decorated one itself. With
    `classes` also the constructor of one.
    """
    found: dict[int, None] = {}
    for value in ev.values(fid, path):
        if value[0] in ("F", "B") and fid in ev.wrappers(value[1]):
            found[value[1]] = None
        elif classes or value[0] != "C":
            found |= dict.fromkeys(ev.runs(value))
    return list(found)


def is_bound(ev: Evaluator, target: int) -> bool:
    return bool(ev.symbols.fns[target].self_name)


def title(ev: Evaluator, fid: int) -> str:
    return ev.symbols.fns[fid].facts.qualname.replace("<locals>.", "")
