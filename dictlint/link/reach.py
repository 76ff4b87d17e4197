"""What an activity runs and changes, and who else has its hands on that: asked about single places, one by one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from dictlint.knowledge.containers import MAPPINGS, SETS
from dictlint.knowledge.operations import WRITES
from dictlint.link.activities import CALLERS, Spawn
from dictlint.link.containers import Assembler
from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import call_of, leaf_name, split
from dictlint.link.question import Loc, base_of
from dictlint.link.symbols import Fn
from dictlint.model.activity import Activity
from dictlint.model.body import Access, Call
from dictlint.model.program import Container, Holding, Use
from dictlint.model.site import Span

DEEPEST = 3  # calls below the function that an activity begins with
MOST = 200  # functions that are looked at for one question
RUNNING = frozenset(("thread", "loop"))
_KINDS = MAPPINGS | SETS | {"deque"}
_CHANGES = WRITES - {"rebind", "unbind", "sort", "reverse", "move_to_end"}
_MAKING = frozenset(("__init__", "__new__", "__post_init__"))
Change = tuple[int, int, Loc]  # function, access, container


class Reach:
    """The questions, each answered when it is asked and remembered."""

    def __init__(self, ev: Evaluator, assembler: Assembler, spawns: list[Spawn]) -> None:
        self.ev = ev
        self.assembler = assembler
        self.spawns = [s for s in spawns if s.activity.domain in RUNNING]
        self.starting = {(s.function, s.call) for s in spawns}
        self._callees: dict[int, tuple[tuple[int, int], ...]] = {}
        self._runners: defaultdict[int, list[tuple[Spawn, int]]] | None = None
        self._changes: dict[int, tuple[Change, ...]] = {}
        self._sites: defaultdict[str, list[tuple[int, int]]] | None = None
        self._handing: defaultdict[str, set[int]] | None = None
        self._given: defaultdict[str, list[tuple[int, str]]] | None = None
        self._users: dict[Loc, frozenset[int]] = {}

    # -- what runs --------------------------------------------------------------------------------------------------

    def callees(self, fid: int) -> tuple[tuple[int, int], ...]:
        """(call, function) of everything that a function runs itself, not through what it starts."""
        if fid not in self._callees:
            calls = range(len(self.ev.symbols.fns[fid].facts.calls))
            found = [(n, f) for n in calls if (fid, n) not in self.starting for f in self.ev.functions(fid, n)]
            self._callees[fid] = tuple(one for one in dict.fromkeys(found) if (fid, one[0]) not in self.ev.guessed)
        return self._callees[fid]

    def below(self, entries: Iterable[int], deepest: int = DEEPEST) -> dict[int, int]:
        """What some functions run, themselves included: how many calls below."""
        found = dict.fromkeys(entries, 0)
        fringe = list(found)
        for depth in range(1, deepest + 1):
            near = [f for fid in fringe for _, f in self.callees(fid) if f not in found]
            fringe = list(dict.fromkeys(near))
            found.update(dict.fromkeys(fringe, depth))
            if len(found) > MOST:
                break
        return found

    def runners(self, fid: int) -> list[tuple[Spawn, int]]:
        """The activities that run a function, and how many calls below their beginning."""
        if self._runners is None:
            self._runners = defaultdict(list)
            for spawn in self.spawns:
                for each, depth in self.below(spawn.entries).items():
                    self._runners[each].append((spawn, depth))
        return self._runners.get(fid, [])

    def activity(self, fid: int) -> Activity:
        """The one that runs the function most directly, else the program's callers."""
        found = self.runners(fid)
        return min(found, key=lambda item: item[1])[0].activity if found else CALLERS

    # -- what is changed --------------------------------------------------------------------------------------------

    def shared(self, fid: int, path: str) -> Loc | None:
        """The container behind a path, where it does not belong to this run of the function alone."""
        for loc in self.ev.locs(fid, path):
            base = base_of(loc)
            kind = self.kind(base)
            if kind in _KINDS and (base[0] in "gcisx" or base[1] != fid) and not self._is_argument(base):
                return base
        return None

    def kind(self, loc: Loc) -> str:
        """Of which kind a container is, as far as the program shows it."""
        if loc[0] == "b" and loc[2] >= 0:
            return self.ev.symbols.fns[loc[1]].facts.births[loc[2]].kind
        if loc[0] == "s":
            return self.ev.mapping_kind(loc[1])
        return "dict" if loc[0] == "x" else self.ev.container_kind(loc)

    def _is_argument(self, loc: Loc) -> bool:
        return loc[0] == "v" and self.ev.param(loc) is not None

    def changes(self, fid: int) -> tuple[Change, ...]:
        """What a function itself changes of containers that others may have, too."""
        if fid not in self._changes:
            found = []
            for number, access in enumerate(self.ev.symbols.fns[fid].facts.accesses):
                if access.op in _CHANGES and access.path[:1] not in "#~&" and not self._is_no_change(fid, access):
                    loc = self.shared(fid, access.path)
                    if loc is not None and not (loc[0] in "is" and self._is_made_here(fid, access.path)):
                        found.append((fid, number, loc))
            self._changes[fid] = tuple(found)
        return self._changes[fid]

    def _is_made_here(self, fid: int, path: str) -> bool:
        """Whether it belongs to an object that the function has made, and gives to nobody."""
        root = re.match(r"!(\d+)(?![\d(])", path)
        if root is None or root[0] == path or self.ev.symbols.fns[fid].facts.passes_on(root[0]):
            return False
        return self._makes(fid, int(root[1]))

    def _makes(self, fid: int, number: int, depth: int = 2) -> bool:
        """Whether a call makes a new object, by a class or by a function that does so and keeps nothing of it."""
        targets = self.ev.targets(fid, number)
        return bool(targets) and all(
            self.ev.makes_anew(v[1]) if v[0] == "C" else v[0] in "FB" and depth > 0 and self._hands_out_new(v[1], depth)
            for v in targets
        )

    def _hands_out_new(self, fid: int, depth: int) -> bool:
        facts = self.ev.symbols.fns[fid].facts
        kept = {path for bind in facts.binds for path in bind.values}
        kept |= {path for access in facts.accesses for path in access.values}
        kept |= {path for call in facts.calls for group in call.groups for path in group}
        made = [call_of(path) for path in facts.returns]
        return bool(made) and all(
            number >= 0 and f"!{number}" not in kept and self._makes(fid, number, depth - 1) for number in made
        )

    def _is_no_change(self, fid: int, access: Access) -> bool:
        """Whether it is a call instead, or `entry += x` where nothing says that the entry is a container."""
        if access.op == "extend" and access.how == "+=" and access.path.endswith(("[]", "<>")):
            return not any(self.ev.container_kind(loc) for loc in self.ev.locs(fid, access.path))
        return self.is_method(fid, access)

    def is_method(self, fid: int, access: Access) -> bool:
        """`self.cache.pop(k)` where the class of `self.cache` defines `pop` itself: a call, not an operation."""
        return access.call >= 0 and any(self.ev.functions(fid, access.call))

    def changed_by(
        self, entries: Iterable[int], deepest: int = DEEPEST, but: Callable[[Loc], bool] | None = None
    ) -> Change | None:
        """What an activity changes that somebody else uses as well; `but`: what is not asked for."""
        ran = self.below(entries, deepest)
        for fid in ran:
            if self.ev.symbols.fns[fid].facts.name not in _MAKING:
                for change in self.changes(fid):
                    if not self.users(change[2]) <= ran.keys() and not (but is not None and but(change[2])):
                        return change
        return None

    def users(self, loc: Loc) -> frozenset[int]:
        """The functions that use a container; of one that has no name of its own, those in which it is made."""
        if loc[0] in "bv":
            return frozenset((loc[1],))
        if loc not in self._users:
            name = leaf_name(str(loc[-1]))
            found = {
                fid
                for fid, number in self._by_name().get(name, ())
                if self.ev.symbols.fns[fid].facts.name not in _MAKING
                and loc in map(base_of, self.ev.locs(fid, self.ev.symbols.fns[fid].facts.accesses[number].path))
            }
            found |= self._returning(name)
            found |= {
                fid
                for fid, path in self._given_by_name().get(name, ())
                if fid not in found and loc in self.ev.locs(fid, path)
            }
            self._users[loc] = frozenset(found) if loc[0] != "s" else frozenset((-1,))
        return self._users[loc]

    def met(self, fn: Fn, loc: Loc) -> frozenset[str]:
        """How sure it is that somebody else meets what a function does to a container: `met`, `async`, `locked`."""
        if loc[0] in "bvu":  # of one run of a function, or of an object that nobody knows
            met = loc[0] != "u" and bool(self.runners(fn.gid))
            return frozenset(("met",) if met else ("async",) if loc[0] == "u" and fn.facts.is_async else ())
        users = self.users(loc) | {fn.gid}
        found = set()
        if any(self.runners(fid) for fid in users if fid >= 0):
            found.add("met")
        if fn.facts.is_async:
            found.add("async")
        if any(self.assembler.locks.all_of(fid) for fid in users if fid >= 0):
            found.add("locked")
        return frozenset(found)

    def _returning(self, name: str) -> set[int]:
        """Functions that hand it out: whoever calls them uses it."""
        if self._handing is None:
            self._handing = defaultdict(set)
            for fn in self.ev.symbols.fns:
                for out in fn.facts.outs:
                    self._handing[leaf_name(out.path)].add(fn.gid)
        return self._handing.get(name, set())

    def _given_by_name(self) -> dict[str, list[tuple[int, str]]]:
        """Attributes and globals that calls are handed, such as `print(self.data)`: whoever hands one on, uses it."""
        if self._given is None:
            self._given = defaultdict(list)
            for fn in self.ev.symbols.fns:
                for call in fn.facts.calls:
                    for group in call.groups:
                        for path in group:
                            if path[:1] not in "=#!&~(*" and ("." in path or path[:1] not in "%@"):
                                self._given[leaf_name(path)].append((fn.gid, path))
        return self._given

    def _by_name(self) -> dict[str, list[tuple[int, int]]]:
        if self._sites is None:
            self._sites = defaultdict(list)
            for fn in self.ev.symbols.fns:
                for number, access in enumerate(fn.facts.accesses):
                    self._sites[leaf_name(access.path)].append((fn.gid, number))
        return self._sites

    # -- places -----------------------------------------------------------------------------------------------------

    def place(self, fid: int, op: str, at: Span, seq: int = 0, path: str = "", held: tuple[Holding, ...] = ()) -> Use:
        """A place of a function that is reported though it is no access of a container."""
        return self.assembler.step(fid, Access(path, op, op, at, seq), self.activity(fid), held)

    def called(self, fid: int, call: Call, op: str = "call") -> Use:
        """A call as such a place."""
        return self.place(fid, op, call.at, call.seq, call.callee, self.assembler.locks.at(fid, call.locks, call.seq))

    def changed(self, change: Change) -> Use:
        """An access as such a place."""
        fid, number, _ = change
        access = self.ev.symbols.fns[fid].facts.accesses[number]
        held = self.assembler.locks.at(fid, access.locks, access.seq)
        return self.assembler.step(fid, access, self.activity(fid), held)

    def container(self, loc: Loc) -> Container:
        """A container that is named in a finding."""
        return self.assembler.outline(loc, self.kind(loc) or "dict")

    def subject(self, key: str, name: str, kind: str, fid: int, line: int) -> Container:
        """What a finding is about, where that is no container: a lock, a thread, a task."""
        fn = self.ev.symbols.fns[fid]
        holder = f"of `{fn.facts.qualname.replace('<locals>.', '')}`"
        return Container(key, name, kind, holder, fn.mod.file.path, line, (), (), "", None)

    def leaf(self, call: Call) -> str:
        """The last name of what is called."""
        return split(call.callee)[1] or leaf_name(call.callee)
