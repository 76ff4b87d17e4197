"""What is held where."""

import contextlib
import threading

LOCK = threading.Lock()  # fact: call @threading.Lock bound=LOCK # fact: bind LOCK values=!0


class Guarded:
    def with_lock(self, k):
        with self._lock:
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock
        self.d[k] = 2  # no-fact: access %self.d locks=%self._lock

    def several(self, k):
        with self.a, LOCK as held, open("f") as g:
            self.d[k] = g.read()  # fact: access %self.d setitem locks=%self.a,LOCK,!0
        with self.a:
            with self.b:
                self.d[k] = 1  # fact: access %self.d setitem locks=%self.a,%self.b
            self.d[k] = held  # fact: access %self.d setitem locks=%self.a

    def early(self, k):
        with self._lock:
            if k in self.d:
                return self.d[k]  # fact: compound test-act # fact: access %self.d getitem locks=%self._lock
        self.d[k] = 1  # fact: compound get-create

    def explicit(self, k):
        self._lock.acquire()
        try:
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(acquire)
        finally:
            self._lock.release()
        self.d[k] = 2  # no-fact: access %self.d locks=%self._lock(acquire)

    def tried(self, k):
        if self._lock.acquire(timeout=1):
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(try-acquire)
            self._lock.release()
        else:
            self.d[k] = 3  # no-fact: access %self.d locks=%self._lock(try-acquire)
        self.d[k] = 2  # no-fact: access %self.d locks=%self._lock(try-acquire)

    def refused(self, k):
        if not self._lock.acquire(False):
            self.d[k] = 0  # no-fact: access %self.d locks=%self._lock(try-acquire)
            return
        self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(try-acquire)
        self._lock.release()

    def ignored(self, k):
        self._lock.acquire(blocking=False)  # fact: call %self._lock.acquire blocking==False dropped
        self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(unchecked-acquire)
        self._lock.release()

    def kept(self, k):
        got = self._lock.acquire(timeout=1)
        self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(try-acquire)
        if got:
            self._lock.release()

    def sides(self, k):
        self.rw.acquire_write()
        try:
            self.d[k] = 1  # fact: access %self.d setitem locks=%self.rw(write-acquire)
        finally:
            self.rw.release_write()
        self.rw.acquire_read()
        self.d.get(k)  # fact: access %self.d get locks=%self.rw(read-acquire)
        self.rw.release_read()
        self.d.get(k)  # no-fact: access %self.d locks=%self.rw(read-acquire)

    def optional(self, k):
        with self._lock if self.threads else contextlib.nullcontext():
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock
        with self._lock if self.threads else self._other:
            self.d[k] = 1  # no-fact: access %self.d locks=%self._lock

    def forever(self, k):
        self._lock.acquire(timeout=-1)
        self.d[k] = 1  # fact: access %self.d locks=%self._lock(acquire)
        self._lock.release()

    def enter(self):  # exits: %self._lock
        self._lock.acquire()

    def leave(self):
        self._lock.release()

    def balanced(self):  # exits:
        self._lock.acquire()
        try:
            return self.d.get("a")
        finally:
            self._lock.release()

    def branches(self, x, k):
        if x:
            self._lock.acquire()
        self.d[k] = 1  # no-fact: access %self.d locks=%self._lock(acquire)
        if x:
            self._lock.release()

    def stack(self, k):
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._lock)
            self.d[k] = 1  # fact: access %self.d setitem locks=!0,%self._lock
        self.d[k] = 1  # no-fact: access %self.d locks=!0,%self._lock

    async def asynchronous(self, k):
        async with self._lock:
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._lock(asyncwith) awaits=1

    def factory(self, k):
        with self.lock_for(k):
            self.d[k] = 1  # fact: access %self.d setitem locks=!0
        lock = self._locks[k]
        with lock:
            self.d[k] = 1  # fact: access %self.d setitem locks=%self._locks[]

    def spin(self, k):
        while True:
            with self._lock:
                if k not in self.d:
                    break
        self.d[k] = 1  # fact: compound get-create # no-fact: access %self.d locks=%self._lock

    def suppressed(self, k):
        with contextlib.suppress(KeyError):  # fact: handler KeyError does=pass
            del self.d[k]  # fact: access %self.d delitem try=0

    def handlers(self, k, log):
        try:
            self.d[k] = 1  # fact: access %self.d setitem try=0
        except (KeyError, ValueError):  # fact: handler KeyError,ValueError does=log,continue,raise
            for x in log:
                log.warning("x")
                if x:
                    continue
                raise
        except Exception:  # fact: handler Exception does=log-exception,return
            log.exception("x")
            return
        except:  # fact: handler bare does=pass
            pass
        else:
            self.d[k] = 2  # no-fact: access %self.d try=0
