"""What a test in a source says about entries: by the accesses that stand in it, and by names for what was read."""

from __future__ import annotations

import ast
from typing import NamedTuple

from dictlint.runtime.accesses import Access, access_of, called

PRESENT, ABSENT, VALUE = "present", "absent", "value"


class Guard(NamedTuple):
    """In this region of the code, `read` has said `polarity`."""

    read: Access
    polarity: str


class Names:
    """The local names of one function body, as far as they stand for what was read, or for methods of a dict."""

    def __init__(self) -> None:
        self.made_of: dict[str, set[Access]] = {}
        """The reads from which their values were made."""
        self.methods: dict[str, ast.Attribute] = {}
        """Bound methods: `get = d.get`."""

    def said(self, test: ast.expr) -> tuple[list[Guard], list[Guard]]:
        """What is known where the test holds, and where it does not."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            when, otherwise = self.said(test.operand)
            return otherwise, when
        if isinstance(test, ast.BoolOp):
            answers = [self.said(value) for value in test.values]
            if isinstance(test.op, ast.And):
                return [guard for when, _ in answers for guard in when], []
            return [], [guard for _, otherwise in answers for guard in otherwise]
        if isinstance(test, ast.NamedExpr):
            return self.said(test.value)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._compared(test)
        reads = [read for read in self.value_of(test) if read.op != "contains"]
        reads += [access for access in (self.access(test),) if access and access.op == "contains"]
        reads += [read for read in self.value_of(test) if read.op == "contains" and isinstance(test, ast.Name)]
        return [Guard(read, PRESENT) for read in reads], [Guard(read, ABSENT) for read in reads]

    def _compared(self, test: ast.Compare) -> tuple[list[Guard], list[Guard]]:
        op, right = test.ops[0], test.comparators[0]
        access = self.access(test)
        if access is not None:  # `k in d`, `k not in d`
            present, absent = [Guard(access, PRESENT)], [Guard(access, ABSENT)]
            return (absent, present) if isinstance(op, ast.NotIn) else (present, absent)
        if (
            isinstance(right, ast.Constant)
            and right.value is None
            and isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq))
        ):
            reads = self.value_of(test.left)
            present, absent = [Guard(read, PRESENT) for read in reads], [Guard(read, ABSENT) for read in reads]
            return (absent, present) if isinstance(op, (ast.Is, ast.Eq)) else (present, absent)
        reads = self.value_of(test.left) + self.value_of(right)
        values = [Guard(read, VALUE) for read in reads if read.op != "contains"]
        return values, values

    def value_of(self, node: ast.expr) -> list[Access]:
        """The reads whose value this is, by itself or by the name that it was given."""
        if isinstance(node, ast.NamedExpr):
            return self.value_of(node.value)
        if isinstance(node, ast.Name):
            return sorted(self.made_of.get(node.id, ()), key=lambda read: read.at)
        access = self.access(node)
        return [access] if access is not None and access.op in ("get", "getitem") else []

    def access(self, node: ast.AST) -> Access | None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            method = self.methods.get(node.func.id)
            return None if method is None else called(method, node)
        return access_of(node)

    def without(self, bound: set[str], guards: list[Guard]) -> list[Guard]:
        """What still holds once these names are bound anew."""
        for name, reads in list(self.made_of.items()):
            self.made_of[name] = {read for read in reads if not read.names & bound}
        return [guard for guard in guards if not guard.read.names & bound]
