"""From the state of a followed function to its facts: what concerns purely local containers is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from dictlint.index.copies import captures, keep_copies
from dictlint.index.docs import disclaims
from dictlint.index.frame import Frame, Values, span_of
from dictlint.index.givens import Facts, facts_of
from dictlint.index.leaks import leaks
from dictlint.index.paths import BIRTH, own_birth
from dictlint.model.body import Access, Attempt, Bind, Call, Compound, Handler, Held, Out, Pause
from dictlint.model.facts import FunctionFacts, Param
from dictlint.model.site import Span

_NO_GIVENS: Facts = ((), (), (), ())
_START = Span(1, 0, 1, 0)
_MOST_ITEMS = 8


def function_facts(f: Frame) -> FunctionFacts:
    """The facts of one function; its nested functions have been followed."""
    if f.captured:
        _bind_captured(f)
    if f.births:
        _forget_locals(f)
    lockset_count = len(f.lock_index)
    exits = f.lock_index.setdefault(f.exits, lockset_count) if f.exits else 0
    givens, narrowings, renewed, turns = facts_of(f) if f.givens else _NO_GIVENS
    return FunctionFacts(
        f.name,
        f.qualname,
        span_of(f.node) if f.number else _START,
        f.parent.number if f.parent is not None else -1,
        f.owner,
        f.signature,
        f.decorators,
        f.is_async,
        f.is_generator,
        tuple(f.births) if f.births else (),
        tuple(f.accesses) if f.accesses else (),
        tuple(f.calls) if f.calls else (),
        tuple(f.binds) if f.binds else (),
        tuple(f.compounds) if f.compounds else (),
        tuple(f.tries) if f.tries else (),
        tuple(f.lock_index) if len(f.lock_index) > 1 else ((),),
        tuple(f.returns) if f.returns else (),
        tuple(f.yields) if f.yields else (),
        f.return_types,
        exits,
        f.ends_in_main,
        _outs(f) if f.returns or f.yields else (),
        givens,
        narrowings,
        tuple(f.pauses) if f.pauses else (),
        f.number > 0 and f.name[0] != "_" and disclaims(f.node),
        captures(f) if f.parent is not None and (f.parent.number or f.defined_in) else (),
        f.defined_in,
        leaks=leaks(f) if f.acquired else (),
        lazies=tuple(f.lazies) if f.lazies else (),
        raises=tuple(f.raises) if f.raises else (),
        converts=tuple(f.converts) if f.converts else (),
        renewed=renewed,
        turns=turns,
        entrusted=tuple(f.entrusted) if f.entrusted else (),
        cycles=tuple(f.cycles) if f.cycles else (),
    )


def _outs(f: Frame) -> tuple[Out, ...]:
    """The return and yield statements that may hand out what something else holds."""
    return tuple(
        [
            Out(path, how, span_of(node), locks)
            for how, table in (("return", f.returns), ("yield", f.yields))
            for path, (node, locks) in table.items()
            if _may_be_held(f, path, locks)
        ]
    )


def _may_be_held(f: Frame, path: str, locks: int) -> bool:
    first = path[0]
    if first == "%" or first == "^":
        return first == "^" or "." in path or "[" in path or "|" in path
    if first == "!":
        return locks > 0 or (len(path) > 1 and not path[1:].replace(".", "", 1).isdigit())
    return first.isidentifier() and path.partition("|")[0].partition("[")[0].partition(".")[0] in f.module.bound


def _bind_captured(f: Frame) -> None:
    """Write down what the variables hold that nested functions use."""
    added = [
        Bind(f":{name}", values, span_of(node), seq, locks, (), "", loops, awaits)
        for name, values, node, seq, locks, loops, awaits in f.local_binds
        if name in f.captured
    ]
    if added:
        f.binds = sorted([*f.binds, *added], key=_seq)


def _seq(bind: Bind) -> int:
    return bind.seq


def _forget_locals(f: Frame) -> None:
    """Leave out containers that never leave the function, and what is done to them."""
    births = f.births
    for path, items in f.contents.items():
        number = int(path[1:])
        if number < len(births) and items != births[number].items:
            births[number] = replace(births[number], items=items[:_MOST_ITEMS])
    keep_copies(f)
    escaped = _escaped(f)
    kept = escaped
    if len(escaped) < len(births):
        _drop_accesses(f, escaped)
        kept = _mentioned(f, escaped)
    if kept:
        _name_births(f, kept)
    if len(kept) == len(births):
        return
    numbers = {old: new for new, old in enumerate(sorted(kept))}
    f.births = [births[old] for old in numbers]
    if any(old != new for old, new in numbers.items()):
        _renumber(f, numbers)


def _name_births(f: Frame, kept: set[int]) -> None:
    """Write down the variable or attribute that each container is first bound to."""
    first: dict[int, tuple[int, str]] = {}
    stores = [(name, values, seq) for name, values, _, seq, _, _, _ in f.local_binds]
    stores += [(bind.target, bind.values, bind.seq) for bind in f.binds]
    for name, values, seq in stores:
        if len(values) == 1 and own_birth(values[0]):
            number = int(values[0][1:])
            if number in kept and (number not in first or seq < first[number][0]):
                first[number] = (seq, name)
    for number, (_, name) in first.items():
        b = f.births[number]
        name = name.rpartition(".")[2].rpartition(":")[2]
        f.births[number] = replace(b, name=_as_written(f, name))


def _as_written(f: Frame, name: str) -> str:
    """A private name without the class name that Python puts before it."""
    start = f"_{f.mangle}__"
    return "__" + name.removeprefix(start) if f.mangle and name.startswith(start) else name


def _numbers(values: Iterable[str]) -> list[int]:
    """The births that paths mention (and, at worst, numbers that stand in a constant)."""
    text = "\n".join(values)
    return [int(number) for number in BIRTH.findall(text)] if "#" in text else []


def _escaped(f: Frame) -> set[int]:
    """The births that something outside the function may come to know, other than by being returned."""
    found = set(f.escaped)
    texts: list[str] = list(f.yields)
    for call in f.calls:
        for values in call.args:
            texts += values
        for _, values in call.kwargs:
            texts += values
        if call.callee[:1] == "#":
            texts.append(call.callee)
    for bind in f.binds:
        texts += bind.values
    found.update(_numbers(texts))
    inner: dict[int, set[int]] = {}
    for access in f.accesses:
        if access.values:
            numbers = _numbers(access.values)
            if numbers:
                holder = BIRTH.match(access.path)
                if holder is None:
                    found.update(numbers)
                else:
                    inner.setdefault(int(holder[1]), set()).update(numbers)
    for number, birth in enumerate(f.births):
        if birth.items or birth.copy_of:
            inner.setdefault(number, set()).update(_numbers(birth.items + birth.copy_of))
    return _closure({number for number in found if number < len(f.births)}, inner)


def _closure(found: set[int], inner: dict[int, set[int]]) -> set[int]:
    stack = list(found)
    while stack:
        for each in inner.get(stack.pop(), ()):
            if each not in found:
                found.add(each)
                stack.append(each)
    return found


def _drop_accesses(f: Frame, escaped: set[int]) -> None:
    where: dict[int, int] = {}
    kept: list[Access] = []
    for index, access in enumerate(f.accesses):
        path = access.path
        if path[0] == "#":
            root = BIRTH.match(path)
            if root is not None and int(root[1]) not in escaped:
                continue
        where[index] = len(kept)
        kept.append(access)
    if len(kept) == len(f.accesses):
        return
    f.accesses = [_within(access, where) if access.during else access for access in kept]
    f.compounds = [
        Compound(c.kind, where[c.first] if c.kind != "helper-test" else c.first, where[c.second], c.gil, c.awaits)
        for c in f.compounds
        if c.second in where and (c.kind == "helper-test" or c.first in where)
    ]
    f.entrusted = [replace(one, test=where[one.test]) for one in f.entrusted if one.test in where]
    f.calls = [_with_indices(call, where) if call.during or call.tests else call for call in f.calls]
    f.pauses = [_still_over(pause, where) if pause.over or pause.through else pause for pause in f.pauses]


def _still_over(p: Pause, where: dict[int, int]) -> Pause:
    over = tuple([where[i] for i in p.over if i in where])
    return Pause(p.kind, p.at, p.seq, p.call, over, tuple([where[i] for i in p.through if i in where]), p.path)


def _within(a: Access, where: dict[int, int]) -> Access:
    return _access(a, a.path, a.values, tuple([where[i] for i in a.during if i in where]))


def _with_indices(c: Call, where: dict[int, int]) -> Call:
    return Call(
        c.callee, c.at, c.seq, c.args, c.kwargs, c.locks, c.attempt, c.loops, c.awaits, c.awaited, c.bound, c.leaves,
        tuple([where[i] for i in c.during if i in where]), tuple([where[i] for i in c.tests if i in where]),
    )  # fmt: skip


def _mentioned(f: Frame, escaped: set[int]) -> set[int]:
    """The births that remaining facts refer to."""
    texts: list[str] = list(f.returns)
    for access in f.accesses:
        texts += access.values
    texts += [held.path for locks in f.lock_index for held in locks]
    for call in f.calls:
        texts += (call.callee, call.bound)
    texts += [bind.target for bind in f.binds]
    texts += [path for attempt in f.tries for handler in attempt.handlers for path in handler.types]
    found = set(_numbers(texts))
    inner = {number: set(_numbers(b.items + b.copy_of + (b.factory,))) for number, b in enumerate(f.births)}
    return _closure({number for number in found if number < len(f.births)} | escaped, inner)


def _renumber(f: Frame, numbers: dict[int, int]) -> None:
    """Out the births that are left consecutive numbers, everywhere."""
    names = {str(old): str(new) for old, new in numbers.items()}

    def new(match: re.Match[str]) -> str:
        return "#" + names.get(match[1], match[1])

    def one(path: str) -> str:
        return BIRTH.sub(new, path) if "#" in path and path[0] != "=" else path

    def many(values: Values) -> Values:
        return tuple([one(path) for path in values]) if values and "#" in "".join(values) else values

    f.births = [replace(b, copy_of=many(b.copy_of), items=many(b.items), factory=one(b.factory)) for b in f.births]
    f.accesses = [
        _access(a, one(a.path), many(a.values), a.during) if _marked(a.path, a.values) else a for a in f.accesses
    ]
    f.calls = [_call(c, one, many) for c in f.calls]
    f.binds = [
        Bind(one(b.target), many(b.values), b.at, b.seq, b.locks, b.types, b.constant, b.loops, b.awaits)
        if _marked(b.target, b.values)
        else b
        for b in f.binds
    ]
    f.returns = {one(path): place for path, place in f.returns.items()}
    f.yields = {one(path): place for path, place in f.yields.items()}
    f.tries = [_attempt(each, many) for each in f.tries]
    _renumber_headers(f, many)
    f.exits = tuple([_held(h, one) for h in f.exits])
    f.lock_index = {tuple([_held(h, one) for h in k]): v for k, v in f.lock_index.items()}


def _held(h: Held, one: Any) -> Held:
    return Held(one(h.path), h.region, h.how, h.at, one(h.instead) if h.instead else "")


def _attempt(a: Attempt, many: Any) -> Attempt:
    handlers = tuple([Handler(many(h.types), h.at, h.does) for h in a.handlers])
    return Attempt(a.at, handlers, a.has_finally, a.outer, a.final, a.loops, a.whiles)


def _renumber_headers(f: Frame, many: Any) -> None:
    """Defaults, decorators and bases of what is defined here name births of this function."""
    for each in dict.fromkeys(f.dependents):
        if isinstance(each, int):
            name, methods, node, parent, bases, metaclass, decorators = f.module.classes[each]
            bases, decorators = tuple(map(many, bases)), tuple(map(many, decorators))
            f.module.classes[each] = (name, methods, node, parent, bases, many(metaclass), decorators)
        else:
            each.signature = tuple(
                [Param(p.name, p.types, many(p.default), p.kind, p.constant) for p in each.signature]
            )
            each.decorators = tuple(map(many, each.decorators))


def _marked(path: str, values: Values) -> bool:
    return "#" in path or (bool(values) and "#" in "".join(values))


def _access(a: Access, path: str, values: Values, during: tuple[int, ...]) -> Access:
    return Access(
        path, a.op, a.how, a.at, a.seq, a.key, values, a.locks, a.attempt, a.call, a.loops, a.awaits, a.leaves, during,
        a.alias,
    )  # fmt: skip


def _call(c: Call, one: Any, many: Any) -> Call:
    texts = c.callee + c.bound + "".join(["".join(v) for v in c.args]) + "".join(["".join(v) for _, v in c.kwargs])
    if "#" not in texts:
        return c
    args = tuple([many(v) for v in c.args])
    kwargs = tuple([(k, many(v)) for k, v in c.kwargs])
    return Call(
        one(c.callee), c.at, c.seq, args, kwargs, c.locks, c.attempt, c.loops, c.awaits, c.awaited, one(c.bound),
        c.leaves, c.during, c.tests,
    )  # fmt: skip
