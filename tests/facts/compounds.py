"""Pairs of steps that only make sense together."""

import random

CACHE = {}


class Store:
    def test_act(self, k):
        if k in self.d:
            del self.d[k]  # fact: compound test-act %self.d first=contains then=delitem # no-fact: compound gil
        if k in self.d and self.d[k] > 3:  # fact: compound test-act %self.d then=getitem
            pass
        return self.d[k] if k in self.d else None  # fact: compound test-act %self.d

    def early_return(self, k):
        if k not in self.d:
            return None
        return self.d.pop(k)  # fact: compound test-act %self.d then=pop

    def called_between(self, k):
        if k in self.d:
            self.log(k)
            return self.d[k]  # fact: compound test-act %self.d gil

    def tolerant(self, k):
        if k in self.d:
            self.d.pop(k, None)  # no-fact: compound

    def other_key(self, k, j):
        if k in self.d:
            return self.d[j]  # no-fact: compound

    def key_changed(self, k):
        if k in self.d:
            k = self.next()
            return self.d[k]  # no-fact: compound

    def create(self, k):
        if k not in self.d:
            self.d[k] = 1  # fact: compound get-create %self.d first=contains then=setitem # no-fact: compound gil
        return self.d[k]  # no-fact: compound

    def memo(self, k):
        if k in CACHE:
            return CACHE[k]
        v = CACHE[k] = make(k)  # fact: compound get-create CACHE gil
        return v

    def memo_get(self, k):
        v = self.d.get(k)
        if v is not None:
            return v
        v = make()
        self.d[k] = v  # fact: compound get-create %self.d first=get gil
        return v

    def memo_not(self, k):
        v = self.d.get(k)
        if not v:
            v = self.d[k] = 3  # fact: compound get-create %self.d first=get
        return v

    def walrus(self, k):
        if (v := self.d.get(k)) is None:
            v = self.d[k] = make()  # fact: compound get-create %self.d gil
        return v

    def or_default(self, k):
        self.d[k] = self.d.get(k) or make()  # fact: compound get-create %self.d

    def try_create(self, k):
        try:
            return self.d[k]
        except KeyError:
            self.d[k] = v = make()  # fact: compound except-create %self.d first=getitem then=setitem gil
            return v

    def try_then(self, k):
        try:
            return self.d[k]
        except KeyError:
            pass
        self.d[k] = v = make()  # fact: compound except-create %self.d gil
        return v

    def double_checked(self, k):
        if k not in self.d:  # site: outer
            with self.lock:
                if k not in self.d:  # site: inner
                    self.d[k] = make()  # fact: compound get-create from=inner gil # no-fact: compound from=outer

    def lock_between(self, k):
        if k not in self.d:
            with self.lock:
                self.d[k] = 1  # fact: compound get-create gil

    def counters(self, k, n):
        self.d[k] += 1  # fact: compound read-write %self.d first=getitem then=setitem # no-fact: compound gil
        self.d[k] += n()  # fact: compound read-write gil
        self.d[k] = self.d.get(k, 0) + 1  # fact: compound read-write first=get gil
        self.d[k] = self.d[k] + [n]  # fact: compound read-write
        v = self.d.get(k, 0)
        v = v + 1
        self.d[k] = v  # fact: compound read-write first=get
        self.d = {**self.d, k: 1}  # fact: compound read-write first=snapshot then=rebind
        self.d[n] = self.d[k]  # no-fact: compound

    def running_maximum(self, k, v):
        if v > self.d.get(k, 0):
            self.d[k] = v  # fact: compound compare-set %self.d first=get

    def swap_if_same(self, k, old):
        if self.d[k] == old:
            self.d[k] = 3  # fact: compound compare-set

    def drop_if_same(self, k, conn):
        if self.d.get(k) is conn:
            del self.d[k]  # fact: compound test-act first=get

    def evict(self):
        if len(self.d) > 10:
            self.d.popitem()  # fact: compound test-act first=len then=popitem
        while len(self.d) >= 10:
            del self.d[next(iter(self.d))]  # fact: compound test-act first=len then=delitem # fact: compound test-act first=getitem
        if self.d:
            self.d.popitem()  # fact: compound test-act first=truth
        oldest = next(iter(self.d))
        del self.d[oldest]  # fact: compound test-act first=getitem then=delitem
        while self.q:
            self.q.popleft()  # fact: compound test-act first=truth then=popleft

    def snapshot_keys(self):
        for k in list(self.d):
            self.d[k].close()  # fact: compound keys-index first=snapshot then=getitem gil
        for k, v in list(self.d.items()):
            del self.d[k]  # fact: compound keys-index then=delitem
        dead = [k for k, v in list(self.d.items()) if v.dead]
        for k in dead:
            del self.d[k]  # fact: compound keys-index then=delitem
        old = []
        for k in self.d:
            if k.old:
                old.append(k)
        for k in old:
            del self.d[k]  # fact: compound keys-index first=iterate
        for k in list(self.d):
            self.d.pop(k, None)  # no-fact: compound

    def resize(self):
        for k in self.d:
            del self.d[k]  # fact: compound iterate-resize first=iterate then=delitem
        for k in self.d:
            if k.x:
                del self.d[k]  # no-fact: compound
                break
        for k in self.d.copy():
            del self.d[k]  # no-fact: compound iterate-resize
        for k in self.d:
            if k:
                return self.d.pop(k)  # no-fact: compound

    def publish(self, k, v):
        self.d[k] = []
        self.d[k].append(v)  # fact: compound publish-fill %self.d[] then=append
        self.table = {}
        self.table["a"] = 1  # fact: compound publish-fill %self.table first=rebind
        inner = {}
        self.d[k] = inner
        inner["x"] = v  # fact: compound publish-fill first=setitem
        ready = {}
        ready["x"] = v
        self.d[k] = ready  # no-fact: compound

    def lazily(self):
        if self.cache is None:
            self.cache = {}  # fact: compound get-create %self.cache first=truth then=rebind
        if not hasattr(self, "index"):
            self.index = make()  # fact: compound get-create %self.index gil
        if not self.conf:
            self.conf = load()  # fact: compound get-create %self.conf
        self.other = load()  # no-fact: compound
        if getattr(self, "late", None) is None:
            self.late = {}  # fact: compound get-create %self.late

    def helper(self, k):
        if self._can_send(k):
            self._conns[k].send()  # fact: compound helper-test %self._conns first=%self._can_send
        if k not in self.d:
            self._create(k)  # fact: call %self._create tests=%self.d

    def members(self, x):
        if x not in self.l:
            self.l.append(x)  # fact: compound get-create first=contains then=append
        if x in self.l:
            self.l.remove(x)  # fact: compound test-act then=remove

    async def awaited(self, k):
        if k not in self.d:
            self.d[k] = await fetch(k)  # fact: compound get-create gil awaits
        self.d[k] += await fetch(k)  # fact: compound read-write awaits
        v = self.d.get(k)
        if v is None:
            await fetch(k)  # fact: call fetch awaited dropped
        return self.d

    def waits(self, k):
        while k not in self.d:
            self.cond.wait()
        return self.d[k]  # fact: compound test-act

    def asserted(self, k):
        assert k in self.d
        return self.d[k]  # fact: compound test-act

    def remembered(self, k):
        with self.lock:
            known = k in self.d
            missing = k not in self.e
        if known:
            self.d[k].x()  # fact: compound test-act %self.d first=contains then=getitem
        if missing:
            self.e[k] = 1  # fact: compound get-create %self.e first=contains
        if not missing:
            del self.e[k]  # fact: compound test-act %self.e

    def loops_own_key(self, other):
        for k in self.d:
            self.d[k] = 1  # no-fact: compound iterate-resize # fact: access %self.d setitem # no-fact: access %self.d during=%self.d
            self.d.update({k: 2})  # no-fact: compound iterate-resize
            self.d[other] = 1  # fact: compound iterate-resize
            if other in self.d:
                self.d[other] = 2  # no-fact: compound iterate-resize

    def inner_break(self, others):
        for k in self.d:
            for o in others:
                self.d.pop(o)  # fact: compound iterate-resize
                break
        for k in self.d:
            for o in others:
                self.d.pop(o)  # no-fact: compound iterate-resize
                return

    def lazy_loop(self):
        for k in (k for k in self.d if k.cold):
            del self.d[k]  # fact: compound iterate-resize

    def merged(self, found):
        self.d = self.d | found  # fact: compound read-write first=snapshot then=rebind
        self.d = dict(self.d, x=1)  # fact: compound read-write first=snapshot then=rebind

    def chosen(self):
        for k in random.sample(list(self.d), 3):
            del self.d[k]  # fact: compound keys-index first=snapshot
        for k in sorted(self.d, key=self.d.get)[:10]:
            del self.d[k]  # fact: compound keys-index first=snapshot

    def both_kinds_of_test(self, k):
        if k in self.d and self.fetch(k):
            del self.d[k]  # fact: compound test-act first=contains # no-fact: compound helper-test

    def fixed(self):
        self.state = {"red": 1, "green": 2}  # fact: birth dict keys='red'/'green'

    def lazy_attribute(self):
        try:
            return self._late
        except AttributeError:
            self._late = {}  # fact: compound get-create %self._late first=truth then=rebind
            return self._late

    def waits_under_condition(self, k):
        with self.cond:
            while k not in self.d:
                self.cond.wait()
            return self.d.pop(k)  # fact: compound test-act # no-fact: compound gil


def one_of_several(machine, user, names):
    wanted = machine if names else user
    for name, value in wanted.items():
        wanted[name] = value  # no-fact: compound
        wanted[value] = name  # fact: compound iterate-resize %user # fact: compound iterate-resize %machine
