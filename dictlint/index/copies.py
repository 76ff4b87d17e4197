"""What only matters to rules about copies: variables that are read later, containers that stand in several slots."""

from __future__ import annotations

from dictlint.index.frame import Frame, Values
from dictlint.index.paths import BIRTH
from dictlint.knowledge.operations import WRITES

_LOOKED_INTO = WRITES | {"iterate"}


def captures(f: Frame) -> Values:
    """The variables of the functions around that a function reads; of a lambda in a loop of the module its globals."""
    if f.parent is not None and not f.parent.number and f.name[:1] != "<":
        return ()
    first = "^" if f.parent is not None and f.parent.number else ""
    return tuple(
        [
            values[0]
            for name, values in f.outer.items()
            if values and (values[0][0] == first if first else values[0] == name and name in f.module.bound)
        ]
    )


def keep(f: Frame, path: str) -> None:
    """Do not forget a container whose slots hold one and the same object, nor that object, for all that it is local."""
    f.escaped.add(int(path[1:]))


def keep_copies(f: Frame) -> None:
    """Do not forget shallow copies whose inside is changed or looked through: the original has the same inside."""
    for access in f.accesses:
        path = access.path
        if path[0] == "#" and (path[-1] == "]" or "." in path) and access.op in _LOOKED_INTO:
            root = BIRTH.match(path)
            number = int(root[1]) if root is not None else -1
            if 0 <= number < len(f.births) and f.births[number].copy_of and not f.births[number].deep:
                f.escaped.add(number)
