"""Iterations that run the program's own `keys()`, `values()`, `items()` or `__iter__`."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from dictlint.knowledge.operations import VIEWS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access
from dictlint.model.facts import FunctionFacts


def name_results(ev: Evaluator) -> None:
    """What the program's own views give is gone through: such iterations get the path of the call's result. The index
    took the receiver for the container.
    """
    if VIEWS.keys().isdisjoint(ev.symbols.methods_named):
        return
    for fn in ev.symbols.fns:
        own = {n for n, access in enumerate(fn.facts.accesses) if _is_own(ev, fn, access)}
        if own:
            accesses = fn.facts.accesses
            named = (replace(a, path=f"!{a.call}", call=-1) if n in own else a for n, a in enumerate(accesses))
            fn.facts = replace(fn.facts, accesses=tuple(named))


def forget_arguments(ev: Evaluator) -> None:
    """A module's function that goes by the name of a method, `merging.update(d, e)`, stores nothing in the module."""
    for fn in ev.symbols.fns:
        accesses = fn.facts.accesses
        told = {n for n, a in enumerate(accesses) if a.call >= 0 and a.values and a.path[:1] == "@"}
        told = {n for n in told if any(ev.functions(fn.gid, accesses[n].call))}
        if told:
            bare = (replace(a, values=()) if n in told else a for n, a in enumerate(accesses))
            fn.facts = replace(fn.facts, accesses=tuple(bare))


def see_through(ev: Evaluator) -> None:
    """A loop over an object whose `__iter__` gives an iterator over a container of its own goes through that one."""
    handed = dict(_handed(ev))
    if not handed:
        return
    names = ev.names_of(ev.symbols.fns[method].cls for method in handed)
    for fn in ev.symbols.fns:
        loops = [(n, a) for n, a in enumerate(fn.facts.accesses) if leaf_name(a.path) in names or a.path == fn.own]
        behind = {n: attr for n, a in loops if (attr := _behind(ev, fn, a, handed))}
        if behind:
            accesses = enumerate(fn.facts.accesses)
            named = (replace(a, path=f"{a.path}.{behind[n]}") if n in behind else a for n, a in accesses)
            fn.facts = replace(fn.facts, accesses=tuple(named))


def _handed(ev: Evaluator) -> Iterator[tuple[int, str]]:
    """(`__iter__`, attribute) of each class that is no container itself and goes through one that it holds."""
    for method in ev.symbols.methods_named.get("__iter__", ()):
        fn = ev.symbols.fns[method]
        holder, attr = split(fn.facts.returns[0].partition("|")[0]) if len(fn.facts.returns) == 1 else ("", "")
        if attr and fn.own and holder == fn.own and not ev.mapping_kind(fn.cls):
            yield method, attr


def _behind(ev: Evaluator, fn: Fn, access: Access, handed: dict[int, str]) -> str:
    """The attribute of the object to which a loop comes; empty where it may be something else."""
    if access.op not in ("iterate", "snapshot") or access.call >= 0 or access.path[-1:] in ">":
        return ""
    values = ev.values(fn.gid, access.path.partition("|")[0])
    methods = {ev.symbols.method(v[1], "__iter__") if v[0] == "I" else None for v in values}
    return handed.get(methods.pop() or -1, "") if len(methods) == 1 else ""


def runs_own_iter(ev: Evaluator, fid: int, access: Access) -> bool:
    """Whether a loop asks an `__iter__` of the program. A `UserDict` asks it for views, too; a dict does not."""
    if "__iter__" not in ev.symbols.methods_named:
        return False
    classes = [v[1] for v in ev.values(fid, access.path) if v[0] == "I" and ev.symbols.method(v[1], "__iter__")]
    return any(access.call < 0 or ev.mapping_kind(cid) == "UserDict" for cid in classes)


def is_beneath(ev: Evaluator, fn: Fn, access: Access) -> bool:
    """Whether a method works on the container that its class derives from, while what is asked for and stored by
    `self[key]` is somewhere else.
    """
    if access.path != "<super>" or fn.cls < 0:
        return False
    methods = [ev.symbols.method(fn.cls, name) for name in ("__getitem__", "__setitem__")]
    return all(method is not None and not _is_raw(ev.symbols.fns[method].facts) for method in methods)


def _is_raw(facts: FunctionFacts) -> bool:
    return any(access.path == "<super>" for access in facts.accesses) or any(
        call.callee.startswith("<super>") for call in facts.calls
    )


def _is_own(ev: Evaluator, fn: Fn, access: Access) -> bool:
    if access.call < 0 or access.op not in ("iterate", "snapshot"):
        return False
    name = leaf_name(fn.facts.calls[access.call].callee)
    return name in VIEWS and name in ev.symbols.methods_named and bool(ev.functions(fn.gid, access.call))
