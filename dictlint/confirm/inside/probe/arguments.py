"""What to write for objects of the program's classes, and for the arguments of its functions."""

from __future__ import annotations

import ast
import enum
import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from .namespace import Namespace
from .sides import Missing, Side
from .syntax import compared, definition, literals, offers, uses, uses_of_kept
from .template import NOTHING
from .trying import Outcome, Slot, Trials

MOST = 4
"""So many arguments with defaults are tried."""
PLAIN = {
    "str": "KEY", "int": "1", "float": "1.0", "bool": "True", "bytes": "b'a'", "Path": "KEY", "Hashable": "KEY",
    "dict": "{}", "Mapping": "{}", "list": "[KEY]", "Sequence": "[KEY]", "Iterable": "[KEY]", "tuple": "(KEY,)",
    "set": "{KEY}", "Any": "", "object": "", "Callable": NOTHING,
}  # fmt: skip
OTHERS = (
    "KEY",
    "1",
    "MagicMock()",
    NOTHING,
    "[KEY]",
    "{}",
    "b'a'",
    "None",
    "{KEY: 1}",
    "(KEY, 1)",
    "'127.0.0.1'",
    "'http://127.0.0.1:1/'",
    "0.01",
    "object()",
)
"""What may do where nothing is known of a parameter."""


class Arguments:
    """An object takes arguments, and an argument may be an object: expressions for both, found out by trying.

    `shared` is the class of the object that both sides share, or None.
    """

    def __init__(self, names: Namespace, trials: Trials, sides: Sequence[Side], shared: Any) -> None:
        self._names = names
        self._trials = trials
        self._sides = sides
        self._module = sides[0].module
        self._shared = shared
        self._ready: dict[Any, str] = {}
        """Expressions by class; empty while they are looked for, and where there is none."""

    def built(self, owner: Any, depth: int = 0) -> str:
        """An expression that makes an object of the class, or of one below it."""
        if owner in self._ready:
            return self._ready[owner]
        self._ready[owner] = ""
        first = ""
        for kind in _kinds(owner) if depth == 0 else [owner]:
            text, error = self._made(kind, depth)
            if not error:
                self._ready[owner] = text
                return text
            first = first or f"`{text}` raises {error}"
        raise Missing(first or f"`{owner.__qualname__}` cannot be made")

    def _made(self, kind: Any, depth: int) -> tuple[str, str]:
        name = self._names.name_of(kind)
        called = f"concrete({name})" if inspect.isabstract(kind) else name
        slots = self.slots(kind, kind.__name__, depth)

        def text(chosen: Sequence[str | None]) -> str:
            return f"{called}({joined(slots, chosen)})"

        made, outcome = self._trials.best(text, slots, self.tried, 0)
        if not outcome.score.ended and "no running event loop" in outcome.error and depth == 0:
            self._names.loop = True
            made, outcome = self._trials.best(text, slots, self._tried_in_loop, 0)
        return made, "" if outcome.score.ended else outcome.error

    def tried(self, text: str) -> Outcome:
        return self._trials.run(lambda: self._names.value(text))

    def _tried_in_loop(self, text: str) -> Outcome:
        return self._trials.run(lambda: self._names.value_in_loop(text))

    def slots(self, function: Any, name: str, depth: int, bound: bool = False, side: Side | None = None) -> list[Slot]:
        """The arguments, and what may be given for them."""
        tree = side.tree if side is not None else self._tree_of(function)
        node = definition(function, tree)
        seen = literals(name.rpartition(".")[2], tree)
        slots, more = [], []
        for place, parameter in enumerate(_parameters(function)[1 if bound else 0 :]):
            named = parameter.kind is parameter.KEYWORD_ONLY
            if parameter.kind is parameter.VAR_POSITIONAL:
                more.append(Slot("{}", (None, "KEY", "1", "MagicMock()")))
            elif parameter.kind is parameter.VAR_KEYWORD:
                continue
            elif parameter.default is parameter.empty:
                value = self._value(parameter, node, seen, place, depth)
                known = (*self._similar(parameter.name, depth), *compared(node, parameter.name))
                options = tuple(dict.fromkeys((value, *known, *OTHERS)))
                slots.append(Slot(f"{parameter.name}={{}}" if named else "{}", options))
            elif parameter.kind is not parameter.POSITIONAL_ONLY and depth < 2 and len(more) < MOST:
                value = self._value(parameter, node, seen, place, depth)
                others = dict.fromkeys((value, str(not parameter.default), "MagicMock()", "1", NOTHING))
                more.append(Slot(f"{parameter.name}={{}}", [None, *others]))
        return slots + more

    def _similar(self, name: str, depth: int) -> Iterator[str]:
        """Objects of classes that are called as the parameter is."""
        flat = name.replace("_", "").lower()
        for kind in list(vars(self._module).values()) if depth < 2 and len(flat) > 2 else ():
            if inspect.isclass(kind) and kind.__name__.strip("_").lower() == flat and kind.__module__ != "builtins":
                try:
                    yield self.built(kind, depth + 1)
                except Missing:
                    continue

    def _tree_of(self, function: Any) -> ast.Module:
        for side in self._sides:
            if getattr(function, "__module__", "") == side.module.__name__:
                return side.tree
        return self._sides[0].tree

    def _value(self, parameter: Any, node: Any, seen: dict[Any, str], place: int, depth: int) -> str:
        """By use as a key, by annotation, by what callers give, by use; at last something that takes everything."""
        trees = [side.tree for side in self._sides]
        used = uses(node, parameter.name) | uses_of_kept(node, parameter.name, trees)
        if self._shared is not None and depth == 1 and offers(node, parameter.name, self._shared):
            return "shared"
        if "key" in used:
            return "KEY"
        hint = parameter.annotation
        if hint is not parameter.empty:
            found = self._hinted(hint, depth)
            if found:
                return found
        literal = seen.get(parameter.name, seen.get(place))
        if literal is not None:
            return literal
        if "number" in used:
            return "1"
        if "called" in used:
            return NOTHING
        if "iterated" in used:
            return "[KEY]"
        return "MagicMock()" if "attribute" in used else "KEY"

    def _hinted(self, hint: Any, depth: int) -> str:
        if isinstance(hint, str):
            name = hint.strip("\"' ").partition("[")[0].partition("|")[0].strip().rpartition(".")[2]
            if hint.strip().startswith(("Optional", "None")):
                return "None"
            found = getattr(self._module, name, None)
            if name in PLAIN:
                return PLAIN[name]
            hint = found if inspect.isclass(found) else None
        if hint is None:
            return ""
        origin = getattr(hint, "__origin__", hint)
        name = getattr(origin, "__name__", "")
        if name in PLAIN:
            return PLAIN[name]
        if inspect.isclass(origin) and depth < 3 and origin.__module__ != "builtins" and "<" not in origin.__qualname__:
            return self._part(origin, depth + 1)
        return ""

    def _part(self, kind: Any, depth: int) -> str:
        """An argument of its own; empty where it cannot be made."""
        if issubclass(kind, enum.Enum):
            return f"next(iter({self._names.name_of(kind)}))"
        try:
            return self.built(kind, depth)
        except Missing:
            return ""


def _kinds(owner: Any) -> Iterator[Any]:
    """The class itself and those below it, the concrete ones first."""
    below, todo = [], [owner]
    while todo:
        kind = todo.pop(0)
        below.append(kind)
        todo += [each for each in type.__subclasses__(kind) if each not in below and "<" not in each.__qualname__]
    yield from sorted(below[:5], key=inspect.isabstract)


def _parameters(function: Any) -> list[Any]:
    """Those of the constructor where a class hides them behind its metaclass."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    plain = [each for each in found if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
    if inspect.isclass(function) and not plain:
        for name in ("__init__", "initialize", "__new__"):
            made = getattr(function, name, None)
            if inspect.isfunction(made):
                inner = list(inspect.signature(made).parameters.values())[1:]
                if any(each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD) for each in inner):
                    return inner
    return found


def joined(slots: Sequence[Slot], chosen: Sequence[str | None]) -> str:
    """The arguments as they stand between parentheses."""
    return ", ".join(slot.form.replace("{}", value) for slot, value in zip(slots, chosen) if value is not None)
