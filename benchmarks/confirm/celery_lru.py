"""Results kept in the cache that all threads of a worker share: one drops the oldest while another one adds."""

import collections
import collections.abc
import json
import sys

sys.modules["anyjson"] = json  # which is all that it offers today
for name in ("Callable", "Iterable", "Mapping", "MutableMapping", "MutableSet", "Sequence", "Set"):
    setattr(collections, name, getattr(collections.abc, name))  # where these releases look for them

from celery.utils.functional import LRUCache  # noqa: E402
from pair import side_by_side  # noqa: E402

cache = LRUCache(limit=4)
for number in range(4):
    cache[number] = number


def drop(number):
    for _ in range(4):
        try:
            cache.popitem(last=False)
        except KeyError:
            return


def add(number):
    for each in range(4):
        cache.update({f"{number}.{part}": each for part in range(6)})


side_by_side(drop, add)
