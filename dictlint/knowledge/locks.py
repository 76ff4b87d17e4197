"""What is a lock, by its dotted name or by what it is called. Tables only."""

from __future__ import annotations

from dictlint.knowledge.activities import LOGGING_BASES

LOCKS = frozenset(
    {
        "threading.Lock",
        "threading.RLock",
        "threading.Condition",
        "threading.Semaphore",
        "threading.BoundedSemaphore",
        "threading._RLock",
        "threading._CRLock",
        "_thread.allocate_lock",
        "_thread.RLock",
        "thread.allocate_lock",
        "threading._allocate_lock",
        "dummy_threading.Lock",
        "dummy_threading.RLock",
        "multiprocessing.Lock",
        "multiprocessing.RLock",
        "multiprocessing.Condition",
        "multiprocessing.Semaphore",
        "multiprocessing.BoundedSemaphore",
        "multiprocessing.synchronize.Lock",
        "multiprocessing.synchronize.RLock",
        "gevent.lock.RLock",
        "gevent.lock.Semaphore",
        "gevent.lock.BoundedSemaphore",
        "eventlet.semaphore.Semaphore",
        "eventlet.green.threading.Lock",
        "eventlet.green.threading.RLock",
        "fasteners.ReaderWriterLock",
        "readerwriterlock.rwlock.RWLockFair",
        "readerwriterlock.rwlock.RWLockRead",
        "readerwriterlock.rwlock.RWLockWrite",
        "filelock.FileLock",
        *(
            f"{qt}.QtCore.{name}"
            for qt in ("PyQt5", "PyQt6", "PySide2", "PySide6")
            for name in ("QMutex", "QReadWriteLock")
        ),
    }
)
LOCK_NAMES = frozenset(name.rpartition(".")[2] for name in LOCKS)
# Locks that the thread which holds them cannot take again.
PLAIN_LOCKS = frozenset(
    {
        "threading.Lock",
        "threading.Semaphore",
        "threading.BoundedSemaphore",
        "_thread.allocate_lock",
        "thread.allocate_lock",
        "threading._allocate_lock",
        "dummy_threading.Lock",
        "multiprocessing.Lock",
    }
)
LOOP_LOCKS = frozenset(
    {
        "asyncio.Lock",
        "asyncio.Condition",
        "asyncio.Semaphore",
        "asyncio.BoundedSemaphore",
        "asyncio.locks.Lock",
        "asyncio.locks.Condition",
        "anyio.Lock",
        "anyio.Condition",
        "anyio.Semaphore",
        "trio.Lock",
        "trio.StrictFIFOLock",
        "trio.Condition",
        "trio.Semaphore",
        "tornado.locks.Lock",
        "tornado.locks.Condition",
        "tornado.locks.Semaphore",
    }
)
# Classes with `acquire` and `release` for a lock of theirs: the attribute that holds it, methods that run under it.
LOCKING_BASES: dict[str, tuple[str, frozenset[str]]] = dict.fromkeys(
    LOGGING_BASES, ("lock", frozenset({"emit", "format"}))
)
SEMAPHORES = frozenset(name for name in LOCKS | LOOP_LOCKS if name.endswith("Semaphore"))
LOCK_WRAPPERS = frozenset(name for name in LOCKS | LOOP_LOCKS if name.endswith("Condition"))
LOCK_WORDS = ("lock", "mutex", "cond", "semaphore", "critical", "guard", "rlock", "sema", "latch", "synchron")
