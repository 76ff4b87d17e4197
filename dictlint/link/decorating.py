"""What the program's own decorators do with the functions they are given: run them on the spot, or hand them on.

A wrapper that locks or logs runs the decorated function; whoever calls the one has called the other. A wrapper that
schedules it runs nothing: its caller's thread never comes there.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.knowledge.activities import DEFERRING
from dictlint.link.paths import leaf_name, tuple_parts
from dictlint.link.symbols import Fn, Symbols
from dictlint.model.body import Call
from dictlint.model.facts import FunctionFacts

_LOOKING = frozenset(("wraps", "update_wrapper", "getattr", "hasattr", "signature", "iscoroutinefunction", "partial"))


def is_manager(facts: FunctionFacts) -> bool:
    """Whether a decorator makes the function a context manager."""
    return any("contextmanager" in leaf_name(path) for group in facts.decorators for path in group)


def given_out(facts: FunctionFacts) -> tuple[str, ...]:
    """What a call of the function gives; of a context manager, what its `with` block has of it."""
    return facts.yields if facts.yields and is_manager(facts) else facts.returns


def parts_given(facts: FunctionFacts, position: int) -> tuple[str, ...]:
    """What stands at a position of the tuples that a call of the function gives."""
    displays = (tuple_parts(path) for path in given_out(facts) if path[:1] == "(")
    return tuple(parts[position] for parts in displays if position < len(parts) and parts[position] not in ("", "?"))


def given_names(symbols: Symbols, wrapper: Fn) -> frozenset[str]:
    """The paths by which a wrapper, and what is defined in it, speak of what its decorator was given."""
    parent = wrapper.facts.parent
    if parent <= 0:
        return frozenset()
    around = symbols.fns[wrapper.mod.first_function + parent]
    return frozenset(f"^{parent}:{param.name}" for param in around.facts.params)


def on_the_spot(symbols: Symbols, wrapper: Fn) -> frozenset[int]:
    """The calls by which a wrapper itself runs what its decorator was given."""
    names = given_names(symbols, wrapper)
    return frozenset(n for n, call in enumerate(wrapper.facts.calls) if call.callee in names)


def defers(symbols: Symbols, wrapper: Fn) -> bool:
    """Whether all that a wrapper does with the function is to hand it, or a function that calls it, to a scheduler."""
    names = given_names(symbols, wrapper)
    around = symbols.fns[wrapper.mod.first_function + wrapper.facts.parent] if names else wrapper
    if not names or not names.isdisjoint(f"^{wrapper.facts.parent}:{path[1:]}" for path in around.facts.returns):
        return False
    handed = names | {
        f"&{inner.gid - inner.mod.first_function}"
        for inner in _inside(symbols, wrapper)
        if any(call.callee in names or not names.isdisjoint(_arguments(call)) for call in inner.facts.calls)
    }
    calls = enumerate(wrapper.facts.calls)
    handed |= {f"!{n}" for n, c in calls if leaf_name(c.callee) == "partial" and not handed.isdisjoint(_arguments(c))}
    callees = [leaf_name(call.callee) for call in wrapper.facts.calls if not handed.isdisjoint(_arguments(call))]
    named = any(call.callee in handed for call in wrapper.facts.calls)
    given_on = [name for name in callees if name not in _LOOKING]
    return not named and bool(given_on) and all(name in DEFERRING for name in given_on)


def _inside(symbols: Symbols, outer: Fn) -> Iterator[Fn]:
    local = outer.gid - outer.mod.first_function
    for gid in range(outer.gid + 1, outer.mod.first_function + len(outer.mod.facts.functions)):
        if symbols.fns[gid].facts.parent == local:
            yield symbols.fns[gid]


def _arguments(call: Call) -> Iterator[str]:
    for group in call.groups:
        for path in group:
            yield from tuple_parts(path) if path[:1] == "(" else (path,)
