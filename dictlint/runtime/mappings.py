"""Maps that threads may share: one lock, several, or none for readers. `benchmarks/mappings.py` says when each pays.

All three have the compound operations that a dict lacks: `get_or_create` and `change`. Iterating over them goes over
a copy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")
MISSING: Any = object()


class _Shared(MutableMapping[K, V]):
    """What the three have in common: everything that can be said in terms of one entry or of a copy."""

    __slots__ = ()

    def snapshot(self) -> dict[K, V]:
        """All entries of one moment, as a dict of the caller's own."""
        raise NotImplementedError

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        """The value of `key`; where there is none, what `create` returns, which is called once for all threads.

        It is called under the lock: it must not wait for anybody who needs this map.
        """
        raise NotImplementedError

    def change(self, key: K, change: Callable[[V], V], default: Any = MISSING) -> V:
        """Puts `change(value)` in the place of the value, in one step; without an entry, of `default`, or KeyError."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[K]:
        return iter(self.snapshot())

    def keys(self) -> Any:
        return self.snapshot().keys()

    def values(self) -> Any:
        return self.snapshot().values()

    def items(self) -> Any:
        return self.snapshot().items()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and self.snapshot() == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.snapshot()!r})"

    def __reduce__(self) -> Any:
        return type(self), (self.snapshot(),)


class LockedMapping(_Shared[K, V]):
    """A dict behind one lock. The first choice: it keeps its order; `with mapping.lock:` makes several steps one."""

    __slots__ = ("_entries", "lock")

    def __init__(self, entries: Any = (), /, **named: Any) -> None:
        self._entries: dict[K, V] = dict(entries, **named)
        self.lock = threading.RLock()

    def __getitem__(self, key: K) -> V:
        with self.lock:
            return self._entries[key]

    def __setitem__(self, key: K, value: V) -> None:
        with self.lock:
            old = self._entries.get(key)
            self._entries[key] = value
        del old  # its finalizer may need the lock

    def __delitem__(self, key: K) -> None:
        self.pop(key)

    def __contains__(self, key: object) -> bool:
        with self.lock:
            return key in self._entries

    def __len__(self) -> int:
        with self.lock:
            return len(self._entries)

    def get(self, key: K, default: Any = None) -> Any:
        with self.lock:
            return self._entries.get(key, default)

    def pop(self, key: K, default: Any = MISSING) -> Any:
        with self.lock:
            return self._entries.pop(key) if default is MISSING else self._entries.pop(key, default)

    def popitem(self) -> tuple[K, V]:
        with self.lock:
            return self._entries.popitem()

    def setdefault(self, key: K, default: Any = None) -> Any:
        with self.lock:
            return self._entries.setdefault(key, default)

    def update(self, *args: Any, **named: Any) -> None:
        entries = dict(*args, **named)
        with self.lock:
            self._entries.update(entries)

    def clear(self) -> None:
        with self.lock:
            old, self._entries = self._entries, {}
        del old

    def snapshot(self) -> dict[K, V]:
        with self.lock:
            return dict(self._entries)

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        with self.lock:
            value = self._entries.get(key, MISSING)
            if value is MISSING:
                value = self._entries[key] = create()
            return value  # type: ignore[no-any-return]

    def change(self, key: K, change: Callable[[V], V], default: Any = MISSING) -> V:
        with self.lock:
            value = self._entries[key] if default is MISSING else self._entries.get(key, default)
            value = self._entries[key] = change(value)
            return value


class StripedMapping(_Shared[K, V]):
    """Several dicts, each behind a lock of its own, by the key's hash: threads with different keys seldom wait.

    There is no order, and operations on the whole take one lock after the other, so `len` and `snapshot` are of no
    single moment.
    """

    __slots__ = ("_stripes",)

    def __init__(self, entries: Any = (), /, stripes: int = 16, **named: Any) -> None:
        if stripes < 1:
            raise ValueError(f"a map has at least one stripe, not {stripes}")
        self._stripes: tuple[LockedMapping[K, V], ...] = tuple(LockedMapping() for _ in range(stripes))
        self.update(entries, **named)

    def _stripe(self, key: Any) -> LockedMapping[K, V]:
        return self._stripes[hash(key) % len(self._stripes)]

    def __getitem__(self, key: K) -> V:
        return self._stripe(key)[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._stripe(key)[key] = value

    def __delitem__(self, key: K) -> None:
        del self._stripe(key)[key]

    def __contains__(self, key: object) -> bool:
        return key in self._stripe(key)

    def __len__(self) -> int:
        return sum(map(len, self._stripes))

    def get(self, key: K, default: Any = None) -> Any:
        return self._stripe(key).get(key, default)

    def pop(self, key: K, default: Any = MISSING) -> Any:
        return self._stripe(key).pop(key, default)

    def popitem(self) -> tuple[K, V]:
        for stripe in self._stripes:
            try:
                return stripe.popitem()
            except KeyError:
                continue
        raise KeyError("popitem(): mapping is empty")

    def setdefault(self, key: K, default: Any = None) -> Any:
        return self._stripe(key).setdefault(key, default)

    def clear(self) -> None:
        for stripe in self._stripes:
            stripe.clear()

    def snapshot(self) -> dict[K, V]:
        entries: dict[K, V] = {}
        for stripe in self._stripes:
            entries.update(stripe.snapshot())
        return entries

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        return self._stripe(key).get_or_create(key, create)

    def change(self, key: K, change: Callable[[V], V], default: Any = MISSING) -> V:
        return self._stripe(key).change(key, change, default)

    def __reduce__(self) -> Any:
        return _striped, (self.snapshot(), len(self._stripes))


def _striped(entries: dict[Any, Any], stripes: int) -> StripedMapping[Any, Any]:
    return StripedMapping(entries, stripes=stripes)


class CopyOnWriteMapping(_Shared[K, V]):
    """A dict that is never changed, only replaced: readers take no lock, and iterate over what there was at first.

    Each write copies everything. For what is read all the time and written once in a while: routes, settings,
    plugins. Many entries are best written by one `update`.
    """

    __slots__ = ("_entries", "_lock")

    def __init__(self, entries: Any = (), /, **named: Any) -> None:
        self._entries: dict[K, V] = dict(entries, **named)
        self._lock = threading.Lock()

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def get(self, key: K, default: Any = None) -> Any:
        return self._entries.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def keys(self) -> Any:
        return self._entries.keys()

    def values(self) -> Any:
        return self._entries.values()

    def items(self) -> Any:
        return self._entries.items()

    def snapshot(self) -> dict[K, V]:
        return dict(self._entries)

    def __setitem__(self, key: K, value: V) -> None:
        with self._lock:
            self._entries = {**self._entries, key: value}

    def __delitem__(self, key: K) -> None:
        self.pop(key)

    def pop(self, key: K, default: Any = MISSING) -> Any:
        with self._lock:
            if key not in self._entries and default is not MISSING:
                return default
            entries = dict(self._entries)
            value = entries.pop(key)
            self._entries = entries
            return value

    def popitem(self) -> tuple[K, V]:
        with self._lock:
            entries = dict(self._entries)
            item = entries.popitem()
            self._entries = entries
            return item

    def setdefault(self, key: K, default: Any = None) -> Any:
        return self.get_or_create(key, lambda: default)

    def update(self, *args: Any, **named: Any) -> None:
        added = dict(*args, **named)
        with self._lock:
            self._entries = {**self._entries, **added}

    def discard(self, keys: Iterable[K]) -> None:
        """Takes out several entries by one copy; those that are not there do not matter."""
        gone = set(keys)
        with self._lock:
            self._entries = {key: value for key, value in self._entries.items() if key not in gone}

    def clear(self) -> None:
        with self._lock:
            self._entries = {}

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        value = self._entries.get(key, MISSING)
        if value is not MISSING:
            return value  # type: ignore[no-any-return]
        with self._lock:
            value = self._entries.get(key, MISSING)
            if value is MISSING:
                value = create()
                self._entries = {**self._entries, key: value}
            return value  # type: ignore[no-any-return]

    def change(self, key: K, change: Callable[[V], V], default: Any = MISSING) -> V:
        with self._lock:
            value = self._entries[key] if default is MISSING else self._entries.get(key, default)
            value = change(value)
            self._entries = {**self._entries, key: value}
            return value
