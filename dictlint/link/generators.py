"""Generators that are kept and resumed elsewhere: `self.queue = numbers()`, and later `next(self.queue)`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import leaf_name

Site = tuple[int, int]  # function and call number


def resumptions(ev: Evaluator) -> tuple[dict[Site, tuple[int, ...]], frozenset[Site]]:
    """Which generators a `next()` goes on with, and the calls that only make them: their bodies run in the former."""
    kept = list(_kept(ev))
    taken = _taken(ev) if kept else {}
    runs: dict[Site, tuple[int, ...]] = {}
    made: set[Site] = set()
    for site, bound, bodies in kept:
        locs = set(ev.located(site[0], bound))
        for caller, number, path in taken.get(leaf_name(bound), ()):
            if not locs.isdisjoint(ev.located(caller, path)):
                runs[caller, number] = tuple(dict.fromkeys((*runs.get((caller, number), ()), *bodies)))
                made.add(site)
    return runs, frozenset(made)


def _kept(ev: Evaluator) -> Iterator[tuple[Site, str, list[int]]]:
    """Calls that make generators and keep them under a name that others have."""
    fns = ev.symbols.fns
    names = {fn.facts.name for fn in fns if fn.facts.is_generator and not fn.facts.is_async}
    for fn in fns:
        for number, call in enumerate(fn.facts.calls):
            if "." not in call.bound or not (leaf_name(call.callee) in names or call.callee[:1] == "&"):
                continue
            bodies = list(ev.functions(fn.gid, number))
            if bodies and all(fns[body].facts.is_generator for body in bodies):
                yield (fn.gid, number), call.bound, bodies


def _taken(ev: Evaluator) -> dict[str, list[tuple[int, int, str]]]:
    """What `next()` is called on, by its last name: (function, call, path)."""
    found: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for fn in ev.symbols.fns:
        for number, call in enumerate(fn.facts.calls):
            if call.callee == "next" and call.args:
                for path in call.args[0]:
                    found[leaf_name(path)].append((fn.gid, number, path))
    return found
