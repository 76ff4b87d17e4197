"""What an attribute was given anew under a lock is known to nobody else until that lock is free.

`with self._lock: self._table = load(); self._table.pop(x)`: whoever comes to the table by way of the lock has an older
one, or the finished one. That holds as long as everybody comes to it that way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dictlint.link.evaluate import Evaluator
from dictlint.link.locks import Locks
from dictlint.link.paths import split
from dictlint.link.symbols import Fn
from dictlint.model.activity import Lock
from dictlint.model.body import Given
from dictlint.model.facts import FunctionFacts

Mention = tuple[int, int, int]  # function, step, lock set
_OF_THE_NAME = frozenset(("truth", "rebind", "unbind"))  # what is done with the attribute, not with its object


class Renewals:
    """Asked for the few attributes that are bound anew under a lock."""

    def __init__(self, ev: Evaluator, locks: Locks) -> None:
        self.ev = ev
        self.locks = locks
        self._mentions: defaultdict[str, list[Mention]] | None = None
        self._kept: dict[tuple[str, Lock], bool] = {}

    def given(self, fid: int, path: str, now: int) -> tuple[str, ...] | None:
        """The values that the attribute `path` has just been given at the step `now`, and that nobody else has from it
        yet; None where that is not known. No values: it is new, and nothing is known of it.
        """
        facts = self.ev.symbols.fns[fid].facts
        last = max((g for g in facts.renewed if g.path == path and g.start <= now < g.stop), key=_start, default=None)
        if last is None or any(b.target == path and last.start <= b.seq < now for b in facts.binds):
            return None
        attr = split(path)[1]
        if not any(self._is_kept_by(attr, lock) for lock in self._held_since(fid, last, now)):
            return None
        bind = next((b for b in facts.binds if b.seq == int(last.value)), None)
        return () if bind is None else bind.values

    def _held_since(self, fid: int, given: Given, now: int) -> list[Lock]:
        """The locks that were held at the bind and have not been given up since."""
        facts = self.ev.symbols.fns[fid].facts
        here = next((locks for seq, locks in _steps(facts) if seq == now), 0)
        still = {one.region for one in facts.locksets[given.locks]} & {one.region for one in facts.locksets[here]}
        return [one.lock for one in self.locks.held(fid, given.locks) if one.sure and one.region in still]

    def _is_kept_by(self, attr: str, lock: Lock) -> bool:
        """Whether whatever attribute of that name is looked at, it is so under the lock."""
        key = (attr, lock)
        if key not in self._kept:
            self._kept[key] = not lock.vague and all(
                any(one.lock == lock and one.sure for one in self.locks.at(fid, locks, seq))
                or lock in self.locks.by_decorator(fid)
                for fid, seq, locks in self._of_name()[attr]
            )
        return self._kept[key]

    def _of_name(self) -> defaultdict[str, list[Mention]]:
        """Where the attributes are read that are bound anew somewhere."""
        if self._mentions is None:
            fns = self.ev.symbols.fns
            names = {split(given.path)[1] for fn in fns for given in fn.facts.renewed}
            self._mentions = defaultdict(list)
            for fn in fns:
                for seq, locks, path in _read(fn):
                    if "." in path:
                        for name in names.intersection(_steps_of(path)):
                            self._mentions[name].append((fn.gid, seq, locks))
        return self._mentions


def _start(given: Given) -> int:
    return given.start


def _steps(facts: FunctionFacts) -> Iterator[tuple[int, int]]:
    """Each access and call with the lock set that is held then."""
    yield from ((access.seq, access.locks) for access in facts.accesses)
    yield from ((call.seq, call.locks) for call in facts.calls)


def _read(fn: Fn) -> Iterator[tuple[int, int, str]]:
    """Step, lock set and path of everything that a function reads of objects; a constructor's own is left out."""
    facts = fn.facts
    own = f"%{fn.self_name}." if facts.name == "__init__" else "\0"
    for access in facts.accesses:
        if access.op not in _OF_THE_NAME and not access.path.startswith(own):
            yield access.seq, access.locks, access.path
        yield from ((access.seq, access.locks, path) for path in access.values)
    for call in facts.calls:
        yield call.seq, call.locks, call.callee
        yield from ((call.seq, call.locks, path) for group in call.groups for path in group)
    for bind in facts.binds:
        yield bind.seq, bind.locks, split(bind.target)[0]
        yield from ((bind.seq, bind.locks, path) for path in bind.values)
    locked = {out.path: out.locks for out in facts.outs}
    for path in (*facts.returns, *facts.yields):
        yield 0, locked.get(path, 0), path


def _steps_of(path: str) -> list[str]:
    """The attributes on the way that a path describes."""
    return path.replace("[", ".").replace("<", ".").replace("|", ".").replace(";", ".").replace(")", ".").split(".")
