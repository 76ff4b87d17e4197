"""The python contract: single operations of a dict are atomic; what can be violated is an operation made of several.

Such an operation has a beginning (the test, the read, the first step) and an end (the act, the write, the last step).
A write by somebody else that can falsify it must have happened before its beginning or happen after its end. It is a
violation

- by order: when nothing guarantees either, though this time it went well;
- by window: when it did come in between;
- by damage: when the harm is seen as well: the KeyError after a test, the lost update, the object made twice.

Which accesses form one operation is known from the source (`roles`); an iteration is always one.
"""

from __future__ import annotations

import weakref
from types import FrameType
from typing import Any

from dictlint.runtime.activity import Activity, Token
from dictlint.runtime.frames import Stack
from dictlint.runtime.iterating import IterationShadow
from dictlint.runtime.keys import Odd
from dictlint.runtime.remembered import FEW, Cell, Compound, Read, Write, falsifies, is_warm
from dictlint.runtime.roles import CHECK_THEN_ACT, GET_OR_CREATE, LOST_UPDATE, Role, role
from dictlint.runtime.settings import settings
from dictlint.runtime.shadow import Access, Found


class CompoundShadow(IterationShadow):
    __slots__ = ("cells", "older", "whole")
    contract = "python"

    def __init__(self, kind: str, name: str, birth: Stack, fails: bool) -> None:
        super().__init__(kind, name, birth, fails)
        self.cells: dict[Any, Cell] = {}
        self.older: dict[Any, Cell] = {}  # what is forgotten next
        self.whole: list[Write] = []  # clear and the like: they write every key

    def read(
        self, token: Token, key: Any, op: str, present: bool, frame: FrameType, known: Role | None = None
    ) -> list[Found] | None:
        cell = self.cell(key)
        known = known or role(frame.f_code, frame.f_lasti, op)
        if known is None:
            self._warm(cell, token)
            return None
        found: list[Found] = []
        if known.closes:
            self._close(cell, token, known, present, found, self.access(token, op, frame, key))
        if known.opens:
            self._open(cell, known, Read(self.access(token, op, frame, key), present, self.version), found)
        self._warm(cell, token)
        return found or None

    def _warm(self, cell: Cell, token: Token) -> None:
        if is_warm(cell, token):
            cell.fast = token

    def write(
        self,
        token: Token,
        key: Any,
        op: str,
        before: bool,
        after: bool,
        frame: FrameType,
        known: Role | None = None,
    ) -> list[Found] | None:
        access = self.access(token, op, frame, key)
        known = known or role(frame.f_code, frame.f_lasti, op)
        found: list[Found] = []
        self.version += 1
        self._write(key, (Write(access, before, after, self.version),), known, found)
        self.writers.append((self.version, access))
        return found or None

    def write_many(
        self, token: Token, entries: list[tuple[Any, bool]], op: str, frame: FrameType
    ) -> list[Found] | None:
        access = self.access(token, op, frame)
        found: list[Found] = []
        self.version += 1
        writes = {before: (Write(access, before, True, self.version),) for before in (True, False)}
        for key, before in entries:
            self._write(key, writes[before], None, found)
        self.writers.append((self.version, access))
        return found or None

    def _write(self, key: Any, new: tuple[Write], known: Role | None, found: list[Found]) -> None:
        cell, write = self.cell(key), new[0]
        token, before, after = write.access.token, write.before, write.after
        if cell.compounds:
            self._meet(cell.compounds, write, found)
        if known is not None and known.closes:
            self._close(cell, token, known, before, found, write.access)
        cell.writes = self._remembered(cell, write, new) if cell.writes else new
        if before != after and (not self.resizes or self.resizes[-1].version != write.version):
            self._resize(write, found)
        if cell.fast is not token:
            cell.fast = None
        # The short way must not hide that an entry appears or goes, nor come between what another one tests and does.
        cell.fastw = token if before and after and is_warm(cell, token) else None
        if not after and isinstance(key, Odd) and not isinstance(self.odd.get(key), weakref.ref):
            self.odd.pop(key, None)  # what cannot be referred to weakly is not kept alive once it is gone
            self.forget(key)

    def cell(self, key: Any) -> Cell:
        found = self.cells.get(key)
        if found is None:
            found = self.older.pop(key, None) or Cell()
            if len(self.cells) >= settings.keys // 2:
                self.forgotten += len(self.older)
                self.older = dict(self.cells)
                self.cells.clear()  # the map itself holds on to this dict
            self.cells[key] = found
        return found

    def _remembered(self, cell: Cell, write: Write, new: tuple[Write]) -> tuple[Write, ...]:
        """Of insertions, removals and overwritings the last ones: whoever is unordered with an earlier one that
        happened before is unordered with a last one, too.

        What came after an open read of the same activity stays, though, until its compound operation is complete.
        """
        token, before, after = write.access.token, write.before, write.after
        activity = token.activity
        begin = None if cell.reads is None else cell.reads.get(activity)
        seen = write.version if begin is None else begin.version
        kept = [
            old
            for old in cell.writes
            if old.before is not before
            or old.after is not after
            or (old.access.activity is not activity and (old.version > seen or not token.covers(old.access.token)))
        ]
        return (*kept[-FEW + 1 :], write) if kept else new

    def _open(self, cell: Cell, known: Role, begin: Read, found: list[Found]) -> None:
        token = begin.access.token
        reads = cell.reads
        if reads is None:
            reads = cell.reads = {}
        elif len(reads) > 2 * FEW:
            self._drop_ended(reads)
        if cell.fastw is not token:
            cell.fastw = None
        if cell.fast is not token:
            cell.fast = None
        reads[token.activity] = begin
        # Nothing will be done this time; had the other one come later, something would have been.
        if GET_OR_CREATE in known.opens and begin.present:
            self._foresee(cell, begin, GET_OR_CREATE, known, found)
        elif CHECK_THEN_ACT in known.opens and not begin.present:
            self._foresee(cell, begin, CHECK_THEN_ACT, known, found)

    def _drop_ended(self, reads: dict[Activity, Read]) -> None:
        for activity in [who for who in reads if who.final is not None]:
            del reads[activity]
        while len(reads) > 2 * FEW:
            del reads[next(iter(reads))]

    def _foresee(self, cell: Cell, begin: Read, kind: str, known: Role, found: list[Found]) -> None:
        token = begin.access.token
        for write in self._writes(cell):
            other = write.access
            changed = write.after and not write.before if kind == GET_OR_CREATE else write.before and not write.after
            if changed and other.activity is not token.activity and not token.covers(other.token):
                found.append(Found(kind, "order", other, begin.access, begin.access, known.breaks_on))

    def _writes(self, cell: Cell) -> tuple[Write, ...]:
        return (*cell.writes, *self.whole) if self.whole else cell.writes

    def _close(self, cell: Cell, token: Token, known: Role, present: bool, found: list[Found], access: Access) -> None:
        begin = (cell.reads or {}).get(token.activity)
        if begin is None:
            return
        for kind in known.closes:
            if not self._fits(kind, begin, known):
                continue
            for write in self._writes(cell):
                if write.access.activity is not token.activity and not begin.access.token.covers(write.access.token):
                    self._judge(kind, known, begin, write, access, present, found)
            begin.acted = True
            self._complete(cell, Compound(kind, begin.access, access, known))

    def _fits(self, kind: str, begin: Read, known: Role) -> bool:
        """Whether the test said what leads to this act."""
        if kind == CHECK_THEN_ACT:
            return begin.present or known.on_value
        return kind == LOST_UPDATE or not begin.present

    def _judge(
        self,
        kind: str,
        known: Role,
        begin: Read,
        write: Write,
        access: Access,
        present: bool,
        found: list[Found],
    ) -> None:
        struck = write.version > begin.version
        if not falsifies(kind, known.on_value, write, struck):
            return
        evidence, note = "order", ""
        if struck:
            evidence = "window"
            if kind == LOST_UPDATE:
                evidence, note = "damage", "what the other one wrote was overwritten unseen"
            elif kind == GET_OR_CREATE and present:
                evidence, note = "damage", "two objects were made for one key"
            elif kind == CHECK_THEN_ACT and not present and access.op != "setitem":
                evidence, note = "damage", "the entry was gone after its test: KeyError"
        found.append(Found(kind, evidence, write.access, access, begin.access, known.breaks_on, note))

    def _complete(self, cell: Cell, compound: Compound) -> None:
        compounds = cell.compounds
        if compounds is None:
            cell.compounds = [compound]
            return
        kept = [old for old in compounds if not compound.replaces(old)]
        cell.compounds = [*kept[-FEW + 1 :], compound]

    def _meet(self, compounds: list[Compound], write: Write, found: list[Found]) -> None:
        """A write after complete operations of others: had it come a little earlier, it would have been inside."""
        token = write.access.token
        for compound in compounds:
            if (
                compound.end.activity is not token.activity
                and not token.covers(compound.end.token)
                and falsifies(compound.kind, compound.role.on_value, write, False)
            ):
                found.append(
                    Found(compound.kind, "order", compound.end, write.access, compound.begin, compound.role.breaks_on)
                )

    def open_reads(self, key: Any) -> list[Access]:
        """Tests and reads of the entry by those who still run, which nothing was made of so far."""
        cell = self.cells.get(key)
        reads = [] if cell is None or cell.reads is None else list(cell.reads.values())
        return [read.access for read in reads if not read.acted and read.access.activity.final is None]

    def write_all(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        self.version += 1
        access = self.access(token, op, frame)
        write = Write(access, True, False, self.version)
        found: list[Found] = []
        for cells in (self.cells, self.older):
            for cell in cells.values():
                if cell.compounds:
                    self._meet(cell.compounds, write, found)
                cell.fast = cell.fastw = None
        self.odd.clear()
        self.whole = [old for old in self.whole if old.access.activity is not token.activity][-FEW + 1 :]
        self.whole.append(write)
        self._resize(write, found)
        self.writers.append((self.version, access))
        return found or None

    def forget(self, key: Any) -> None:
        self.cells.pop(key, None)
        self.older.pop(key, None)
