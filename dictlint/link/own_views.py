"""Iterations over what the program's own `keys()`, `values()` or `items()` give: what these return is gone through."""

from __future__ import annotations

from msgspec.structs import replace

from dictlint.knowledge.operations import VIEWS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name
from dictlint.link.symbols import Fn
from dictlint.model.body import Access


def name_results(ev: Evaluator) -> None:
    """Give such iterations the path of the call's result; the index took the receiver for the container."""
    if VIEWS.keys().isdisjoint(ev.symbols.methods_named):
        return
    for fn in ev.symbols.fns:
        own = {n for n, access in enumerate(fn.facts.accesses) if _is_own(ev, fn, access)}
        if own:
            accesses = fn.facts.accesses
            named = (replace(a, path=f"!{a.call}", call=-1) if n in own else a for n, a in enumerate(accesses))
            fn.facts = replace(fn.facts, accesses=tuple(named))


def _is_own(ev: Evaluator, fn: Fn, access: Access) -> bool:
    if access.call < 0 or access.op not in ("iterate", "snapshot"):
        return False
    name = leaf_name(fn.facts.calls[access.call].callee)
    return name in VIEWS and name in ev.symbols.methods_named and bool(ev.functions(fn.gid, access.call))
