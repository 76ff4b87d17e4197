"""What is acquired and may be kept, what is made to be read later, in which loops handlers stand."""

import itertools
import threading


class Store:
    def __init__(self, load):
        self.load = load
        self.lock = threading.Lock()
        self.d = {}

    def call(self, k):
        self.lock.acquire()  # fact: leak %self.lock call by=15
        self.d[k] = self.load(k)
        self.lock.release()

    def returns_early(self, k):
        self.lock.acquire()  # fact: leak %self.lock return by=21
        if k in self.d:
            return None
        self.lock.release()

    def entry(self, k):
        self.lock.acquire()  # fact: leak %self.lock key by=26
        del self.d[k]
        self.lock.release()

    def manager(self):
        self.lock.acquire()  # fact: leak %self.lock yield by=31
        yield self.d
        self.lock.release()

    async def task(self, k):
        await self.lock.acquire()  # fact: leak %self.lock pause by=36
        self.d[k] = await self.load(k)
        self.lock.release()

    def finally_(self, k):
        self.lock.acquire()  # no-fact: leak
        try:
            self.d[k] = self.load(k)
        finally:
            self.lock.release()

    def handler_of_an_acquire(self, k):
        try:
            self.d[k] = self.load(k)
        except KeyError:
            self.lock.acquire()  # fact: leak %self.lock call by=51
            self.load(k)
            self.lock.release()

    def nothing_raises(self, k):
        self.lock.acquire()  # no-fact: leak
        self.d[k] = 1
        self.lock.release()

    def nobody_releases(self, k):
        self.lock.acquire()  # no-fact: leak
        self.d[k] = self.load(k)

    def lazy(self):
        try:
            made = (v for v in self.d.values())  # fact: lazy %self.d try=0
        except RuntimeError:
            made = ()
        with self.lock:
            counted = enumerate(self.d)  # fact: lazy %self.d locks=%self.lock
            at_once = sorted(v for v in self.d)  # no-fact: lazy
        later = map(str, self.d)  # no-fact: lazy
        return made, counted, at_once, later

    def loops(self, source, queue):
        while True:
            for k in source:
                try:
                    self.d[k] -= 1  # fact: access %self.d setitem how=-=
                except KeyError:  # fact: handler KeyError does=count loops=2 whiles=1
                    self.d[k] += 1  # fact: access %self.d setitem how=+=
            for number in itertools.count():
                try:
                    self.load(number)
                except Exception:  # fact: handler Exception does=pass loops=2 whiles=2
                    pass
            for k in iter(queue.get, None):
                try:
                    self.load(k)
                except Exception:  # fact: handler Exception does=wait loops=2 whiles=2
                    queue.wait()

    def raises(self, k):
        try:
            if not k:
                raise KeyError(k)  # fact: raise try=0
        except KeyError:
            raise  # no-fact: raise
        if k == 1:
            raise LookupError  # fact: raise
        raise NotImplementedError("later")  # no-fact: raise
