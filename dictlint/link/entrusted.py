"""Acts that a function leaves to a helper, which it hands the key that it has tested: `if k in d: self._drop(k)`."""

from __future__ import annotations

from dictlint.link.evaluate import Evaluator
from dictlint.model.body import Entrusted

_RELYING = {
    "test-act": frozenset(("getitem", "delitem", "pop", "remove")),
    "keys-index": frozenset(("getitem", "delitem", "pop", "remove")),
    "get-create": frozenset(("setitem",)),
}


def tested(ev: Evaluator, fid: int) -> set[int]:
    """The tests of a function on which some helper relies."""
    return {
        one.test
        for one in ev.symbols.fns[fid].facts.entrusted
        if any(acts(ev, fid, one, callee) for callee in ev.functions(fid, one.call))
    }


def acts(ev: Evaluator, caller: int, one: Entrusted, callee: int) -> list[int]:
    """The accesses of a helper under the key that it is given, but for those before which it looks for itself."""
    fn = ev.symbols.fns[callee]
    names = [param.name for param in fn.facts.params]
    position = one.argument if isinstance(one.argument, str) else one.argument + ev.shift(fn, caller, one.call)
    name = position if isinstance(position, str) else names[position] if position < len(names) else ""
    again = {compound.second for compound in fn.facts.compounds}
    found = (
        n for n, access in enumerate(fn.facts.accesses) if access.key == f"%{name}" and access.op in _RELYING[one.kind]
    )
    return [n for n in found if n not in again]
