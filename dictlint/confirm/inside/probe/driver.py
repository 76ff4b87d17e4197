"""Puts a driver together: how the shared object is made, what fills it before, and what calls run both sides."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from .arguments import Arguments, joined
from .namespace import Namespace
from .sides import Side, forms, is_async, is_public, mangled, shared_class, side_of
from .syntax import is_named, loops_forever, members, stores
from .template import filled
from .trying import Outcome, Slot, Trials


class Driver:
    """Looks at the modules as they are when they are imported, at their source, and at what calls do."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._names = Namespace(side["module"] for side in request["sides"])
        self._trials = Trials(request["seconds"], [side["path"] for side in request["sides"]])
        self._sides = [side_of(told, sys.modules[told["module"]]) for told in request["sides"]]
        self._names.loop = any(is_async(side.function) for side in self._sides)
        self._shared = shared_class(self._sides)
        self._arguments = Arguments(self._names, self._trials, self._sides, self._shared)
        self._made = "None"
        self._prepared: list[str] = []

    def text(self) -> str:
        if self._shared is not None:
            self._made = self._arguments.built(self._shared)
        self._prepared = self._preparations()
        calls: list[str] = []
        short = []
        for number, side in enumerate(self._sides):
            call, reached = self._reached(side, calls)
            calls.append(call)
            if reached < len(side.lines):
                short.append(number)
        for number in short if len(self._sides) > 1 else ():  # after the other one, it may come further
            calls[number] = self._reached(self._sides[number], [calls[1 - number]])[0]
        names = self._names
        return filled(self._request, names.imports, self._made, self._prepared, calls[0], calls[-1], names.loop)

    def _reached(self, side: Side, others: Sequence[str]) -> tuple[str, int]:
        """What is private is called by what is public, where that comes as far: it may have locked something before."""
        best = self._call(side, others)
        for way in _ways(side) if best[1] else ():
            found = self._call(way, others)
            if found[1] >= best[1]:
                return found
        return best

    def _call(self, side: Side, others: Sequence[str]) -> tuple[str, int]:
        """What runs this side, and how many of its lines it came to. `others` are called before."""
        slots = [Slot("{}", forms(side))]
        if not side.is_attribute:
            slots += self._arguments.slots(side.function, side.name, 1, side.owner is not None, side)
        target = f"{self._receiver(side)}{side.name}"

        def text(chosen: Sequence[str | None]) -> str:
            called = target if side.is_attribute else f"{target}({joined(slots[1:], chosen[1:])})"
            return str(chosen[0]).replace("{}", called)

        def attempt(call: str) -> Outcome:
            before = [*self._prepared, *others]
            return self._trials.run(lambda: self._names.run(self._made, before, call), side.lines)

        found, outcome = self._trials.best(text, slots, attempt, len(side.lines))
        return found, outcome.score.wanted

    def _receiver(self, side: Side) -> str:
        """What stands before the name: the module, the shared object, or what the shared object has."""
        if side.owner is None:
            return f"{side.module.__name__}."
        dot = "" if side.is_attribute else "."
        if self._shared is not None and issubclass(self._shared, side.owner):
            return f"shared{dot}"
        outcome = self._arguments.tried(self._made)
        parts = getattr(outcome.value, "__dict__", {})
        for name, part in parts.items():
            if isinstance(part, side.owner) and name.isidentifier():
                return f"shared.{name}{dot}"
        given = self._arguments.slots(side.owner, side.owner.__name__, 1)
        chosen = ["shared" if not number and slot.options[0] is not None else slot.options[0]
                  for number, slot in enumerate(given)]  # fmt: skip
        return f"{self._names.name_of(side.owner)}({joined(given, chosen)}){dot}"

    def _preparations(self) -> list[str]:
        """Calls that put entries in: methods that store into the container and are no side themselves."""
        attribute = self._request["container"].partition("[")[0].rpartition(".")[2]
        symbols = {side["symbol"] for side in self._request["sides"]}
        owner, tree, module = self._shared, self._sides[0].tree, self._sides[0].module
        calls = []
        for node in tree.body if owner is None else members(tree, owner):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("__") or not stores(node, attribute):
                continue
            symbol = f"{owner.__qualname__}.{node.name}" if owner is not None else node.name
            function = getattr(owner or module, node.name, None)
            if function is None or (symbol in symbols and len(symbols) == 1) or loops_forever(node):
                continue
            if not is_async(function):
                slots = self._arguments.slots(function, node.name, 1, owner is not None)
                target = "shared" if owner is not None else module.__name__
                calls.append(f"{target}.{node.name}({joined(slots, [slot.options[0] for slot in slots])})")
        return calls


def _ways(side: Side) -> Iterator[Side]:
    """Public methods of its class that call it, at once or over others; the nearest ones first."""
    if side.owner is None or not side.name.lstrip(".").startswith("_") or side.name.endswith("__"):
        return
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    methods = [each for each in members(side.tree, side.owner) if isinstance(each, functions)]
    todo = [side.name.lstrip(".")]
    seen = set(todo)
    for name in todo:
        for method in methods:
            if method.name not in seen and any(_speaks_of(node, name, side.owner) for node in ast.walk(method)):
                seen.add(method.name)
                todo.append(mangled(method.name, side.owner))
                found = getattr(side.owner, method.name, None)
                if is_public(method.name) and inspect.isfunction(found):
                    yield side._replace(name=method.name, function=found)


def _speaks_of(node: ast.AST, name: str, owner: Any) -> bool:
    """Whether it speaks of that method of the object."""
    return isinstance(node, ast.Attribute) and is_named(node.value, "self") and mangled(node.attr, owner) == name
