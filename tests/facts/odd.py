"""Uncommon ways to write common things."""

import threading
from typing import Final, overload


class Store(dict):
    def __init__(self):
        self._x: Final = {}  # fact: birth dict empty name=_x # fact: bind %self._x types=@typing.Final
        self.__y = dict()  # fact: birth dict name=__y
        self.first = threading.Lock()

    def lock_of_several(self, flag):
        lock = self.first if flag else self.second
        with lock:
            self._x[1] = 2  # fact: access %self._x setitem # no-fact: access locks=%self.first

    def released(self, flag):
        self.first.acquire()
        lock = self.first if flag else self.second
        lock.release()
        self._x[1] = 2  # no-fact: access locks=%self.first(acquire)

    def unbound(self, k):
        dict.__setitem__(self, k, 1)  # fact: access <super> setitem key=%k
        dict.pop(self._x, k)  # fact: access %self._x pop key=%k
        dict.update(self._x, a=1)  # fact: access %self._x update
        dict.fromkeys(self._x)  # fact: access %self._x snapshot how=list:keys

    def spread(self, k, *args):
        call(*self._x.values(), *args)  # fact: access %self._x iterate how=*:values # no-fact: access %*args
        (one,) = self._x.items()  # fact: access %self._x iterate how=unpack:items
        del self._x[k], self.z[k]  # fact: access %self._x delitem # fact: access %self.z delitem
        first = second = {}  # fact: birth dict name=first
        self.kept = first
        return first, second

    def after_return(self):
        return self._x
        yield

    def delegate(self):  # yields: !0<> (%self._x<>;%self._x[])
        value = yield from self.other()
        self._x[1] = value  # fact: access %self._x setitem values=!0 awaits=1
        yield from self._x.items()  # fact: access %self._x iterate how=yieldfrom:items

    def tuples(self):
        both = [], {}
        both += ([], {})  # no-fact: access

    def constants(self, k):
        d = {}
        d.setdefault(k, 0)
        d.insert(0, "x")
        d[k].x.go(d)  # no-fact: call =0.x.go # fact: call #0[].x.go
        self._x.setdefault(k, 3)  # fact: access %self._x setdefault # no-fact: access values==3
