"""Which flags are up as long as a loop runs: `while self.running`, where who takes the flag down waits for the loop."""

from __future__ import annotations

from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import split
from dictlint.link.symbols import Fn
from dictlint.model.body import Bind, Given

_FALSE = frozenset(("=None", "=False", "=0"))


class Flags:
    """Asks whether the test of a `while` holds whenever its body runs."""

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

    def _binds(self, fn: Fn, attr: str) -> Iterator[tuple[Fn, Bind]]:
        """Where methods of the same object give the attribute a value, but for constructors."""
        symbols = self.ev.symbols
        for cid in sorted({*symbols.classes[fn.cls].mro, *symbols.subclasses.get(fn.cls, ())}):
            for method in symbols.classes[cid].methods.values():
                of = symbols.fns[method]
                if of.own and of.facts.name != "__init__":
                    yield from ((of, bind) for bind in of.facts.binds if bind.target == f"{of.own}.{attr}")

    def _ends(self, fn: Fn, bind: Bind, in_loop: bool) -> bool:
        """Whether the loop has ended before anything else happens."""
        if in_loop:
            return True
        later = (split(call.callee) for call in fn.facts.calls if call.seq > bind.seq)
        return any(name == "join" and (base == fn.own or base.startswith(fn.own + ".")) for base, name in later)


def _is_down(bind: Bind, given: Given) -> bool:
    """Whether it gives the flag the value with which the loop ends."""
    return (bind.constant in _FALSE) == given.holds
