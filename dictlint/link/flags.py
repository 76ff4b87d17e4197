"""Which flags are up as long as a loop or a thread runs: `while self.running`, `self._thread = Thread(...)`, where who
takes the flag down waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.activities import Spawn
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, split
from dictlint.link.symbols import Fn
from dictlint.model.body import Bind, Given

_FALSE = frozenset(("=None", "=False", "=0"))
States = frozenset[tuple[str, str, bool]]


class Flags:
    """Asks whether the test of a `while` holds whenever its body runs, and what is set as long as a thread runs."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._lasting: dict[tuple[int, str, bool], bool] = {}

    def lasts(self, fid: int, given: Given) -> bool:
        """Whether the flag is taken down by the loop itself, which leaves then, or by whoever joins a thread next; and
        put up by others alone.
        """
        if given.value != "true" or split(given.path)[0] != self.ev.symbols.fns[fid].own:
            return False
        key = (fid, given.path, given.holds)
        if key not in self._lasting:
            binds = list(self._binds(self.ev.symbols.fns[fid], split(given.path)[1]))
            self._lasting[key] = bool(binds) and all(
                bind.constant and (self._ends(fn, bind, fn.gid == fid) if _is_down(bind, given) else fn.gid != fid)
                for fn, bind in binds
            )
        return self._lasting[key]

    def of_thread(self, spawn: Spawn, entry: int) -> States:
        """What is so of an object as long as a thread runs one of its methods: which attributes are set before it
        starts, and stay so until it has ended.
        """
        fn = self.ev.symbols.fns[spawn.function] if spawn.function >= 0 and spawn.call >= 0 else None
        if fn is None or not fn.own or spawn.activity.domain != "thread" or spawn.activity.many:
            return frozenset()
        calls, begun = fn.facts.calls, fn.facts.calls[spawn.call]
        target = f"{fn.own}.{self.ev.symbols.fns[entry].facts.name}"
        starts = [c.seq for c in calls if c.seq > begun.seq and split(c.callee)[1] == "start"]
        if not starts or not any(target in group for group in begun.groups):
            return frozenset()
        up = [
            split(bind.target)[1]
            for bind in fn.facts.binds
            if bind.seq < starts[0] and split(bind.target)[0] == fn.own
            if bind.constant == "=True" or bind.values == (f"!{spawn.call}",)
        ]
        lasting = [attr for attr in up if self._stays_up(fn, attr, entry)]
        return frozenset(s for a in lasting for s in ((a, "true", True), (a, "=None", False), (a, "=False", False)))

    def _stays_up(self, fn: Fn, attr: str, entry: int) -> bool:
        """Whether nobody takes it down but the thread itself, or who joins a thread."""
        down = (of for of, bind in self._binds(fn, attr) if _may_be_down(bind))
        return all(
            of.gid == entry or any(_joins(of.own, *split(call.callee)) for call in of.facts.calls) for of in down
        )

    def _binds(self, fn: Fn, attr: str) -> Iterator[tuple[Fn, Bind]]:
        """Where methods of the same object give the attribute a value, but for constructors."""
        symbols = self.ev.symbols
        for cid in sorted(symbols.family(fn.cls)):
            for method in symbols.classes[cid].methods.values():
                of = symbols.fns[method]
                if of.own and of.facts.name != "__init__":
                    yield from ((of, bind) for bind in of.facts.binds if bind.target == f"{of.own}.{attr}")

    def _ends(self, fn: Fn, bind: Bind, in_loop: bool) -> bool:
        """Whether the loop has ended before anything else happens."""
        if in_loop:
            return True
        return any(_joins(fn.own, *split(call.callee)) for call in fn.facts.calls if call.seq > bind.seq)


def _is_down(bind: Bind, given: Given) -> bool:
    """Whether it gives the flag the value with which the loop ends."""
    return (bind.constant in _FALSE) == given.holds


def _may_be_down(bind: Bind) -> bool:
    """Whether it may give the attribute a value that is not true: what a call has made is true."""
    return bind.constant in _FALSE if bind.constant else not all(call_of(path) >= 0 for path in bind.values)


def _joins(own: str, handle: str, name: str) -> bool:
    return name == "join" and (handle == own or handle.startswith(own + "."))
