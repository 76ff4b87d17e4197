"""Reading the whole dict while another thread adds and removes entries."""

from __future__ import annotations

import copy
import functools
import io
import json
import pprint
from collections import Counter, UserDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

from experiments.material import entries, resize, same
from experiments.splitting import EXPERIMENTS, Experiment, until


def odd(value: Any) -> bool:
    return bool(value)


CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "for:keys": lambda m: [same(k) for k in m] and None,
    "comprehension:keys": lambda m: {k: 1 for k in m if odd(k)},
    "list:keys": lambda m: list(m),
    "list:values": lambda m: list(m.values()),
    "list:items": lambda m: list(m.items()),
    "sorted:keys": lambda m: sorted(m, key=str),
    "sorted:values": lambda m: sorted(m.values()),
    "sorted:items": lambda m: sorted(m.items(), key=str),
    "sorted-key:keys": lambda m: sorted(m, key=lambda k: str(k)),
    "tuple:keys": lambda m: tuple(m),
    "set:keys": lambda m: set(m),
    "set:values": lambda m: set(m.values()),
    "frozenset:keys": lambda m: frozenset(m),
    "sum:values": lambda m: sum(m.values()),
    "max:values": lambda m: max(m.values()),
    "max-key:values": lambda m: max(m.values(), key=same),
    "any:values": lambda m: any(m.values()),
    "all:values": lambda m: all(m.values()),
    "dict:keys": lambda m: dict(m),
    "dict:items": lambda m: dict(m.items()),
    "update:keys": lambda m: {}.update(m),
    "**:keys": lambda m: {**m},
    "|:keys": lambda m: m | {},
    "copy:keys": lambda m: m.copy(),
    "copy.copy:keys": lambda m: copy.copy(m),
    "copy.deepcopy:keys": lambda m: copy.deepcopy(m),
    "repr:keys": lambda m: repr(m),
    "pprint:keys": lambda m: pprint.pformat(m),
    "pprint-unsorted:keys": lambda m: pprint.pformat(m, sort_dicts=False),
    "extend:keys": lambda m: [].extend(m),
    "*:keys": lambda m: [*m],
    "join:keys": lambda m: ",".join(m),
    "deque:keys": lambda m: deque(m),
    "Counter:keys": lambda m: Counter(m.values()),
    "map:values": lambda m: list(map(same, m.values())),
    "filter:values": lambda m: list(filter(odd, m.values())),
    "reduce:values": lambda m: functools.reduce(lambda a, b: a, m.values(), 0),
    "json.dumps:keys": lambda m: json.dumps(m),
    "json.dump:keys": lambda m: json.dump(m, io.StringIO()),
}


def _consumes(how: str, make: Callable[[], Any]) -> Callable[[float], None]:
    look = CONSUMERS[how]

    def run(end: float) -> None:
        m = make()
        until(end, lambda: look(m), resize(m))

    return run


for _how in CONSUMERS:
    EXPERIMENTS.append(Experiment(_how, _consumes(_how, entries), how=_how))

KINDS: dict[str, Callable[[], Any]] = {
    "defaultdict": lambda: defaultdict(int, entries()),
    "Counter": lambda: Counter(entries()),
    "UserDict": lambda: UserDict(entries()),
}
for _kind, _make in KINDS.items():
    for _how in ("list:keys", "sum:values", "for:keys"):
        EXPERIMENTS.append(Experiment(f"{_kind} {_how}", _consumes(_how, _make), how=_how, kind=_kind))
