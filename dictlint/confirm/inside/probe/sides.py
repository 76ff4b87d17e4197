"""Which function does a finding mean, on which class, and what is done with what a call of it gives?"""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

from .template import NOTHING

INNER = ("{}", "list({})", "{}()", "{}(KEY)", f"{{}}({NOTHING})", f"{{}}({NOTHING})(KEY)")
"""How something inside of a function may be reached by what the function gives."""
MAKING = ("__post_init__", "__attrs_post_init__", "__set_name__", "__init_subclass__", "__setstate__", "__del__")


class Missing(Exception):
    """What a driver cannot do by itself."""


class Side(NamedTuple):
    """A function that a finding names. `owner` is its class, or None; `inner`: what is meant is made inside of it.

    The `name` of a property begins with a dot: it is not called.
    """

    owner: Any
    name: str
    function: Any
    module: ModuleType
    tree: ast.Module
    lines: Sequence[tuple[int, int]]
    inner: bool

    @property
    def is_attribute(self) -> bool:
        return self.name.startswith(".")


def side_of(told: dict[str, Any], module: ModuleType) -> Side:
    """The side that a symbol such as `Pool.take` names in a module."""
    symbol = told["symbol"]
    if not symbol or symbol.startswith("<"):
        raise Missing(f"`{symbol or '<module>'}` can only be reached by running what contains it")
    owner, found, parts = _walked(symbol, module)
    with open(told["path"], "rb") as file:
        tree = ast.parse(file.read())
    side = Side(
        owner if inspect.isclass(owner) else None, ".".join(parts), found, module, tree,
        [(first, last) for first, last in told["lines"]], len(parts) < len(symbol.split(".")),
    )  # fmt: skip
    return _unwrapped(side, symbol, parts)


def _walked(symbol: str, module: ModuleType) -> tuple[Any, Any, list[str]]:
    """What contains it, it, and its name, as far as that can be had from outside."""
    owner: Any = None
    found: Any = module
    parts: list[str] = []
    for part in symbol.split("."):
        name = mangled(part, found)
        try:
            owner, found = found, inspect.getattr_static(found, name)
        except AttributeError:
            if not parts or inspect.ismodule(found) or inspect.isclass(found):
                raise Missing(f"`{symbol}` is not to be had from outside") from None
            break
        parts.append(name)
    return owner, found, parts


def _unwrapped(side: Side, symbol: str, parts: list[str]) -> Side:
    """The function that runs, and the name by which it is reached: both hang on what descriptor it is kept in."""
    owner, found = side.owner, side.function
    if isinstance(found, staticmethod):
        return side._replace(owner=None, function=found.__func__)
    if isinstance(found, classmethod):
        found = found.__func__
    if isinstance(found, property):
        return side._replace(name=f".{parts[-1]}", function=found.fget)
    found = found.func if isinstance(found, functools.cached_property) else found
    if parts[-1] in MAKING:
        raise Missing(f"`{symbol}` runs while its object is made, which nobody else has then")
    if not callable(found) and not hasattr(found, "__wrapped__"):
        raise Missing(f"`{symbol}` is nothing that can be called")
    if parts[-1] in ("__init__", "__new__") and owner is not None:
        return side._replace(owner=None, name=".".join(parts[:-1]), function=owner)
    if isinstance(owner and inspect.getattr_static(owner, parts[-1]), (property, functools.cached_property)):
        return side._replace(name=f".{parts[-1]}", function=found)
    return side._replace(name=parts[-1] if owner is not None else side.name, function=found)


def shared_class(sides: Sequence[Side]) -> Any:
    """The class of the object that both sides share: the one further down where both are methods."""
    owners = [side.owner for side in sides if side.owner is not None]
    below = [one for one in owners if all(issubclass(one, other) for other in owners)]
    return below[0] if below else owners[0] if owners else None


def mangled(name: str, owner: Any) -> str:
    """Names with two underscores are kept under the name of their class."""
    private = inspect.isclass(owner) and name.startswith("__") and not name.endswith("__")
    return f"_{owner.__name__.lstrip('_')}{name}" if private else name


def is_public(name: str) -> bool:
    """`d[k]` and its like are public as well."""
    special = name.startswith("__") and name.endswith("__") and name not in (*MAKING, "__init__", "__new__")
    return special or not name.startswith("_")


def is_async(function: Any) -> bool:
    function = inspect.unwrap(function) if callable(function) else function
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def forms(side: Side) -> Sequence[str]:
    """What is done with what the call gives, so that the body runs."""
    function = inspect.unwrap(side.function) if callable(side.function) else side.function
    if inspect.iscoroutinefunction(function):
        return ("await {}",)
    if inspect.isasyncgenfunction(function):
        return ("[each async for each in {}]",)
    if side.inner:
        return INNER
    if inspect.isgeneratorfunction(function):
        managed = function is not side.function or getattr(side.function, "__wrapped__", None) is not None
        return ("{}.__enter__()", "list({})") if managed else ("list({})",)
    return ("{}",)
