"""Programs of Python 2, where `keys()`, `values()` and `items()` are lists: what iterates over them has a snapshot."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from dictlint.link.paths import leaf_name
from dictlint.model.body import Access, Call
from dictlint.model.facts import FunctionFacts, ModuleFacts
from dictlint.model.site import SourceFile

Modules = list[tuple[SourceFile, ModuleFacts]]
FEWEST = 2  # modules that only Python 2 can run, before their whole package is taken for its code
SHARE = 0.02  # ... and as a share of the package: a copy of six does not make one
_LAZY = ("iter", "view")


def adapted(modules: Modules) -> Modules:
    """The same modules; in packages of Python 2 with snapshots where they have them."""
    if not any(facts.python2 for _, facts in modules):
        return modules
    count = Counter(_package(facts) for _, facts in modules)
    marked = Counter(_package(facts) for _, facts in modules if facts.python2)
    old = {name for name, found in marked.items() if found >= FEWEST and found >= SHARE * count[name]}
    return [(file, _adapted(facts) if facts.python2 or _package(facts) in old else facts) for file, facts in modules]


def _package(facts: ModuleFacts) -> str:
    return facts.module.partition(".")[0]


def _adapted(facts: ModuleFacts) -> ModuleFacts:
    return replace(facts, functions=tuple([_with_snapshots(one) for one in facts.functions]))


def _with_snapshots(facts: FunctionFacts) -> FunctionFacts:
    lists = {i for i, access in enumerate(facts.accesses) if _goes_over_list(facts, access)}
    if not lists:
        return facts
    accesses = [
        replace(a, op="snapshot" if i in lists else a.op, during=_open(a, lists)) for i, a in enumerate(facts.accesses)
    ]
    return replace(
        facts,
        accesses=tuple(accesses),
        calls=tuple([replace(c, during=_open(c, lists)) if c.during else c for c in facts.calls]),
        compounds=tuple([c for c in facts.compounds if c.kind != "iterate-resize" or c.first not in lists]),
    )


def _open(step: Access | Call, lists: set[int]) -> tuple[int, ...]:
    return tuple([i for i in step.during if i not in lists])


def _goes_over_list(facts: FunctionFacts, access: Access) -> bool:
    """Whether the iteration is over what a method has put into a list; a bare dict is iterated as ever."""
    if access.op != "iterate":
        return False
    if access.call < 0 and access.path[:1] != "#":
        return False  # by a function of a compatibility layer, `six.iteritems(d)`, which is lazy everywhere
    method = leaf_name(facts.calls[access.call].callee) if access.call >= 0 else ""
    view = access.how.rpartition(":")[2]
    return not method.startswith(_LAZY) and (view in ("values", "items") or (view == "keys" and method == "keys"))
