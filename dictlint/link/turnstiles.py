"""What one run at a time gets through: a flag of the object is found down and put up under one lock, or a key is found
missing in a container of the object and put there, until it is taken out.
"""

from __future__ import annotations

from typing import NamedTuple

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import split
from dictlint.link.symbols import Fn
from dictlint.model.body import Access, Bind, Call
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import CLAIMED

END = 1 << 30  # after every step
REMOVING = frozenset(("discard", "remove", "pop", "pop-default", "delitem"))
RENEWING = frozenset(("clear", "rebind", "unbind", "popitem"))
States = frozenset[tuple[str, str, bool]]
_NONE: States = frozenset()


class Claim(NamedTuple):
    """A flag that a run has for itself between two steps. `refuses`: whoever finds it up leaves by an exception. `key`:
    it is for what happens under that key alone.
    """

    attr: str
    start: int
    stop: int
    refuses: bool = False
    key: str = ""


class Turnstiles:
    """By function: where a run has such a flag for itself."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._raised: dict[int, tuple[Claim, ...]] = {}
        self._named: frozenset[str] | None = None
        self._claims: dict[int, tuple[Claim, ...]] = {}

    def states(self, fid: int, step: Access | Call, before: States) -> States:
        """The states with which a step runs that comes with some: what has been claimed here, less what is given up."""
        if not self._names() and not any(map(_is_keyed, before)):
            return before
        fn, seq = self.ev.symbols.fns[fid], step.seq
        binds, own = fn.facts.binds, fn.own
        kept = [one for one in before if one[1] != CLAIMED or not _is_bound(binds, f"{own}.{one[0]}", -1, seq)]
        claims = self._of(fid)
        handed = [one for one in kept if _is_keyed(one)]
        if not claims and not handed and len(kept) == len(before):
            return before
        here = [one for one in claims if one.start < seq < one.stop]
        found = [one.attr for one in here if not one.key and not _is_bound(binds, f"{own}.{one.attr}", one.start, seq)]
        keyed = [(one.attr, one.key) for one in here if one.key] + [_by_name(fn, one[0]) for one in handed]
        found += [_told(fn, step, attr, key) for attr, key in keyed]
        plain = (one for one in kept if not _is_keyed(one))
        return frozenset((*plain, *((attr, CLAIMED, True) for attr in found if attr)))

    def _of(self, fid: int) -> tuple[Claim, ...]:
        """The flags that a function claims, itself or by a method that it calls, and where."""
        if fid not in self._claims:
            raised = self._raised.get(fid, ())
            self._claims[fid] = (*raised, *self._by_methods(self.ev.symbols.fns[fid]))
        return self._claims[fid]

    def _by_methods(self, fn: Fn) -> list[Claim]:
        found: list[Claim] = []
        for number, call in enumerate(fn.facts.calls if fn.own else ()):
            base, attr = split(call.callee)
            if base == fn.own and attr in self._names() and not call.loops:
                run = self.ev.functions(fn.gid, number)
                kept = [{one.attr for one in self._raised.get(f, ()) if self._stays(f, one)} for f in run]
                found += [Claim(name, call.seq, END) for name in sorted(set.intersection(*kept))] if kept else []
        return found

    def _stays(self, fid: int, one: Claim) -> bool:
        """Whether the flag is up, and the run's own, whenever the method returns."""
        fn = self.ev.symbols.fns[fid]
        return one.refuses and not _is_bound(fn.facts.binds, f"{fn.own}.{one.attr}", one.start, END)

    def _entered(self, fn: Fn) -> list[Claim]:
        """The keys that a method puts into a container where it does not find them, and takes out again when it is
        done, as nobody else does.
        """
        accesses, found = fn.facts.accesses, []
        created = [c for c in fn.facts.compounds if c.kind == "get-create"]
        for compound in created if any(a.op in REMOVING for a in accesses) else ():
            first, second = accesses[compound.first], accesses[compound.second]
            if first.op != "contains" or second.op not in ("add", "setitem"):
                continue
            path, key = first.path, first.key
            if not (path.startswith(fn.own + ".") and key == second.key and split(path)[0] == fn.own):
                continue
            later = [a for a in accesses if a.path == path and a.seq > second.seq and a.op in REMOVING | RENEWING]
            ends = [a.seq for a in later if a.key == key and not a.leaves and _is_under(fn.facts, a, compound.first)]
            if ends and fn.facts.in_one_section(first.locks, second.locks) and self._alone(fn, split(path)[1]):
                found.append(Claim(split(path)[1], second.seq, min(ends), key=key))
        return found

    def _alone(self, fn: Fn, attr: str) -> bool:
        """Whether no other method takes anything out of a container of the object, or binds it anew."""
        symbols = self.ev.symbols
        family = symbols.family(fn.cls)
        methods = (symbols.fns[m] for cid in family for m in symbols.classes[cid].methods.values())
        return not any(
            access.path == f"{other.own}.{attr}" and access.op in REMOVING | RENEWING
            for other in methods
            if other.gid != fn.gid and other.facts.name != "__init__"
            for access in other.facts.accesses
        )

    def _names(self) -> frozenset[str]:
        """How the methods are called that put up a flag."""
        if self._named is None:
            fns = self.ev.symbols.fns
            own = [fn for fn in fns if fn.own and len(fn.facts.locksets) > 1]
            self._raised = {fn.gid: found for fn in own if (found := (*_raised(fn.facts, fn.own), *self._entered(fn)))}
            self._named = frozenset(fns[fid].facts.name for fid in self._raised)
        return self._named


def _raised(facts: FunctionFacts, own: str) -> list[Claim]:
    """The flags that a method finds down and puts up, all under one lock."""
    return [
        Claim(given.path[len(own) + 1 :], bind.seq, given.stop, _refuses(facts, bind))
        for given in facts.givens
        if given.locks and not given.holds and given.value == "true" and given.path.startswith(own + ".")
        for bind in facts.binds
        if bind.target == given.path and bind.constant == "=True" and given.start <= bind.seq < given.stop
        if facts.in_one_section(given.locks, bind.locks)
    ]


def _refuses(facts: FunctionFacts, bind: Bind) -> bool:
    """Whether an error is raised under the lock before the flag is put up, and a run without error puts it up."""
    entered = min(held.at.line for held in facts.locksets[bind.locks])
    return not bind.loops and any(entered < line < bind.at.line for _, line in facts.raises)


def handed_over(states: States) -> States:
    """What is claimed for the arguments of a call, whosever method it runs."""
    return frozenset(one for one in states if _is_keyed(one) and one[0][:1] == "#") if states else states


def _is_keyed(state: tuple[str, str, bool]) -> bool:
    """Whether a key is claimed that the caller has handed over: `busy[0]` is for the first argument, `busy[name]` for
    the one of that name.
    """
    return state[1] == CLAIMED and state[0][-1:] == "]"


def _by_name(fn: Fn, attr: str) -> tuple[str, str]:
    """The container of such a claim, and the key as the function calls it that is handed it."""
    container, _, index = attr[:-1].rpartition("[")
    params = [param.name for param in fn.facts.params]
    names = params[1 if fn.own else 0 :]
    name = index if index in params else names[int(index)] if index.isdigit() and int(index) < len(names) else ""
    return container, f"%{name}" if name else ""


def _told(fn: Fn, step: Access | Call, container: str, key: str) -> str:
    """What a step does with a claimed key: it does something under it, or hands it over."""
    if not key:
        return ""
    if isinstance(step, Access):
        return f"{container}[]" if key in _keys(fn.facts, step) else ""
    given = [*enumerate(step.args), *step.kwargs]
    return next((f"{container}[{place}]" for place, group in given if group == (key,)), "")


def _keys(facts: FunctionFacts, access: Access) -> set[str]:
    """The key of an access, and that of the entry which it uses, if there is but one."""
    holder, entry, _ = access.path.partition("[]")
    found = {one.key for one in facts.accesses if one.path == holder and one.seq < access.seq} if entry else set()
    return {access.key, *found} if len(found) == 1 else {access.key}


def _is_under(facts: FunctionFacts, access: Access, test: int) -> bool:
    """Whether an access is a call that depends on a test."""
    return access.call >= 0 and test in facts.calls[access.call].tests


def _is_bound(binds: tuple[Bind, ...], target: str, after: int, before: int) -> bool:
    """Whether an attribute is bound anew between two steps."""
    return any(bind.target == target and after < bind.seq < before for bind in binds)
