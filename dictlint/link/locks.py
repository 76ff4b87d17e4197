"""Which of the open context managers are locks, and which lock each one is."""

from __future__ import annotations

from dictlint.knowledge.locks import LOCK_WORDS, LOCKING_BASES, LOCKS, LOOP_LOCKS, SEMAPHORES
from dictlint.link.decorating import is_manager
from dictlint.link.evaluate import Evaluator
from dictlint.link.lockers import Lockers
from dictlint.link.paths import call_of, leaf_name, source_name, split
from dictlint.link.question import Loc
from dictlint.link.roots import Root, Roots
from dictlint.model.activity import Lock
from dictlint.model.body import Call, Held
from dictlint.model.facts import FunctionFacts
from dictlint.model.program import Holding

_DOUBTS = {"try-acquire": "tried", "unchecked-acquire": "ignored"}
_BY_HELPER = 1 << 20  # regions of what helpers acquire come after those of the function itself


class Locks:
    """Resolves lock sets; memoised per function and lock set."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.roots = Roots(evaluator)
        self.lockers = Lockers(evaluator)
        self._memo: dict[tuple[int, int], tuple[Holding, ...]] = {}
        self._decorated: dict[int, frozenset[Lock]] = {}
        self._helped: dict[int, tuple[tuple[int, int, Holding], ...]] = {}
        self._busy: set[int] = set()
        self.makers: dict[str, int] = {}  # the class whose objects each have that lock of their own, by its key

    def held(self, fid: int, lockset: int) -> tuple[Holding, ...]:
        """The locks of one lock set of a function."""
        if not lockset:
            return ()
        key = (fid, lockset)
        if key not in self._memo:
            open_now = self.ev.symbols.fns[fid].facts.locksets[lockset]
            found = [
                Holding(lock, one.region, _DOUBTS.get(one.how, ""), one.at)
                for one in open_now
                for lock in self._resolve(fid, one)
            ]
            self._memo[key] = tuple(dict.fromkeys(found))
        return self._memo[key]

    def at(self, fid: int, lockset: int, seq: int) -> tuple[Holding, ...]:
        """The same at one step, with what helpers called before it have acquired and not yet released."""
        helped = self._by_helpers(fid) if self.lockers.acquirers else ()
        held = self.held(fid, lockset)
        return (*held, *(one for start, end, one in helped if start < seq < end)) if helped else held

    def all_of(self, fid: int) -> frozenset[Lock]:
        """Every lock that a function's own body takes somewhere."""
        sets = self.ev.symbols.fns[fid].facts.locksets
        return frozenset(h.lock for i in range(1, len(sets)) for h in self.held(fid, i) if h.sure)

    def by_decorator(self, fid: int) -> frozenset[Lock]:
        """Locks that a decorator takes around every call of the function, or the base class that calls it."""
        if fid not in self._decorated:
            self._decorated[fid] = frozenset((*self._from_decorators(fid), *self._from_base(fid)))
        return self._decorated[fid]

    def _by_helpers(self, fid: int) -> tuple[tuple[int, int, Holding], ...]:
        """(start, end, what is held) of every stretch between an acquiring and a releasing helper."""
        if fid not in self._helped:
            found = []
            for number, callee, start, end in self.lockers.stretches(fid):
                facts = self.ev.symbols.fns[callee].facts
                dropped = not self.ev.symbols.fns[fid].facts.calls[number].bound
                for one in self.held(callee, facts.exits_with):
                    ignored = one.doubt == "ignored" or (one.doubt and dropped and self._gives_result(facts, one))
                    found.append((start, end, Holding(one.lock, _BY_HELPER + number, "ignored" if ignored else "")))
            self._helped[fid] = tuple(found)
        return self._helped[fid]

    def _gives_result(self, facts: FunctionFacts, one: Holding) -> bool:
        """Whether a helper leaves it to its callers to look whether it has acquired the lock."""
        return any(call.at == one.at and f"!{number}" in facts.returns for number, call in enumerate(facts.calls))

    def _resolve(self, fid: int, one: Held) -> list[Lock]:
        path = one.path
        if one.instead:  # which of the two it is, only who gives the parameter can tell
            return []
        called = call_of(path) >= 0
        if called and "acquire" not in one.how:
            found = self._from_call(fid, int(path[1:]))
        else:
            found = self.identify(fid, path, one.how)
        return [_of_loop(lock) for lock in found] if one.how == "async with" else found

    def identify(self, fid: int, path: str, how: str = "with") -> list[Lock]:
        """The lock that a path denotes; empty when it is none."""
        values = self.ev.values(fid, path)
        external = {str(v[1]) for v in values if v[0] == "XI"}
        loop = bool(external & LOOP_LOCKS) and not external & LOCKS
        named = speaks_of_lock(leaf_name(path)) or how in ("read-acquire", "write-acquire")
        if values and not external & (LOCKS | LOOP_LOCKS):
            entered = [lock for v in values if v[0] == "I" for lock in self._by_class(fid, path, v[1], how)]
            if entered or not any(v[0] in ("I", "XI") for v in values):
                return entered
            if not named:
                return []
        elif not values and not named:
            return []
        return self._made(fid, path, loop)

    def _by_class(self, fid: int, path: str, cid: int, how: str) -> list[Lock]:
        """An object of a class of the program: what entering it takes, or itself where it is a lock by inheritance."""
        outside = self.ev.symbols.classes[cid].outside
        if not LOCKS.isdisjoint(outside) or not LOOP_LOCKS.isdisjoint(outside):
            found = self._made(fid, path, LOCKS.isdisjoint(outside)) if self.ev.located(fid, path) else []
            known = found and not any(lock.vague for lock in found)
            return found if known else [Lock(repr(("s", cid)), shown(path), owner=repr(("i", cid, "")))]
        if "acquire" in how and (base := next((name for name in outside if name in LOCKING_BASES), "")):
            return self.identify(fid, f"{path}.{LOCKING_BASES[base][0]}")
        return self._entered(cid, how)

    def _from_base(self, fid: int) -> list[Lock]:
        """The lock that a base class of a library holds when it calls the method."""
        fn = self.ev.symbols.fns[fid]
        for name in self.ev.symbols.classes[fn.cls].outside if fn.self_name else ():
            attr, methods = LOCKING_BASES.get(name, ("", frozenset()))
            if fn.facts.name in methods:
                return self.identify(fid, f"%{fn.self_name}.{attr}")
        return []

    def _made(self, fid: int, path: str, loop: bool) -> list[Lock]:
        """One lock for each way to make it; where it may be several, all of them count as held."""
        reached = tuple(self.ev.located(fid, path)) if path[:1] != "!" else ()
        found: dict[str, Lock] = {}
        for root in self.roots.of(fid, path):
            if root.number >= 0 and self._lets_several_in(root):
                continue
            lock = self._of_root(root, path, loop, reached)
            found[lock.key] = lock
        if not found and not self.roots.of(fid, path):
            return [Lock(f"name:{leaf_name(path)}", shown(path), loop, vague=True)]
        return list(found.values())

    def _of_root(self, root: Root, path: str, loop: bool, reached: tuple[object, ...]) -> Lock:
        home = self.roots.home(root)
        if root.number < 0:
            handed = home[0] == "?" or (home[0] == "v" and self.ev.param(home) is not None)
            return Lock(repr(home), shown(path), loop, repr((home, *reached)), vague=handed)
        if not home:
            scope = "call" if self.roots.stays(root) else ""
            return Lock(f"made:{root.function}:{root.number}", self._called(root, path), loop, scope=scope)
        scope = "object" if home[0] == "i" else ""
        if scope:
            self.makers[repr(home)] = self.ev.symbols.fns[root.function].cls
        owner = repr((*self.roots.places(root), *reached))
        return Lock(repr(home), shown(path), loop, owner, scope=scope, full=self._full(home))

    def _full(self, home: Loc) -> str:
        if home[0] in "ic":
            return f"{self.ev.symbols.classes[home[1]].facts.name}.{home[2]}"
        return f"{self.ev.symbols.mods[home[1]].facts.module}.{home[2]}" if home[0] == "g" else ""

    def _called(self, root: Root, path: str) -> str:
        call = self.ev.symbols.fns[root.function].facts.calls[root.number]
        return shown(path) if path[:1] != "!" else shown(call.callee) + "()"

    def _lets_several_in(self, root: Root) -> bool:
        """A semaphore for more than one bounds a number, it guards nothing."""
        call = self.ev.symbols.fns[root.function].facts.calls[root.number]
        names = {v[1] for v in self.ev.targets(root.function, root.number) if v[0] == "X"}
        if not names & SEMAPHORES:
            return False
        first = (
            call.args[0] if call.args else next((v for k, v in call.kwargs if k in ("value", "initial_value")), None)
        )
        return first is not None and first != ("=1",)

    def _entered(self, cid: int, how: str) -> list[Lock]:
        """An object of the program that is entered or acquired: the locks which that leaves held."""
        names = ("__enter__", "__aenter__") if "acquire" not in how else ("acquire", "__enter__")
        methods = (self.ev.symbols.method(cid, name) for name in names)
        enter = next((method for method in methods if method is not None), None)
        if enter is None or enter in self._busy:
            return []
        self._busy.add(enter)
        facts = self.ev.symbols.fns[enter].facts
        found = [h.lock for h in self.at(enter, facts.exits_with, 1 << 30)]
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
            if is_manager(self.ev.symbols.fns[callee].facts):
                found += self._in_manager(callee, fid, number)
            else:
                found += self._returned_locks(callee, fid, number)
            self._busy.discard(callee)
        if found:
            return list(dict.fromkeys(found))
        return self._entered_result(fid, number) or self._by_receiver(fid, call)

    def _entered_result(self, fid: int, number: int) -> list[Lock]:
        """The call gives a lock, or an object of the program that takes one when it is entered."""
        values = self.ev.result(fid, number)
        if any(v[0] == "XI" and v[1] in LOCKS | LOOP_LOCKS for v in values):
            loop = any(v[1] in LOOP_LOCKS for v in values if v[0] == "XI")
            return self._made(fid, f"!{number}", loop)
        return [lock for v in values if v[0] == "I" for lock in self._entered(v[1], "with")]

    def _by_receiver(self, fid: int, call: Call) -> list[Lock]:
        base, attr = split(call.callee)
        if attr and base[:1] not in ("@", "!") and (locks := self.identify(fid, base)):
            return locks
        if not speaks_of_lock(attr or leaf_name(call.callee)):
            return []
        for path in (p for group in call.args for p in group if p[:1] not in "=*("):
            if locks := self.identify(fid, path):
                return locks  # `with locked(self._lock, timeout=3):` of some library
        locs = self.ev.locs(fid, base) if attr and base[:1] not in ("@", "!") else ()
        if locs:  # `with self._rw.gen_rlock():`: all locks of one reader/writer lock are the same one
            return [Lock(repr(locs[0]), shown(base), owner=repr(locs[0]))]
        return [Lock(f"call:{leaf_name(call.callee)}", shown(call.callee) + "()", vague=True)]

    def _in_manager(self, callee: int, fid: int, number: int) -> list[Lock]:
        """What the body of a `@contextmanager` holds; what it is handed as a parameter is what this call hands over."""
        fn = self.ev.symbols.fns[callee]
        found: list[Lock] = []
        for one in dict.fromkeys(one for lockset in fn.facts.locksets[1:] for one in lockset):
            for place, path in self.lockers.handed(callee, one.path, fid, number):
                found += self._resolve(callee, one) if place == callee else self.identify(place, path, one.how)
        return sorted(dict.fromkeys(found), key=lambda lock: lock.key)

    def _returned_locks(self, callee: int, fid: int, number: int) -> list[Lock]:
        """A function that gives its caller a lock which others can get from it, too."""
        found: list[Lock] = []
        for path in self.ev.symbols.fns[callee].facts.returns:
            if path[:1] not in ("!", "("):
                for place, handed in self.lockers.handed(callee, path, fid, number):
                    found += self.identify(place, handed)
        return found

    def _from_decorators(self, fid: int) -> list[Lock]:
        """The locks that the wrappers of a function's decorators hold, with the decorators' own arguments."""
        fn = self.ev.symbols.fns[fid]
        if not fn.facts.decorators:
            return []
        found: list[Lock] = []
        for wrapper, one, place, path, anew in self.lockers.wrapped(fid):
            locks = self._resolve(wrapper, one) if place == wrapper else self.identify(place, path, one.how)
            found += [_of_function(lock, fid, fn.facts.name) for lock in locks] if anew else locks
        for outer, path, args in self.lockers.foreign(fid):
            if speaks_of_lock(leaf_name(path)):
                locks = [lock for arg in args for lock in self.identify(outer, arg)]
                whose = f"class {fn.cls}" if fn.cls >= 0 else f"function {fid}"
                found += locks or [Lock(f"decorator:{leaf_name(path)}:{whose}", f"@{leaf_name(path)}")]
        return list(dict.fromkeys(found))


def _of_loop(lock: Lock) -> Lock:
    return Lock(lock.key, lock.name, True, lock.owner, lock.vague, lock.scope, lock.full)


def _of_function(lock: Lock, fid: int, name: str) -> Lock:
    """The lock of one decorated function, where the decorator makes one for each."""
    key = f"{lock.key} of function {fid}"
    return Lock(key, lock.name, lock.loop, lock.owner, lock.vague, lock.scope, f"{lock.name} of {name}()")


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
    return ".".join(map(source_name, root.lstrip("%@").split(".")))
