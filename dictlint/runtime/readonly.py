"""A map that can be read by those who must not change it."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from contextlib import nullcontext
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ReadOnlyView(Mapping[K, V]):
    """Reads of another map, and nothing else.

        routes = ReadOnlyView(table, lock)

    Unlike `types.MappingProxyType`, it can be iterated while the map is changed: keys, values and items are those of
    one moment. With `lock` (anything that `with` takes), every read is made under it. What is read is not copied: an
    inner list can still be changed.
    """

    __slots__ = ("_lock", "_mapping")

    def __init__(self, mapping: Mapping[K, V], lock: Any = None) -> None:
        self._mapping = mapping
        self._lock = nullcontext() if lock is None else lock

    def __getitem__(self, key: K) -> V:
        with self._lock:
            return self._mapping[key]

    def get(self, key: K, default: Any = None) -> Any:
        """The value, or `default`, in one step: a test of `in` beforehand is not needed."""
        with self._lock:
            return self._mapping.get(key, default)

    def __contains__(self, key: object) -> bool:
        with self._lock:
            return key in self._mapping

    def __len__(self) -> int:
        with self._lock:
            return len(self._mapping)

    def snapshot(self) -> dict[K, V]:
        """All entries of one moment, as a dict of the caller's own."""
        with self._lock:
            return dict(self._mapping)

    def __iter__(self) -> Iterator[K]:
        with self._lock:
            return iter(list(self._mapping))

    def keys(self) -> KeysView[K]:
        return self.snapshot().keys()

    def values(self) -> ValuesView[V]:
        return self.snapshot().values()

    def items(self) -> ItemsView[K, V]:
        return self.snapshot().items()

    def __repr__(self) -> str:
        return f"ReadOnlyView({self.snapshot()!r})"
