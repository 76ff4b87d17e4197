"""What names and expressions denote."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Dict, List, Optional

from . import other

REGISTRY: Dict[str, "Conn"] = {}  # fact: bind REGISTRY types=dict[Conn] # fact: bind REGISTRY values=#0


class Conn:
    table = {}  # fact: bind ~0.table values=#1
    __private = []  # fact: bind ~0._Conn__private
    shared: ClassVar[Dict[str, int]] = {}  # fact: bind ~0.shared types=dict
    table["x"] = 1  # fact: access ~0.table setitem

    def __init__(self, d, names=[], **options):
        self.__d = d  # fact: bind %self._Conn__d values=%d
        self.names = names  # fact: bind %self.names values=%names
        self.options = options  # fact: bind %self.options values=%**options
        self.flag = None  # fact: bind %self.flag constant==None

    def alias(self, k):
        d = self.__d
        d[k] = 1  # fact: access %self._Conn__d setitem
        x = y = {}
        self.x = x  # fact: bind %self.x values=#0
        self.y = y  # fact: bind %self.y values=#0
        e = self.a if k else self.b
        e[k] = 1  # fact: access %self.a setitem # fact: access %self.b setitem
        f = self.c or {}
        f[k] = 1  # fact: access %self.c setitem
        vars(self)[k] = 1  # fact: access %self.__dict__ setitem
        self.__dict__.update(k)  # fact: access %self.__dict__ update
        type(self).table[k] = 1  # fact: access %self.__class__.table setitem
        getattr(self, "dyn")[k] = 1  # fact: access %self.dyn setitem
        setattr(self, "dyn", d)  # fact: bind %self.dyn values=%self._Conn__d
        self.__dict__["past"] = d  # fact: bind %self.past values=%self._Conn__d # fact: access %self.__dict__ setitem
        self.__dict__[k] = d  # no-fact: bind
        super().alias(k)  # fact: call <super>.alias
        other.TABLE[k] = 1  # fact: access @facts.other.TABLE setitem

    def swap(self, k):
        batch, self.d = self.d, {}  # fact: access %self.d rebind values=#0
        for x in batch:  # no-fact: access %self.d
            x.send()
        old = self.d
        self.d = {}
        return old

    def unpack(self):
        for k, v in self.d.items():
            v.close()  # fact: call %self.d[].close
            v.d[k] = 1  # fact: access %self.d[].d setitem key=k
        for v in self.d.values():
            v.close()  # fact: call %self.d[].close
        for v in self.l:
            v.close()  # fact: call %self.l<>.close
        first, second = self.made()
        first.close()  # fact: call !5.0.close
        second[1] = 1  # fact: access !5.1 setitem key=1
        job, rest = self.jobs.get(timeout=1)
        job(rest)  # fact: call !7<>
        for d in (self.a, self.b):
            d.clear()  # fact: access %self.a clear # fact: access %self.b clear
        for v in list(self.d.values()):
            v.close()  # fact: call %self.d[].close
        v = self.d.get("x", self.z)
        v.go()  # fact: call %self.d[].go # fact: call %self.z.go
        k, v = self.d.popitem()
        v.go()  # fact: call %self.d[].go
        with self.m() as m, self.n as n:
            m.go()  # fact: call !.go # no-fact: call ?
            n.go()  # fact: call %self.n.go

    def returns_tuple(self, x):  # returns: (%self.a;%x)
        return self.a, x

    def nested(self):  # returns: #2 # fact+1: birth dict items=#0
        return {"a": {"b": []}}

    def local(self, x):
        found = {}  # no-fact: birth
        found[x] = 1  # no-fact: access
        found["y"] = len(found)
        for each in found.values():  # no-fact: access
            print(each)
        kept = []
        kept.append(x)
        self.keep(kept)  # fact: call %self.keep 0=#0
        kept.append(x)  # fact: access #0 append


def displayed(a, b, c, key):
    data = {"a": a, "b": b}
    data["a"].clear()  # fact: access %a clear # no-fact: access %b
    data.get("b").clear()  # fact: access %b clear # no-fact: access %a
    data["a"] = c
    data["a"].popitem()  # fact: access %a popitem # fact: access %c popitem # no-fact: access %b
    data[key] = c
    data["a"].clear()  # fact: access %a clear # fact: access %b clear # fact: access %c clear
    more = {"a": a, "b": b}
    more.update(c)
    more["a"].popitem()  # fact: access %a popitem # fact: access %b popitem


def threads(d, pool, loop):
    t = threading.Thread(target=work, args=(d,), daemon=True)  # fact: call @threading.Thread target=work args=(%d) daemon==True
    t.start()  # fact: call !0.start dropped
    pool.submit(work, d)  # fact: call %pool.submit 0=work 1=%d dropped
    f = partial(work, d)  # fact: call @functools.partial 0=work 1=%d
    pool.map(f, d)  # fact: call %pool.map 0=!3
    loop.create_task(serve(d))  # fact: call %loop.create_task 0=!5
    pool.submit(lambda: d.clear())  # fact: access ^threads:d clear
    ts = []
    for _ in range(3):
        ts.append(threading.Thread(target=work))  # no-fact: access
        unknown[0](d)  # fact: call unknown[] 0=%d
        (d or t)[0].x(d)  # fact: call %d[].x
        (t + t)(d)  # fact: call ? 0=%d
