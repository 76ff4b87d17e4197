"""Facts as text: one line a fact, for `dictlint facts FILE` and for the expectations in tests/facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dictlint.model.body import Access, Bind, Birth, Call, Compound, Held, Pause
from dictlint.model.facts import ClassFacts, FunctionFacts, ModuleFacts, Param

_AT_THE_END = 1 << 30  # what has no place of its own in the order of evaluation


class Shown(NamedTuple):
    """One fact: its line, its place in the order of evaluation, its words (`access`, path, operation, then details)."""

    line: int
    order: int
    words: tuple[str, ...]


def describe(facts: ModuleFacts) -> str:
    """A readable listing of everything one file says, function by function."""
    out = [f"module {facts.module}: {facts.lines} lines" + (", claims concurrency" if facts.claims else "")]
    out += [f"  import {each.name} = {each.target}" for each in facts.imports]
    if facts.exports is not None:
        out.append("  exports " + ", ".join(facts.exports))
    for number, each in enumerate(facts.classes):
        out += ["", f"class {each.qualname} (~{number}), line {each.at.line}" + _class_details(each)]
        out += [f"  method {name} = &{method}" for name, method in each.methods]
    for number, function in enumerate(facts.functions):
        out += ["", f"{_form(function)}{function.qualname} (&{number}), line {function.at.line}"]
        out += ["  " + _param(each) for each in function.params]
        out += [f"  {shown.line:>5}  {' '.join(shown.words)}" for shown in facts_of(function)]
        out += [f"  returns {path}" for path in function.returns]
        out += [f"  yields {path}" for path in function.yields]
        if function.exits_with:
            out.append("  leaves held " + _held(function.locksets[function.exits_with]))
    return "\n".join(out) + "\n"


def facts_of(function: FunctionFacts) -> Iterator[Shown]:
    """Every fact of a function in the order of evaluation, compounds after their second step."""
    found: list[Shown] = []
    for number, birth in enumerate(function.births):
        found.append(Shown(birth.at.line, -1, ("birth", birth.kind, f"#{number}", *_birth(birth))))
    for access in function.accesses:
        found.append(Shown(access.at.line, access.seq, ("access", access.path, access.op, *_access(function, access))))
    for number, call in enumerate(function.calls):
        found.append(Shown(call.at.line, call.seq, ("call", call.callee or "?", f"!{number}", *_call(function, call))))
    for bind in function.binds:
        found.append(Shown(bind.at.line, bind.seq, ("bind", bind.target, *_bind(function, bind))))
    for compound in function.compounds:
        second = function.accesses[compound.second]
        words = ("compound", compound.kind, second.path, *_compound(function, compound))
        found.append(Shown(second.at.line, second.seq, words))
    for one in function.entrusted:
        call, test = function.calls[one.call], function.accesses[one.test]
        words = (
            "entrusted",
            call.callee,
            one.kind,
            f"argument={one.argument}",
            f"first={test.op}",
            f"from={test.at.line}",
        )
        found.append(Shown(call.at.line, call.seq, words))
    for first, end in function.cycles:
        found.append(Shown(_line_at(found, first), first, ("loop", f"{first}-{end - 1}")))
    for path in function.captures:
        inside = [f"loops={function.loops}"] if function.loops else []
        found.append(Shown(function.at.line, -1, ("captures", path, *inside)))
    branches = (("given", function.givens), ("type", function.narrowings), ("new", function.renewed))
    for what, givens in (*branches, ("turn", function.turns)):
        for given in givens:
            words = (what, given.path, given.value, "is" if given.holds else "not", f"{given.start}-{given.stop}")
            found.append(Shown(_line_at(found, given.start), given.start, words))
    for pause in function.pauses:
        found.append(Shown(pause.at.line, pause.seq, ("pause", *_pause(function, pause))))
    for out in function.outs:
        held = ["locks=" + _held(function.locksets[out.locks])] if out.locks else []
        found.append(Shown(out.at.line, _AT_THE_END, ("out", out.path, out.how, *held)))
    for leak in function.leaks:
        how, by = leak.ways[0]
        found.append(Shown(leak.at.line, _AT_THE_END, ("leak", leak.path, how, f"by={by.line}")))
    for lazy in function.lazies:
        attempt_words = [f"try={lazy.attempt}"] if lazy.attempt >= 0 else []
        held = ["locks=" + _held(function.locksets[lazy.locks])] if lazy.locks else []
        found.append(Shown(lazy.at.line, lazy.seq, ("lazy", lazy.path, *attempt_words, *held)))
    for word, steps in (("raise", function.raises), ("convert", function.converts)):
        for number, at in steps:
            found.append(Shown(at, _AT_THE_END, (word, *([f"try={number}"] if number >= 0 else []))))
    for attempt in function.tries:
        for handler in attempt.handlers:
            loops = [f"loops={attempt.loops}"] if attempt.loops else []
            loops += [f"whiles={attempt.whiles}"] if attempt.whiles else []
            words = ("handler", ",".join(handler.types) or "bare", "does=" + ",".join(handler.does), *loops)
            found.append(Shown(handler.at.line, -1, words))
    return iter(sorted(found, key=_order))


_LAST = {"pause": 0, "compound": 2}  # a pause lies before what has its number, a compound ends with it


def _line_at(found: list[Shown], seq: int) -> int:
    """The line of the first fact from a step on."""
    return next((one.line for one in sorted(found, key=_order) if one.order >= seq), 0)


def _order(shown: Shown) -> tuple[int, int]:
    return shown.order, _LAST.get(shown.words[0], 1)


def _birth(birth: Birth) -> list[str]:
    words = _values("copy_of", birth.copy_of) + _values("items", birth.items) + _values("keys", birth.keys)
    if birth.factory != "<none>":
        words.append("factory=" + birth.factory)
    if birth.name:
        words.append("name=" + birth.name)
    if birth.loops:
        words.append(f"loops={birth.loops}")
    return words + [name for name in ("deep", "empty", "same") if getattr(birth, name)]


def _access(function: FunctionFacts, access: Access) -> list[str]:
    words = ["how=" + _close(access.how)]
    if access.key:
        words.append("key=" + _close(access.key))
    words += _values("values", access.values) + _place(function, access)
    if access.during:
        words.append("during=" + ",".join([function.accesses[i].path for i in access.during]))
    if access.call >= 0:
        words.append(f"call=!{access.call}")
    return words


def _call(function: FunctionFacts, call: Call) -> list[str]:
    words = [f"{at}={_joined(values)}" for at, values in enumerate(call.args) if values]
    words += [f"{name}={_joined(values)}" for name, values in call.kwargs]
    words += _place(function, call)
    if call.awaited:
        words.append("awaited")
    words.append("bound=" + (call.bound if call.bound != "=" else "used")) if call.bound else words.append("dropped")
    if call.during:
        words.append("during=" + ",".join([function.accesses[i].path for i in call.during]))
    if call.tests:
        words.append("tests=" + ",".join([function.accesses[i].path for i in call.tests]))
    return words


def _bind(function: FunctionFacts, bind: Bind) -> list[str]:
    words = _values("values", bind.values) + _values("types", bind.types)
    if bind.constant:
        words.append(f"constant={_close(bind.constant)}")
    if bind.locks:
        words.append("locks=" + _held(function.locksets[bind.locks]))
    return words


def _compound(function: FunctionFacts, compound: Compound) -> list[str]:
    if compound.kind == "helper-test":
        call = function.calls[compound.first]
        words = [f"first={call.callee}", f"from={call.at.line}"]
    else:
        access = function.accesses[compound.first]
        words = [f"first={access.op}", f"from={access.at.line}"]
    words.append("then=" + function.accesses[compound.second].op)
    return words + [name for name in ("gil", "awaits") if getattr(compound, name)]


def _pause(function: FunctionFacts, pause: Pause) -> list[str]:
    words = [_close(pause.kind)]
    if pause.call >= 0:
        words.append(f"call=!{pause.call}")
    if pause.path:
        words.append(f"path={pause.path}")
    if pause.over:
        words.append("over=" + ",".join([function.accesses[i].path for i in pause.over]))
    if pause.through:
        words.append("through=" + ",".join([function.accesses[i].path for i in pause.through]))
    return words


def _place(function: FunctionFacts, fact: Access | Call) -> list[str]:
    words = []
    if fact.locks:
        words.append("locks=" + _held(function.locksets[fact.locks]))
    if fact.attempt >= 0:
        words.append(f"try={fact.attempt}")
    if fact.loops:
        words.append(f"loops={fact.loops}")
    if fact.awaits:
        words.append(f"awaits={fact.awaits}")
    if fact.leaves:
        words.append("leaves")
    return words


def _held(locks: tuple[Held, ...]) -> str:
    paths = [_joined((each.path, each.instead)) if each.instead else each.path for each in locks]
    return ",".join(
        [path if each.how == "with" else f"{path}({_close(each.how)})" for path, each in zip(paths, locks, strict=True)]
    )


def _values(name: str, values: tuple[str, ...]) -> list[str]:
    return [f"{name}={_joined(values)}"] if values else []


def _joined(values: tuple[str, ...]) -> str:
    return _close("/".join(values))


def _close(text: str) -> str:
    return text.replace(" ", "")


def _form(function: FunctionFacts) -> str:
    return ("async " if function.is_async else "") + ("generator " if function.is_generator else "function ")


def _param(param: Param) -> str:
    details = _values("types", param.types) + _values("default", param.default)
    return " ".join(["parameter", param.name, param.kind, *details])


def _class_details(each: ClassFacts) -> str:
    bases = [_joined(base) or "?" for base in each.bases]
    text = f", bases {', '.join(bases)}" if bases else ""
    text += f", metaclass {_joined(each.metaclass)}" if each.metaclass else ""
    text += ", claims concurrency" if each.claims else ""
    return text + (", for one thread" if each.disclaims else "")
