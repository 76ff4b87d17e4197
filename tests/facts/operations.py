"""Every operation on a container, through an attribute."""

import copy
import email.header
import json
import random
from collections import defaultdict, deque
from functools import reduce


class Registry:
    def single(self, k, v):
        self.d[k] = v  # fact: access %self.d setitem key=%k values=%v how=[]
        self.d["a"]  # fact: access %self.d getitem key='a'
        self.d.get(k)  # fact: access %self.d get key=%k call=!0 # fact: call %self.d.get 0=%k dropped
        del self.d[k]  # fact: access %self.d delitem key=%k
        self.d.pop(k)  # fact: access %self.d pop key=%k
        self.d.pop(k, None)  # fact: access %self.d pop-default key=%k
        self.d.popitem()  # fact: access %self.d popitem
        self.d.setdefault(k, v)  # fact: access %self.d setdefault key=%k values=%v
        self.d.update(v)  # fact: access %self.d update values=%v # fact: access %v snapshot how=update:keys
        self.d.clear()  # fact: access %self.d clear
        self.d.move_to_end(k)  # fact: access %self.d move_to_end key=%k
        len(self.d)  # fact: access %self.d len # no-fact: call
        k in self.d  # fact: access %self.d contains how=in key=%k
        k not in self.d.keys()  # fact: access %self.d contains how=in:keys
        k in self.d.values()  # fact: access %self.d iterate how=in:values
        bool(self.d)  # fact: access %self.d truth how=bool
        self.d |= v  # fact: access %self.d update how=|=
        del self.d  # fact: access %self.d unbind

    def functions(self, v):
        email.header.update(self.d, v)  # no-fact: access # fact: call @email.header.update 0=%self.d 1=%v
        email.header.known.update(v)  # fact: access @email.header.known update values=%v
        import os.path

        os.path.pop(v)  # no-fact: access

    def sequences(self, v):
        self.s.add(v)  # fact: access %self.s add key=%v values=%v
        self.s.discard(v)  # fact: access %self.s discard
        self.s.remove(v)  # fact: access %self.s remove
        self.l.append(v)  # fact: access %self.l append values=%v
        self.l.appendleft(v)  # fact: access %self.l appendleft
        self.l.popleft()  # fact: access %self.l popleft
        self.l.extend(v)  # fact: access %self.l extend
        self.l.insert(0, v)  # fact: access %self.l insert values=%v
        self.l.sort(key=self.k)  # fact: access %self.l sort
        self.l.reverse()  # fact: access %self.l reverse
        self.l += [v]  # fact: access %self.l extend how=+=
        self.l[:]  # fact: access %self.l snapshot how=slice:keys
        del self.l[:]  # fact: access %self.l clear how=slice

    def snapshots(self):
        list(self.d)  # fact: access %self.d snapshot how=list:keys
        list(self.d.items())  # fact: access %self.d snapshot how=list:items
        sorted(self.d)  # fact: access %self.d snapshot how=sorted:keys
        sorted(self.d.items(), key=self.k)  # fact: access %self.d snapshot how=sorted-key:items
        dict(self.d)  # fact: access %self.d snapshot how=dict:keys
        self.d.copy()  # fact: access %self.d snapshot how=copy:keys
        copy.copy(self.d)  # fact: access %self.d snapshot how=copy.copy:keys
        x = {**self.d}  # fact: access %self.d snapshot how=**:keys
        repr(self.d)  # fact: access %self.d snapshot how=repr:keys
        [*self.d]  # fact: access %self.d snapshot how=list:keys
        return x

    def live(self, f):
        for k in self.d:  # fact: access %self.d iterate how=for:keys
            pass
        for k, v in self.d.items():  # fact: access %self.d iterate how=for:items call=!0
            v.close()  # fact: call %self.d[].close during=%self.d
        for i, (k, v) in enumerate(self.d.items()):  # fact: access %self.d iterate how=for:items
            v.close()  # fact: call %self.d[].close
        sum(self.d.values())  # fact: access %self.d iterate how=sum:values
        tuple(self.d)  # fact: access %self.d iterate how=tuple:keys
        set(self.d.values())  # fact: access %self.d iterate how=set:values
        dict(self.d.items())  # fact: access %self.d iterate how=dict:items
        ",".join(self.d)  # fact: access %self.d iterate how=join:keys
        deque(self.d)  # fact: access %self.d iterate how=deque:keys
        max(self.d, key=self.d.get)  # fact: access %self.d iterate how=max-key:keys
        any(v.ok for v in self.d.values())  # fact: access %self.d iterate how=comprehension:values
        [v for v in self.d.values()]  # fact: access %self.d iterate how=comprehension:values
        list(x for x in self.d)  # fact: access %self.d iterate how=comprehension:keys
        list(filter(f, self.d))  # fact: access %self.d iterate how=filter:keys
        list(map(f, self.d.values()))  # fact: access %self.d iterate how=map:values
        json.dump(self.d, f)  # fact: access %self.d iterate how=json.dump:keys # fact: call @json.dump
        json.dumps(self.d, indent=2)  # fact: access %self.d iterate how=json.dumps-indent:keys
        copy.deepcopy(self.d)  # fact: access %self.d iterate how=copy.deepcopy:keys
        reduce(f, self.d.values())  # fact: access %self.d iterate how=reduce:values
        random.sample(self.d.keys(), 2)  # fact: access %self.d snapshot how=random.sample:keys

    def compat(self, six):
        for k, v in six.iteritems(self.d):  # fact: access %self.d iterate how=for:items
            v.x()  # fact: call %self.d[].x
        for v in self.d.itervalues():  # fact: access %self.d iterate how=for:values
            pass
        from compat import iteritems

        for k, v in iteritems(self.d):  # fact: access %self.d iterate how=for:items
            pass

    def lazily(self):  # returns: %self.d|iter %self.d|items
        total = (v for v in self.d.values())  # no-fact: access %self.d iterate
        if self.d["x"]:
            return self.d.items()
        return total

    def peek(self):
        next(iter(self.d))  # fact: access %self.d getitem how=next-iter
        next(iter(self.d.values())).x()  # fact: call %self.d[].x
        while self.d:  # fact: access %self.d truth
            break


TABLE = defaultdict(list)  # fact: birth defaultdict factory=list empty # fact: bind TABLE values=#0
TABLE["x"].append(1)  # fact: access TABLE[] append # fact: access TABLE getitem key='x'
