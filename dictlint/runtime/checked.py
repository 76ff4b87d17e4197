"""The checked maps: subclasses of dict, defaultdict, OrderedDict and Counter that tell a shadow of every operation.

What is one step on the plain map is one step here: each method makes one call of the built-in class, and tells of it
before or after. `methods` makes them; here they become classes.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from dictlint.runtime.births import EXACT, STRICT
from dictlint.runtime.methods.changes import changes
from dictlint.runtime.methods.copies import copies
from dictlint.runtime.methods.entry import one_entry, one_entry_strictly
from dictlint.runtime.methods.whole import whole

KT = TypeVar("KT")
VT = TypeVar("VT")
C = TypeVar("C", bound=type)

# Counter has these in Python, in terms of the others.
SKIPPED: dict[Any, tuple[str, ...]] = {
    Counter: ("__eq__", "__ne__", "__or__", "__ror__", "__ior__", "__missing__", "__init__"),
}


def checked(base: Any) -> Callable[[C], C]:
    """Gives a class the methods that tell."""

    def decorate(cls: C) -> C:
        for part in (one_entry, changes, whole, copies):
            for name, method in part(base, cls).items():
                if name in SKIPPED.get(base, ()):
                    continue
                method.__module__ = cls.__module__
                method.__name__ = name
                method.__qualname__ = f"{cls.__name__}.{name}"
                if method.__doc__ is None:
                    method.__doc__ = getattr(getattr(base, name, None), "__doc__", None)
                setattr(cls, name, method)
        EXACT[cls] = base
        own = {"__slots__": (), "__module__": cls.__module__}
        STRICT[cls] = type(cls.__name__, (cls,), {**own, **one_entry_strictly(base, cls)})
        EXACT[STRICT[cls]] = base
        return cls

    return decorate


@checked(dict)
class CheckedDict(dict[KT, VT]):
    """A dict that finds out whether its uses by several threads or tasks can break.

        from dictlint.runtime import CheckedDict

        sessions = CheckedDict()            # instead of {}

    It is a dict to everything that takes one. When two threads use it in a way that can go wrong, a violation is
    recorded (`violations()`), written to a file and to standard error, and in mode `fail` raised as
    `ConcurrentMapError`. In mode `off` the constructor returns a plain dict. See `configure` for modes and contracts.
    """

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(defaultdict)
class CheckedDefaultDict(defaultdict[KT, VT]):
    """`collections.defaultdict`, checked like `CheckedDict`."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(OrderedDict)
class CheckedOrderedDict(OrderedDict[KT, VT]):
    """`collections.OrderedDict`, checked like `CheckedDict`; changes of the order count as changes of the size."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")


@checked(Counter)
class CheckedCounter(Counter[KT]):
    """`collections.Counter`, checked like `CheckedDict`."""

    __slots__ = ("_dictlint_cells", "_dictlint_shadow")
