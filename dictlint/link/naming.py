"""What a container is called, what holds it, and where it is born."""

from __future__ import annotations

from collections.abc import Sequence

from dictlint.link.evaluate import Evaluator
from dictlint.link.paths import is_birth, source_name
from dictlint.link.question import Loc, base_of
from dictlint.model.program import Place, Use


class Naming:
    """Names and places of containers, by their locations."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev

    def owners(self, loc: Loc) -> frozenset[Place]:
        """The class of the attribute, and all that inherit it."""
        loc = base_of(loc)
        found = [loc[1], *self.ev.symbols.subclasses.get(loc[1], ())] if loc[0] in "ic" else []
        classes = [self.ev.symbols.classes[cid] for cid in found]
        return frozenset((cls.mod.file.path, cls.facts.at.line) for cls in classes)

    def birth(self, loc: Loc, uses: Sequence[Use] = ()) -> tuple[str, int]:
        """The place where it is made."""
        base = base_of(loc)
        if base[0] == "b":
            fn = self.ev.symbols.fns[base[1]]
            made = fn.facts.births[base[2]] if base[2] >= 0 else fn.facts.calls[-1 - base[2]]
            return fn.mod.file.path, made.at.line
        if base[0] == "s":
            cls = self.ev.symbols.classes[base[1]]
            return cls.mod.file.path, cls.facts.at.line
        if base[0] == "x":
            return "", 0
        binds = self.ev.binds(base)
        born = [(fid, b) for fid, b in binds if any(is_birth(p) for p in b.values)] or binds
        if born:
            fid, bind = born[0]
            return self.ev.symbols.fns[fid].mod.file.path, bind.at.line
        if uses:
            return uses[0].path, uses[0].access.at.line
        return self._home(base)

    def _home(self, loc: Loc) -> tuple[str, int]:
        """Where the owner stands of what nothing in the program makes: an object's `__dict__`."""
        if loc[0] in "ic":
            cls = self.ev.symbols.classes[loc[1]]
            return cls.mod.file.path, cls.facts.at.line
        if loc[0] == "v":
            fn = self.ev.symbols.fns[loc[1]]
            return fn.mod.file.path, fn.facts.at.line
        return self.ev.symbols.mods[loc[1]].file.path, 1

    def name(self, loc: Loc, uses: Sequence[Use] = ()) -> str:
        """In the words of its owner, as findings have it."""
        kind = loc[0]
        if kind == "e":
            return self.name(loc[1], uses) + "[...]"
        if kind == "i":
            return f"self.{source_name(loc[2])}"
        if kind == "c":
            return f"{self.ev.symbols.classes[loc[1]].facts.name}.{source_name(loc[2])}"
        if kind == "s":
            return "self"
        if kind == "b":
            fn = self.ev.symbols.fns[loc[1]]
            path, born = (f"#{loc[2]}", fn.facts.births[loc[2]].name) if loc[2] >= 0 else (f"!{-1 - loc[2]}", "")
            named = [b.target[1:] for b in fn.facts.binds if b.target[:1] == ":" and path in b.values]
            named += [u.name for u in uses if u.access.path[:1] not in "#!"]
            return (named or [born or "the dict"])[0]
        return str(loc[-1])

    def dotted(self, loc: Loc, name: str) -> str:
        """The name by which settings and annotations speak of it: `package.module.Class.attribute`."""
        loc = base_of(loc)
        kind = loc[0]
        if kind in "ics":
            cls = self.ev.symbols.classes[loc[1]]
            owner = f"{cls.mod.facts.module}.{symbol(cls.facts.qualname)}"
            return owner if kind == "s" else f"{owner}.{source_name(loc[2])}"
        if kind == "g":
            return f"{self.ev.symbols.mods[loc[1]].facts.module}.{source_name(loc[2])}"
        if kind == "x":
            return str(loc[1])
        fn = self.ev.symbols.fns[loc[1]]
        return f"{fn.mod.facts.module}.{symbol(fn.facts.qualname)}.{name.partition('[')[0]}"

    def holder(self, loc: Loc) -> str:
        """What holds it, in words."""
        loc = base_of(loc)
        kind = loc[0]
        if kind in "ics":
            cls = self.ev.symbols.classes[loc[1]]
            words = {"i": "attribute of", "c": "class attribute of", "s": "the object itself, a"}
            return f"{words[kind]} `{cls.facts.qualname}`"
        if kind == "g":
            return f"global of module `{self.ev.symbols.mods[loc[1]].facts.module}`"
        if kind == "x":
            return f"`{loc[1]}` of the interpreter"
        return f"local of `{symbol(self.ev.symbols.fns[loc[1]].facts.qualname)}`"


def symbol(qualname: str) -> str:
    """The name of a function as its file has it."""
    return qualname.replace("<locals>.", "")
