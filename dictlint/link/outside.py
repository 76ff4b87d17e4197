"""By which dotted names a framework knows what a path of the program denotes."""

from __future__ import annotations

from collections.abc import Iterable

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import split
from dictlint.link.symbols import Cls, Value

DEEPEST = 6  # steps and assignments followed for one name


class Outside:
    """Dotted names by path. An instance, and what a call returns, goes by the name of what made it.

    With `near`, parameters are not followed to their callers.
    """

    def __init__(self, ev: Evaluator, near: bool) -> None:
        self.ev = ev
        self.near = near
        self._known: dict[tuple[int, str], frozenset[str]] = {}

    def names(self, fid: int, path: str) -> frozenset[str]:
        """`%self.client.on_message` -> {`paho.mqtt.client.Client.on_message`}; empty where nothing is known."""
        if self.near:
            with self.ev.near():
                return self._names(fid, path, 0)
        return self._names(fid, path, 0)

    def _names(self, fid: int, path: str, depth: int) -> frozenset[str]:
        path = path.split("|", 1)[0]
        key = (fid, path)
        if key not in self._known:
            if depth > DEEPEST or not path or path[0] in "(=*":
                return frozenset()
            self._known[key] = frozenset()  # while it is being asked
            self._known[key] = frozenset(self._find(fid, path, depth))
        return self._known[key]

    def _find(self, fid: int, path: str, depth: int) -> Iterable[str]:
        found = [name for value in self.ev.values(fid, path) for name in self.of_value(value)]
        if found:
            return found
        base, attr = split(path)
        if path[0] == "@" and not attr and "." in path:
            base, _, attr = path.rpartition(".")  # a variable of another module of the program
        if attr:
            found = [f"{owner}.{attr}" for owner in self._names(fid, base, depth + 1)]
        elif path[0] == "!" and path[1:].isdigit():
            found = list(self._names(fid, self.ev.symbols.fns[fid].facts.calls[int(path[1:])].callee, depth + 1))
        return found or self._assigned(fid, path, depth)

    def _assigned(self, fid: int, path: str, depth: int) -> list[str]:
        """What is known of the values that are assigned to it: results of a framework's own methods."""
        return [
            name
            for loc in self.ev.located(fid, path)
            for binder, bind in self.ev.binds(loc)
            for value in bind.values
            if value[:1] not in "#&~"
            for name in self._names(binder, value, depth + 1)
        ]

    def of_value(self, value: Value) -> list[str]:
        """The names of a value; an object of the program goes by those of all its classes."""
        kind = value[0]
        if kind in ("X", "XI"):
            return [value[1]]
        if kind in ("I", "C"):
            return self.of_class(value[1])
        if kind == "F":
            fn = self.ev.symbols.fns[value[1]]
            return [f"{fn.mod.facts.module}.{fn.facts.qualname}"]
        if kind == "B" and (fn := self.ev.symbols.fns[value[1]]).cls >= 0:
            return [f"{name}.{fn.facts.name}" for name in self.of_class(fn.cls)]
        return []

    def of_class(self, cid: int) -> list[str]:
        """The class itself, its ancestors in the program, and those outside."""
        classes = self.ev.symbols.classes
        return [*(_dotted(classes[ancestor]) for ancestor in classes[cid].mro or (cid,)), *classes[cid].outside]


def _dotted(cls: Cls) -> str:
    return f"{cls.mod.facts.module}.{cls.facts.qualname}"
