"""Which of the open context managers are locks, and which lock each one is."""

from __future__ import annotations

from dictlint.knowledge.concurrency import LOCK_WORDS, LOCK_WRAPPERS, LOCKS, LOOP_LOCKS
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import given, leaf_name, split
from dictlint.link.question import Loc
from dictlint.link.symbols import Value
from dictlint.model.facts import Held
from dictlint.model.program import Holding, Lock

_CONTEXT_MANAGERS = ("contextlib.contextmanager", "contextlib.asynccontextmanager", "contextmanager")


class Locks:
    """Resolves lock sets; memoised per function and lock set."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._memo: dict[tuple[int, int], tuple[Holding, ...]] = {}
        self._decorated: dict[int, frozenset[Lock]] = {}
        self._busy: set[int] = set()

    def held(self, fid: int, lockset: int) -> tuple[Holding, ...]:
        """The locks of one lock set of a function."""
        if not lockset:
            return ()
        key = (fid, lockset)
        if key not in self._memo:
            open_now = self.ev.symbols.fns[fid].facts.locksets[lockset]
            found = [Holding(lock, one.region) for one in open_now for lock in self._resolve(fid, one)]
            self._memo[key] = tuple(dict.fromkeys(found))
        return self._memo[key]

    def all_of(self, fid: int) -> frozenset[Lock]:
        """Every lock that a function's own body takes somewhere."""
        sets = self.ev.symbols.fns[fid].facts.locksets
        return frozenset(h.lock for i in range(1, len(sets)) for h in self.held(fid, i))

    def by_decorator(self, fid: int) -> frozenset[Lock]:
        """Locks that a decorator takes around every call of the function."""
        if fid not in self._decorated:
            self._decorated[fid] = frozenset(self._from_decorators(fid))
        return self._decorated[fid]

    def _resolve(self, fid: int, one: Held) -> list[Lock]:
        path = one.path
        called = path[:1] == "!" and path[1:].isdigit()
        found = self._from_call(fid, int(path[1:])) if called else self.identify(fid, path)
        return [Lock(lock.key, lock.name, True, lock.owner) for lock in found] if one.how == "async with" else found

    def identify(self, fid: int, path: str) -> list[Lock]:
        """The lock that a path denotes; empty when it is none."""
        values = self.ev.values(fid, path)
        external = {str(v[1]) for v in values if v[0] == "XI"}
        loop = bool(external & LOOP_LOCKS) and not external & LOCKS
        if values and not external & (LOCKS | LOOP_LOCKS):
            entered = [lock for v in values if v[0] == "I" for lock in self._entered(v[1])]
            if entered or not any(v[0] in ("I", "XI") for v in values):
                return entered
            if not speaks_of_lock(leaf_name(path)):
                return []
        elif not values and not speaks_of_lock(leaf_name(path)):
            return []
        locs = self.ev.locs(fid, path)
        wrapped = [lock for v in values if v[0] == "XI" and v[1] in LOCK_WRAPPERS for lock in self._wrapped(v, locs)]
        if wrapped:
            return wrapped
        if not locs:
            return [Lock(f"name:{leaf_name(path)}", shown(path), loop)]
        reached = self.ev.located(fid, path)
        return [Lock(repr(locs[0]), shown(path), loop, repr(reached[0]) if reached else "")]

    def _wrapped(self, value: Value, locs: tuple[Loc, ...]) -> list[Lock]:
        """`Condition(self._lock)` is the lock it was given, also where a factory made it."""
        fid, number = value[2], value[3]
        if number < 0:
            return []
        call = self.ev.symbols.fns[fid].facts.calls[number]
        paths = [p for p in (call.args[0] if call.args else ()) if p[:1] != "="]
        paths += [p for name, values in call.kwargs if name == "lock" for p in values if p[:1] != "="]
        found: list[Lock] = []
        for path in paths:
            if path[:1] == "%" and "." not in path and path[1:] != self.ev.symbols.fns[fid].self_name:
                found += self._handed_to(fid, path[1:], locs)
            else:
                found += self.identify(fid, path)
        return found

    def _handed_to(self, factory: int, param: str, locs: tuple[Loc, ...]) -> list[Lock]:
        """What the calls that fill `locs` hand to the factory for its parameter."""
        fn = self.ev.symbols.fns[factory]
        index = next((i for i, p in enumerate(fn.facts.params) if p.name == param), -1)
        found: list[Lock] = []
        for binder, bind in [b for loc in locs for b in self.ev.binds(loc)]:
            for path in bind.values:
                if path[:1] == "!" and path[1:].isdigit() and factory in self.ev.functions(binder, int(path[1:])):
                    call = self.ev.symbols.fns[binder].facts.calls[int(path[1:])]
                    for handed in given(call, index - (1 if fn.self_name else 0), param):
                        found += self.identify(binder, handed)
        return found

    def _entered(self, cid: int) -> list[Lock]:
        """An object of the program used in `with`: the locks that its `__enter__` leaves held."""
        enter = self.ev.symbols.method(cid, "__enter__")
        if enter is None or enter in self._busy:
            return []
        self._busy.add(enter)
        facts = self.ev.symbols.fns[enter].facts
        found = [h.lock for h in self.held(enter, facts.exits_with)]
        for call in facts.calls:
            base, attr = split(call.callee)
            if attr in ("acquire", "__enter__") and not found:
                found += self.identify(enter, base)
        self._busy.discard(enter)
        return found

    def _from_call(self, fid: int, number: int) -> list[Lock]:
        """`with self.locked():`, `with lock_for(key):`, `with rw.read():`."""
        call = self.ev.symbols.fns[fid].facts.calls[number]
        found: list[Lock] = []
        for callee in self.ev.functions(fid, number):
            if callee in self._busy:
                continue
            self._busy.add(callee)
            decorators = {d.lstrip("@") for group in self.ev.symbols.fns[callee].facts.decorators for d in group}
            if decorators & set(_CONTEXT_MANAGERS):
                found += sorted(self.all_of(callee), key=lambda lock: lock.key)
            else:
                found += self._returned_locks(callee)
            self._busy.discard(callee)
        if found:
            return list(dict.fromkeys(found))
        base, attr = split(call.callee)
        if attr and (locks := self._of_base(fid, base)):
            return locks
        if any(v[0] == "XI" and v[1] in LOCKS | LOOP_LOCKS for v in self.ev.result(fid, number)):
            return []  # a lock made on the spot excludes nobody
        if speaks_of_lock(attr or leaf_name(call.callee)):
            return [Lock(f"call:{leaf_name(call.callee)}", shown(call.callee) + "()")]
        return []

    def _of_base(self, fid: int, base: str) -> list[Lock]:
        return self.identify(fid, base) if base and base[0] not in "@!" else []

    def _returned_locks(self, fid: int) -> list[Lock]:
        paths = self.ev.symbols.fns[fid].facts.returns
        return [lock for path in paths if path[:1] not in ("!", "(") for lock in self.identify(fid, path)]

    def _from_decorators(self, fid: int) -> list[Lock]:
        fn = self.ev.symbols.fns[fid]
        found: list[Lock] = []
        for group in fn.facts.decorators:
            for path in group:
                outer = fn.mod.first_function + max(fn.facts.parent, 0)
                for value in self.ev.values(outer, path):
                    if value[0] in ("F", "B"):
                        found += self._taken_by_wrapper(value[1], fid)
        return list(dict.fromkeys(found))

    def _taken_by_wrapper(self, decorator: int, fid: int) -> list[Lock]:
        fn = self.ev.symbols.fns[decorator]
        found: list[Lock] = []
        for path in fn.facts.returns:
            for value in self.ev.values(decorator, path):
                if value[0] == "F" and value[1] != fid:
                    found += self._in_wrapper(value[1], fid)
        return found

    def _in_wrapper(self, wrapper: int, fid: int) -> list[Lock]:
        """Locks of the wrapper; `self.x` in a wrapper outside any class is the decorated method's `self`."""
        fn, decorated = self.ev.symbols.fns[wrapper], self.ev.symbols.fns[fid]
        first = fn.facts.params[0].name if fn.facts.params else ""
        found: list[Lock] = []
        for lockset in fn.facts.locksets[1:]:
            for one in lockset:
                base, attr = split(one.path)
                if attr and base == "%" + first and fn.cls < 0 and decorated.self_name:
                    found += self.identify(fid, f"%{decorated.self_name}.{attr}")
                else:
                    found += self._resolve(wrapper, one)
        return found


def speaks_of_lock(name: str) -> bool:
    """Whether a name says that it is a lock."""
    lowered = name.lower()
    return (
        any(word in lowered for word in LOCK_WORDS)
        and "block" not in lowered.replace("blocking", "block")
        and "clock" not in lowered
    )


def shown(path: str) -> str:
    """A path as people write it."""
    root = path.split("|", 1)[0].replace("[]", "[...]").replace("<>", "")
    if root[:1] == "^":
        return root.partition(":")[2]
    return root.lstrip("%@")
