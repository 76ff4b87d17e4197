"""Functions that are given to a library together with their arguments, to be called: what their parameters may hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import tuple_parts
from dictlint.link.symbols import Fn
from dictlint.link.targets import Delivery, called_by, is_bound
from dictlint.model.body import Call

Args = tuple[tuple[str, ...], ...]


def lent(ev: Evaluator) -> Iterator[Delivery]:
    """`partial(ready, watcher)`, `wait_for(ready, func_args=(timeout, watcher))`."""
    for fn in ev.symbols.fns:
        for number, call in enumerate(fn.facts.calls):
            given = _given_along(call)
            if given and (call.callee == "@functools.partial" or not ev.functions(fn.gid, number)):
                for path in call.args[0]:
                    yield from _to_each(ev, fn.gid, path, given, call.callee == "@functools.partial")


def _to_each(ev: Evaluator, fid: int, path: str, args: Args, partly: bool) -> Iterator[Delivery]:
    for target in called_by(ev, fid, path):
        if partly or _fits(ev.symbols.fns[target], len(args)):
            yield Delivery(target, fid, args, int(is_bound(ev, target)))


def _given_along(call: Call) -> Args:
    """What stands with the function that a call is given first: all of a partial, else the one tuple. Containers are
    left out: whether they are kept is not seen.
    """
    if call.callee[:1] != "@" or len(call.groups) < 2 or not call.args or not _may_be_function(call.args[0]):
        return ()
    if call.callee == "@functools.partial":
        return tuple(tuple(path for path in group if path[:1] not in "#=*(") for group in call.args[1:])
    if call.callee[1:].partition(".")[0] in sys.stdlib_module_names:
        return ()
    displays = [path for group in call.groups[1:] for path in group if path[:1] == "(" and path[-1:] == ")"]
    parts = tuple_parts(displays[0]) if len(displays) == 1 else []
    return tuple((part,) if part[:1] not in ("", "#", "?", "(") else () for part in parts)


def _may_be_function(values: tuple[str, ...]) -> bool:
    """Whether it goes by a name: of the module, an import, or an attribute."""
    return all(path[:1] not in "=*(#!" and path[-1:] not in "]>" for path in values)


def _fits(fn: Fn, count: int) -> bool:
    """Whether a function can be called with that many arguments."""
    params = [param for param in fn.facts.params if param.kind == "positional"][1 if fn.self_name else 0 :]
    needed = sum(not param.default and not param.constant for param in params)
    return needed <= count <= len(params)
