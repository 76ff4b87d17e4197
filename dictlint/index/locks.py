"""Which objects are held: `with`, `acquire`/`release` along paths, exit stacks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from dictlint.index.arguments import Role, arguments, record
from dictlint.index.dispatch import EVAL
from dictlint.index.frame import DROPPED, Frame, Values, hold, span_of
from dictlint.model.body import Held


def enter(f: Frame, path: str, how: str, node: Any, instead: str = "") -> None:
    """From here on `path` is held."""
    f.regions += 1
    hold(f, (*f.held, Held(path, f.regions, how, span_of(node), instead)))


def one_lock(f: Frame, values: Values) -> str:
    """The path that is surely entered: of several objects none is, but what does nothing may stand beside one."""
    if len(values) == 1:
        return values[0]
    real = [path for path in values if not _does_nothing(f, path)]
    return real[0] if len(real) == 1 else ""


def given_or_own(values: Values) -> tuple[str, str]:
    """A captured parameter and what is entered where it was left out, of `lock or self.lock`."""
    captured = [path for path in values if path[0] == "^"]
    own = [path for path in values if path[0] != "^"]
    return (captured[0], own[0]) if len(captured) == len(own) == 1 else ("", "")


def _does_nothing(f: Frame, path: str) -> bool:
    called = path[0] == "!" and path[1:].isdigit()
    return called and f.calls[int(path[1:])].callee.rpartition(".")[2].lstrip("@") == "nullcontext"


def leave(f: Frame, path: str) -> None:
    """`path` is released: the latest entering of it ends."""
    held = f.held
    for at in range(len(held) - 1, -1, -1):
        if held[at].path == path:
            hold(f, held[:at] + held[at + 1 :])
            return


def common(first: tuple[Held, ...], second: tuple[Held, ...]) -> tuple[Held, ...]:
    """What is held whichever way control came."""
    if first == second:
        return first
    return tuple([each for each in first if each in second])


def _acquire(f: Frame, node: ast.Call, base: Values, attr: str, role: Role) -> Values | None:
    args, kwargs = arguments(f, node)
    result = record(f, node, _callees(base, attr), args, kwargs, role)
    path, instead = (base[0], "") if len(base) == 1 else given_or_own(base)
    if path:
        form = _SIDES.get(attr) or _form(node)
        enter(f, path, "unchecked-acquire" if form == "try-acquire" and role is DROPPED else form, node, instead)
        f.acquired.append((path, node))
    return result


def _form(node: ast.Call) -> str:
    given = {word.arg: word.value for word in node.keywords}
    blocking = node.args[0] if node.args else given.get("blocking", given.get("block"))
    timeout = node.args[1] if len(node.args) > 1 else given.get("timeout")
    if type(blocking) is ast.Constant and not blocking.value:
        return "try-acquire"
    if timeout is None or (type(timeout) is ast.Constant and timeout.value is None):
        return "acquire"
    if type(timeout) is ast.UnaryOp and type(timeout.operand) is ast.Constant:
        return "acquire"
    return "try-acquire"


def _release(f: Frame, node: ast.Call, base: Values, attr: str, role: Role) -> Values | None:
    args, kwargs = arguments(f, node)
    result = record(f, node, _callees(base, attr), args, kwargs, role)
    for path in base:
        leave(f, path)
    return result


def _enter_context(f: Frame, node: ast.Call, base: Values, attr: str, role: Role) -> Values | None:
    args, kwargs = arguments(f, node)
    record(f, node, _callees(base, attr), args, kwargs, role)
    values = args[0] if args and args[0] and args[0][0][0] != "=" else ()
    path = one_lock(f, values) if values else ""
    if path:
        enter(f, path, "async with" if attr == "enter_async_context" else "with", node)
    return values


def _callees(base: Values, attr: str) -> Values:
    return tuple([f"{path}.{attr}" for path in base])


def released_by(f: Frame, body: list[ast.stmt]) -> tuple[str, ...]:
    """The paths that a `finally` block releases by statements of its own."""
    found: list[str] = []
    for statement in body:
        value = getattr(statement, "value", None)
        func = getattr(value, "func", None)
        if type(func) is ast.Attribute and LOCK_METHODS.get(func.attr) is _release:
            found += pure(f, func.value)
        for field in ("body", "orelse"):
            found += released_by(f, getattr(statement, field, None) or [])
    return tuple(found)


def pure(f: Frame, node: Any) -> Values:
    """The values of a name or attribute chain, which may be read ahead of time without recording anything."""
    inner = node
    while type(inner) is ast.Attribute:
        inner = inner.value
    return EVAL[type(node)](f, node) if type(inner) is ast.Name else ()


# Methods of reader/writer locks, as the libraries name them.
_SIDES = {
    "acquire_read": "read-acquire",
    "acquire_write": "write-acquire",
    "acquire_reader": "read-acquire",
    "acquire_writer": "write-acquire",
    "reader_acquire": "read-acquire",
    "writer_acquire": "write-acquire",
    "acquire_read_lock": "read-acquire",
    "acquire_write_lock": "write-acquire",
}
_SIDES_RELEASED = frozenset(
    {
        "release_read",
        "release_write",
        "release_reader",
        "release_writer",
        "reader_release",
        "writer_release",
        "release_read_lock",
        "release_write_lock",
    }
)
LOCK_METHODS: dict[str, Callable[[Frame, Any, Values, str, Role], Values | None]] = {
    "acquire": _acquire,
    "release": _release,
    "enter_context": _enter_context,
    "enter_async_context": _enter_context,
    **dict.fromkeys(_SIDES, _acquire),
    **dict.fromkeys(_SIDES_RELEASED, _release),
}
