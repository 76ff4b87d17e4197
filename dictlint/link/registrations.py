"""Where the program registers functions with a framework, by the models of the frameworks that it imports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from dictlint.knowledge.models import Entry, Model, Sign, is_named, sign
from dictlint.link.evaluate import Evaluator
from dictlint.link.outside import Outside
from dictlint.link.paths import call_of, leaf_name
from dictlint.link.symbols import Fn
from dictlint.model.body import Call

Known = tuple[Model, Entry]


class Registration(NamedTuple):
    """An entry of a model, at work: `function` registers `targets`, by its call number `call` if that is >= 0.

    For base classes `cls` is the program's class, and the rest is empty.
    """

    model: Model
    entry: Entry
    function: int = -1
    call: int = -1
    targets: tuple[str, ...] = ()
    cls: int = -1


class Candidate(NamedTuple):
    """What may be a registration, by the last name of `path` alone."""

    known: tuple[Known, ...]
    function: int
    path: str
    call: int = -1
    targets: tuple[str, ...] = ()


class Registrations:
    """Candidates are found once, by names; what they are is asked without looking at callers, then with them."""

    def __init__(self, ev: Evaluator, models: tuple[Model, ...]) -> None:
        self.ev = ev
        self.models = models
        self.outside = Outside(ev, near=True)
        self._further = Outside(ev, near=False)
        self._by_leaf: dict[str, defaultdict[str, list[Known]]] = {}
        self._by_shape: list[tuple[str, Known]] = []  # calls by patterns of their last names
        self._shaped: dict[str, list[Known]] = {}
        self._bases: list[tuple[Known, tuple[str, ...]]] = []
        self._sort()
        self._signs = self._wanted_signs()
        self.calls: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)  # by the last name of a sign
        self.handed: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)  # such calls given as a value
        self._candidates = list(self._scan()) if models else []
        self._seen: dict[str, tuple[tuple[int, int], ...]] = {}
        self._near: list[Registration] | None = None

    # -- tables -----------------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        self._by_leaf = {kind: defaultdict(list) for kind in ("decorator", "call", "attribute")}
        for model in self.models:
            for entry in model.entry:
                if entry.kind == "base":
                    self._bases.append(((model, entry), entry.names))
                    continue
                table = self._by_leaf[entry.kind]
                for leaf in dict.fromkeys(name.rpartition(".")[2] for name in entry.names):
                    if "*" in leaf:
                        self._by_shape.append((leaf, (model, entry)))
                    else:
                        table[leaf].append((model, entry))

    def _wanted_signs(self) -> frozenset[str]:
        texts = [text for model in self.models for text in (*model.serves, *model.green_when)]
        for model in self.models:
            for entry in model.entry:
                texts += [*entry.when, *entry.sure_when, *entry.pumped_by, *entry.pool_of, *entry.target_when]
        return frozenset(sign(text).leaf for text in texts)

    def _scan(self) -> Iterator[Candidate]:
        attributes = self._by_leaf["attribute"]
        for fn in self.ev.symbols.fns:
            if fn.facts.decorators:
                yield from self._decorators(fn)
            for number, call in enumerate(fn.facts.calls):
                leaf = leaf_name(call.callee)
                if leaf in self._signs:
                    self.calls[leaf].append((fn.gid, number))
                if known := self._called(leaf):
                    yield Candidate(tuple(known), fn.gid, call.callee, number)
                if self._signs:
                    self._note_values(fn, number, call)
            for bind in fn.facts.binds if attributes else ():
                leaf = bind.target.rpartition(".")[2]
                if leaf in attributes and bind.values and "." in bind.target:
                    yield Candidate(tuple(attributes[leaf]), fn.gid, bind.target, -1, bind.values)

    def _called(self, leaf: str) -> list[Known]:
        """What a call of that last name may be."""
        plain = self._by_leaf["call"].get(leaf, [])
        if not self._by_shape:
            return plain
        if leaf not in self._shaped:
            self._shaped[leaf] = plain + [known for shape, known in self._by_shape if fnmatchcase(leaf, shape)]
        return self._shaped[leaf]

    def _decorators(self, fn: Fn) -> Iterator[Candidate]:
        table = self._by_leaf["decorator"]
        outer = self.ev.symbols.fns[fn.mod.first_function + max(fn.facts.parent, 0)]
        for path in (p for group in fn.facts.decorators for p in group):
            if call_of(path) >= 0:
                path = outer.facts.calls[call_of(path)].callee
            elif path.endswith("[]"):
                path = path.removesuffix("[]") + ".get"  # `@app.get("/")` looks like an entry of a dict
            known = table.get(leaf_name(path))
            if known:
                yield Candidate(tuple(known), outer.gid, path, -1, (f"&{fn.gid - fn.mod.first_function}",))

    def _note_values(self, fn: Fn, number: int, call: Call) -> None:
        for values in call.groups:
            for path in values:
                if path[:1] not in "=#*(&" and leaf_name(path) in self._signs:
                    self.handed[leaf_name(path)].append((fn.gid, number, path))

    # -- answers ----------------------------------------------------------------------------------------------------

    def found(self) -> list[Registration]:
        """Every registration that is recognised without looking at callers."""
        if self._near is None:
            self._near = [*self._registered(further=False), *self._derived]
        return self._near

    def found_further(self) -> list[Registration]:
        """Every registration that is recognised, also by what callers hand over."""
        return [*self._registered(further=True), *self._derived]

    def _registered(self, further: bool) -> Iterator[Registration]:
        for one in self._candidates:
            names = _names(self.outside, one)
            if further and (not names or self._is_open(one)):
                names = _names(self._further, one)
            for model, entry in one.known:
                if is_named(names, entry.names) or (not names and self._is_known_as(one, model, entry)):
                    yield Registration(model, entry, one.function, one.call, self._targets(one, entry))

    def _is_open(self, one: Candidate) -> bool:
        """Whether nothing is known of the receiver without looking at callers: its name is that of an attribute."""
        base = receiver(one.path)
        with self.ev.near():
            return bool(base) and base[0] in "%^" and not self.ev.values(one.function, base)

    @cached_property
    def _derived(self) -> list[Registration]:
        """The classes with a framework's class among their ancestors."""
        return [
            Registration(model, entry, cls=cls.gid)
            for cls in (self.ev.symbols.classes if self._bases else ())
            if (names := frozenset(self.outside.of_class(cls.gid)[1:]))
            for (model, entry), patterns in self._bases
            if is_named(names, patterns)
        ]

    def is_told_by_base(self, cid: int, one: Registration) -> bool:
        """Whether another entry says the same of the class, by what it derives from."""
        return any(
            other.cls == cid and other.model is one.model and other.entry.what == one.entry.what
            for other in self._derived
        )

    @cached_property
    def of_frameworks(self) -> frozenset[int]:
        """The same, by number alone."""
        return frozenset(one.cls for one in self._derived)

    def _is_known_as(self, one: Candidate, model: Model, entry: Entry) -> bool:
        """Whether the receiver's name speaks for it, in a file that imports the framework."""
        if not entry.known_as or not is_named(frozenset((leaf_name(receiver(one.path)),)), entry.known_as):
            return False
        imports = self.ev.symbols.fns[one.function].mod.facts.imports
        return any(statement.target.partition(".")[0] in model.packages for statement in imports)

    def _targets(self, one: Candidate, entry: Entry) -> tuple[str, ...]:
        """What is registered; the elements of a list or tuple one by one."""
        facts = self.ev.symbols.fns[one.function].facts
        paths = one.targets or given(facts.calls[one.call], entry.argument)
        found: list[str] = []
        for path in paths:
            if path[:1] == "#" and path[1:].isdigit():
                found += facts.births[int(path[1:])].items
            elif path[:1] == "(" and path[-1:] == ")":
                found += path[1:-1].split(";")
            else:
                found.append(path)
        return tuple(path for path in found if path[:1] not in ("=", "*", "", "?"))

    def taken(self) -> frozenset[tuple[int, int]]:
        """The calls that a model speaks of: what the standard library's names would make of them does not count."""
        return frozenset((one.function, one.call) for one in self.found() if one.call >= 0)

    def seen(self, texts: Iterable[str]) -> list[tuple[int, int]]:
        """The calls of the program that are one of these signs."""
        found: list[tuple[int, int]] = []
        for text in texts:
            if text not in self._seen:
                one = sign(text)
                self._seen[text] = tuple(call for call in self.calls.get(one.leaf, ()) if self._is(one, *call))
            found += self._seen[text]
        return found

    def given_away(self, texts: Iterable[str]) -> list[tuple[int, int]]:
        """The calls that are handed one of these as a value: `Thread(target=client.loop_forever)`."""
        return [
            (fid, number)
            for one in map(sign, texts)
            for fid, number, path in self.handed.get(one.leaf, ())
            if is_named(self.outside.names(fid, path), (one.name,))
        ]

    def _is(self, one: Sign, fid: int, number: int) -> bool:
        call = self.ev.symbols.fns[fid].facts.calls[number]
        if one.keyword and not any(k == one.keyword and _says(values, one.value) for k, values in call.kwargs):
            return False
        return is_named(self.outside.names(fid, call.callee), (one.name,))


def _says(values: tuple[str, ...], wanted: str) -> bool:
    return f"={wanted}" in values or f"='{wanted}'" in values


def given(call: Call, argument: tuple[int | str, ...]) -> tuple[str, ...]:
    """The values that a call gives at these positions and for these keywords."""
    found = [path for name, values in call.kwargs if name in argument for path in values]
    for position in argument:
        if isinstance(position, int) and position < len(call.args):
            found += call.args[position]
    return tuple(found)


def receiver(path: str) -> str:
    """What a method is called on; empty for a plain name."""
    return path.rpartition(".")[0]


def _names(outside: Outside, one: Candidate) -> frozenset[str]:
    """What a candidate may be; an attribute that is set goes by the names of its object, whatever it holds."""
    found, base = outside.names(one.function, one.path), receiver(one.path)
    if one.call >= 0 or not base:
        return found
    slot = one.path.rpartition(".")[2]
    return found | {f"{owner}.{slot}" for owner in outside.names(one.function, base)}
