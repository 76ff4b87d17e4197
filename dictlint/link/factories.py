"""How missing entries of a dict are made."""

from __future__ import annotations

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import is_birth
from dictlint.link.question import Loc


class Factories:
    """What fills in for missing keys, by location."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev

    def factory(self, loc: Loc) -> str:
        """How missing entries are made: `none`, `atomic` (a C type), `value` (Python code, interchangeable),
        `python`.
        """
        if loc[0] == "s":
            return self._own_factory(loc[1])
        for fid, bind in self.ev.binds(loc) if loc[0] in "gicv" else ():
            for path in bind.values:
                if is_birth(path):
                    factory = self.ev.symbols.fns[fid].facts.births[int(path[1:])].factory
                    return "none" if factory in ("<none>", "=None") else self._made_by(fid, factory)
        return next((self._own_factory(v[1]) for v in self.ev.contents(loc) if v[0] == "I"), "none")

    def _own_factory(self, cid: int) -> str:
        """A defaultdict by inheritance is told its factory by its constructor; `__missing__` is one itself."""
        if self.ev.fills_missing(cid):
            return "value"
        for ancestor in self.ev.symbols.classes[cid].mro:
            init = self.ev.symbols.classes[ancestor].methods.get("__init__", -1)
            for call in self.ev.symbols.fns[init].facts.calls if init >= 0 else ():
                if call.callee == "<super>.__init__" and call.args and call.args[0]:
                    factory = call.args[0][0]
                    return "none" if factory[:1] in "=*(" else self._made_by(init, factory)
        return "none"

    def _made_by(self, fid: int, factory: str) -> str:
        made = [f for value in self.ev.values(fid, factory) for f in self.ev.runs(value)]
        if not made:
            return "atomic"
        kinds = {value[0] for f in made for value in self.ev.returned(f)}
        births = any(is_birth(path) for f in made for path in self.ev.symbols.fns[f].facts.returns)
        return "python" if births or kinds & {"K", "I"} else "value"
