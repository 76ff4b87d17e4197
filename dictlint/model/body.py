"""What happens in one function: accesses, calls and binds, what is held and tried around them, what they make.

Part of the facts of one file (see `facts`).

**Values.** What an expression may denote is a tuple of *access paths* (strings); an empty tuple means "nothing that
matters, or unknown". A path is a root followed by steps:

========== ======================================================================================================
root        meaning
========== ======================================================================================================
`name`      a name of this module's global scope (or a builtin), not bound by exactly one import
`@a.b.c`    an absolute dotted name: a global or local name bound by an import (relative imports are made absolute)
`%name`     the parameter `name` of this function, `self` and `cls` included (`%*args`, `%**kwargs`)
`^N:name`   variable or parameter `name` of the enclosing function number N (a closure variable)
`#N`        the container born at `births[N]` of this function
`!N`        the result of `calls[N]` of this function (awaited or not)
`&N`        the function, method or lambda number N of this module, as a value
`~N`        the class number N of this module, as a value
`<super>`   `super()`
`(p;q;?)`   a tuple display of such values (`?` unknown), only as an argument, returned or stored value
========== ======================================================================================================

Steps: `.attr` an attribute (private names are mangled: `%self._C__x`); `[]` the value of some entry (`d[k]`,
`d.get(k)`, `d.pop(k)`, `d.setdefault(k, v)`, `next(iter(d.values()))`); `<>` an item given by iterating (a key of a
dict, an element of a list); at the very end one of `|keys`, `|values`, `|items`, `|iter` for a live view or iterator
that has not been consumed (`d.items()`, `iter(d)`, `reversed(d)`, `enumerate(d)`, `zip(d, e)`, `filter(None, d)`,
generator expressions over `d`). `vars(x)` is `x.__dict__`; `type(x)` is `x.__class__`. `!N.0`, `!N.1` are the parts of
the tuple that a call gives, where it is unpacked to local names.
A generator expression, `map`, `filter`, `zip`, `enumerate` over a live dict is not an access when it is created; it is
one (`iterate`) where it is consumed in the same function, and travels as `d|iter` when passed, stored or returned.

**Time.** `seq` counts accesses, calls and binds of one function in the order of evaluation.
"""

from __future__ import annotations

import msgspec

from dictlint.model.site import Span

FRESH = "*"
TEXT = "@str"


class Held(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One context manager or acquired object that is open; only the linker knows whether it is a lock.

    `path` is the value used in `with PATH:` / `with PATH() as x:` (then it is the `!N` of the call) / `PATH.acquire()`.
    Of `with A if x else nullcontext():` it is A. `region` numbers each entering, so that "locked twice" is not taken
    for "locked across".
    `how`: `with`, `async with`, `acquire` (blocking form), `try-acquire` (timeout or non-blocking: may not be held),
    `unchecked-acquire` (the same, and the result is dropped), `read-acquire` and `write-acquire` (`PATH.acquire_read()`
    and its like). `at`: the span of what is entered, or of the acquiring call. `instead`: what is entered where `path`,
    a captured parameter, was left out (`lock or self.lock`): which one it is can be told where the parameter is given.
    """

    path: str
    region: int
    how: str = "with"
    at: Span = Span(0, 0, 0, 0)
    instead: str = ""


class Birth(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An expression that makes a mutable container.

    `kind`: dict, defaultdict, OrderedDict, Counter, ChainMap, UserDict, WeakKeyDictionary, WeakValueDictionary, set,
    WeakSet, list, deque. `copy_of`: the values copied from, for `dict(d)`, `d.copy()`, `{**d}`, `list(d.items())`,
    `d | e`, `copy.copy(d)`, `copy.deepcopy(d)` (then `deep`). `items`: the values put in by a display, comprehension
    or `fromkeys` (dict values, list elements). `factory`: the value given to defaultdict, as path; `"<none>"` where
    there is none. `empty`: the container has no entries when born. `same`: one value of `items` stands in every slot
    (`dict.fromkeys(ks, v)`, `[v] * n`). `keys`: the texts (as in `Access.key`) of a dict display's keys when all are
    constants and there are few: storing under one of them changes no size. `name`: the local variable or attribute it
    is first bound to, "" unknown. `loops`: how many loops of this function enclose it, comprehensions included.
    """

    kind: str
    at: Span
    copy_of: tuple[str, ...] = ()
    deep: bool = False
    items: tuple[str, ...] = ()
    factory: str = "<none>"
    empty: bool = False
    same: bool = False
    keys: tuple[str, ...] = ()
    name: str = ""
    loops: int = 0


class Access(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One operation on what may be a container.

    `op`, canonical:
      reads   `getitem` (`d[k]`), `get`, `contains`, `len`, `truth`, `equal`
      writes  `setitem`, `delitem`, `pop` (raises when missing), `pop-default`, `popitem`, `setdefault`, `update`,
              `clear`, `move_to_end`; of sets and sequences: `add`, `discard`, `remove`, `append`, `appendleft`,
              `popleft`, `extend`, `insert`, `sort`, `reverse`
      whole   `iterate` (live), `snapshot` (copied out at once), `rebind` (the name or attribute holding it is
              assigned), `unbind` (`del self.d`)
      others  `set` (an attribute is assigned that may be a property: of another object, or one with a setter here)
    `how` tells the exact form: the method (`items`), the consumer (`for`, `comprehension`, `sum`, `json.dump`), `-=`
    for `d[k] -= v` and `+=` for all others of that form, for iterations joined with the view: `for:items`,
    `sum:values`, `list:keys` (a bare dict counts as keys).
    `at` is the span of the whole expression or, for `for` loops, of the iterable.
    `key` is the normalised key (`'a'`, `host@2` where @2 is the version of the local name, `%self.name`), "" unknown;
    of a loop over keys its own key, where an entry is stored anew under it. `FRESH` ends the one that is new in the
    world, so that no other run has it (`key = str(uuid4())`).
    `values`: what is stored (setitem, setdefault, append, add, update with one path, rebind).
    `locks`: index into `FunctionFacts.locksets`. `attempt`: index into `FunctionFacts.tries` or -1.
    `call`: the index of the call when the access is a method call or consumer call (the receiver may be no container),
    else -1. `loops`: how many loops of this function enclose it. `awaits`: how many awaits/yields came before it in the
    function (flow order). `leaves`: when inside a loop, the path from here leaves the innermost loop (break, return,
    raise) without another turn. `during`: accesses (indices) whose live iteration is open around this one, without the
    one whose own key is read or stored (it is there). `alias`: it goes by a plain name that was bound to an attribute.
    """

    path: str
    op: str
    how: str
    at: Span
    seq: int
    key: str = ""
    values: tuple[str, ...] = ()
    locks: int = 0
    attempt: int = -1
    call: int = -1
    loops: int = 0
    awaits: int = 0
    leaves: bool = False
    during: tuple[int, ...] = ()
    alias: bool = False

    @property
    def asks_for_a_key(self) -> bool:
        """Whether it is `d[k]`, which makes a missing entry of a defaultdict; `next(iter(d))` makes none."""
        return self.op == "getitem" and self.how != "next-iter"


class Call(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One call. `callee` is a path; "" when it is no path (then the call is kept only if its arguments matter). Methods
    of text that is written down are called on `TEXT`, whatever the text.

    `args`: one tuple of values per positional argument; a starred one is `("*" + path,)`. Trailing arguments of which
    nothing is known are cut to a single `=?`, which also stands for the value of such a keyword.
    `kwargs`: (name, values); name "**" for a double-starred one; constants are given as `='text'` for strings and `=3`,
    `=True`, `=None` for numbers, booleans and None (max 40 characters), in args too.
    `during`: accesses (indices) whose live iteration is open around the call. `tests`: accesses (indices) that decide
    whether the call runs, the latest per container path. `awaited`: stands under `await`. `bound`: what receives the
    result: "" dropped, `=` used in an expression or kept in a local, else the path it is stored to.
    `loops`, `awaits`, `leaves`, `locks`, `attempt` as in Access.
    """

    callee: str
    at: Span
    seq: int
    args: tuple[tuple[str, ...], ...] = ()
    kwargs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    locks: int = 0
    attempt: int = -1
    loops: int = 0
    awaits: int = 0
    awaited: bool = False
    bound: str = ""
    leaves: bool = False
    during: tuple[int, ...] = ()
    tests: tuple[int, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The values of every argument, of those by keyword, too."""
        return (*self.args, *(values for _, values in self.kwargs))


class Entrusted(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A key that was tested and is handed to a function of the file, or a method of the same object: `if k in d:
    self._drop(k)`. `test` indexes `accesses` and `call` `calls`; `argument` is the place of the key among the
    arguments, or the name by which it is given. `kind`: what the two would be with an act in place of the call, as in
    `Compound`.
    """

    kind: str
    test: int
    call: int
    argument: int | str


class Bind(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`values` are stored under `target`: `name` (module global, also through `global`), `%self.x`, `~N.x` (class
    body), `^N:x` (nonlocal), `PATH.x` in general, and for variables of a function that nested functions capture `:x`.

    Assignments to entries (`d[k] = v`) are `setitem` accesses, not binds. `types` is the annotation, normalised as in
    Param; an annotation without a value is a bind with no values. `constant`: the value where it is a constant, as
    in `Call.args`.
    """

    target: str
    values: tuple[str, ...]
    at: Span
    seq: int
    locks: int = 0
    types: tuple[str, ...] = ()
    constant: str = ""
    loops: int = 0
    awaits: int = 0


class Compound(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Two steps of one function that only make sense together. `first` and `second` index `accesses`, unless said.

    kinds
      `test-act`      a passed test (contains, get, len, truth, snapshot) and an act which its falsification breaks:
                      getitem, delitem, pop, popitem, remove, popleft, an eviction
      `get-create`    a test that found the key missing (or the container None/empty), and the store
                      (setitem, setdefault is not one, rebind, append/add after a test)
      `except-create` the same by `try: d[k]` / `except KeyError: d[k] = v` (first is the getitem)
      `read-write`    the value stored in `second` was computed from the read `first` of the same key (`+=` included;
                      then first is a getitem at the same span); also `self.d = {**self.d, ...}` (first snapshot, second
                      rebind)
      `compare-set`   `if v > d.get(k, 0): d[k] = v`
      `keys-index`    iterate over a snapshot of the keys (first) and use `d[k]` / `del d[k]` on the loop's key (second)
      `iterate-resize` a live iteration (first) and a change of the size of the same container inside its body (second),
                      not when `second` leaves the loop
      `publish-fill`  an empty container is stored (first: setitem, rebind or bind-like access) and the same value is
                      filled afterwards in this function (second)
      `helper-test`   first indexes `calls`: the call whose truth decides the act `second`
    `gil`: something between the steps (or the store's own value) can switch threads on a GIL build: a call, an
    attribute or operator on unknown objects does not count, a call does, a loop's backward jump does.
    `awaits`: an await or yield lies between. Two accesses that alias under different names still form compounds.
    """

    kind: str
    first: int
    second: int
    gil: bool = False
    awaits: bool = False


class Pause(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One point where a coroutine or generator is suspended while others run.

    `kind`: `await`, `yield`, `yield from`, `async for` (each turn), `async with` (entering), `async with end`
    (leaving). `at`: the span of the whole expression; of the iterable or context manager for `async for` and `async
    with`. `seq`: what has a smaller one comes before the pause. `call`: index of the call that is awaited itself (some
    call, where the context manager that is left was made by one), else -1. `over`: accesses (indices) whose live
    iteration is open around it and has another turn to come. `through`: those that made what an open loop goes through
    (`list(d)` of `for k in list(d)`), with another turn to come. `path`: what is awaited, where that is no call (`await
    self._task`), else "".
    """

    kind: str
    at: Span
    seq: int
    call: int = -1
    over: tuple[int, ...] = ()
    through: tuple[int, ...] = ()
    path: str = ""


class Out(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A return or yield statement (`how`) that may hand out a container which something else holds: an attribute, an
    entry, a captured or global variable, a live view or iterator; the result of a call only where something is held.

    Each path stands once, with the first statement that hands it out. `locks` as in Access.
    """

    path: str
    how: str
    at: Span
    locks: int = 0


class Handler(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One except clause (or `contextlib.suppress`). `types`: paths, empty for a bare except.

    `does`: what its body contains, any of `raise`, `log`, `log-exception`, `return`, `continue`, `break`, `pass`
    (nothing else in it), `call`, `wait` (a call of `sleep` or `wait`), `store`, `count` (`x += 1`).
    """

    types: tuple[str, ...]
    at: Span
    does: tuple[str, ...] = ()


class Attempt(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One try statement (or suppress block); `outer` is the attempt around it or -1. Accesses and calls name the
    innermost attempt whose *body* they are in. `final`: the line at which the body of `finally` begins, 0 none.
    `loops`, `whiles`: how many loops of this function enclose it, and how many of them have no end of their own:
    `while`, `async for`, `for ... in iter(f, end)`.
    """

    at: Span
    handlers: tuple[Handler, ...]
    has_finally: bool = False
    outer: int = -1
    final: int = 0
    loops: int = 0
    whiles: int = 0


class Given(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a branch knows: for every step whose `seq` is from `start` up to but not including `stop`, `path` is
    `value` (`holds`) or is not.

    `path`: a parameter `%p` as it was handed in, or an attribute of one (`%self.state`) as it was when tested. `value`:
    `true` for its truth, a constant as in `Call.args` (`=None`, `='text'`), or a name in capitals as it is written
    (`STOPPED`, `State.STOPPED`). From `if`, `assert`, and branches that leave early; `and`, `or`, `not` are followed.
    `locks`: what was held when it was tested.
    """

    path: str
    value: str
    holds: bool
    start: int
    stop: int
    locks: int = 0


class Leak(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Something that is acquired (`path`, `at`: the call of `acquire`) and, on some way out of the function, kept.

    `ways`: the first of these ways, how and where. `call`, `pause` (an await), `yield`, `key` (`d[k]`, `del d[k]`) may
    raise there; `raise` and `return` do leave. `release`: where it is released when all goes well. Only the linker
    knows whether it is a lock, and which of the calls may raise.
    """

    path: str
    at: Span
    ways: tuple[tuple[str, Span], ...]
    release: Span


class Lazy(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A generator expression, `map`, `filter`, `zip` and the like over the container `path` that is made in the body of
    a `try` (`attempt`) or while something is held (`locks`), and reads the container where it is consumed.
    """

    path: str
    at: Span
    seq: int
    attempt: int = -1
    locks: int = 0
