"""Views and iterators of checked maps."""

from __future__ import annotations

import sys
from collections.abc import ItemsView, Iterator, KeysView, Set, ValuesView
from itertools import chain
from types import CodeType, FrameType
from typing import Any

from dictlint.runtime.activity import Marker, Token, local
from dictlint.runtime.consumers import LIVE, LOOP, TORN, WHOLE, consumer
from dictlint.runtime.failing import ConcurrentMapError, settle
from dictlint.runtime.shadow import Shadow, Walk

GIL = getattr(sys, "_is_gil_enabled", lambda: True)()
MISSING: Any = object()
LOOPS = 100
"""So many places with loops over one map are remembered."""


class Merge(Marker):
    """While C code copies a map by `keys()` and `__getitem__`: `dict(d)`, `{**d}`, `f(**d)`, `other.update(d)`.

    On a plain dict each of these is one step. Here the entries are taken in one step, and handed out when they are
    asked for. Stands in the place of the thread's token, so that nothing takes the short way meanwhile.
    """

    __slots__ = ("_code", "_items", "_offset", "_place", "_real", "_shadow")

    def __init__(self, shadow: Shadow, items: list[Any], frame: FrameType, real: Any) -> None:
        self._shadow = shadow
        self._items = items
        self._place = 0
        self._code = frame.f_code
        self._offset = frame.f_lasti
        self._real = real

    def settle(self) -> Token | None:
        """Something else happens: so much for copying."""
        local.token = real = self._real
        return real if real.__class__ is Token else real.settle()

    def take(self, shadow: Shadow, key: Any, frame: FrameType) -> Any:
        place = self._place
        if (
            shadow is self._shadow
            and frame.f_lasti == self._offset
            and frame.f_code is self._code
            and self._items[place][0] is key
        ):
            self._place = place + 1
            if place + 1 == len(self._items):
                self.settle()
            return self._items[place][1]
        return MISSING


def begin(mapping: Any, shadow: Shadow, op: str, frame: FrameType) -> tuple[Walk | None, Token | None]:
    """Tells that an iterator is open now. There is no walk where nothing is recorded."""
    token = shadow.begin()
    if token is None:
        return None, None
    try:
        walk, found = shadow.iterate(token, op, frame)
    finally:
        shadow.leave()
    if found:
        settle(shadow, mapping, found)
    return walk, token


def advance(mapping: Any, shadow: Shadow, walk: Walk, frame: FrameType, ended: bool) -> Token | None:
    """Tells that something happened since the last step."""
    walk.steps += 1
    token = shadow.begin()
    if token is None:
        return None
    try:
        found = shadow.step(walk, token, frame, ended)
    finally:
        shadow.leave()
    if ended:
        walk.steps = 0
    if found:
        settle(shadow, mapping, found)
    return token


def fail(mapping: Any, shadow: Shadow, walk: Walk, frame: FrameType, error: RuntimeError) -> None:
    """Tells that the built-in iterator refused to go on."""
    token = shadow.begin()
    if token is None:
        return
    try:
        found = shadow.broken(walk, token, frame)
    finally:
        shadow.leave()
    if found:
        settle(shadow, mapping, found, cause=error)


class CheckedIterator(Iterator[Any]):
    """Steps through a map for Python code, which may do anything between two steps."""

    __slots__ = ("__weakref__", "_length_hint", "_mapping", "_next", "_reduce", "_shadow", "_token", "_walk")

    def __init__(self, mapping: Any, shadow: Shadow, raw: Any, op: str, frame: FrameType) -> None:
        self._mapping = mapping
        self._shadow = shadow
        self._next = raw.__next__
        self._reduce = raw.__reduce__
        self._length_hint = getattr(raw, "__length_hint__", None)
        self._walk, self._token = begin(mapping, shadow, op, frame)

    def __iter__(self) -> CheckedIterator:
        return self

    def __next__(self) -> Any:
        try:
            item = self._next()
        except RuntimeError as error:
            walk, self._walk = self._walk, None
            if walk is not None:
                fail(self._mapping, self._shadow, walk, sys._getframe(1), error)
            raise
        except StopIteration:
            walk, self._walk = self._walk, None
            mapping, self._mapping = self._mapping, None  # as a built-in one: exhausted, it holds on to nothing
            if walk is not None:
                advance(mapping, self._shadow, walk, sys._getframe(1), True)
            raise
        walk = self._walk
        if walk is not None and (self._token is not local.token or walk.version != self._shadow.version):
            self._token = advance(self._mapping, self._shadow, walk, sys._getframe(1), False) or self._token
        return item

    def __length_hint__(self) -> int:
        return self._length_hint() if self._length_hint is not None else 0

    def __reduce__(self) -> Any:
        return self._reduce()


def loop(mapping: Any, shadow: Shadow, raw: Any, op: str, frame: FrameType) -> Iterator[Any]:
    """The same for a loop: nobody else sees its iterator, so it can be a generator, which is several times as fast."""
    code, token = frame.f_code, local.token
    walk = shadow.again.pop((id(code), frame.f_lasti), None)  # two loops at the same time are two walks
    if walk is None or not _is_like(walk, shadow, token, code):
        walk, token = begin(mapping, shadow, op, frame)
    return raw if walk is None else _stepping(mapping, shadow, raw, walk, token)


def _is_like(walk: Walk, shadow: Shadow, token: Token, code: CodeType) -> bool:
    """Whether the last loop at this place was of the same thread in the same state: then all is recorded."""
    begun = walk.begun
    return (
        walk.version == shadow.version
        and begun.token is token
        and walk.access.token is token
        and begun.stack[0] is code
    )


def _stepping(mapping: Any, shadow: Shadow, raw: Any, walk: Walk, token: Token | None) -> Iterator[Any]:
    here = local
    try:
        for item in raw:
            if token is not here.token or walk.version != shadow.version:
                token = advance(mapping, shadow, walk, sys._getframe(1), False) or token
            yield item
    except ConcurrentMapError:
        raise
    except RuntimeError as error:
        fail(mapping, shadow, walk, sys._getframe(1), error)
        raise
    if token is here.token and walk.version == shadow.version:
        walk.steps = 0
    else:
        advance(mapping, shadow, walk, sys._getframe(1), True)
    if begun := walk.begun.stack:
        if len(shadow.again) > LOOPS:
            shadow.again.clear()
        shadow.again[id(begun[0]), begun[1]] = walk


def iterate(mapping: Any, shadow: Shadow, view: Any, op: str, frame: FrameType) -> Any:
    """What `__iter__` returns to whoever asks at this place."""
    who = consumer(frame)
    if who is LOOP:
        return loop(mapping, shadow, iter(view), op, frame)
    if who is LIVE:
        return CheckedIterator(mapping, shadow, iter(view), op, frame)
    note_whole(mapping, shadow, op, frame, torn=who is TORN)
    # Begun by the first step, in C: so no other thread comes between the making of the iterator and its use.
    return chain(view) if GIL or who is not WHOLE else iter(list(view))


def note_whole(mapping: Any, shadow: Shadow, op: str, frame: FrameType, torn: bool = False) -> None:
    token = shadow.begin()
    if token is None:
        return
    try:
        found = shadow.read_all(token, op, frame, torn)
    finally:
        shadow.leave()
    if found:
        settle(shadow, mapping, found)


class _View:
    """What the three views have in common. `_real` is the view of the built-in class."""

    __slots__ = ("_mapping", "_real", "_shadow")
    _op = ""

    def __init__(self, mapping: Any, shadow: Shadow, real: Any) -> None:
        self._mapping = mapping
        self._shadow = shadow
        self._real = real

    @property
    def mapping(self) -> Any:
        return self._real.mapping

    def __len__(self) -> int:
        return len(self._mapping)

    def __iter__(self) -> Iterator[Any]:
        return iterate(self._mapping, self._shadow, self._real, self._op, sys._getframe(1))  # type: ignore[no-any-return]

    def __reversed__(self) -> Iterator[Any]:
        return backwards(self._mapping, self._shadow, self._real, self._op, sys._getframe(1))

    def __repr__(self) -> str:
        return repr(self._real)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._real.__reduce_ex__(protocol)

    def _whole(self) -> Any:
        """The real view, for one operation in C on all of it."""
        note_whole(self._mapping, self._shadow, self._op, sys._getframe(2))
        return self._real


def backwards(mapping: Any, shadow: Shadow, real: Any, op: str, frame: FrameType) -> Iterator[Any]:
    if consumer(frame) in (LOOP, LIVE):
        return CheckedIterator(mapping, shadow, reversed(real), op, frame)
    note_whole(mapping, shadow, op, frame, torn=True)
    return chain.from_iterable(map(reversed, (real,)))


def _other(value: Any) -> Any:
    return value._real if isinstance(value, _View) else value


class _SetView(_View):
    __slots__ = ()

    def __eq__(self, other: object) -> Any:
        return self._whole() == _other(other)

    def __ne__(self, other: object) -> Any:
        return self._whole() != _other(other)

    def __lt__(self, other: Any) -> Any:
        return self._whole() < _other(other)

    def __le__(self, other: Any) -> Any:
        return self._whole() <= _other(other)

    def __gt__(self, other: Any) -> Any:
        return self._whole() > _other(other)

    def __ge__(self, other: Any) -> Any:
        return self._whole() >= _other(other)

    def __and__(self, other: Any) -> Any:
        return self._whole() & _other(other)

    def __rand__(self, other: Any) -> Any:
        return _other(other) & self._whole()

    def __or__(self, other: Any) -> Any:
        return self._whole() | _other(other)

    def __ror__(self, other: Any) -> Any:
        return _other(other) | self._whole()

    def __sub__(self, other: Any) -> Any:
        return self._whole() - _other(other)

    def __rsub__(self, other: Any) -> Any:
        return _other(other) - self._whole()

    def __xor__(self, other: Any) -> Any:
        return self._whole() ^ _other(other)

    def __rxor__(self, other: Any) -> Any:
        return _other(other) ^ self._whole()

    def isdisjoint(self, other: Any) -> bool:
        return bool(self._whole().isdisjoint(_other(other)))

    __hash__ = None  # type: ignore[assignment]


class CheckedKeys(_SetView):
    __slots__ = ("_code", "_offset")
    _op = "keys"

    def __init__(self, mapping: Any, shadow: Shadow, real: Any, frame: FrameType) -> None:
        super().__init__(mapping, shadow, real)
        self._code: CodeType = frame.f_code
        self._offset = frame.f_lasti

    def __contains__(self, key: object) -> bool:
        return key in self._mapping

    def __iter__(self) -> Iterator[Any]:
        frame = sys._getframe(1)
        if frame.f_lasti == self._offset and frame.f_code is self._code and consumer(frame) not in (LOOP, LIVE):
            return self._merge(frame)
        return iterate(self._mapping, self._shadow, self._real, self._op, frame)  # type: ignore[no-any-return]

    def _merge(self, frame: FrameType) -> Iterator[Any]:
        """One instruction asks for the keys and iterates over them: it copies the map, and will ask for the values."""
        shadow = self._shadow
        note_whole(self._mapping, shadow, "copy", frame)
        items = entries(self._mapping._dictlint_items())
        if items:
            real = local.token
            local.token = Merge(shadow, items, frame, real._real if isinstance(real, Merge) else real)
        return iter([key for key, _ in items])


def entries(view: Any) -> list[Any]:
    """All entries in one step. Before Python 3.12 a finalizer can come in between, then it is tried again."""
    while True:
        try:
            return list(view)
        except RuntimeError:
            continue


class CheckedItems(_SetView):
    __slots__ = ()
    _op = "items"

    def __contains__(self, item: object) -> bool:
        return item in self._whole()


class CheckedValues(_View):
    __slots__ = ()
    _op = "values"

    def __contains__(self, value: object) -> bool:
        note_whole(self._mapping, self._shadow, self._op, sys._getframe(1), torn=True)
        return value in self._real


KeysView.register(CheckedKeys)
Set.register(CheckedItems)
ItemsView.register(CheckedItems)
ValuesView.register(CheckedValues)
