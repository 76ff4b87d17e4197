"""Which binds give a name a copy of what it stood for, with additions: no key is lost by them."""

from __future__ import annotations

from dictlint.knowledge.operations import SHRINKING
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, is_birth, leaf_name
from dictlint.link.symbols import Fn
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts

_WHOLE = frozenset(("**", "|", "dict", "OrderedDict", "copy", "copy.copy", "copy.deepcopy", "deepcopy"))
_LESSENING = SHRINKING | {"rebind", "unbind"}


def is_enlarged(ev: Evaluator, fn: Fn, access: Access) -> bool:
    """Whether a name is bound to `{**d, ...}`, `dict(d, ...)` or `d.copy()` of what it stood for, or to what a function
    of the program gives back that was given such a copy and only adds to it.
    """
    return access.op == "rebind" and bool(access.values) and all(_has_all(ev, fn, access, v) for v in access.values)


def _has_all(ev: Evaluator, fn: Fn, access: Access, value: str) -> bool:
    if is_birth(value):
        return _is_copy(fn.facts, access, value) and not _is_lessened(fn.facts, access, value)
    number = call_of(value)
    if value != f"!{number}":
        return False
    call = fn.facts.calls[number]
    if leaf_name(call.callee) == "cast" and len(call.args) == 2:
        return bool(call.args[1]) and all(_has_all(ev, fn, access, one) for one in call.args[1])
    given = [i for i, group in enumerate(call.args) if group and all(_is_copy(fn.facts, access, v) for v in group)]
    callees = [ev.symbols.fns[one] for one in ev.functions(fn.gid, number)] if given else []
    return bool(callees) and all(
        any(_gives_back(callee, index + ev.shift(callee, fn.gid, number)) for index in given) for callee in callees
    )


def _is_copy(facts: FunctionFacts, access: Access, value: str) -> bool:
    """Whether a value is born with all that the name stands for, or with what such a copy holds."""
    if not is_birth(value):
        return False
    birth = facts.births[int(value[1:])]
    if access.path not in birth.copy_of:
        return any(_is_copy(facts, access, one) for one in birth.copy_of if one != value)
    copied = [one for one in facts.accesses if one.op == "snapshot" and one.path == access.path]
    inside = [one for one in copied if birth.at.line <= one.at.line <= birth.at.end_line]
    return any(one.how.partition(":")[0] in _WHOLE for one in inside)


def _is_lessened(facts: FunctionFacts, access: Access, value: str) -> bool:
    """Whether something may have been taken out of a copy before it is bound: by the function, or by others who have
    it, too.
    """
    given = any(value in group for call in facts.calls for group in call.groups)
    bound = any(value in bind.values and bind.target != access.path for bind in facts.binds)
    return given or bound or any(one.path == value and one.op in _LESSENING for one in facts.accesses)


def _gives_back(callee: Fn, index: int) -> bool:
    """Whether a function gives back the container that it was given, out of which it takes nothing."""
    params = callee.facts.params
    path = f"%{params[index].name}" if index < len(params) else ""
    if path not in callee.facts.returns or any(one[:1] != "%" for one in callee.facts.returns):
        return False
    return not any(one.path == path and one.op in _LESSENING for one in callee.facts.accesses)
