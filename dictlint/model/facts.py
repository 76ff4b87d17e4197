"""What one file says: the index's output and the linker's only input.

Facts are small, immutable, printable and serialisable. They know one file only: names that need another file to be
understood stay symbolic. The linker resolves them.

Here is what a file defines; what happens in its functions, and how values are written, is in `body`.
"""

from __future__ import annotations

import msgspec

from dictlint.model.body import (
    Access,
    Attempt,
    Bind,
    Birth,
    Call,
    Compound,
    Entrusted,
    Given,
    Held,
    Lazy,
    Leak,
    Out,
    Pause,
)
from dictlint.model.note import Note
from dictlint.model.site import Span


class Param(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A parameter. `types`: its annotation as type paths without Optional/None/unions, e.g. `dict`, `@pkg.Conn`,
    `list[@pkg.Conn]`, `dict[Conn]` (value type). typing aliases become the builtin kind. `default`: values of the
    default as the enclosing function N says them, with its number: `^N:#M`, `^N:!M`, `^N:x`, `(^N:#M;?)`. `kind`:
    positional, keyword, star, double-star. `constant`: a constant default, as in `Call.args`."""

    name: str
    types: tuple[str, ...] = ()
    default: tuple[str, ...] = ()
    kind: str = "positional"
    constant: str = ""


class FunctionFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A function, method, lambda, comprehension-free module body (number 0, name `<module>`).

    `qualname`: `Class.method`, `outer.<locals>.inner`, `outer.<locals>.<lambda:LINE>`; unique within the module except
    for redefinitions. `owner`: number of the class whose body defines it or -1. `parent`: number of the enclosing
    function, -1 for the module body. Class bodies run as part of their enclosing function. `locksets[0]` is always
    empty. `decorators`: values, as the enclosing function says them. `returns`: everything returned; `yields`:
    everything yielded. `return_types`: annotation.
    `narrowings`: what branches know of types, `value` being the names that stand in `isinstance` (`?`: any type),
    `path` any value that a variable had.
    `renewed`: where an attribute (`path`) is known to be what a bind under a lock has just given it: `value` is the
    `seq` of that bind, -1 where nothing is known of what it gave; `locks` those held then.
    `turns`: what the test of a `while` says of attributes in the body of the loop.
    `cycles`: what loops enclose, comprehensions not counted: from the first `seq` up to but not including the second.
    `entrusted`: tested keys that it hands to its own helpers.
    `outs`: the statements among those that may hand out what something else holds.
    `exits_with`: lockset index of what is still held at a normal exit (helpers that acquire), 0 none.
    `leaks`: what it acquires and may not release. `lazies`: what it makes to be read later.
    `raises`: (index into `tries` or -1, line) of each statement that raises an error of its own.
    `converts`: the same of each `int(x)`, `float(x)` and the like, which raise where the text is no number.
    `disclaims`: it is public, and its docstring says who may not call it, or what a caller must hold ("do not use",
    "not thread-safe", "must be called on the loop's thread", "the lock must be held").
    `captures`: variables of the functions around that it reads (`^N:x`); of a lambda in a loop of the module body the
    globals. `loops`: how many loops of the enclosing function its definition stands in.
    `ends_in_main`: (module body only) accesses/calls/binds from this seq on run under `if __name__ == "__main__"`;
    -1 none.
    """

    name: str
    qualname: str
    at: Span
    parent: int
    owner: int
    params: tuple[Param, ...] = ()
    decorators: tuple[tuple[str, ...], ...] = ()
    is_async: bool = False
    is_generator: bool = False
    births: tuple[Birth, ...] = ()
    accesses: tuple[Access, ...] = ()
    calls: tuple[Call, ...] = ()
    binds: tuple[Bind, ...] = ()
    compounds: tuple[Compound, ...] = ()
    tries: tuple[Attempt, ...] = ()
    locksets: tuple[tuple[Held, ...], ...] = ((),)
    returns: tuple[str, ...] = ()
    yields: tuple[str, ...] = ()
    return_types: tuple[str, ...] = ()
    exits_with: int = 0
    ends_in_main: int = -1
    outs: tuple[Out, ...] = ()
    givens: tuple[Given, ...] = ()
    narrowings: tuple[Given, ...] = ()
    pauses: tuple[Pause, ...] = ()
    disclaims: bool = False
    captures: tuple[str, ...] = ()
    loops: int = 0
    leaks: tuple[Leak, ...] = ()
    lazies: tuple[Lazy, ...] = ()
    raises: tuple[tuple[int, int], ...] = ()
    renewed: tuple[Given, ...] = ()
    turns: tuple[Given, ...] = ()
    entrusted: tuple[Entrusted, ...] = ()
    cycles: tuple[tuple[int, int], ...] = ()
    converts: tuple[tuple[int, int], ...] = ()

    @property
    def stored(self) -> tuple[tuple[str, ...], ...]:
        """Every group of values that the function binds, puts into a container, or gives back."""
        kept = (*(bind.values for bind in self.binds), *(access.values for access in self.accesses))
        return (*kept, self.returns, self.yields)

    def passes_on(self, path: str) -> bool:
        """Whether a value is returned, stored or given to a call: something to have, not only to look at."""
        given = (group for call in self.calls for group in call.groups)
        return any(path in group for group in self.stored) or any(path in group for group in given)

    def in_one_section(self, one: int, other: int) -> bool:
        """Whether steps with these lock sets stand in one locked block."""
        return not {h.region for h in self.locksets[one]}.isdisjoint(h.region for h in self.locksets[other])


class ClassFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A class. `bases`: values of each base. `methods`: (name, function number), later definitions win in the linker. A
    property's other functions go by `name.setter` and `name.deleter`; `@overload` stubs are left out.

    Class-level names are binds `~N.x` of the function `parent`. `claims`: its docstring promises that threads may
    share an object of it ("thread-safe"; "not thread-safe" gives no claim), see `promises` in dictlint/index/docs.py.
    `disclaims`: its docstring, or that of its constructor, says that an object of it is for one thread at a time ("not
    thread-safe"), or for a loop's; or that of a method, that it is the only one for several.
    """

    name: str
    qualname: str
    at: Span
    parent: int
    bases: tuple[tuple[str, ...], ...] = ()
    metaclass: tuple[str, ...] = ()
    decorators: tuple[tuple[str, ...], ...] = ()
    methods: tuple[tuple[str, int], ...] = ()
    claims: bool = False
    disclaims: bool = False


class Import(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`name` is bound to the absolute dotted `target`; `name` is `*` for a star import. Module level only
    (conditional ones included); imports inside functions are resolved into `@` paths at once."""

    name: str
    target: str


class ModuleFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Everything of one file. `exports` is `__all__` where it is a literal, else None. `python2`: it calls dict methods
    that Python 3 does not have (`d.iteritems()`, `d.has_key(k)`), or only Python 2 reads it (`"C:\\users"`). `notes`:
    what its comments tell dictlint."""

    module: str
    is_package: bool
    lines: int
    imports: tuple[Import, ...] = ()
    functions: tuple[FunctionFacts, ...] = ()
    classes: tuple[ClassFacts, ...] = ()
    exports: tuple[str, ...] | None = None
    claims: bool = False
    python2: bool = False
    notes: tuple[Note, ...] = ()
