"""The modules of the program as they are when they are imported, and what expressions give that speak of them."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Any

from .sides import Missing
from .trying import PATIENCE

KEY = "key 0"


def concrete(kind: Any) -> Any:
    """A subclass that has what is abstract: it does nothing."""
    nothing = dict.fromkeys(kind.__abstractmethods__, lambda *args, **named: None)
    return type(kind)(kind.__name__, (kind,), {**nothing, "__module__": "__main__"})  # that is where drivers have it


class Namespace:
    """What the names in a driver stand for. `loop`: whether it runs in an event loop."""

    def __init__(self, modules: Iterable[str]) -> None:
        from unittest.mock import MagicMock

        self.imports: set[str] = set()
        self.loop = False
        self._names: dict[str, Any] = {"MagicMock": MagicMock, "KEY": KEY, "concrete": concrete}
        for name in modules:
            self.load(name)

    def load(self, name: str) -> ModuleType:
        module = importlib.import_module(name)
        self.imports.add(name)
        self._names[name.partition(".")[0]] = sys.modules[name.partition(".")[0]]
        return module

    def name_of(self, thing: Any) -> str:
        """What to write for a class; its module is imported by the driver."""
        found: Any = self.load(thing.__module__)
        for part in thing.__qualname__.split("."):
            found = getattr(found, part, None)
        if found is not thing:
            raise Missing(f"`{thing.__qualname__}` has no name that can be imported")
        return f"{thing.__module__}.{thing.__qualname__}"

    def value(self, text: str) -> Any:
        return eval(text, dict(self._names))

    def value_in_loop(self, text: str) -> Any:
        async def work() -> Any:
            return eval(text, dict(self._names))

        return asyncio.run(work())

    def run(self, made: str, before: Sequence[str], call: str) -> None:
        """One round, as the driver will do it: what prepares an object may fail, what is tried on it may not.

        Which errors the program's preparations raise is not known here, and none of them says anything about the call.
        """
        lines = "\n".join(f"    with suppress(Exception):\n        {one}" for one in before)
        kind = "async def" if self.loop else "def"
        body = f"{kind} work():\n    shared = {made}\n{lines}\n    return {call}"
        space = {**self._names, "suppress": suppress}
        exec(body, space)
        if self.loop:
            asyncio.run(asyncio.wait_for(space["work"](), PATIENCE))
        else:
            space["work"]()
