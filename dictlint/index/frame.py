"""The state of one function while its body is followed, and the three ways to write a fact down."""

from __future__ import annotations

import ast
from typing import Any, TypeAlias

from msgspec.structs import replace

from dictlint.index.states import Origin, Test
from dictlint.model.body import Access, Attempt, Bind, Birth, Call, Compound, Entrusted, Held, Lazy, Pause
from dictlint.model.facts import Param
from dictlint.model.site import Span

Values: TypeAlias = tuple[str, ...]

MOST_VALUES = 8
LONGEST_PATH = 160

_OVERWRITING = frozenset({"setitem", "setdefault", "update", "getitem", "get"})

DROPPED = ("", False)
USED = ("=", False)
AWAITED_DROPPED = ("", True)
AWAITED_USED = ("=", True)
WITH_MORE = (*USED,)  # used at once: an attribute of it is taken (told apart by identity)


class Module:
    """What is known of the file as a whole while its functions are followed."""

    __slots__ = (
        "bound",
        "classes",
        "exports",
        "frames",
        "globals",
        "import_list",
        "imports",
        "is_package",
        "name",
        "pending",
        "plain_modules",
        "setters",
        "user_dicts",
        "yield_lines",
    )

    def __init__(self, name: str, is_package: bool) -> None:
        self.name = name
        self.is_package = is_package
        self.bound: set[str] = set()
        self.imports: dict[str, str] = {}
        self.globals: dict[str, Values] = {}
        self.import_list: dict[tuple[str, str], None] = {}
        self.plain_modules: set[str] = set()
        self.setters: frozenset[str] = frozenset()
        self.user_dicts: set[int] = set()  # classes whose `self.data` is what the library's own methods work on
        self.frames: list[Frame] = []
        self.classes: list[Any] = []
        self.pending: list[Frame] = []
        self.exports: tuple[str, ...] | None = None
        self.yield_lines: list[int] = []

    def forget(self) -> None:
        """Let go of the frames, which refer back here: the tree is freed at once, even with the collector off."""
        self.frames.clear()
        self.pending.clear()
        self.classes.clear()


class Frame:
    """One function (or the module body) while it is followed."""

    __slots__ = (
        "accesses",
        "acquired",
        "attempt",
        "awaits",
        "binds",
        "births",
        "breaks",
        "calls",
        "captured",
        "class_body",
        "compounds",
        "contents",
        "converts",
        "cycles",
        "deciding",
        "declared",
        "decorators",
        "defined_in",
        "dependents",
        "during",
        "ends_in_main",
        "entrusted",
        "env",
        "escaped",
        "exits",
        "extra",
        "finals",
        "flags",
        "fresh",
        "givens",
        "held",
        "holds",
        "info",
        "is_async",
        "is_generator",
        "last_key",
        "last_live",
        "lazies",
        "leaves",
        "local_binds",
        "lock_index",
        "locks",
        "loops",
        "mangle",
        "minted",
        "module",
        "moments",
        "name",
        "node",
        "number",
        "outer",
        "outer_leaves",
        "over",
        "owner",
        "params",
        "parent",
        "parts",
        "pauses",
        "published",
        "qualname",
        "quits",
        "raises",
        "regions",
        "replaced",
        "return_types",
        "returned",
        "returns",
        "role",
        "rounds",
        "seen_when",
        "seq",
        "shadowing",
        "signature",
        "switches",
        "tests",
        "tries",
        "types",
        "versions",
        "view_calls",
        "whiles",
        "yields",
    )  # fmt: skip

    def __init__(self, module: Module, number: int, node: Any, parent: Frame | None, name: str, qualname: str) -> None:
        self.module = module
        self.number = number
        self.node = node
        self.parent = parent
        self.name = name
        self.qualname = qualname
        self.owner = -1
        self.mangle = ""
        self.class_body = -1
        self.is_async = False
        self.is_generator = False
        self.params: dict[str, None] = {}
        self.signature: tuple[Param, ...] = ()
        self.decorators: tuple[Values, ...] = ()
        self.return_types: Values = ()
        # names
        self.env: dict[str, Values] = {}
        self.outer: dict[str, Values] = {}
        self.versions: dict[str, int] = {}
        self.minted: tuple[str, ...] = ()  # keys that nobody else has
        self.declared: dict[str, str] = {}
        self.captured: set[str] = set()
        self.shadowing: tuple[str, ...] = ()
        self.extra: tuple[str, ...] = ()
        self.info: dict[str, Origin] = {}
        # facts
        self.accesses: list[Access] = []
        self.moments: list[int] = []
        self.calls: list[Call] = []
        self.binds: list[Bind] = []
        self.local_binds: list[tuple[str, Values, Any, int, int, int, int]] = []
        self.births: list[Birth] = []
        self.compounds: list[Compound] = []
        self.entrusted: list[Entrusted] = []
        self.tries: list[Attempt] = []
        self.pauses: list[Pause] = []
        self.cycles: list[tuple[int, int]] = []
        self.lazies: list[Lazy] = []
        self.raises: list[tuple[int, int]] = []
        self.converts: list[tuple[int, int]] = []
        self.lock_index: dict[tuple[Held, ...], int] = {(): 0}
        self.flags: dict[str, tuple[list[tuple[str, str, bool]], list[tuple[str, str, bool]]]] = {}  # as tests of these
        self.givens: list[tuple[str, str, bool, int, int, int]] = []
        self.returns: dict[str, tuple[Any, int]] = {}  # path -> the statement and the lock set
        self.yields: dict[str, tuple[Any, int]] = {}
        self.escaped: set[int] = set()
        self.dependents: list[Frame | int] = []  # inner functions and (by number) classes whose header names a birth
        self.exits: tuple[Held, ...] = ()
        self.acquired: list[tuple[str, Any]] = []  # what is acquired by a call, and the call
        self.ends_in_main = -1
        # where the walk stands
        self.held: tuple[Held, ...] = ()
        self.locks = 0
        self.regions = 0
        self.finals: tuple[str, ...] = ()
        self.attempt = -1
        self.loops = 0
        self.defined_in: int = parent.loops if parent is not None else 0
        self.whiles = 0
        self.rounds = 0
        self.leaves = False
        self.quits = False
        self.awaits = 0
        self.switches = 0
        self.seq = 0
        self.during: tuple[int, ...] = ()
        # what the open loops enumerate: live accesses, those that made it (as `open_iteration` says), depth of the loop
        self.over: tuple[tuple[tuple[int, ...], dict[str, int], int], ...] = ()
        self.tests: tuple[Test, ...] = ()
        self.seen_when: dict[str, tuple[Test, ...]] = {}  # known wherever that name, as it is now, is true once more
        self.deciding: tuple[tuple[Test, ...], tuple[int, ...]] = ((), ())
        self.role = USED
        self.types: Values = ()
        self.fresh = (0, 0)
        self.last_key = -1
        self.last_live: tuple[int, ...] = ()
        self.outer_leaves = False
        self.view_calls: dict[str, int] = {}
        self.returned: Values = ()
        self.breaks: list[Any] = []
        # what is remembered about containers born or enumerated here
        self.holds: dict[str, int] = {}
        self.contents: dict[str, Values] = {}
        self.parts: dict[str, dict[str, Values]] = {}  # the same by constant keys, where all are
        self.replaced: dict[str, tuple[str, ...]] = {}  # the keys of entries that were stored into copies
        self.published: dict[str, int] = {}


def span_of(node: Any) -> Span:
    """The span of a node of the tree."""
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def add_access(
    f: Frame, path: str, op: str, how: str, node: Any, key: str = "", values: Values = (), call: int = -1
) -> int:
    """Write down one access and return its index."""
    accesses = f.accesses
    index = len(accesses)
    seq = f.seq
    f.seq = seq + 1
    accesses.append(
        Access(
            path,
            op,
            how,
            Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
            seq,
            key,
            values,
            f.locks,
            f.attempt,
            call,
            f.loops,
            f.awaits,
            f.leaves,
            _other_loops(f, key) if f.during and op in _OVERWRITING else f.during,
            "." in path and _is_alias(f, path, node),
        )
    )
    f.moments.append(f.switches)
    return index


def _is_alias(f: Frame, path: str, node: Any) -> bool:
    """Whether an operation gets at the container by a local name that was bound to it before."""
    kind = type(node)
    if kind is ast.Subscript:
        node = node.value
    elif kind is ast.Call:
        func = node.func
        node = func.value if type(func) is ast.Attribute else node.args[0] if node.args else func
    elif kind is ast.Compare:
        node = node.comparators[-1]
    return type(node) is ast.Name and path in f.env.get(node.id, ())


def _other_loops(f: Frame, key: str) -> tuple[int, ...]:
    """The open live iterations, without the one whose own key is read or stored: that key is there."""
    origin = f.info.get(key if key[0] == "(" else key.partition("@")[0]) if key else None
    return f.during if origin is None else tuple([one for one in f.during if one != origin.key_of])


def add_call(
    f: Frame,
    callee: str,
    node: Any,
    args: tuple[Values, ...],
    kwargs: tuple[tuple[str, Values], ...],
    role: tuple[str, bool],
) -> int:
    """Write down one call and return its index."""
    calls = f.calls
    index = len(calls)
    seq = f.seq
    f.seq = seq + 1
    calls.append(
        Call(
            callee,
            Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset),
            seq,
            args,
            kwargs,
            f.locks,
            f.attempt,
            f.loops,
            f.awaits,
            role[1],
            role[0],
            f.leaves,
            f.during,
            () if not f.tests else f.deciding[1] if f.tests is f.deciding[0] else deciding(f),
        )
    )
    return index


def deciding(f: Frame) -> tuple[int, ...]:
    """The latest open test of each container; calls that stand together share the answer."""
    tests = f.tests
    found = tuple({test.path: test.first for test in tests if test.kind != "helper"}.values())
    f.deciding = (tests, found)
    return found


def add_bind(f: Frame, target: str, values: Values, node: Any, types: Values = (), constant: str = "") -> None:
    """Write down that `values` are stored under `target`."""
    seq = f.seq
    f.seq = seq + 1
    f.binds.append(Bind(target, values, span_of(node), seq, f.locks, types, constant, f.loops, f.awaits))


def add_pause(f: Frame, kind: str, node: Any, call: int = -1, path: str = "") -> None:
    """Write down that the function is suspended here, and count it."""
    depth = f.loops if f.leaves else -1  # a loop that is left has no turn to come
    over: tuple[int, ...] = ()
    through: tuple[int, ...] = ()
    for live, origins, loop in f.over if not f.quits else ():
        if loop != depth:
            over += live
            through += tuple([one for one in origins.values() if one not in live])
    f.pauses.append(Pause(kind, span_of(node), f.seq, call, over, through, path))
    f.awaits += 1
    f.switches += 1


def add_lazy(f: Frame, values: Values, node: Any) -> None:
    """Write down that something is made, inside a `try` or under a lock, which reads containers when it is consumed."""
    for value in values:
        if value[0] != "#":
            f.lazies.append(Lazy(value.partition("|")[0], span_of(node), f.seq, f.attempt, f.locks))


def add_birth(f: Frame, birth: Birth) -> str:
    """Write down a birth and return the path of the new container."""
    f.births.append(replace(birth, loops=f.loops) if f.loops else birth)
    path = f"#{len(f.births) - 1}"
    if birth.items:
        f.contents[path] = birth.items
    return path


def hold(f: Frame, held: tuple[Held, ...]) -> None:
    """Make `held` the current lock set."""
    f.held = held
    index = f.lock_index.get(held)
    if index is None:
        index = f.lock_index[held] = len(f.lock_index)
    f.locks = index


def union(first: Values, second: Values) -> Values:
    """Both groups of values, without repetition; nothing when they are too many to mean anything."""
    if not second or first == second:
        return first
    if not first:
        return second
    both = tuple(dict.fromkeys(first + second))
    return both if len(both) <= MOST_VALUES else ()
