"""Checked maps in the place of maps that a program has already."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from dictlint.runtime.births import EXACT, make_shadow
from dictlint.runtime.checked import CheckedCounter, CheckedDefaultDict, CheckedDict, CheckedOrderedDict
from dictlint.runtime.failing import settle
from dictlint.runtime.settings import configure, settings

KINDS: dict[type, Any] = {
    dict: CheckedDict,
    defaultdict: CheckedDefaultDict,
    OrderedDict: CheckedOrderedDict,
    Counter: CheckedCounter,
}


def watch(
    mapping: Mapping[Any, Any] | None = None,
    *,
    name: str = "",
    mode: str | None = None,
    contract: str | None = None,
) -> Any:
    """A checked map with the entries of `mapping`, of the matching kind; a plain copy in mode `off`.

    `name` stands in reports. `mode` and `contract` apply to this map alone; without them the settings do.
    """
    source: Any = {} if mapping is None else mapping
    kind = KINDS.get(EXACT.get(type(source), type(source)))
    if kind is None:
        raise TypeError(f"only dict, defaultdict, OrderedDict and Counter can be watched, not {type(source).__name__}")
    with _settings(mode, contract):
        if kind is CheckedDefaultDict:
            made = kind(source.default_factory, source)
        else:
            made = kind(source)
    if hasattr(made, "_dictlint_shadow"):
        made._dictlint_shadow.name = name
    return made


@contextmanager
def _settings(mode: str | None, contract: str | None) -> Iterator[None]:
    before = settings.mode, settings.contract
    configure(mode=mode, contract=contract)
    try:
        yield
    finally:
        settings.mode, settings.contract = before


def watch_attribute(owner: Any, name: str, *, mode: str | None = None, contract: str | None = None) -> Any:
    """Puts a checked map in the place of the attribute `name` of a module, class or object, and returns it.

    Whoever took hold of the old map before keeps the old one: watch early, before threads start.
    """
    mapping = getattr(owner, name)
    label = getattr(owner, "__name__", type(owner).__name__)
    made = watch(mapping, name=f"{label}.{name}", mode=mode, contract=contract)
    setattr(owner, name, made)
    return made


class CheckedAttribute:
    """An attribute that is itself checked: who binds it anew while others use it, without an order, is found.

        class Registry:
            table = CheckedAttribute()          # `registry.table = {}` is a write, `registry.table` a read

    Binding a name is one step in Python, so this matters under the strict contract only.
    """

    def __init__(self) -> None:
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        cell = self._cell(instance)
        value = cell.get("value", _UNBOUND)
        self._tell(cell, sys._getframe(1), False)
        if value is _UNBOUND:
            raise AttributeError(f"{type(instance).__name__!r} object has no attribute {self._name!r}")
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        cell = self._cell(instance)
        self._tell(cell, sys._getframe(1), True)
        cell["value"] = value

    def __delete__(self, instance: Any) -> None:
        cell = self._cell(instance)
        self._tell(cell, sys._getframe(1), True)
        cell.pop("value", None)

    def _cell(self, instance: Any) -> dict[str, Any]:
        space: dict[str, Any] = instance.__dict__
        found = space.get(self._name)
        if found is None:
            fresh = {"shadow": make_shadow("attribute", sys._getframe(2), self._name)}
            found = space.setdefault(self._name, fresh)
        return found  # type: ignore[no-any-return]

    def _tell(self, cell: dict[str, Any], frame: FrameType, writes: bool) -> None:
        shadow = cell["shadow"]
        token = shadow.begin()
        if token is None:
            return
        try:
            if writes:
                found = shadow.write(token, self._name, "bind", True, True, frame)
            else:
                found = shadow.read(token, self._name, "use", True, frame)
        finally:
            shadow.leave()
        if found:
            settle(shadow, cell, found)


_UNBOUND: Any = object()
