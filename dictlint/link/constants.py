"""Which constant a key is: a literal, or a name that stands for one, at the top of a module or in a class."""

from __future__ import annotations

from collections.abc import Sequence

from dictlint.link.symbols import Fn, Symbols, Value
from dictlint.model.body import Bind
from dictlint.model.program import SEPARATOR

_LITERAL = ("'", '"', *"0123456789")
_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))
_Binds = Sequence[tuple[int, Bind]]


class Constants:
    """Asked for the texts of keys, and for the paths of arguments."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self._known: dict[tuple[int, str], str] = {}

    def of(self, fn: Fn, key: str) -> str:
        """A literal's text; of a name where it comes from, behind `=`, and what it says where that is known; empty for
        what is no constant.
        """
        if key.startswith(_LITERAL):
            return key
        if fn.own and key.startswith(fn.own + "."):
            return self._of_object(fn.cls, key[len(fn.own) + 1 :])
        at = (fn.mod.mid, key)
        if at not in self._known:
            self._known[at] = self._named(fn, key)
        return self._known[at]

    def text(self, fn: Fn, key: str) -> str:
        """What the constant says, as a literal does; empty where nobody knows."""
        return said(self.of(fn, key))

    def _named(self, fn: Fn, key: str) -> str:
        first, dot, rest = key.partition(".")
        if key[:1] == "~" and dot and first[1:].isdigit():
            return self._of_class(fn.mod.first_class + int(first[1:]), rest)
        if key[:1] != "@" and first not in fn.mod.globals and first not in fn.mod.classes:
            return ""
        named: list[Value] = self.symbols.named(fn.mod, key)
        if key in fn.mod.globals:
            named = [("G", fn.mod.mid, key)]
        if len(named) != 1:
            return ""
        one = named[0]
        if one[0] == "X":
            return f"={one[1]}" if key[:1] == "@" else ""
        if one[0] == "G":
            binds = self.symbols.mods[one[1]].globals.get(one[2], ())
            return _once(f"={one[1]}:{one[2]}", binds) if len(binds) == 1 else ""
        return self._of_class(one[1][1], one[2]) if one[0] == "A" and one[1][0] == "C" else ""

    def _of_class(self, cid: int, attr: str) -> str:
        """What a class says in its body, and nobody changes; a member of an enumeration, whatever its value."""
        symbols = self.symbols
        if attr in symbols.attr_binds or any(attr in symbols.classes[c].attrs for c in symbols.classes[cid].mro):
            return ""
        home = next((c for c in symbols.classes[cid].mro if attr in symbols.classes[c].names), -1)
        binds = symbols.classes[home].names[attr] if home >= 0 else ()
        if len(binds) != 1:
            return ""
        name = f"={home}.{attr}"
        is_member = any(base.rpartition(".")[2] in _ENUMS for base in symbols.classes[home].outside)
        constant = _once(name, binds)
        return constant if is_member or said(constant) else ""

    def _of_object(self, cid: int, attr: str) -> str:
        """The constant that one class body alone binds the attribute to."""
        symbols = self.symbols
        family = symbols.family(cid)
        if any(attr in symbols.classes[c].attrs for c in family):
            return ""
        binds = [bind for c in family for _, bind in symbols.classes[c].names.get(attr, ())]
        return binds[0].constant.lstrip("=") if len(binds) == 1 and binds[0].constant[1:].startswith(_LITERAL) else ""


def said(constant: str) -> str:
    """What a constant says, as a literal does; empty where nobody knows."""
    return constant.partition(SEPARATOR)[2] if constant[:1] == "=" else constant


def _once(name: str, binds: _Binds) -> str:
    """The name, and what it says where it is bound to a literal."""
    text = binds[0][1].constant[1:]
    return f"{name}{SEPARATOR}{text}" if text.startswith(_LITERAL) else name
