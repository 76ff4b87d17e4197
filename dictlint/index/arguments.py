"""The arguments of calls, and the writing down of ordinary calls."""

from __future__ import annotations

import ast
from typing import Any

from dictlint.index.dispatch import EVAL, Evaluate
from dictlint.index.frame import Frame, Values, add_access, add_call
from dictlint.index.names import resolve
from dictlint.knowledge.operations import op_of

Args = tuple[Values, ...]
Kwargs = tuple[tuple[str, Values], ...]
Role = tuple[str, bool]

GENERATORS: list[Evaluate] = []
"""The function that follows a generator expression which is consumed on the spot (set by `comprehensions`)."""

_UNKNOWN: Values = ("=?",)
_LONGEST_CONSTANT = 40
_STARTING = frozenset({"Timer", "Thread", "Process", "start_new_thread", "apply_async", "apply"})
_MOST_RESULTS = 256
_RESULTS: tuple[Values, ...] = tuple([(f"!{index}",) for index in range(_MOST_RESULTS)])


def constant(value: object) -> Values:
    """A constant argument as a value."""
    if type(value) is str:
        return ("=" + repr(value),) if len(value) <= _LONGEST_CONSTANT else ()
    if value is None or type(value) is int or type(value) is bool or type(value) is float:
        text = repr(value)
        return ("=" + text,) if len(text) <= _LONGEST_CONSTANT else ()
    return ()


def constant_text(node: Any) -> str:
    """A constant assigned or given by default, `=?` for one that is too long; empty for anything else."""
    return ("".join(constant(node.value)) or "=?") if type(node) is ast.Constant else ""


def arguments(f: Frame, node: ast.Call, consumes: bool = False) -> tuple[Args, Kwargs]:
    """Follow the arguments in order. `consumes`: a generator expression among them is run by the call itself."""
    args: list[Values] = []
    known = 0
    env = f.env
    each: Any
    for each in node.args:
        kind = type(each)
        if kind is ast.Name:
            name = each.id
            found = env.get(name)
            if found is None:
                found = f.outer.get(name)
                if found is None:
                    found = resolve(f, name)
            values = found
        elif kind is ast.Constant:
            values = constant(each.value)
        elif kind is ast.Starred:
            inner = each.value  # a generator expression is run through before the call
            how = ast.ListComp if type(inner) is ast.GeneratorExp else type(inner)
            values = tuple(["*" + v for v in EVAL[how](f, inner)])
            if values:
                _spread(f, each, values)
        elif consumes and kind is ast.GeneratorExp:
            values = GENERATORS[0](f, each)
        elif kind is ast.List and _starts_something(node.func):
            values = EVAL[ast.Tuple](f, each)
        else:
            values = EVAL[kind](f, each)
        args.append(values)
        if values:
            known = len(args)
    if known < len(args):
        del args[known:]
        args.append(_UNKNOWN)
    if not node.keywords:
        return tuple(args), ()
    kwargs: list[tuple[str, Values]] = []
    for word in node.keywords:
        value: Any = word.value
        kind = type(value)
        if kind is ast.List and word.arg == "args":
            kind = ast.Tuple  # arguments for somebody else: what stands where matters, the list is nobody's
        values = constant(value.value) if kind is ast.Constant else EVAL[kind](f, value)
        kwargs.append((word.arg or "**", values or _UNKNOWN))
    return tuple(args), tuple(kwargs)


def _starts_something(func: Any) -> bool:
    """Whether a callee's name is one that takes the arguments of what it starts as a sequence."""
    return (func.attr if type(func) is ast.Attribute else getattr(func, "id", "")) in _STARTING


def _spread(f: Frame, node: ast.Starred, values: Values) -> None:
    """`call(*d.values())` reads `d` whole; `*args` is nobody's container."""
    for value in values:
        base, _, view = value[1:].partition("|")
        if (view or "." in base) and base[0] not in "(&":
            how = f"*:{view or 'keys'}"
            add_access(f, base, op_of(how), how, node, "", (), f.view_calls.get(base, -1) if view else -1)


def record(f: Frame, node: Any, callee: Values, args: Args, kwargs: Kwargs, role: Role) -> Values:
    """Write an ordinary call down and count it as a place where threads may switch."""
    if callee:
        if len(callee) == 1:
            index = add_call(f, callee[0], node, args, kwargs, role)
            values: Values = _RESULTS[index] if index < _MOST_RESULTS else (f"!{index}",)
        else:
            values = tuple([f"!{add_call(f, each, node, args, kwargs, role)}" for each in callee])
    elif interesting(args, kwargs):
        values = (f"!{add_call(f, '', node, args, kwargs, role)}",)
    else:
        values = ()
    f.switches += 1
    return values


def interesting(args: Args, kwargs: Kwargs) -> bool:
    """Whether any argument is more than a constant."""
    for values in args:
        if values and values[0][0] != "=":
            return True
    return any(values and values[0][0] != "=" for _, values in kwargs) if kwargs else False
