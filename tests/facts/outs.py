"""Statements that may hand out what something else holds."""

from contextlib import suppress

TABLE = {}


def table():
    return TABLE  # fact: out TABLE return


def builtin():
    return NotImplemented  # no-fact: out


class Store:
    def plain(self):
        return self.d  # fact: out %self.d return

    def locked(self):
        with self._lock:
            return self.d  # fact: out %self.d return locks=%self._lock

    def view(self, k):
        with self._lock:
            if k:
                return self.d.items()  # fact: out %self.d|items return locks=%self._lock
            return iter(self.d)  # fact: out %self.d|iter return locks=%self._lock

    def generator(self):
        with self._lock:
            return (x for x in self.d)  # fact: out %self.d|iter return

    def entry(self, k):
        return self.d.get(k)  # fact: out %self.d[] return

    def both(self, k):
        if k:
            return self.d  # fact: out %self.d return
        return self.d  # no-fact: out

    def alias(self):
        d = self.d
        return d  # fact: out %self.d return

    def copy(self):
        return dict(self.d)  # no-fact: out

    def same(self, given):
        return given  # no-fact: out

    def swap(self):
        batch, self.d = self.d, {}
        return batch  # no-fact: out

    def called(self, k):
        return self.walk(k)  # no-fact: out

    def called_locked(self, k):
        with self._lock:
            return self.walk(k)  # fact: out !0 return locks=%self._lock

    def walk(self, k):
        for each in self.d:
            yield self.d[each]  # fact: out %self.d[] yield

    def delegate(self):
        yield from self.d.values()  # fact: out %self.d[] yield

    def twice(self):
        for each in self.names:
            with suppress(KeyError):
                return self.d  # fact: out %self.d return

    def closure(self):
        found = {}

        def inner():
            return found  # fact: out ^closure:found return

        return inner


first = lambda store: store.d  # fact: out %store.d return
