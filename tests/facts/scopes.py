"""Closures, globals, generators, lambdas, comprehensions, classes in functions."""

import threading

COUNT = {}
_instance = None


def outer(p):
    d = {}  # fact: bind :d values=#0
    e = p.table  # fact: bind :e values=%p.table
    n = 0  # no-fact: bind :n

    def inner(k):  # fact: captures ^outer:d # fact: captures ^outer:n
        d[k] = p  # fact: access ^outer:d setitem values=^outer:p
        e[k] = n  # fact: access ^outer:e setitem
        inner(k)  # fact: call ^outer:inner

    threading.Thread(target=inner).start()  # fact: call @threading.Thread target=&inner
    d["x"] = 1  # fact: access #0 setitem
    return inner


def uses_globals(k):
    global _instance
    if _instance is None:
        _instance = {}  # fact: compound get-create _instance # fact: bind _instance values=#0 # fact: access _instance rebind
    COUNT[k] = 1  # fact: access COUNT setitem
    return _instance[k]  # fact: access _instance getitem


def counter():
    seen = {}

    def reset():
        nonlocal seen
        seen = {}  # fact: bind ^counter:seen values=#0
        return seen

    return reset


def generate(self):  # yields: %self.d[] !0<>
    for k in self.d:
        yield self.d[k]
    yield from self.more()  # fact: call %self.more # fact: access !0 iterate how=yieldfrom:keys


def comprehensions(self, k):
    x = [k for k in self.a if k in self.b]  # fact: access %self.a iterate # fact: access %self.b contains key=k
    self.d[k] = x  # fact: access %self.d setitem key=%k
    y = {k: v.x for k, v in self.d.items()}  # fact: access %self.d iterate how=comprehension:items
    fs = [lambda: self.c[z] for z in self.zs]  # fact: access ^comprehensions:self.c getitem key=^comprehensions:z
    return y, fs


def local_class(d):
    class Handler:
        table = d  # fact: bind ~0.table values=%d

        def do(self, k):
            d[k] = 1  # fact: access ^local_class:d setitem

    return Handler


for KEY in list(COUNT):
    del COUNT[KEY]  # fact: compound keys-index COUNT
if "a" not in COUNT:
    COUNT["a"] = 1  # fact: compound get-create COUNT
squares = {n: n * n for n in COUNT}  # fact: access COUNT iterate
main = lambda k: COUNT.get(k)  # fact: access COUNT get # fact: bind main values=&<lambda:72>


async def streams(self, k):
    async for x in self.q:  # fact: access %self.q iterate how=asyncfor:keys
        self.d[k] = x  # fact: access %self.d setitem awaits=1
    await self.flush()  # fact: call %self.flush awaited dropped
    y = await self.read()  # fact: call %self.read awaited bound=used
    return y


def loops(self, node):
    while node:
        node = node[0]  # fact: access %node getitem # fact: access %node[] getitem
    for i in range(3):
        self.d[i] = 1  # fact: access %self.d setitem loops=1
        for j in self.d:  # fact: access %self.d iterate loops=1
            if j:
                self.d.clear()  # fact: access %self.d clear loops=2 leaves
                break
            self.d.get(j)  # no-fact: access %self.d get leaves
    else:
        self.d.popitem()  # no-fact: access %self.d popitem leaves
    return self.d


def matching(self, x):
    match x:
        case {"a": y}:
            self.a[y] = 1  # fact: access %self.a setitem
        case [1, z] if z in self.b:  # fact: access %self.b contains
            return self.b[z]  # fact: compound test-act
        case other:
            other.go()  # fact: call %x.go
    return None


def started(hosts):
    for host in hosts:
        threading.Thread(target=lambda: print(host)).start()  # fact: captures ^started:host loops=1


for each in COUNT:
    threading.Thread(target=lambda: print(each))  # fact: captures each loops=1
