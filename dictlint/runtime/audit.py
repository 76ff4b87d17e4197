"""Mode `audit`: every write is logged, nothing is judged."""

from __future__ import annotations

from types import FrameType
from typing import Any

from dictlint.runtime import report
from dictlint.runtime.activity import Token, quiet
from dictlint.runtime.frames import sites
from dictlint.runtime.roles import Role
from dictlint.runtime.shadow import Found, Shadow, Walk
from dictlint.runtime.violation import describe, lock, shorten


class AuditShadow(Shadow):
    __slots__ = ()
    contract = "audit"

    def _log(self, token: Token, key: Any, op: str, frame: FrameType) -> None:
        access = self.access(token, op, frame, key)
        self.version += 1
        self.writers.append((self.version, access))
        with quiet():
            where = sites(access.stack[:2])
            birth = sites(self.birth)
            report.write(
                {
                    "type": "write",
                    "operation": op,
                    "key": "" if key is None else shorten(key),
                    "site": str(where[0]) if where else "",
                    "activity": describe(token.activity),
                    "locks": [lock(held) for held in access.locks],
                    "container": {"number": self.number, "name": self.name, "birth": str(birth[0]) if birth else ""},
                    "version": self.version,
                }
            )

    def read(
        self, token: Token, key: Any, op: str, present: bool, frame: FrameType, known: Role | None = None
    ) -> list[Found] | None:
        return None

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
        self._log(token, key, op, frame)
        return None

    def read_all(self, token: Token, op: str, frame: FrameType, torn: bool = False) -> list[Found] | None:
        return None

    def write_all(self, token: Token, op: str, frame: FrameType) -> list[Found] | None:
        self._log(token, None, op, frame)
        return None

    def iterate(self, token: Token, op: str, frame: FrameType) -> tuple[Walk, list[Found] | None]:
        return Walk(self.access(token, op, frame), self.version, 0), None

    def step(self, walk: Walk, token: Token, frame: FrameType, ended: bool) -> list[Found] | None:
        walk.version = self.version
        return None

    def broken(self, walk: Walk, token: Token, frame: FrameType) -> list[Found] | None:
        return None
