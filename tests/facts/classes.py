"""Class bodies: fields, annotations, properties, factories."""

import weakref
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Dict, List, Optional, Union

import attr

from .conn import Conn
from .metrics import Counter as Metric


@dataclass
class Session:
    name: str = ""  # no-fact: bind types=str
    data: dict = field(default_factory=dict)  # fact: bind ~0.data values=#0 types=dict # fact: birth dict empty
    seen: "set[str]" = field(default_factory=set)  # fact: bind ~0.seen types=set # fact: birth set
    table: Dict[str, List[int]] = field(default_factory=lambda: defaultdict(list))  # fact: birth defaultdict factory=list
    peers: Optional[Dict[str, Conn]] = None  # fact: bind ~0.peers types=dict[@facts.conn.Conn]
    shared: ClassVar[dict[str, "Conn"]] = {}  # fact: bind ~0.shared values=#3 types=dict[@facts.conn.Conn]
    later: "Session"  # fact: bind ~0.later types=Session


@attr.s
class Old:
    d = attr.ib(factory=dict)  # fact: bind ~1.d values=#4
    l = attr.ib(default=attr.Factory(list))  # fact: bind ~1.l values=#5


class Kinds:
    a = OrderedDict()  # fact: birth OrderedDict empty
    b = weakref.WeakValueDictionary()  # fact: birth WeakValueDictionary
    c = Counter()  # fact: birth Counter
    m = Metric("requests")  # no-fact: birth # fact: call @facts.metrics.Counter 0=='requests'
    e = dict(x=[])  # fact: birth dict items=#9
    f = dict.fromkeys(("x", "y"), {})  # fact: birth dict same
    g = [{}] * 3  # fact: birth list same
    h = {n: {} for n in "ab"}  # no-fact: birth dict same

    def annotated(self, a: "Conn", b: Union[Conn, None], c: Annotated[dict, 1], d: int | None = 3) -> Optional[Conn]:
        x: Dict[str, Conn] = make()
        self.y: List[Conn] = []  # fact: bind %self.y types=list[@facts.conn.Conn]
        return x

    @property
    def table(self):  # returns: %self._d
        return self._d

    def chained(self, k):
        self._d.setdefault(k, {})[1] = k  # fact: access %self._d setdefault values=#0 # fact: access %self._d[] setitem key=1
        self._d[k]["x"].append(k)  # fact: access %self._d[][] append # fact: access %self._d[] getitem key='x'
        for name, table in (("a", self.a), ("b", self.b)):
            table.pop(name)  # fact: access %self.a pop # fact: access %self.b pop
