"""Lock and RLock, in front of the real ones: who releases tells the next who acquires."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any

from dictlint.runtime.activity import Activity, Token, accept, local, merged, publish
from dictlint.runtime.frames import Stack, capture, outside
from dictlint.runtime.sync.patches import Patches

raw_lock = _thread.allocate_lock
raw_rlock = _thread.RLock
LockType = _thread.LockType
RLockType = type(raw_rlock())
observers: list[Callable[[Any, Activity, bool], None]] = []
"""Called when a lock was acquired, and before it is released."""


class _Tracked:
    """What Lock and RLock have in common."""

    __slots__ = ("__weakref__", "_holder", "_raw", "_token", "birth")
    kind = "lock"
    _raw: Any

    def __init__(self, raw: Any, birth: Stack) -> None:
        self._raw = raw
        self._token: Token | None = None
        self._holder: Activity | None = None
        self.birth = birth

    def _acquired(self) -> None:
        if local.internal:
            return
        token = self._token
        if token is not None:
            accept(token)
        token = local.token
        if token.__class__ is Token:
            self._holder = token.activity
            token.activity.held.append(self)
            for observe in observers:
                observe(self, token.activity, True)

    def _releasing(self) -> None:
        """Before the real release: after it, the next one may have acquired already."""
        holder = self._holder
        if holder is not None:
            self._holder = None
            for observe in observers:
                observe(self, holder, False)
            held = holder.held
            if held and held[-1] is self:
                held.pop()
            else:
                _remove(held, self)
        token = publish()
        if token is not None:
            # Without having learnt from those before, the caller cannot speak for them.
            self._token = merged(self._token, token) if local.internal else token

    def __enter__(self) -> bool:
        return bool(self.acquire())

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return repr(self._raw)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle {type(self._raw).__name__!r} object")

    def _at_fork_reinit(self) -> None:
        self._raw._at_fork_reinit()
        self._token = self._holder = None


def _remove(held: list[Any], lock: _Tracked) -> None:
    for place in range(len(held) - 1, -1, -1):
        if held[place] is lock:
            del held[place]
            return


class Lock(_Tracked):
    """Stands for `threading.Lock`."""

    __slots__ = ()
    kind = "Lock"

    def __init__(self, raw: Any = None, birth: Stack | None = None) -> None:
        super().__init__(raw or raw_lock(), capture(sys._getframe(1), 1) if birth is None else birth)

    __class__: Any = property(lambda self: LockType)  # code asks `isinstance(x, type(threading.Lock()))`

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        got: bool = self._raw.acquire(blocking, timeout)
        if got:
            self._acquired()
        return got

    def release(self) -> None:
        self._releasing()
        self._raw.release()

    def __enter__(self) -> bool:
        self._raw.acquire()
        self._acquired()
        return True

    def locked(self) -> bool:
        return bool(self._raw.locked())

    acquire_lock = acquire
    release_lock = release
    locked_lock = locked


class RLock(_Tracked):
    """Stands for `threading.RLock`. Only the outermost acquire and release say anything."""

    __slots__ = ("_depth",)
    kind = "RLock"

    def __init__(self, raw: Any = None, birth: Stack | None = None) -> None:
        super().__init__(raw or raw_rlock(), capture(sys._getframe(1), 1) if birth is None else birth)
        self._depth = 0

    __class__: Any = property(lambda self: RLockType)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        got: bool = self._raw.acquire(blocking, timeout)
        if got:
            self._depth += 1
            if self._depth == 1:
                self._acquired()
        return got

    def release(self) -> None:
        if self._raw._is_owned():
            if self._depth <= 1:
                self._depth = 0
                self._releasing()
            else:
                self._depth -= 1
        self._raw.release()  # complains where it is not owned

    def locked(self) -> bool:
        return bool(self._raw.locked()) if hasattr(self._raw, "locked") else self._depth > 0

    def _is_owned(self) -> bool:
        return bool(self._raw._is_owned())

    def _recursion_count(self) -> int:
        return self._depth if self._raw._is_owned() else 0

    def _release_save(self) -> Any:
        depth, self._depth = self._depth, 0
        self._releasing()
        return depth, self._raw._release_save()

    def _acquire_restore(self, state: Any) -> None:
        depth, raw = state
        self._raw._acquire_restore(raw)
        self._depth = depth
        self._acquired()

    def _at_fork_reinit(self) -> None:
        super()._at_fork_reinit()
        self._depth = 0


def make_lock() -> Any:
    """What `threading.Lock()` gives: the real one for the insides of primitives whose edges are drawn elsewhere."""
    if local.making:
        return raw_lock()
    return Lock(birth=capture(outside(sys._getframe(1)), 1))


def make_rlock(*args: Any, **kwargs: Any) -> Any:
    if local.making:
        return raw_rlock()
    return RLock(birth=capture(outside(sys._getframe(1)), 1))


class _LockMeta(type):
    """`threading.Lock` is called, and from 3.13 on also asked for instances, as a class."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return make_lock(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, LockType)


class LockClass(metaclass=_LockMeta):
    """Stands for the name `threading.Lock`."""

    __slots__ = ()


# What a program prints or checks of these names stays what it was.
make_rlock.__name__ = make_rlock.__qualname__ = "RLock"
make_rlock.__module__ = "threading"
LockClass.__module__ = "_thread"
LockClass.__name__ = LockClass.__qualname__ = "lock" if isinstance(threading.Lock, type) else "allocate_lock"


def install(patches: Patches) -> None:
    patches.stand_in(threading.Lock, LockClass)
    patches.stand_in(threading.RLock, make_rlock)
    patches.stand_in(raw_lock, LockClass)
    patches.stand_in(raw_rlock, make_rlock)
    patches.put(threading, "Lock", LockClass)
    patches.put(threading, "RLock", make_rlock)
